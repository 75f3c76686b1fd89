"""Data sets of LightGBM straight from files, without a matrix; needs ``lightgbm``."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

try:
    import lightgbm  # type: ignore[import-not-found, unused-ignore]
except ImportError as _error:
    _message = "onecopy.lightgbm needs LightGBM: pip install lightgbm"
    raise ImportError(_message) from _error

from onecopy._groups import Groups
from onecopy._matrix import TrainingMatrix
from onecopy._sources import Source
from onecopy._windows import SourceBatches, batches

__all__ = ["dataset"]

# Rows that LightGBM takes at once; they are float32 or float64 as they come.
_ROWS = 65_536


# Values that LightGBM takes for zero, and leaves out of a sample.
_ZERO = 1e-35


def dataset(
    source: Source,
    *,
    params: dict[str, Any] | None = None,
    reference: lightgbm.Dataset | None = None,
    categorical_feature: Sequence[str | int] = (),
    buffer: int | str = "16MB",
    **options: Any,
) -> lightgbm.Dataset:
    """Bin a source for LightGBM without ever having it as a matrix.

    The files are read twice: for a sample of the rows, and to bin them. The model is the one that
    the matrix would give. It takes what LightGBM takes: a byte for each value, and while bins are
    chosen 13 bytes for each value of the sample.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        As for `onecopy.load_training_matrix`.
    params : dict, optional
        Parameters of LightGBM, such as ``max_bin`` and ``bin_construct_sample_cnt``.
    reference : lightgbm.Dataset, optional
        The training set whose bins are used, for a validation set.
    categorical_feature : sequence of str or int
        The names or positions of features whose values are categories.
    buffer : int or str
        As for `onecopy.batches`.
    **options
        As for `onecopy.batches`: target, weight and group, and a recipe or fills that are known.
        Where neither is given, missing values are left to LightGBM, as with ``fill=None``.

    Returns
    -------
    lightgbm.Dataset
        Constructed; its label, weight and group are those of the source.

    Examples
    --------
    >>> import lightgbm
    >>> import onecopy.lightgbm
    >>> train = onecopy.lightgbm.dataset("train/", target="label", params={"verbosity": -1})
    >>> lightgbm.train({"verbosity": -1}, train, num_boost_round=2).num_trees()
    2
    """
    if "fill" not in options and "recipe" not in options:
        options["fill"] = None
    found = batches(source, _ROWS, buffer=buffer, **options)
    given = dict(params or {})
    if categorical_feature:
        names = found.feature_names
        at = [names.index(name) if isinstance(name, str) else name for name in categorical_feature]
        # The name by which LightGBM itself hands positions on.
        given["categorical_column"] = sorted(at)
    if hasattr(lightgbm.Dataset, "_init_from_sample") and hasattr(lightgbm.Dataset, "_push_rows"):
        made, beside = _streamed(found, given, reference)
    else:
        made, beside = _forward(found, given, reference)
    beside.set(made)
    return made


def _streamed(
    found: SourceBatches, params: dict[str, Any], reference: lightgbm.Dataset | None
) -> "tuple[lightgbm.Dataset, _Beside]":
    """Build the data set by the streaming functions of LightGBM's C library."""
    made = lightgbm.Dataset(None, params=params, reference=reference)
    rows = found.shape[0]
    if reference is None:
        _begin(made, found, rows)
    else:
        made._init_from_ref_dataset(rows, cast("Any", reference.construct()._handle))
    beside = _Beside()
    for batch in found:
        made._push_rows(np.ascontiguousarray(_floats(batch.X)))
        beside.take(batch)
    made.set_feature_name(found.feature_names)
    return made, beside


def _begin(made: lightgbm.Dataset, found: SourceBatches, rows: int) -> None:
    """Choose the bins from the sample that LightGBM would take of a matrix."""
    wanted = made._create_sample_indices(total_nrow=rows)
    sample = np.empty((found.shape[1], len(wanted)))
    first = taken = 0
    for batch in found:
        stop = int(np.searchsorted(wanted, first + len(batch)))
        sample[:, taken:stop] = batch.X[wanted[taken:stop] - first].T
        first, taken = first + len(batch), stop
    numbers = np.arange(len(wanted), dtype=np.int32)
    values, places = [], []
    for column in sample:
        kept = (np.abs(column) > _ZERO) | np.isnan(column)
        places.append(numbers[kept])
        count = len(places[-1])
        # In the memory of the sample, or there would be two of them.
        column[:count] = column[kept]
        values.append(column[:count])
    made._init_from_sample(values, places, len(wanted), rows)


def _forward(
    found: SourceBatches, params: dict[str, Any], reference: lightgbm.Dataset | None
) -> "tuple[lightgbm.Dataset, _Beside]":
    """Build the data set by the public way for rows, whose sample takes more memory."""
    rows = _Forward(found)
    names = found.feature_names
    made = lightgbm.Dataset(rows, params=params, reference=reference, feature_name=names)
    made.construct()
    beside = _Beside()
    for batch in found:
        beside.take(batch)
    return made, beside


class _Forward(lightgbm.Sequence):  # type: ignore[misc, unused-ignore]
    """Rows of a source, for one who asks for them in ascending order."""

    batch_size = _ROWS

    def __init__(self, found: SourceBatches) -> None:
        self._found = found
        self._passed: Iterator[TrainingMatrix] = iter(())
        self._rows = np.empty((0, found.shape[1]))
        self._first = 0

    def __len__(self) -> int:
        return self._found.shape[0]

    def __getitem__(self, wanted: Any) -> NDArray[Any]:
        if not isinstance(wanted, slice):
            return np.asarray(self._until(int(wanted))[int(wanted) - self._first], np.float64)
        parts = []
        start, stop, _ = wanted.indices(len(self))
        while start < stop:
            rows = self._until(start)
            parts.append(rows[start - self._first : stop - self._first])
            start += len(parts[-1])
        return np.concatenate(parts) if parts else self._rows[:0]

    def _until(self, row: int) -> NDArray[Any]:
        """Read on until a row is there, from the beginning if it was left behind."""
        if row < self._first or not len(self._rows):
            self._passed, self._rows, self._first = iter(self._found), self._rows[:0], 0
        while row >= self._first + len(self._rows):
            self._first += len(self._rows)
            self._rows = _floats(next(self._passed).X)
        return self._rows


class _Beside:
    """The label, weight and group of rows that were taken."""

    def __init__(self) -> None:
        self._labels: list[NDArray[Any]] = []
        self._weights: list[NDArray[Any]] = []
        self._groups: list[NDArray[Any]] = []

    def take(self, batch: TrainingMatrix) -> None:
        # LightGBM keeps labels and weights as float32.
        if batch.y is not None:
            self._labels.append(batch.y.astype(np.float32))
        if batch.weight is not None:
            self._weights.append(batch.weight.astype(np.float32))
        if batch.group is not None:
            self._groups.append(np.array(batch.group))

    def set(self, made: lightgbm.Dataset) -> None:
        if self._labels:
            made.set_label(np.concatenate(self._labels))
        if self._weights:
            made.set_weight(np.concatenate(self._weights))
        if self._groups:
            made.set_group(Groups.of(np.concatenate(self._groups), None).sizes)


def _floats(rows: NDArray[Any]) -> NDArray[Any]:
    """Widen halves, which LightGBM does not take."""
    return rows.astype(np.float32) if rows.dtype == np.float16 else rows
