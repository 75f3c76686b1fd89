"""Columns of frames and dicts as arrays of NumPy, each beside a mask of what it lacks.

A column keeps its own type: integers with nulls stay integers, because a detour by float64 would
round twice. A decimal stays an object, and so does whatever NumPy has no type for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onecopy._errors import UnsupportedTypeError

# The values, and where there is none; None where there is one everywhere.
Column: TypeAlias = tuple[NDArray[Any], NDArray[np.bool_] | None]


@dataclass(frozen=True)
class Columns:
    """Columns by name, None for each that is not there, and the names of all that are."""

    rows: int
    columns: list[Column | None]
    names: list[str]


def is_frame(data: object) -> bool:
    """Whether data is a frame or anything else with columns of Arrow."""
    return _is_pandas(data) or hasattr(data, "__arrow_c_stream__")


def columns_of(data: Any, names: Iterable[str]) -> Columns:
    """Take columns out of a dict or a frame, by their names."""
    if isinstance(data, Mapping):
        known: list[str] = [str(name) for name in data]
        return _gathered(names, known, lambda name: _loose(name, data[name]), None)
    if _is_pandas(data):
        known = [str(name) for name in data.columns]
        return _gathered(names, known, lambda name: _pandas(name, data[name]), len(data))
    if _is_polars(data):
        return _gathered(
            names, list(data.columns), lambda name: _polars(name, data[name]), data.height
        )
    table = _arrow_table(data)
    known = list(table.column_names)
    return _gathered(names, known, lambda name: _arrow(name, table.column(name)), table.num_rows)


def _gathered(
    names: Iterable[str], known: list[str], column: Callable[[str], Column], rows: int | None
) -> Columns:
    there = set(known)
    columns = [column(name) if name in there else None for name in names]
    if rows is None:
        rows = next((len(column[0]) for column in columns if column is not None), 0)
    return Columns(rows, columns, known)


def _is_pandas(data: object) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns")


def _is_polars(data: object) -> bool:
    return type(data).__module__.partition(".")[0] == "polars" and hasattr(data, "get_column")


def _loose(name: str, values: Any) -> Column:
    """Take a column of a dict."""
    module = type(values).__module__.partition(".")[0]
    if module == "pandas":
        return _pandas(name, values)
    if module == "polars":
        return _polars(name, values)
    if module == "pyarrow":
        return _arrow(name, values)
    if isinstance(values, np.ma.MaskedArray):
        return _native(values.data), np.ma.getmaskarray(values)
    array = values if isinstance(values, np.ndarray) else _array_of(values)
    if array.ndim != 1:
        raise ValueError(
            f"data: expected one value for each row in {name!r}, found an array of shape "
            f"{array.shape}"
        )
    return _native(array), None


def _array_of(values: Any) -> NDArray[Any]:
    """Make an array of a list; where its values are of several types they stay objects."""
    if not isinstance(values, list | tuple):
        return np.asarray(values)
    if {type(value) for value in values} in ({float}, {int}, {bool}):
        array = np.asarray(values)
        # Integers that fit no single type of NumPy would become floats.
        if array.dtype.kind in "bi" or type(values[0]) is float:
            return array
    return _objects(list(values))


def _pandas(name: str, series: Any) -> Column:
    if series.ndim != 1:
        raise ValueError(f"data: expected one column {name!r}, found {series.shape[1]}")
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return _native(series.to_numpy()), None
    stored = getattr(dtype, "numpy_dtype", None)
    if isinstance(stored, np.dtype) and stored.kind in "biuf":
        missing = series.isna().to_numpy(dtype=bool)
        # A NaN in place of a null would make floats of integers.
        return series.to_numpy(dtype=stored, na_value=stored.type(0)), missing
    if hasattr(dtype, "categories"):
        raise _unsupported(name, "category")
    return _native(np.asarray(series)), None


def _polars(name: str, series: Any) -> Column:
    if not (series.dtype.is_integer() or series.dtype.is_float() or _is_bool(series.dtype)):
        if series.dtype.is_decimal():
            return _objects(series.to_list()), None
        raise _unsupported(name, str(series.dtype))
    if series.null_count() == 0:
        return series.to_numpy(), None
    zero = False if _is_bool(series.dtype) else 0
    return series.fill_null(zero).to_numpy(), series.is_null().to_numpy()


def _is_bool(dtype: Any) -> bool:
    return str(dtype) == "Boolean"


def _arrow(name: str, column: Any) -> Column:
    """Take a column of pyarrow, chunked or not."""
    import pyarrow as pa  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415

    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_temporal(kind):
        raise _unsupported(name, str(kind))
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    if not numeric:
        return _objects(column.to_pylist()), None
    if column.null_count == 0:
        return _plain(column), None
    zero = pa.scalar(0).cast(kind) if not pa.types.is_boolean(kind) else pa.scalar(value=False)
    return _plain(column.fill_null(zero)), _plain(column.is_null())


def _plain(column: Any) -> NDArray[Any]:
    chunked = hasattr(column, "chunks")
    array: NDArray[Any]
    array = column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False)
    return array


def _arrow_table(data: Any) -> Any:
    """Make a table of pyarrow out of a stream of Arrow; nothing is copied."""
    try:
        import pyarrow as pa  # noqa: PLC0415
    except ImportError as error:
        message = (
            f"data: rows of a {type(data).__name__} are read by pyarrow, which is not installed; "
            "install it, or pass a dict of arrays"
        )
        raise ImportError(message) from error
    return data if isinstance(data, pa.Table) else pa.table(data)


def _objects(values: list[Any]) -> NDArray[Any]:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _unsupported(name: str, kind: str) -> UnsupportedTypeError:
    error = UnsupportedTypeError(
        f"data: column `{name}` ({kind}) cannot become numbers; leave it out, or encode it as "
        "numbers first",
        column=name,
    )
    error.types = {name: kind}
    return error


def _native(array: NDArray[Any]) -> NDArray[Any]:
    """Bring an array into the byte order and alignment of this machine."""
    if array.dtype.isnative and array.flags.aligned:
        return array
    return array.astype(array.dtype.newbyteorder("="), copy=True)
