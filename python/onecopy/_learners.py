"""What learners want, copy and need: one table, kept true by ``make learners``.

Sizes are anonymous bytes at the peak of a fit by the line of the README, without the model. They
were measured with the versions that the table names.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from onecopy._choices import FillRule
from onecopy._learner import LearnerNeed, MatrixCopy

_SAMPLE = 200_000
"""Rows that LightGBM and HistGradientBoosting look at to choose their bins."""
_SKETCH = 1_700_000
"""Bytes that XGBoost takes at most to choose the bins of one feature."""
_EARLY = 10_000
"""Above so many rows HistGradientBoosting stops early if it is not told otherwise."""

ITEM_BYTES = {"float16": 2, "float32": 4, "float64": 8}


@dataclass(frozen=True, repr=False, eq=False)
class Preset:
    """What a matrix for a learner is made of, where a load does not say otherwise."""

    dtype: str
    order: Literal["C", "F"]
    fill: FillRule


@dataclass(frozen=True)
class Facts:
    """What a learner is handed, and how it is set."""

    rows: int
    features: int
    dtype: str
    order: str
    is_contiguous: bool = True
    is_writeable: bool = True
    has_missing: bool = False
    jobs: int = 1
    stops_early: bool = False
    max_bin: int = 256

    @property
    def cells(self) -> int:
        """The number of values."""
        return self.rows * self.features

    @property
    def nbytes(self) -> int:
        """The bytes of the matrix."""
        return self.cells * ITEM_BYTES[self.dtype]


Needs: TypeAlias = Callable[[Facts], Iterator[LearnerNeed]]
Copies: TypeAlias = Callable[[Facts], Iterator[MatrixCopy]]


@dataclass(frozen=True, repr=False, eq=False)
class Learner:
    """A learner, or a kind of them.

    Attributes
    ----------
    name : str
        The name that people know.
    word : str
        What ``for_=`` calls its kind.
    preset : Preset
        How a matrix for it is best made.
    measured : str
        The version that it was measured with.
    needs : callable or None
        What it takes for itself; None where that was not measured.
    copies : callable
        What it copies.
    """

    name: str
    word: str
    preset: Preset
    measured: str
    needs: Needs | None
    copies: Copies

    def own_bytes(self, facts: Facts) -> int | None:
        """Bytes that it takes for itself; None where they are not known."""
        return None if self.needs is None else int(sum(need.bytes for need in self.needs(facts)))

    def copied_bytes(self, facts: Facts) -> int:
        """Bytes of all copies that it makes of the matrix."""
        return sum(copy.bytes for copy in self.copies(facts))


PRESETS: dict[str, Preset] = {
    "trees": Preset("float32", "C", "median"),
    "hist": Preset("float64", "C", None),
    "linear": Preset("float32", "C", "median"),
    "lightgbm": Preset("float32", "C", None),
    "xgboost": Preset("float32", "C", None),
    "catboost": Preset("float32", "F", None),
    "torch": Preset("float32", "C", "median"),
    "jax": Preset("float32", "C", "median"),
}


def _as_dtype(facts: Facts, dtype: str, taken: tuple[str, ...]) -> Iterator[MatrixCopy]:
    if facts.dtype not in taken:
        size = facts.cells * ITEM_BYTES[dtype]
        why = f"takes {' and '.join(taken)} only"
        yield MatrixCopy(f"X as {dtype}", size, why, f'dtype="{taken[0]}"')


def _as_rows(facts: Facts, why: str = "takes whole rows only") -> Iterator[MatrixCopy]:
    if facts.order != "C" or not facts.is_contiguous:
        yield MatrixCopy("X in order C", facts.nbytes, why, 'order="C"')


def _rows_of_columns(facts: Facts) -> MatrixCopy:
    why = "rows of order F are not contiguous"
    return MatrixCopy("rows of X", facts.nbytes, why, 'order="C"')


def _trees_copy(facts: Facts) -> Iterator[MatrixCopy]:
    yield from _as_dtype(facts, "float32", ("float32",))


def _linear_copies(facts: Facts) -> Iterator[MatrixCopy]:
    as_double = tuple(_as_dtype(facts, "float64", ("float32", "float64")))
    yield from as_double or _as_rows(facts)


def _forest_needs(facts: Facts) -> Iterator[LearnerNeed]:
    yield LearnerNeed("targets", 35 * facts.rows)
    yield LearnerNeed(f"{facts.jobs} trees at a time", 60 * facts.jobs * facts.rows)


def _extra_needs(facts: Facts) -> Iterator[LearnerNeed]:
    yield LearnerNeed("targets", 35 * facts.rows)
    yield LearnerNeed(f"{facts.jobs} trees at a time", 55 * facts.jobs * facts.rows)


def _hist_needs(facts: Facts) -> Iterator[LearnerNeed]:
    yield LearnerNeed("bins", facts.cells)
    yield LearnerNeed(*_sample(facts, 8))


def _hist_copies(facts: Facts) -> Iterator[MatrixCopy]:
    as_double = tuple(_as_dtype(facts, "float64", ("float64",)))
    yield from as_double
    if not as_double and not facts.is_contiguous:
        yield _rows_of_columns(facts)
    if facts.stops_early:
        why = "stops early, by rows that it holds back"
        fix = "fit(..., X_val=valid.X, y_val=valid.y)"
        yield MatrixCopy("X in two parts", facts.cells * 8, why, fix)


def _logistic_needs(facts: Facts) -> Iterator[LearnerNeed]:
    yield LearnerNeed("gradients", 17 * facts.rows)


def _sgd_needs(facts: Facts) -> Iterator[LearnerNeed]:
    yield LearnerNeed("targets", 12 * facts.rows)


def _sample(facts: Facts, item: int) -> tuple[str, int]:
    rows = min(facts.rows, _SAMPLE)
    return f"sample of {rows:,} rows", item * rows * facts.features


def _lightgbm_needs(facts: Facts) -> Iterator[LearnerNeed]:
    bins = LearnerNeed("bins", facts.cells)
    sample = LearnerNeed(*_sample(facts, 13))
    train = LearnerNeed("bins by rows, histograms", facts.cells + 60 * facts.rows)
    yield bins
    yield max(sample, train, key=lambda need: need.bytes)


def _lightgbm_copies(facts: Facts) -> Iterator[MatrixCopy]:
    as_single = tuple(_as_dtype(facts, "float32", ("float32", "float64")))
    yield from as_single
    if not as_single and not facts.is_contiguous:
        yield _rows_of_columns(facts)


def _xgboost_needs(facts: Facts) -> Iterator[LearnerNeed]:
    if facts.has_missing:
        yield LearnerNeed(
            'bins of 4 bytes, as values are missing (1 with fill="median")', 5 * facts.cells
        )
    else:
        yield LearnerNeed("bins", 2 * facts.cells)
    sketch = min(_SKETCH, 9 * facts.rows) * facts.max_bin // 256
    yield LearnerNeed("sketch of quantiles", sketch * facts.features)
    yield LearnerNeed("gradients", 35 * facts.rows)


def _xgboost_copies(facts: Facts) -> Iterator[MatrixCopy]:
    yield from _as_dtype(facts, "float32", ("float32", "float64"))


def _catboost_needs(facts: Facts) -> Iterator[LearnerNeed]:
    yield LearnerNeed("bins", facts.cells)
    yield LearnerNeed("targets, approximations", 190 * facts.rows)


def _catboost_copies(facts: Facts) -> Iterator[MatrixCopy]:
    if facts.dtype == "float16":
        yield from _as_dtype(facts, "float32", ("float32", "float64"))
    elif facts.order != "F":
        size = 4 * facts.cells
        yield MatrixCopy("X in columns", size, "takes columns", 'for_="catboost" or order="F"')


def _no_needs(facts: Facts) -> Iterator[LearnerNeed]:  # noqa: ARG001 (as the others)
    return iter(())


def _no_copies(facts: Facts) -> Iterator[MatrixCopy]:  # noqa: ARG001 (as the others)
    return iter(())


def _jax_copies(facts: Facts) -> Iterator[MatrixCopy]:
    if not facts.is_writeable:
        why, fix = "takes writeable arrays only", 'TrainingMatrix.open(path, mode="c")'
        yield MatrixCopy("X", facts.nbytes, why, fix)


_SKLEARN, _LIGHTGBM, _XGBOOST = "scikit-learn 1.9", "lightgbm 4.7", "xgboost 3.2"
_CATBOOST, _TORCH, _JAX = "catboost 1.2", "torch 2.15", "jax 0.10"


def _learner(name: str, word: str, measured: str, needs: Needs | None, copies: Copies) -> Learner:
    return Learner(name, word, PRESETS[word], measured, needs, copies)


_FOREST = _learner("RandomForest", "trees", _SKLEARN, _forest_needs, _trees_copy)
_EXTRA = _learner("ExtraTrees", "trees", _SKLEARN, _extra_needs, _trees_copy)
_TREES = _learner("trees of scikit-learn", "trees", _SKLEARN, None, _trees_copy)
_HIST = _learner("HistGradientBoosting", "hist", _SKLEARN, _hist_needs, _hist_copies)
_LOGISTIC = _learner("LogisticRegression", "linear", _SKLEARN, _logistic_needs, _linear_copies)
_SGD = _learner("SGD", "linear", _SKLEARN, _sgd_needs, _linear_copies)
_LINEAR = _learner("model of scikit-learn", "linear", _SKLEARN, None, _linear_copies)
_LGB = _learner("LightGBM", "lightgbm", _LIGHTGBM, _lightgbm_needs, _lightgbm_copies)
_XGB = _learner("XGBoost", "xgboost", _XGBOOST, _xgboost_needs, _xgboost_copies)
_CAT = _learner("CatBoost", "catboost", _CATBOOST, _catboost_needs, _catboost_copies)
_TENSOR = _learner("torch", "torch", _TORCH, _no_needs, _no_copies)
_ARRAY = _learner("JAX", "jax", _JAX, _no_needs, _jax_copies)

WORDS: dict[str, Learner] = {
    "trees": _FOREST,
    "hist": _HIST,
    "linear": _LOGISTIC,
    "lightgbm": _LGB,
    "xgboost": _XGB,
    "catboost": _CAT,
    "torch": _TENSOR,
    "jax": _ARRAY,
}

_CLASSES = {
    ("sklearn", "RandomForestClassifier"): _FOREST,
    ("sklearn", "RandomForestRegressor"): _FOREST,
    ("sklearn", "ExtraTreesClassifier"): _EXTRA,
    ("sklearn", "ExtraTreesRegressor"): _EXTRA,
    ("sklearn", "BaseForest"): _TREES,
    ("sklearn", "IsolationForest"): _TREES,
    ("sklearn", "BaseDecisionTree"): _TREES,
    ("sklearn", "BaseHistGradientBoosting"): _HIST,
    ("sklearn", "LogisticRegression"): _LOGISTIC,
    ("sklearn", "BaseSGDClassifier"): _SGD,
    ("sklearn", "BaseSGDRegressor"): _SGD,
    ("sklearn", "LinearModel"): _LINEAR,
    ("sklearn", "LinearClassifierMixin"): _LINEAR,
    ("sklearn", "BaseMultilayerPerceptron"): _LINEAR,
    ("sklearn", "KNeighborsMixin"): _LINEAR,
    ("sklearn", "_BaseKMeans"): _LINEAR,
    ("lightgbm", "LGBMModel"): _LGB,
    ("lightgbm", "Dataset"): _LGB,
    ("lightgbm", "Booster"): _LGB,
    ("xgboost", "XGBModel"): _XGB,
    ("xgboost", "DMatrix"): _XGB,
    ("xgboost", "Booster"): _XGB,
    ("catboost", "CatBoost"): _CAT,
    ("catboost", "Pool"): _CAT,
    ("torch", "Module"): _TENSOR,
    ("torch", "Tensor"): _TENSOR,
    ("jax", "Array"): _ARRAY,
}
"""Packages and classes; an estimator is what the first of its bases that is listed says."""


@dataclass(frozen=True, repr=False, eq=False)
class Choice:
    """A learner as a caller names it: by a word, or by an estimator or its class.

    Attributes
    ----------
    learner : Learner
        Its entry in the table.
    name : str
        The word, or the name of the class.
    estimator : object
        The estimator or its class; None for a word, which stands for the line of the README.
    """

    learner: Learner
    name: str
    estimator: object = None

    def of(self, facts: Facts) -> Facts:
        """Add to what is handed over how the learner is set."""
        if self.estimator is None:
            return facts
        return replace(
            facts,
            jobs=_jobs(getattr(self.estimator, "n_jobs", None)),
            stops_early=_stops_early(self, facts.rows),
            max_bin=_count(getattr(self.estimator, "max_bin", None), 256),
        )


def choice_of(option: str, learner: object) -> Choice:
    """Return the learner that a word, an estimator or its class names."""
    if isinstance(learner, str):
        if learner in WORDS:
            return Choice(WORDS[learner], learner)
    elif learner is not None:
        kind = learner if isinstance(learner, type) else type(learner)
        for base in kind.__mro__:
            found = _CLASSES.get((base.__module__.partition(".")[0], base.__qualname__))
            if found is not None:
                return Choice(found, kind.__qualname__, learner)
    words = ", ".join(f'"{word}"' for word in WORDS)
    found_name = repr(learner) if isinstance(learner, str) else _named(learner)
    raise ValueError(
        f"{option}: expected one of {words}, or an estimator of these kinds, found {found_name}; "
        "what another learner takes tells `with onecopy.peak() as peak:` around its fit"
    )


def _named(learner: object) -> str:
    kind = learner if isinstance(learner, type) else type(learner)
    return f"{kind.__module__}.{kind.__qualname__}"


def _count(value: object, otherwise: int) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return int(str(value)) if is_count else otherwise


def _jobs(jobs: object) -> int:
    if isinstance(jobs, int) and jobs < 0:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return max((cores or 1) + 1 + jobs, 1)
    return _count(jobs, 1)


def _stops_early(choice: Choice, rows: int) -> bool:
    stopping = getattr(choice.estimator, "early_stopping", "auto")
    return stopping is True or (stopping == "auto" and rows > _EARLY)
