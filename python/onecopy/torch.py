"""Batches as tensors, for PyTorch; needs ``torch``."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

try:
    import torch  # type: ignore[import-not-found, unused-ignore]
    from torch.utils.data import (  # type: ignore[import-not-found, unused-ignore]
        IterableDataset,
        get_worker_info,
    )
except ImportError as _error:
    _message = "onecopy.torch needs PyTorch: pip install torch"
    raise ImportError(_message) from _error

from onecopy._batches import Batch
from onecopy._batches import Batches as _Batches
from onecopy._matrix import TrainingMatrix

__all__ = ["Batches"]

Tensors: TypeAlias = tuple[torch.Tensor, ...] | torch.Tensor


class Batches(IterableDataset[Tensors]):  # type: ignore[misc, unused-ignore]
    """Batches of a matrix as tensors, to iterate over or for ``DataLoader(..., batch_size=None)``.

    Each batch is a tuple: the features, then the target and the weight where the matrix has them;
    without both, the features alone. Tensors own their memory, and keep the dtype of the matrix.

    Parameters
    ----------
    matrix : TrainingMatrix or path
        The matrix, or the .npy file of one. A matrix in a file is opened by each worker process, so
        that nothing is copied to it.
    rows : int
        Rows of a batch.
    shuffle : int, optional
        A seed; None gives the rows in order.
    shard : (rank, world) or "auto"
        "auto" asks `torch.distributed`, where it is initialised. All ranks have the same number of
        batches.
    drop_last : bool, optional
        Whether rows that fill no batch are left out; None does so with several ranks.
    buffer : int or str
        As for `TrainingMatrix.batches`.

    Notes
    -----
    Rows are read by one thread of its own, so a `DataLoader` needs no workers. Workers divide the
    buffers of a rank: the rows of an epoch do not depend on how many there are, their order does.
    Call `set_epoch` before each epoch.

    Examples
    --------
    >>> import numpy as np, torch
    >>> from torch.utils.data import DataLoader
    >>> import onecopy.torch
    >>> m = onecopy.load_training_matrix("train/", target="label")
    >>> for X, y in DataLoader(onecopy.torch.Batches(m, 1_000, shuffle=0), batch_size=None):
    ...     print(tuple(X.shape), X.dtype, tuple(y.shape))
    (1000, 12) torch.float32 (1000,)
    (1000, 12) torch.float32 (1000,)
    (1000, 12) torch.float32 (1000,)
    """

    def __init__(
        self,
        matrix: TrainingMatrix | str | os.PathLike[str],
        rows: int = 4_096,
        *,
        shuffle: int | None = None,
        shard: tuple[int, int] | Literal["auto"] = "auto",
        drop_last: bool | None = None,
        buffer: int | str = "64MB",
    ) -> None:
        super().__init__()
        found = matrix if isinstance(matrix, TrainingMatrix) else TrainingMatrix.open(matrix)
        self._batches: _Batches = found.batches(
            rows, shuffle=shuffle, shard=shard, drop_last=drop_last, buffer=buffer
        )

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Tensors]:
        worker = get_worker_info()
        at, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        for batch in self._batches.part(at, workers):
            yield _tensors(batch)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass."""
        self._batches.set_epoch(epoch)

    def state_dict(self) -> dict[str, int]:
        """Return how far the pass has come."""
        return self._batches.state_dict()

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Have the next pass go on where `state_dict` was called."""
        self._batches.load_state_dict(state)


def _tensors(batch: Batch) -> Tensors:
    arrays = [array for array in (batch.X, batch.y, batch.weight) if array is not None]
    tensors = tuple(_tensor(array) for array in arrays)
    return tensors if len(tensors) > 1 else tensors[0]


def _tensor(array: Any) -> torch.Tensor:
    """Make a tensor that owns its memory: what is a view of a matrix is copied."""
    if array.dtype.kind in "Mm":
        array = array.view(np.int64)
    owned = array if array.base is None and array.flags.writeable else np.array(array, order="C")
    return torch.from_numpy(owned)
