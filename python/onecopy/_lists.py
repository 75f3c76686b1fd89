"""Columns of lists in memory, taken apart: a column for each item, as a load makes them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecopy._errors import SchemaMismatchError, UnsupportedTypeError
from onecopy._frames import package_of

# The axes of an array of lists.
_BLOCK = 2


def items_of(name: str, values: Any, width: int) -> list[Any]:
    """Take a column of lists apart, in whatever form it comes: a column for each of the items."""
    package = package_of(values)
    if package == "polars":
        return _polars(name, values, width)
    if package == "pyarrow":
        return _arrow(name, values, width)
    if isinstance(values, np.ndarray) and values.ndim == _BLOCK:
        _check(name, {values.shape[1]}, width)
        return [values[:, item] for item in range(width)]
    return _objects(name, list(values), width)


def is_block(values: object) -> bool:
    """Whether a value is a column of lists, and not one list."""
    if isinstance(values, list | tuple):
        return any(isinstance(value, np.ndarray | list | tuple) for value in values)
    if isinstance(values, np.ndarray):
        return values.ndim == _BLOCK or values.dtype.kind == "O"
    return values is not None and not isinstance(values, float | int)


def row_items(row: dict[str, Any], vectors: Mapping[str, int]) -> dict[str, Any]:
    """Return a row whose lists are taken apart, where it has any."""
    found = row
    for name, width in vectors.items():
        if name not in row or f"{name}_0" in row:
            continue
        items = _list(name, row[name], width)
        found = found | {f"{name}_{item}": value for item, value in enumerate(items)}
    return found


def _polars(name: str, series: Any, width: int) -> list[Any]:
    kind = str(series.dtype)
    if kind.startswith("Array"):
        _check(name, {series.dtype.size}, width)
        return [series.arr.get(item) for item in range(width)]
    if not kind.startswith("List"):
        raise _no_list(name, kind)
    _check(name, set(series.list.len().drop_nulls().unique().to_list()), width)
    return [series.list.get(item) for item in range(width)]


def _arrow(name: str, column: Any, width: int) -> list[Any]:
    import pyarrow as pa  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415
    import pyarrow.compute as pc  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415

    kinds, kind = pa.types, column.type
    if not (kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind)):
        raise _no_list(name, str(kind))
    present = column.filter(column.is_valid())
    _check(name, set(pc.list_value_length(present).unique().to_pylist()), width)
    return [pc.list_element(column, item) for item in range(width)]


def _objects(name: str, values: list[Any], width: int) -> list[Any]:
    rows = [_list(name, value, width) for value in values]
    return [[row[item] for row in rows] for item in range(width)]


def _list(name: str, value: Any, width: int) -> Sequence[Any] | NDArray[Any]:
    """Return the items of one list; as many that are missing where it is missing itself."""
    is_missing = value is None or (isinstance(value, float) and np.isnan(value))
    if is_missing or type(value).__name__ in ("NAType", "NaTType"):
        return [None] * width
    if isinstance(value, np.ndarray | list | tuple):
        _check(name, {len(value)}, width)
        return value
    raise _no_list(name, type(value).__name__)


def _check(name: str, lengths: set[int], width: int) -> None:
    other = sorted(lengths - {width})
    if other:
        raise SchemaMismatchError(
            f"data: column `{name}` has a list of {other[0]:,}, and the lists of the recipe have "
            f"{width:,}; cut or fill it up",
            column=name,
        )


def _no_list(name: str, kind: str) -> UnsupportedTypeError:
    error = UnsupportedTypeError(
        f"data: column `{name}` ({kind}) is one of lists in the recipe; pass lists, or a column "
        "for each item",
        column=name,
    )
    error.types = {name: kind}
    return error
