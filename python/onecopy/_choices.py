"""The words that options take."""

from typing import Literal, TypeAlias

DTYPES = ("float16", "float32", "float64")
ORDERS = ("C", "F")
INFS = ("missing", "keep")
TARGET_MISSINGS = ("raise", "keep")
OVERFLOWS = ("raise", "missing", "clip")
MISSING_COLUMNS = ("raise", "missing")
DUPLICATES = ("raise", "first", "last")
STATISTICS = ("median", "mean")

FillRule: TypeAlias = Literal["median", "mean"] | float | None
