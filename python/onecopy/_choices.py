"""The words that options take."""

from typing import Literal, TypeAlias

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

FillRule: TypeAlias = Literal["median", "mean"] | float | None
