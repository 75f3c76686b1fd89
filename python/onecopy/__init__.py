"""Parquet poured straight into one NumPy matrix, ready to fit, at one copy of memory."""

from onecopy._errors import (
    CastOverflowError,
    ColumnNotFoundError,
    CorruptFileError,
    DuplicateKeyError,
    EmptyColumnWarning,
    InputChangedError,
    InternalError,
    MemoryLimitError,
    MissingTargetError,
    OnecopyError,
    OnecopyWarning,
    PrecisionWarning,
    SchemaMismatchError,
    UnsupportedTypeError,
)
from onecopy._inspect import ColumnInfo, FileInfo, Inspection, OrderInfo, RowPlace, inspect
from onecopy._join import JoinRules
from onecopy._load import load_training_matrix, plan
from onecopy._matrix import TrainingMatrix
from onecopy._native import __version__
from onecopy._plan import Plan
from onecopy._progress import Progress
from onecopy._recipe import Recipe
from onecopy._recode import Clock
from onecopy._report import ColumnReport, Report, TableReport

__all__ = [
    "CastOverflowError",
    "Clock",
    "ColumnInfo",
    "ColumnNotFoundError",
    "ColumnReport",
    "CorruptFileError",
    "DuplicateKeyError",
    "EmptyColumnWarning",
    "FileInfo",
    "InputChangedError",
    "Inspection",
    "InternalError",
    "JoinRules",
    "MemoryLimitError",
    "MissingTargetError",
    "OnecopyError",
    "OnecopyWarning",
    "OrderInfo",
    "Plan",
    "PrecisionWarning",
    "Progress",
    "Recipe",
    "Report",
    "RowPlace",
    "SchemaMismatchError",
    "TableReport",
    "TrainingMatrix",
    "UnsupportedTypeError",
    "__version__",
    "inspect",
    "load_training_matrix",
    "plan",
]
