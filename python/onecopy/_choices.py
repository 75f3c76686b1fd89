"""The words and the types that options take."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

DTYPES = ("float16", "float32", "float64")
ORDERS = ("C", "F")
INFS = ("missing", "keep")
TARGET_MISSINGS = ("raise", "keep", "drop")
OVERFLOWS = ("raise", "missing", "clip")
MISSING_COLUMNS = ("raise", "missing")
DUPLICATES = ("raise", "first", "last")
KEEPS = ("first", "last")
OPERATORS = ("=", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")
STATISTICS = ("median", "mean")
UNITS = ("D", "h", "m", "s", "ms", "us", "ns")
FOLD_KINDS = ("k", "expanding", "sliding")

FillRule: TypeAlias = Literal["median", "mean"] | float | None
ClockRule: TypeAlias = Literal["raise", "D", "h", "m", "s", "ms", "us", "ns"] | tuple[str, Any]
Datetimes: TypeAlias = ClockRule | Mapping[str, ClockRule]
Categories: TypeAlias = Literal["raise", "codes"] | Sequence[str]
Condition: TypeAlias = tuple[str, str, Any]
Filters: TypeAlias = Sequence[Condition] | Sequence[Sequence[Condition]] | None
Split: TypeAlias = Mapping[str, Any] | None
Names: TypeAlias = str | Sequence[str] | None
