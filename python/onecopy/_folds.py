"""Which rows of a matrix are trained on and which are held out, and the folds that have them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from onecopy._choices import FOLD_KINDS
from onecopy._mapped import Rows

Starts: TypeAlias = NDArray[np.int64] | None
_NEAR = 0.01
"""How far from its place a boundary may be moved, as a part of all rows."""


class Divisible(Protocol):
    """What has rows that can be viewed."""

    def rows(self, start: int = 0, stop: int | None = None) -> Self:
        """View a range of them."""
        ...

    def _behind(self, pieces: Sequence[Rows]) -> Self: ...


_Matrix = TypeVar("_Matrix", bound=Divisible)


class FoldRows(NamedTuple):
    """The rows of one fold: those to train on are a range or two."""

    train: tuple[Rows, ...]
    valid: Rows


class Boundaries(NamedTuple):
    """Where rows may be divided.

    Attributes
    ----------
    rows : int
        All rows.
    step, origin : int
        Pages begin at each row that, with `origin` added, is a multiple of `step`.
    starts : ndarray or None
        The rows at which groups begin, and the end; None where rows may be divided anywhere.
    """

    rows: int
    step: int = 1
    origin: int = 0
    starts: Starts = None

    def nearest(self, wanted: Sequence[int]) -> list[int]:
        """Move each boundary to the nearest row at which a group begins."""
        if self.starts is None:
            return list(wanted)
        return [_nearest(self.starts, at) for at in wanted]

    def paged(self, wanted: Sequence[int]) -> list[int] | None:
        """Move each boundary to a page as well; None where that leaves a fold without rows."""
        if self.starts is None:
            moved = [
                round((self.origin + at) / self.step) * self.step - self.origin for at in wanted
            ]
        else:
            pages = self.starts[(self.starts + self.origin) % self.step == 0]
            moved = [_nearest(pages, at) if len(pages) else -1 for at in wanted]
            if any(abs(at - to) > _NEAR * self.rows for at, to in zip(wanted, moved, strict=True)):
                return None
        return moved if _ascends([0, *moved, self.rows]) else None


def divide(where: Boundaries, shares: Sequence[float]) -> list[Rows]:
    """Divide rows by shares, in order."""
    wrong = [share for share in shares if not 0 < share <= 1]
    if len(shares) < 2 or wrong or abs(sum(shares) - 1) > 1e-9:  # noqa: PLR2004
        found = ", ".join(f"{share!r}" for share in shares)
        raise ValueError(f"split: expected two or more shares that sum to 1, found {found}")
    cuts = where.nearest([round(at * where.rows) for at in np.cumsum(shares[:-1]).tolist()])
    bounds = [0, *cuts, where.rows]
    if not _ascends(bounds):
        raise ValueError(
            f"split: {where.rows:,} rows cannot be divided like this, a part would be empty"
            f"{_of_groups(where)}"
        )
    return list(pairwise(bounds))


def fold_rows(where: Boundaries, k: int, kind: str, gap: int) -> list[FoldRows]:
    """Divide rows into folds; each held-out range is used once."""
    _check(where, k, kind, gap)
    if kind == "k":
        return _k_folds(where, k, gap)
    size = where.rows // (k + 1)
    starts = [where.rows - (k - at) * size for at in range(k)]
    first = starts[0] - gap
    bounds = [*where.nearest(starts), where.rows]
    if first < 1 or bounds[0] - gap < 1 or not _ascends([0, *bounds]):
        raise ValueError(
            f"folds: {where.rows:,} rows are too few for {k} folds with a gap of {gap:,}"
            f"{_of_groups(where)}"
        )
    return [
        FoldRows(((0 if kind == "expanding" else max(start - gap - first, 0), start - gap),), valid)
        for start, valid in zip(bounds, pairwise(bounds), strict=False)
    ]


def _k_folds(where: Boundaries, k: int, gap: int) -> list[FoldRows]:
    rows = where.rows
    exact = [at * (rows // k) + min(at, rows % k) for at in range(1, k)]
    cuts = where.paged(exact)
    step = 1 if cuts is None else where.step
    bounds = [0, *(where.nearest(exact) if cuts is None else cuts), rows]
    if not _ascends(bounds):
        raise ValueError(f"folds: {rows:,} rows are too few for {k} folds{_of_groups(where)}")
    folds = []
    for start, stop in pairwise(bounds):
        # At least `gap` rows, and then to the next page.
        end = start and start - gap - (start - gap + where.origin) % step
        begin = stop + gap + -(stop + gap + where.origin) % step if stop < rows else rows
        pieces = ((0, end), (begin, rows))
        train = tuple((first, last) for first, last in pieces if first < last)
        if not train:
            raise ValueError(f"folds: a gap of {gap:,} rows leaves nothing to train on")
        folds.append(FoldRows(train, (start, stop)))
    return folds


def _check(where: Boundaries, k: int, kind: str, gap: int) -> None:
    if kind not in FOLD_KINDS:
        expected = ", ".join(f'"{word}"' for word in FOLD_KINDS)
        raise ValueError(f"kind: expected one of {expected}, found {kind!r}")
    for name, value, least in (("k", k, 2 if kind == "k" else 1), ("gap", gap, 0)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"{name}: expected a number of {_COUNTED[name]}, found {value!r}")
        if value < least:
            raise ValueError(f"{name}: expected at least {least}, found {value}")
    if k > where.rows:
        raise ValueError(f"folds: {where.rows:,} rows are too few for {k} folds")


_COUNTED = {"k": "folds", "gap": "rows"}


def _nearest(starts: NDArray[np.int64], wanted: int) -> int:
    at = int(np.searchsorted(starts, wanted))
    near = starts[max(at - 1, 0) : at + 1]
    return int(near[np.argmin(np.abs(near - wanted))])


def _ascends(bounds: Sequence[int]) -> bool:
    return all(low < high for low, high in pairwise(bounds))


def _of_groups(where: Boundaries) -> str:
    if where.starts is None:
        return ""
    return f" (no boundary cuts one of the {len(where.starts) - 1:,} groups; keep=None may)"


class Fold(Generic[_Matrix]):
    """One fold: iterate for ``train, valid``.

    Attributes
    ----------
    train : TrainingMatrix
        All rows to train on. Two ranges of a file are mapped behind one another, as one array that
        is read-only; `ValueError` with the way out where that cannot be done.
    valid : TrainingMatrix
        The rows that are held out; a view.
    ranges : tuple of TrainingMatrix
        The rows to train on as one or two views, wherever they are.
    """

    def __init__(self, matrix: _Matrix, rows: FoldRows, trouble: str | None) -> None:
        self._matrix = matrix
        self._rows = rows
        self._trouble = trouble

    @cached_property
    def ranges(self) -> tuple[_Matrix, ...]:
        """The rows to train on, as views."""
        return tuple(self._matrix.rows(start, stop) for start, stop in self._rows.train)

    @property
    def train(self) -> _Matrix:
        """The rows to train on, as one matrix; made anew each time, so that it can be freed."""
        if self._trouble is not None:
            raise ValueError(self._trouble)
        if len(self._rows.train) == 1:
            return self.ranges[0]
        return self._matrix._behind(self._rows.train)  # noqa: SLF001

    @cached_property
    def valid(self) -> _Matrix:
        """The rows that are held out."""
        return self._matrix.rows(*self._rows.valid)

    def __iter__(self) -> Iterator[_Matrix]:
        yield self.train
        yield self.valid

    def __repr__(self) -> str:
        train = sum(stop - start for start, stop in self._rows.train)
        valid = self._rows.valid[1] - self._rows.valid[0]
        return f"Fold({train:,} rows to train on, {valid:,} held out)"


def trouble(folds: Sequence[FoldRows], reason: str | None) -> str | None:
    """Say why two ranges of rows cannot be one matrix; None where they can, or need not."""
    if reason is None or all(len(fold.train) == 1 for fold in folds):
        return None
    return (
        f"folds: the rows to train on are two ranges, and {reason}. "
        "Learners that take a list take both as they are: lgb.Dataset([part.X for part in "
        "fold.ranges], np.concatenate([part.y for part in fold.ranges]))"
    )


def concatenated(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return short arrays behind one another, their masks too."""
    if any(isinstance(array, np.ma.MaskedArray) for array in arrays):
        joined: NDArray[Any] = np.ma.concatenate(arrays)  # type: ignore[no-untyped-call]
        return joined
    return np.concatenate(arrays)
