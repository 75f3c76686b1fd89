"""Columns as lists of plain values, and the constants they are compared with.

A value is an int, float, bool, Decimal, str or None; dates, instants, times of day and durations
are whole nanoseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

NANOS = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
DAY = 86_400 * 10**9


def plain(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column, as they are compared."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(column.cast(kind.value_type))
    if pa.types.is_temporal(kind):
        days = pa.types.is_date32(kind)
        scale = DAY if days else NANOS[kind.unit]
        width = pa.int32() if days or pa.types.is_time32(kind) else pa.int64()
        numbers = column.cast(width).to_pylist()
        return [None if number is None else number * scale for number in numbers]
    if pa.types.is_floating(kind):
        return [None if value is None else float(value) for value in column.to_pylist()]
    return list(column.to_pylist())


def constant(value: Any, *, temporal: bool = False) -> Any:
    """A constant of a filter, a cut point or a gap, as it is compared."""
    if isinstance(value, str) and temporal:
        return instant(datetime.fromisoformat(value))
    if isinstance(value, date | np.datetime64):
        return instant(value)
    if isinstance(value, timedelta | np.timedelta64):
        return span(value)
    if isinstance(value, time):
        return span(timedelta(0, value.second, value.microsecond, 0, value.minute, value.hour))
    return value.item() if isinstance(value, np.generic) else value


def instant(value: date | np.datetime64) -> int:
    """Nanoseconds since 1970, in UTC where a zone is known. A datetime is a date, too."""
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[ns]").astype(np.int64))
    if isinstance(value, pd.Timestamp):
        return int(value.as_unit("ns").value)
    if isinstance(value, datetime):
        return span(value - datetime(1970, 1, 1, tzinfo=value.tzinfo and UTC))
    return (value - date(1970, 1, 1)).days * DAY


def span(value: timedelta | np.timedelta64) -> int:
    """Nanoseconds."""
    if isinstance(value, np.timedelta64):
        return int(value.astype("timedelta64[ns]").astype(np.int64))
    if isinstance(value, pd.Timedelta):
        return int(value.as_unit("ns").value)
    return value // timedelta(microseconds=1) * 1000


@dataclass(frozen=True)
class Source:
    """The columns of all files, one after the other."""

    files: Sequence[pa.Table]

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        names = self.files[0].column_names
        return {name: [v for file in self.files for v in plain(file[name])] for name in names}

    @cached_property
    def temporal(self) -> set[str]:
        schema = self.files[0].schema
        return {column.name for column in schema if pa.types.is_temporal(column.type)}

    @property
    def rows(self) -> int:
        return sum(file.num_rows for file in self.files)
