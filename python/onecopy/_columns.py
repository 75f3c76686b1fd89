"""Columns of frames and dicts as arrays of NumPy, each beside a mask of what it lacks.

A column keeps its own type: integers with nulls stay integers, because a detour by float64 would
round twice. A decimal stays an object, and so does whatever NumPy has no type for. How the values
of a column are read is said by its reader: numbers here, times and texts in files of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onecopy._errors import UnsupportedTypeError
from onecopy._frames import package_of
from onecopy._lists import items_of

# The values, and where there is none; None where there is one everywhere.
Column: TypeAlias = tuple[NDArray[Any], NDArray[np.bool_] | None]
# Makes a column of the values of a feature, which has a name.
Reader: TypeAlias = Callable[[str, Any], Column]


@dataclass(frozen=True)
class Columns:
    """Columns by name, None for each that is not there, and the names of all that are."""

    rows: int
    columns: list[Column | None]
    names: list[str]


def is_frame(data: object) -> bool:
    """Whether data is a frame or anything else with columns of Arrow."""
    return _is_pandas(data) or hasattr(data, "__arrow_c_stream__")


def columns_of(data: Any, readers: Mapping[str, Reader], vectors: Mapping[str, int]) -> Columns:
    """Take columns out of a dict or a frame, by their names, each by its reader.

    `vectors` are columns of lists, and how many columns each is taken apart into, unless these are
    there themselves.
    """
    if isinstance(data, Mapping):
        known = [str(name) for name in data]
        return _gathered(readers, vectors, known, data.__getitem__, None)
    if _is_pandas(data):
        known = [str(name) for name in data.columns]
        return _gathered(readers, vectors, known, data.__getitem__, len(data))
    if _is_polars(data):
        return _gathered(readers, vectors, list(data.columns), data.__getitem__, data.height)
    table = _arrow_table(data)
    return _gathered(readers, vectors, list(table.column_names), table.column, table.num_rows)


def _gathered(
    readers: Mapping[str, Reader],
    vectors: Mapping[str, int],
    known: list[str],
    column: Callable[[str], Any],
    rows: int | None,
) -> Columns:
    there = set(known)
    items: dict[str, Any] = {}
    for name, width in vectors.items():
        if name in there and f"{name}_0" not in there:
            apart = items_of(name, column(name), width)
            items |= {f"{name}_{item}": values for item, values in enumerate(apart)}
    columns = [
        read(name, items[name] if name in items else column(name))
        if name in items or name in there
        else None
        for name, read in readers.items()
    ]
    if rows is None:
        rows = next((len(column[0]) for column in columns if column is not None), 0)
    return Columns(rows, columns, known)


def _is_pandas(data: object) -> bool:
    return package_of(data) == "pandas" and hasattr(data, "columns")


def _is_polars(data: object) -> bool:
    return package_of(data) == "polars" and hasattr(data, "get_column")


def numbers(name: str, values: Any) -> Column:
    """Take a column of numbers, in whatever form it comes."""
    return _READERS.get(package_of(values), loose)(name, values)


def loose(name: str, values: Any) -> Column:
    """Take a column that is an array of NumPy, a list or a tuple."""
    if isinstance(values, np.ma.MaskedArray):
        return native(values.data), np.ma.getmaskarray(values)
    array = values if isinstance(values, np.ndarray) else _array_of(values)
    if array.ndim != 1:
        raise ValueError(
            f"data: expected one value for each row in {name!r}, found an array of shape "
            f"{array.shape}"
        )
    return native(array), None


def _array_of(values: Any) -> NDArray[Any]:
    """Make an array of a list; where its values are of several types they stay objects."""
    if not isinstance(values, list | tuple):
        return np.asarray(values)
    if {type(value) for value in values} in ({float}, {int}, {bool}):
        array = np.asarray(values)
        # Integers that fit no single type of NumPy would become floats.
        if array.dtype.kind in "bi" or type(values[0]) is float:
            return array
    return objects(list(values))


def require_one(name: str, series: Any) -> None:
    """Refuse a name that several columns of a frame of pandas have."""
    if series.ndim != 1:
        raise ValueError(f"data: expected one column {name!r}, found {series.shape[1]}")


def _pandas(name: str, series: Any) -> Column:
    require_one(name, series)
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return native(series.to_numpy()), None
    stored = getattr(dtype, "numpy_dtype", None)
    if isinstance(stored, np.dtype) and stored.kind in "biuf":
        missing = series.isna().to_numpy(dtype=bool)
        # A NaN in place of a null would make floats of integers.
        return series.to_numpy(dtype=stored, na_value=stored.type(0)), missing
    if hasattr(dtype, "categories"):
        raise _unsupported(name, "category")
    return native(np.asarray(series)), None


def _polars(name: str, series: Any) -> Column:
    if not (series.dtype.is_integer() or series.dtype.is_float() or _is_bool(series.dtype)):
        if series.dtype.is_decimal():
            return objects(series.to_list()), None
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
        return objects(column.to_pylist()), None
    if column.null_count == 0:
        return _plain(column), None
    zero = pa.scalar(0).cast(kind) if not pa.types.is_boolean(kind) else pa.scalar(value=False)
    return _plain(column.fill_null(zero)), _plain(column.is_null())


_READERS: dict[str, Reader] = {"pandas": _pandas, "polars": _polars, "pyarrow": _arrow}


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


def objects(values: list[Any]) -> NDArray[Any]:
    """Make an array of objects."""
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


def native(array: NDArray[Any]) -> NDArray[Any]:
    """Bring an array into the byte order and alignment of this machine."""
    if array.dtype.isnative and array.flags.aligned:
        return array
    return array.astype(array.dtype.newbyteorder("="), copy=True)
