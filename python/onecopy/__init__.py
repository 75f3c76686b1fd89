"""Parquet poured straight into one NumPy matrix, ready to fit, at one copy of memory."""

from onecopy._batches import Batch, Batches
from onecopy._errors import (
    CastOverflowError,
    ColumnNotFoundError,
    CopyWarning,
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
from onecopy._explain import Explanation, explain
from onecopy._folds import Fold
from onecopy._histograms import Histogram
from onecopy._inspect import ColumnInfo, FileInfo, Inspection, OrderInfo, RowPlace, inspect
from onecopy._join import JoinRules
from onecopy._learner import LearnerNeed, MatrixCopy
from onecopy._load import load_training_matrix, plan
from onecopy._matrix import TrainingMatrix
from onecopy._native import __version__
from onecopy._peak import Peak, peak
from onecopy._plan import Plan
from onecopy._progress import Progress
from onecopy._recipe import Recipe
from onecopy._recode import Clock
from onecopy._report import ColumnReport, Report, TableReport
from onecopy._windows import SourceBatches, batches, fit_recipe
from onecopy._writer import MatrixWriter

__all__ = [
    "Batch",
    "Batches",
    "CastOverflowError",
    "Clock",
    "ColumnInfo",
    "ColumnNotFoundError",
    "ColumnReport",
    "CopyWarning",
    "CorruptFileError",
    "DuplicateKeyError",
    "EmptyColumnWarning",
    "Explanation",
    "FileInfo",
    "Fold",
    "Histogram",
    "InputChangedError",
    "Inspection",
    "InternalError",
    "JoinRules",
    "LearnerNeed",
    "MatrixCopy",
    "MatrixWriter",
    "MemoryLimitError",
    "MissingTargetError",
    "OnecopyError",
    "OnecopyWarning",
    "OrderInfo",
    "Peak",
    "Plan",
    "PrecisionWarning",
    "Progress",
    "Recipe",
    "Report",
    "RowPlace",
    "SchemaMismatchError",
    "SourceBatches",
    "TableReport",
    "TrainingMatrix",
    "UnsupportedTypeError",
    "__version__",
    "batches",
    "explain",
    "fit_recipe",
    "inspect",
    "load_training_matrix",
    "peak",
    "plan",
]
