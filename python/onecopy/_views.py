"""The arrays of a matrix, and views of their rows: none of them is a copy."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from onecopy._groups import Groups
from onecopy._mapped import MappedRows, Rows, row_step
from onecopy._recipe import Recipe
from onecopy._report import Report

if TYPE_CHECKING:
    from onecopy._folds import Boundaries, Fold, FoldRows


@dataclass(frozen=True, repr=False, eq=False)
class RowViews:
    """Arrays that have the same rows."""

    X: NDArray[Any]
    y: NDArray[Any] | None
    weight: NDArray[Any] | None
    group: NDArray[Any] | None
    feature_names: list[str]
    recipe: Recipe
    report: Report
    path: Path | None = None
    part_rows: dict[str, int] = field(default_factory=dict)
    passthrough: dict[str, NDArray[Any]] = field(default_factory=dict)
    group_keys: NDArray[Any] | None = None
    _mapped: MappedRows | None = field(default=None, init=False)

    def __len__(self) -> int:
        return len(self.X)

    @cached_property
    def parts(self) -> dict[str, Self]:
        """The parts of a split: matrices that share the memory of this one."""
        parts = {}
        start = 0
        for name, rows in self.part_rows.items():
            parts[name] = self._view([(start, start + rows)], name)
            start += rows
        return parts

    def rows(self, start: int = 0, stop: int | None = None) -> Self:
        """View a range of rows: all arrays share the memory of this matrix.

        `start` and `stop` are those of a slice. `recipe` and `report` are those of the whole, and
        `path` is the file that the rows are in.
        """
        first, last, _ = slice(start, stop).indices(len(self))
        return self._view([(first, max(first, last))])

    def split(self, *shares: float, keep: Literal["group"] | None = "group") -> tuple[Self, ...]:
        """View the rows in parts, one behind the other.

        Parameters
        ----------
        *shares : float
            The share of each part; they sum to 1.
        keep : "group" or None
            "group" moves a boundary to the nearest row at which a group begins, so that no group
            is in two parts; without a `group` it does nothing. None divides anywhere.

        Examples
        --------
        >>> import onecopy
        >>> m = onecopy.load_training_matrix("train/", target="label")
        >>> train, valid = m.split(0.8, 0.2)
        >>> len(train), len(valid), np.shares_memory(train.X, m.X)
        (2400, 600, True)
        """
        from onecopy._folds import divide  # noqa: PLC0415 (few loads need it)

        return tuple(self._view([rows]) for rows in divide(self._boundaries(keep), shares))

    def folds(
        self,
        k: int,
        *,
        kind: Literal["k", "expanding", "sliding"] = "k",
        gap: int = 0,
        keep: Literal["group"] | None = "group",
    ) -> "list[Fold[Self]]":
        """Divide the rows into folds, none of which is a copy; iterate for train and valid.

        Parameters
        ----------
        k : int
            Their number.
        kind : "k", "expanding" or "sliding"
            "k" holds each range of rows out once and trains on all others. The others train on
            what is before it: "expanding" on all of that, as ``TimeSeriesSplit``; "sliding" on as
            many rows as the first fold has.
        gap : int
            Rows that are left out where rows to train on meet those that are held out. With "k" at
            least so many, on both sides.
        keep : "group" or None
            As for `split`.

        Returns
        -------
        list of Fold
            With "k", the rows to train on are two ranges. Those of a .npy file are mapped behind
            one another, as one read-only array; so boundaries are at rows that begin a page, which
            are at most 1,024 rows apart. Rows in memory, or in order "F", cannot be mapped; each
            fold has them as `ranges`. ``y`` and other arrays of one value a row are copied.

        Examples
        --------
        >>> import onecopy
        >>> m = onecopy.load_training_matrix("train/", target="label", out="folds.npy")
        >>> for train, valid in m.folds(2):
        ...     print(train.shape, valid.shape, train.X.flags.c_contiguous)
        (1464, 12) (1536, 12) True
        (1536, 12) (1464, 12) True
        """
        where = self._boundaries(keep)
        from onecopy._folds import Fold, fold_rows, trouble  # noqa: PLC0415 (few loads need it)

        folds = fold_rows(where, k, kind, gap)
        reason = trouble(folds, self._unmappable(folds, where))
        return [Fold(self, rows, reason) for rows in folds]

    def _boundaries(self, keep: str | None) -> "Boundaries":
        if keep not in ("group", None):
            raise ValueError(f'keep: expected "group" or None, found {keep!r}')
        starts = None if keep is None or self.group is None else self.groups.offsets
        step = row_step(self.X.itemsize * self.X.shape[1])
        origin = self._mapped.ranges[0][0] if self._mapped and self._mapped.ranges else 0
        from onecopy._folds import Boundaries  # noqa: PLC0415 (few loads need it)

        return Boundaries(len(self), step, origin, starts)

    def _unmappable(self, folds: "Sequence[FoldRows]", where: "Boundaries") -> str | None:
        """Say why ranges of rows cannot be mapped behind one another."""
        if self._mapped is None:
            place = "those of a matrix in memory" if self.path is None else "those of this array"
            return f'{place} cannot be mapped behind one another; load it with out="train.npy"'
        if not self.X.flags.c_contiguous:
            return 'those of order "F" cannot be mapped behind one another; load it with order="C"'
        return self._mapped.unmappable((fold.train for fold in folds), where.step)

    def _behind(self, pieces: Sequence[Rows]) -> Self:
        return self._view(pieces)

    def _view(self, pieces: Sequence[Rows], part: str | None = None) -> Self:
        """View one range of rows, or map several behind one another."""
        where = self._mapped and self._mapped.cut(pieces)

        def view(array: NDArray[Any]) -> NDArray[Any]:
            ranges = [array[start:stop] for start, stop in pieces]
            from onecopy._folds import concatenated  # noqa: PLC0415 (few loads need it)

            return ranges[0] if len(ranges) == 1 else concatenated(ranges)

        y, weight, group = (
            None if array is None else view(array) for array in (self.y, self.weight, self.group)
        )
        several = where is not None and len(pieces) > 1
        matrix = replace(
            self,
            X=where.map(self.X) if several and where is not None else view(self.X),
            y=y,
            weight=weight,
            group=group,
            report=self.report if part is None else self.report.parts.get(part, self.report),
            part_rows={},
            passthrough={name: view(array) for name, array in self.passthrough.items()},
        )
        if where is not None:
            matrix._mapped_from(where if part is None else where._replace(part=part))  # noqa: SLF001
        return matrix

    @cached_property
    def groups(self) -> Groups:
        """The groups of rows; `ValueError` where the rows of one do not stand together."""
        if self.group is None:
            raise ValueError("groups: there is no group; name its column with group=")
        return Groups.of(self.group, self.group_keys)

    @property
    def group_sizes(self) -> NDArray[np.int64]:
        """The rows of each group, as LightGBM wants them."""
        return self.groups.sizes

    def _mapped_from(self, where: MappedRows) -> None:
        object.__setattr__(self, "_mapped", where)
