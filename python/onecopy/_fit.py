"""The keyword arguments with which learners take a matrix; no learner is imported."""

import warnings
from collections.abc import Sequence
from itertools import repeat
from math import isnan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from onecopy._batches import HasRows
from onecopy._column_report import ColumnReport
from onecopy._errors import ColumnNotFoundError, CopyWarning
from onecopy._groups import Groups
from onecopy._learner import MatrixCopy
from onecopy._learners import Choice, Facts
from onecopy._recipe import Recipe
from onecopy._render import show_size
from onecopy._report import Report

_FREE = 0.05
"""The part of a matrix that may be copied without a warning."""
_DATA = {"Dataset", "DMatrix", "QuantileDMatrix", "ExtMemQuantileDMatrix", "Pool"}
"""Classes that hold the data of a learner, and are no estimators."""


class Matrix(HasRows, Protocol):
    """What belongs to a matrix."""

    @property
    def groups(self) -> Groups: ...
    @property
    def feature_names(self) -> list[str]: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def report(self) -> Report: ...


def facts_of(matrix: Matrix) -> Facts:
    """Return what a learner is handed with a matrix."""
    array = matrix.X
    rows, features = array.shape
    flags = array.flags
    by_columns = not flags.c_contiguous and (
        flags.f_contiguous or array.strides[0] < array.strides[1]
    )
    return Facts(
        rows=rows,
        features=features,
        dtype=str(array.dtype),
        order="F" if by_columns else "C",
        is_contiguous=flags.c_contiguous or flags.f_contiguous,
        is_writeable=flags.writeable,
        has_missing=any(map(_stays, matrix.report.columns.values(), repeat(matrix.recipe))),
    )


def _stays(column: ColumnReport, recipe: Recipe) -> bool:
    """Whether values of a column are missing and stay so."""
    if column.fill_value is not None and not isnan(column.fill_value):
        return False
    infinities = recipe.inf == "missing" and (column.pos_infs or column.neg_infs)
    overflows = recipe.overflow == "missing" and column.overflowed
    return bool(column.nulls or column.nans or infinities or overflows)


def fit_arguments(matrix: Matrix, choice: Choice) -> dict[str, Any]:
    """Return the arguments for a learner; a `CopyWarning` where it will copy the matrix."""
    learner, facts = choice.learner, facts_of(matrix)
    if learner.word in ("torch", "jax"):
        raise ValueError(
            f"arguments: {learner.name} takes single arrays, such as m.X; "
            'one that may be written to comes from TrainingMatrix.open(path, mode="c")'
        )
    _warn(choice, facts, list(learner.copies(facts)))
    is_data = choice.estimator is None or _class_name(choice.estimator) in _DATA
    make = {"lightgbm": _lightgbm, "xgboost": _xgboost, "catboost": _catboost}.get(learner.word)
    if make is None:
        found: dict[str, Any] = _named("X", "y", "sample_weight", matrix)
    else:
        found = make(matrix, facts, is_data=is_data)
    return {name: value for name, value in found.items() if value is not None}


def positions_of(feature_names: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return where features are; `ColumnNotFoundError` for one that is none."""
    if isinstance(names, str):
        raise TypeError(f"positions: expected a list of names, found {names!r}")
    places = {name: place for place, name in enumerate(feature_names)}
    for name in names:
        if name not in places:
            raise _not_found(name, feature_names)
    return [places[name] for name in names]


def _not_found(name: str, feature_names: Sequence[str]) -> ColumnNotFoundError:
    from difflib import get_close_matches  # noqa: PLC0415 (only for an error)

    close = get_close_matches(str(name), feature_names, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    message = f"positions: {name!r} is none of the {len(feature_names):,} features{hint}"
    error = ColumnNotFoundError(message, column=name)
    error.columns, error.suggestion = tuple(feature_names), close[0] if close else None
    return error


def _class_name(estimator: object) -> str:
    return (estimator if isinstance(estimator, type) else type(estimator)).__name__


def _named(data: str, label: str, weight: str, matrix: Matrix) -> dict[str, Any]:
    return {data: matrix.X, label: matrix.y, weight: matrix.weight}


def _lightgbm(matrix: Matrix, facts: Facts, *, is_data: bool) -> dict[str, Any]:  # noqa: ARG001
    names = ("data", "label", "weight") if is_data else ("X", "y", "sample_weight")
    sizes = None if matrix.group is None else matrix.groups.sizes
    return _named(*names, matrix) | {"group": sizes, "feature_name": matrix.feature_names}


def _xgboost(matrix: Matrix, facts: Facts, *, is_data: bool) -> dict[str, Any]:  # noqa: ARG001
    names = ("data", "label", "weight") if is_data else ("X", "y", "sample_weight")
    found = _named(*names, matrix)
    if matrix.group is not None:
        found |= _xgboost_groups(matrix, matrix.group, names[2])
    return found | {"feature_names": matrix.feature_names if is_data else None}


def _xgboost_groups(matrix: Matrix, group: NDArray[Any], weight: str) -> dict[str, Any]:
    """Return groups as numbers that ascend, which it wants, and the weight of each group."""
    groups = matrix.groups
    ascends = np.issubdtype(group.dtype, np.integer) and bool(np.all(np.diff(groups.keys) > 0))
    ids = group if ascends and groups.keys.dtype != object else None
    if ids is None:
        ids = np.repeat(np.arange(len(groups), dtype=np.uint32), groups.sizes)
    if matrix.weight is None:
        return {"qid": ids}
    first = matrix.weight[groups.offsets[:-1]]
    differs = np.flatnonzero(np.repeat(first, groups.sizes) != matrix.weight)
    if len(differs):
        raise ValueError(
            "arguments: XGBoost takes one weight for each group, and row "
            f"{differs[0]:,} has another one than the first row of its group"
        )
    return {"qid": ids, weight: first}


def _catboost(matrix: Matrix, facts: Facts, *, is_data: bool) -> dict[str, Any]:
    names = ("data", "label", "weight") if is_data else ("X", "y", "sample_weight")
    found = _named(*names, matrix) | {"feature_names": matrix.feature_names if is_data else None}
    if facts.order == "F" and not facts.is_contiguous:
        # As an array such rows would be copied; the columns of a frame are not.
        import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 (optional)

        columns = pd.Index(matrix.feature_names)
        found[names[0]] = pd.DataFrame(matrix.X, columns=columns, copy=False)
        found["feature_names"] = None
    if is_data:
        found["group_id"] = matrix.group
    return found


def _warn(choice: Choice, facts: Facts, copies: list[MatrixCopy]) -> None:
    size = sum(copy.bytes for copy in copies)
    if size <= _FREE * facts.nbytes:
        return
    reasons = "; ".join(f"{copy.what} ({copy.why}): use {copy.fix}" for copy in copies)
    warnings.warn(
        f"{choice.learner.name} will copy {show_size(size)} of the matrix: {reasons}",
        CopyWarning,
        stacklevel=4,
    )
