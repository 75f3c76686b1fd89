"""Data of XGBoost block by block, without a matrix; needs ``xgboost``."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

try:
    import xgboost  # type: ignore[import-not-found, unused-ignore]
except ImportError as _error:
    _message = "onecopy.xgboost needs XGBoost: pip install xgboost"
    raise ImportError(_message) from _error

from onecopy._batches import Batches, HasRows
from onecopy._matrix import TrainingMatrix
from onecopy._windows import SourceBatches, batches

__all__ = ["Blocks"]


class Blocks(xgboost.DataIter):  # type: ignore[misc, unused-ignore]
    """Rows for ``QuantileDMatrix`` and ``ExtMemQuantileDMatrix``, which take them several times.

    Where there is disk for it, ``QuantileDMatrix`` of a matrix with ``out="train.npy"`` takes as
    little memory and less time, because files are decoded once and not four times.

    Parameters
    ----------
    source : path, glob, directory, a list of these, TrainingMatrix, Batches, or a list of matrices
        Files, as for `onecopy.load_training_matrix`; or rows of matrices, such as the ranges of a
        fold, which are taken as they are.
    rows : int
        Rows of a block.
    cache_prefix : path, optional
        Where ``ExtMemQuantileDMatrix`` keeps its pages: the beginning of their names.
    **options
        For files, as for `onecopy.batches`: target, weight and group, and a recipe or fills that
        are known. Where neither is given, missing values are left to XGBoost.

    Examples
    --------
    >>> import xgboost
    >>> import onecopy.xgboost
    >>> data = xgboost.QuantileDMatrix(onecopy.xgboost.Blocks("train/", target="label"))
    >>> data.num_row(), data.num_col()
    (3000, 12)
    """

    def __init__(
        self,
        source: Any,
        rows: int = 65_536,
        *,
        cache_prefix: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        # First of all: it has to be there when what follows fails.
        super().__init__(cache_prefix=None if cache_prefix is None else os.fspath(cache_prefix))
        self._blocks = _blocks(source, rows, options)
        self._names = _names(self._blocks, source)
        self._passed: Iterator[HasRows] = iter(())

    def reset(self) -> None:
        """Begin anew."""
        self._passed = iter(self._blocks)

    def next(self, input_data: Any) -> bool:
        """Hand over the next block, if there is one."""
        block = next(self._passed, None)
        if block is None:
            return False
        given = {"label": block.y, "weight": block.weight, "qid": block.group}
        known = {name: value for name, value in given.items() if value is not None}
        input_data(data=block.X, feature_names=self._names, **known)
        return True


def _blocks(source: Any, rows: int, options: dict[str, Any]) -> Iterable[HasRows]:
    if isinstance(source, TrainingMatrix):
        taken: Iterable[HasRows] = source.batches(rows)
    elif isinstance(source, Batches | SourceBatches):
        taken = source
    elif isinstance(source, list | tuple) and source and isinstance(source[0], TrainingMatrix):
        taken = list(source)
    else:
        if "fill" not in options and "recipe" not in options:
            options["fill"] = None
        return batches(source, rows, **options)
    if options:
        raise TypeError(f"Blocks(): {next(iter(options))}= is for files, and these are matrices")
    return taken


def _names(blocks: Iterable[HasRows], source: Any) -> list[str] | None:
    first = source[0] if isinstance(source, list | tuple) else source
    named = first if isinstance(first, TrainingMatrix) else blocks
    return getattr(named, "feature_names", None)
