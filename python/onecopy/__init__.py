"""Parquet poured straight into one NumPy matrix, ready to fit, at one copy of memory.

What a load does not need is imported when it is first asked for.
"""

import importlib as _importlib
import typing as _typing

from onecopy._column_report import ColumnReport
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
from onecopy._join import JoinRules
from onecopy._load import load_training_matrix, plan
from onecopy._matrix import TrainingMatrix
from onecopy._native import __version__
from onecopy._plan import Plan
from onecopy._progress import Progress
from onecopy._recipe import Recipe
from onecopy._recode import Clock
from onecopy._report import Report, TableReport, Traffic

if _typing.TYPE_CHECKING:
    from onecopy._batches import Batch, Batches
    from onecopy._explain import Explanation, explain
    from onecopy._folds import Fold
    from onecopy._histograms import Histogram
    from onecopy._inspect import ColumnInfo, FileInfo, Inspection, OrderInfo, RowPlace, inspect
    from onecopy._learner import LearnerNeed, MatrixCopy
    from onecopy._peak import Peak, peak
    from onecopy._table_writer import TableWriter
    from onecopy._versions import show_versions
    from onecopy._windows import SourceBatches, batches, fit_recipe
    from onecopy._writer import MatrixWriter
else:
    _LATER = {
        "Batch": "_batches",
        "Batches": "_batches",
        "ColumnInfo": "_inspect",
        "Explanation": "_explain",
        "FileInfo": "_inspect",
        "Fold": "_folds",
        "Histogram": "_histograms",
        "Inspection": "_inspect",
        "LearnerNeed": "_learner",
        "MatrixCopy": "_learner",
        "MatrixWriter": "_writer",
        "OrderInfo": "_inspect",
        "Peak": "_peak",
        "RowPlace": "_inspect",
        "SourceBatches": "_windows",
        "TableWriter": "_table_writer",
        "batches": "_windows",
        "explain": "_explain",
        "fit_recipe": "_windows",
        "inspect": "_inspect",
        "peak": "_peak",
        "show_versions": "_versions",
    }

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(_importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LATER})


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
    "TableWriter",
    "Traffic",
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
    "show_versions",
]
