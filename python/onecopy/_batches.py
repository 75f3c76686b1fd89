"""Batches of the rows of a matrix: views in order, or shuffled by blocks from a file of any size.

The order of an epoch is a function of its seed. Its blocks are in a random order; some of them at a
time fill a buffer, reading forward, and the rows of a buffer leave it in a random order. So every
row comes once, any batch can be found without those before it, and ranks agree on how many batches
there are.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onecopy import _native
from onecopy._blocks import BlockReader, Piece
from onecopy._checks import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

# Bytes that are read at once: fewer are too slow on a disk, more shuffle less well.
_BLOCK = 256 << 10

_ROLES = ("X", "y", "weight", "group")

_Arrays: TypeAlias = dict[str, NDArray[Any]]
"""Arrays by what they are."""


class HasRows(Protocol):
    """A matrix: its arrays have a value for each row."""

    @property
    def X(self) -> NDArray[Any]: ...  # noqa: N802 (as in scikit-learn)
    @property
    def y(self) -> NDArray[Any] | None: ...
    @property
    def weight(self) -> NDArray[Any] | None: ...
    @property
    def group(self) -> NDArray[Any] | None: ...


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of a matrix.

    Attributes
    ----------
    X : ndarray of shape (rows, features)
        The features.
    y, weight, group : ndarray or None
        What belongs to them, where the matrix has it.
    index : ndarray of int64
        The number of each row in the matrix.
    """

    X: NDArray[Any]
    y: NDArray[Any] | None
    weight: NDArray[Any] | None
    group: NDArray[Any] | None
    index: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.X)


