"""Times as `datetime64` or `timedelta64` in their own unit, single ones as whole ticks.

So nothing is rounded before units are counted.
What is no time is handed on as it is; the core refuses it, and names the column.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecopy._choices import UNITS
from onecopy._columns import Column, Reader, loose, native, numbers, objects, require_one
from onecopy._constants import NULL, constant
from onecopy._frames import package_of

_DAY_MILLIS = 86_400_000
_DAY_NANOS = 86_400 * 10**9
_NANO = 9


def ticks(value: object) -> tuple[int, int, bool] | None:
    """Return a time as a number of ticks, the nanoseconds of a tick, and whether it is an instant.

    None is a missing time; what is no time is a `TypeError`.
    """
    found = constant("data", value)
    if found == NULL:
        return None
    kind, *number = found
    if kind == "date":
        return number[0], _DAY_NANOS, True
    if kind not in {"timestamp", "time", "duration"}:
        raise TypeError(kind)
    return number[0], 10 ** (_NANO - number[1]), kind == "timestamp"


def times(name: str, values: Any) -> Column:
    """Take a column of times, in whatever form it comes."""
    return _READERS.get(package_of(values), _loose)(name, values)


def _loose(name: str, values: Any) -> Column:
    array, nulls = loose(name, values)
    return _in_units(name, array), nulls


def _in_units(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Bring times of NumPy to a unit that is a fixed number of nanoseconds."""
    if array.dtype.kind not in "Mm":
        return array
    unit, count = np.datetime_data(array.dtype)
    coarse = {"Y": "D", "M": "D", "W": "D"} if array.dtype.kind == "M" else {"W": "D"}
    unit = coarse.get(unit, unit)
    if unit not in UNITS:
        return array
    found = array.astype(f"{array.dtype.kind}8[{unit}]")
    changed = found.dtype != array.dtype or count != 1
    if changed and not np.all((found.astype(array.dtype) == array) | np.isnat(array)):
        raise ValueError(f"data: a time in {name!r} is too far from 1970 for 64 bits of {unit}")
    return found


def _pandas(name: str, series: Any) -> Column:
    require_one(name, series)
    dtype = series.dtype
    if hasattr(dtype, "pyarrow_dtype"):
        return _arrow(name, series.array.__arrow_array__())
    if hasattr(dtype, "tz"):
        # To UTC, and without a zone.
        series = series.dt.tz_convert(None)
    return _in_units(name, native(np.asarray(series))), None


def _polars(name: str, series: Any) -> Column:
    kind = str(series.dtype).partition("(")[0]
    units = {"Date": ("M", "D"), "Time": ("m", "ns")}
    if kind in {"Datetime", "Duration"}:
        units[kind] = ("M" if kind == "Datetime" else "m", series.dtype.time_unit)
    if kind not in units:
        is_number = series.dtype.is_numeric()
        return numbers(name, series) if is_number else (objects(series.to_list()), None)
    letter, unit = units[kind]
    stored = series.to_physical()
    nulls = stored.is_null().to_numpy() if stored.null_count() else None
    found = np.asarray(stored.fill_null(0).to_numpy(), np.int64)
    return found.view(f"{letter}8[{unit}]"), nulls


def _arrow(name: str, column: Any) -> Column:
    """Take a column of pyarrow, chunked or not."""
    import pyarrow as pa  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415

    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _arrow(name, column.cast(kind.value_type))
    if not types.is_temporal(kind) or types.is_interval(kind):
        is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
        return numbers(name, column) if is_number else (objects(column.to_pylist()), None)
    narrow = types.is_date32(kind) or types.is_time32(kind)
    stored = column.cast(pa.int32() if narrow else pa.int64()).cast(pa.int64())
    nulls = np.asarray(stored.is_null()) if stored.null_count else None
    found = np.asarray(stored.fill_null(0), np.int64)
    if types.is_date(kind):
        days = found if types.is_date32(kind) else found // _DAY_MILLIS
        return days.view("M8[D]"), nulls
    letter = "M" if types.is_timestamp(kind) else "m"
    return found.view(f"{letter}8[{kind.unit}]"), nulls


_READERS: dict[str, Reader] = {"pandas": _pandas, "polars": _polars, "pyarrow": _arrow}
