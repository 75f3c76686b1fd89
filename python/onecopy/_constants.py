"""What columns are compared with: scalars of Python, NumPy and pandas in the forms of the core.

A constant is a tuple: its kind, and what the core takes of it. Moments are whole numbers of units,
so that nothing is rounded on the way.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, SupportsInt, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from decimal import Decimal

Constant: TypeAlias = tuple[Any, ...]
NativeFilter: TypeAlias = list[list[tuple[str, str, list[Constant]]]]

NULL: Constant = ("null",)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (as naive as what is measured from it)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICRO, _NANO = 6, 9
_LARGEST = 2**127 - 1
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_COARSER = {"W": "D", "Y": "D", "M": "D", "h": "s", "m": "s"}


def constant(option: str, value: object) -> Constant:
    """Return a scalar in the form of the core; `TypeError` where columns hold no such values."""
    for kind, convert in _kinds():
        if isinstance(value, kind):
            return convert(value)
    # pandas.NA belongs to no type that is known here.
    if value is None or type(value).__name__ == "NAType":
        return NULL
    raise TypeError(
        f"{option}: expected a number, a bool, a text, a date, a time or None, "
        f"found {type(value).__name__}"
    )


def _integer(value: SupportsInt) -> Constant:
    return ("integer", min(max(int(value), -_LARGEST), _LARGEST))


def _decimal(value: "Decimal") -> Constant:
    if not value.is_finite():
        return ("float", float(value))
    sign, digits, exponent = value.as_tuple()
    unscaled = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    scale = -int(exponent)
    if abs(unscaled) > _LARGEST:
        raise ValueError(f"a decimal of {len(digits)} digits: expected at most 38")
    return ("decimal", unscaled, scale)


def _moment(value: datetime) -> Constant:
    # pandas.NaT is a datetime, and unlike itself.
    if value != value:  # noqa: PLR0124
        return NULL
    offset = value.utcoffset()
    naive = value.replace(tzinfo=None) - (offset or timedelta())
    # pandas.Timestamp has nanoseconds beside its microseconds.
    nanos = getattr(value, "nanosecond", 0)
    micros = (
        naive.to_pydatetime(warn=False) if hasattr(naive, "to_pydatetime") else naive
    ) - _EPOCH
    return ("timestamp", _micros(micros) * 1000 + nanos, _NANO)


def _micros(value: timedelta) -> int:
    return (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds


def _duration(value: timedelta) -> Constant:
    if value != value:  # noqa: PLR0124 (pandas.NaT)
        return NULL
    nanos = getattr(value, "nanoseconds", 0)
    return ("duration", _micros(value) * 1000 + nanos, _NANO)


def _time(value: time) -> Constant:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return ("time", seconds * 1_000_000 + value.microsecond, _MICRO)


def _numpy_moment(value: np.datetime64 | np.timedelta64) -> Constant:
    """Convert a `datetime64` or `timedelta64`."""
    if np.isnat(value):
        return NULL
    is_moment = isinstance(value, np.datetime64)
    unit, count = np.datetime_data(value.dtype)
    if not is_moment and unit in {"W", "D", "h", "m"}:
        unit, count = "s", 1
        value = value.astype("timedelta64[s]")
    elif unit in _COARSER or count != 1:
        unit = _COARSER.get(unit, unit)
        value = value.astype(f"{'datetime64' if is_moment else 'timedelta64'}[{unit}]")
    number = int(value.astype(np.int64))
    if unit == "D":
        return ("date", number)
    if unit not in _DIGITS:
        raise TypeError(f"a time in {unit!r}: expected one in nanoseconds or coarser units")
    return ("timestamp" if is_moment else "duration", number, _DIGITS[unit])


@cache
def _kinds() -> tuple[tuple[type | tuple[type, ...], Callable[[Any], Constant]], ...]:
    from decimal import Decimal  # noqa: PLC0415 (takes a millisecond, and few loads need it)
    from uuid import UUID  # noqa: PLC0415

    return (
        ((bool, np.bool_), lambda value: ("bool", bool(value))),
        # A timedelta64 counts as an integer of NumPy.
        ((np.datetime64, np.timedelta64), _numpy_moment),
        ((int, np.integer), _integer),
        ((float, np.floating), lambda value: ("float", float(value))),
        (Decimal, _decimal),
        ((str, np.str_), lambda value: ("text", str(value).encode())),
        ((bytes, bytearray, np.bytes_), lambda value: ("text", bytes(value))),
        (datetime, _moment),
        (date, lambda value: ("date", value.toordinal() - _EPOCH_DAY)),
        (time, _time),
        (timedelta, _duration),
        (UUID, lambda value: ("text", value.bytes)),
    )