@dataclass(frozen=True)
class BatchRules:
    """Which batches there are; checked."""

    rows: int
    shuffle: int | None
    rank: int
    world: int
    drop_last: bool
    buffer: int

    @classmethod
    def checked(
        cls,
        rows: int,
        shuffle: int | None,
        shard: tuple[int, int] | Literal["auto"],
        drop_last: bool | None,  # noqa: FBT001 (as it was given)
        buffer: int | str,
    ) -> Self:
        """Check what the caller gave."""
        if _count("rows", rows) == 0:
            raise ValueError("rows: expected 1 or more, found 0")
        rank, world = _shard(shard)
        return cls(
            rows=int(rows),
            shuffle=None if shuffle is None else _count("shuffle", shuffle),
            rank=rank,
            world=world,
            drop_last=world > 1 if drop_last is None else bool(drop_last),
            buffer=parse_size("buffer", buffer),
        )

    def range_of(self, total: int) -> range:
        """Return the places in an epoch of `total` rows that belong to this rank."""
        return range(self.rank * total // self.world, (self.rank + 1) * total // self.world)

    def count(self, total: int) -> int:
        """How many batches each rank has of `total` rows: the same number."""
        if self.drop_last:
            return total // self.world // self.rows
        most = (total + self.world - 1) // self.world
        return (most + self.rows - 1) // self.rows

    def edge(self, at: int, total: int) -> int:
        """Where a batch begins, among the rows of this rank."""
        rows, count = len(self.range_of(total)), self.count(total)
        if self.drop_last:
            return at * self.rows
        # A rank with a row less than others has as many batches, none of them empty.
        return max(0, min(at * self.rows, rows - (count - at)))


class Batches:
    """The batches of a matrix, once for each ``for``; made by `TrainingMatrix.batches`.

    ``len`` is how many there are. ``set_epoch`` chooses the order of the next pass; ``state_dict``
    says how far a pass has come, and after ``load_state_dict`` the next one goes on from there.
    """

    def __init__(self, matrix: HasRows, rules: BatchRules, epoch: int) -> None:
        self._matrix = matrix
        self._rules = rules
        self._epoch = epoch
        # Batches that were given by the pass in work, and those that the next one leaves out.
        self._given = 0
        self._first = 0

    def __len__(self) -> int:
        return self._rules.count(len(self._matrix.X))

    def __repr__(self) -> str:
        rules = self._rules
        order = "in order" if rules.shuffle is None else f"shuffled with seed {rules.shuffle}"
        shard = "" if rules.world == 1 else f", shard {rules.rank} of {rules.world}"
        return f"Batches({len(self):,} of {rules.rows:,} rows, {order}, epoch {self._epoch}{shard})"

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass."""
        self._epoch = _count("epoch", epoch)

    def state_dict(self) -> dict[str, int]:
        """Return how far the pass has come: its epoch, and how many batches it has given."""
        return {"epoch": self._epoch, "batches": self._given}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Have the next pass go on where `state_dict` was called."""
        self._epoch = _count("epoch", state["epoch"])
        self._given = self._first = _count("batches", state["batches"])

    def __iter__(self) -> Iterator[Batch]:
        return self.part(0, 1)

    def part(self, worker: int, workers: int) -> Iterator[Batch]:
        """Return the batches of one of several workers, who divide the buffers of this rank."""
        first, self._first = self._first, 0
        if self._rules.shuffle is None:
            passed = self._in_order(first, worker, workers)
        else:
            epoch = _Epoch(self._matrix, self._rules, self._rules.shuffle, self._epoch)
            passed = epoch.batches(first, worker, workers)
        return self._counted(passed, first)

    def _counted(self, batches: Iterator[Batch], first: int) -> Iterator[Batch]:
        self._given = first
        for batch in batches:
            self._given += 1
            yield batch
        self._given = 0

    def _in_order(self, first: int, worker: int, workers: int) -> Iterator[Batch]:
        matrix, rules = self._matrix, self._rules
        total = len(matrix.X)
        own = rules.range_of(total)
        for at in range(first * workers + worker, rules.count(total), workers):
            start = own.start + rules.edge(at, total)
            stop = own.start + rules.edge(at + 1, total)
            arrays = (getattr(matrix, role) for role in _ROLES)
            parts = [None if array is None else array[start:stop] for array in arrays]
            X, y, weight, group = parts  # noqa: N806 (as in scikit-learn)
            assert X is not None  # noqa: S101 (for type checkers)
            yield Batch(X, y, weight, group, np.arange(start, stop))


@dataclass(frozen=True, eq=False)
class _Buffer:
    """Rows that were read: their arrays, their numbers, and the order in which they leave."""

    arrays: _Arrays
    index: NDArray[np.int64]
    order: NDArray[np.int64]

    def batch(self, start: int, stop: int) -> Batch:
        rows = self.order[start:stop]
        taken = {role: array.take(rows, axis=0) for role, array in self.arrays.items()}
        y, weight, group = (taken.get(role) for role in _ROLES[1:])
        return Batch(taken["X"], y, weight, group, self.index[rows])


class _Epoch:
    """One shuffled pass over the rows of a rank."""

    def __init__(self, matrix: HasRows, rules: BatchRules, seed: int, epoch: int) -> None:
        self._rules = rules
        self._seed, self._epoch = seed, epoch
        self._total = total = len(matrix.X)
        arrays = {role: getattr(matrix, role) for role in _ROLES}
        self._readers = {
            role: BlockReader(array) for role, array in arrays.items() if array is not None
        }
        self._block = max(1, _BLOCK // max(1, self._readers["X"].row_bytes))
        blocks = -(-total // self._block)
        self._order = _native.shuffled(blocks, seed=seed, epoch=epoch, buffer=None)
        lengths = np.minimum(self._block, total - self._order * self._block)
        # Where each block begins in the epoch, and where the last one ends.
        self._starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        # A buffer is a whole number of batches; one more is on its way to the caller.
        row = sum(reader.row_bytes for reader in self._readers.values()) + 16
        self._in_buffer = max(1, rules.buffer // (row * rules.rows) - 1)

    def batches(self, first: int, worker: int, workers: int) -> Iterator[Batch]:
        """Yield the batches of a worker, from its batch `first` on."""
        count, each = self._rules.count(self._total), self._in_buffer
        edges = [range(at * each, min((at + 1) * each, count)) for at in range(-(-count // each))][
            worker::workers
        ]
        numbers = range(worker, worker + workers * len(edges), workers)
        skipped = 0
        while edges and skipped + len(edges[0]) <= first:
            skipped += len(edges[0])
            edges, numbers = edges[1:], numbers[1:]
        skip = first - skipped
        with ExitStack() as stack:
            for reader in self._readers.values():
                stack.enter_context(reader)
            ahead = _Ahead(self._buffer, list(zip(numbers, edges, strict=True)))
            stack.callback(ahead.close)
            for batches, buffer in ahead:
                start = self._edge(batches.start)
                for at in batches[skip:]:
                    yield buffer.batch(self._edge(at) - start, self._edge(at + 1) - start)
                skip = 0

    def _edge(self, at: int) -> int:
        return self._rules.edge(at, self._total)

    def _buffer(self, number: int, batches: range, spare: _Arrays) -> _Buffer:
        """Read the rows of a buffer, which are those of some batches; spare arrays may be used."""
        own = self._rules.range_of(self._total).start
        start, stop = own + self._edge(batches.start), own + self._edge(batches.stop)
        pieces = self._pieces(start, stop)
        rows = stop - start
        index = np.concatenate(
            [np.arange(piece.first, piece.first + piece.count) for piece in pieces]
        )
        return _Buffer(
            {
                role: reader.read(pieces, rows, spare.get(role))
                for role, reader in self._readers.items()
            },
            index,
            _native.shuffled(rows, seed=self._seed, epoch=self._epoch, buffer=number),
        )

    def _pieces(self, start: int, stop: int) -> list[Piece]:
        """Return the rows at some places of the epoch, in the order of the matrix."""
        begin = int(np.searchsorted(self._starts, start, side="right")) - 1
        end = int(np.searchsorted(self._starts, stop, side="left"))
        pieces = []
        for at in range(begin, end):
            block = int(self._starts[at])
            skip = max(0, start - block)
            first = int(self._order[at]) * self._block + skip
            count = min(stop, int(self._starts[at + 1])) - block - skip
            pieces.append(Piece(first, count))
        pieces.sort(key=lambda piece: piece.first)
        return pieces


class _Ahead:
    """Makes the next buffer by a thread while one is in use; it ends with the iteration.

    Two buffers take turns. New ones would depend on the allocator, which may keep a third.
    """

    def __init__(
        self, make: "Callable[[int, range, _Arrays], _Buffer]", tasks: Iterable[tuple[int, range]]
    ) -> None:
        self._make = make
        self._tasks = list(tasks)
        self._process = os.getpid()
        self._thread: ThreadPoolExecutor | None = None

    def __iter__(self) -> Iterator[tuple[range, _Buffer]]:
        future: Future[_Buffer] | None = None
        spare: _Arrays = {}
        for at, (number, batches) in enumerate(self._tasks):
            # A process that was forked meanwhile has no thread.
            is_own = self._process == os.getpid()
            made = future.result() if future and is_own else self._make(number, batches, {})
            future = self._submit(at + 1, spare)
            yield batches, made
            # Batches are copies of its rows, so it may be written to again.
            spare = made.arrays

    def _submit(self, at: int, spare: _Arrays) -> "Future[_Buffer] | None":
        if at >= len(self._tasks):
            return None
        if self._thread is None or self._process != os.getpid():
            # With the package it would be imported for every user.
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

            self._process = os.getpid()
            self._thread = ThreadPoolExecutor(1, "onecopy-batches")
        return self._thread.submit(self._make, *self._tasks[at], spare)

    def close(self) -> None:
        if self._thread is not None and self._process == os.getpid():
            self._thread.shutdown(wait=True, cancel_futures=True)
        self._thread = None


def _shard(shard: object) -> tuple[int, int]:
    """Return which of how many ranks this is."""
    if shard == "auto":
        # Without it, no process group can have been made.
        distributed = getattr(sys.modules.get("torch"), "distributed", None)
        if distributed is None or not distributed.is_available():
            return 0, 1
        if not distributed.is_initialized():
            return 0, 1
        return distributed.get_rank(), distributed.get_world_size()
    if not isinstance(shard, tuple | list) or len(shard) != 2:  # noqa: PLR2004 (a pair)
        raise TypeError(f'shard: expected a pair (rank, world) or "auto", found {shard!r}')
    rank, world = _count("shard", shard[0]), _count("shard", shard[1])
    if rank >= world:
        raise ValueError(f"shard: expected a rank below the number of ranks, found {shard!r}")
    return rank, world


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name}: expected a whole number, found {type(value).__name__}")
    if value < 0:
        raise ValueError(f"{name}: expected 0 or more, found {value}")
    return int(value)
