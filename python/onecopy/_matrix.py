"""The result of a load: the matrix and what belongs to it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from onecopy import _native
from onecopy._description import Description, Mode
from onecopy._files import matrix_path
from onecopy._folds import Boundaries, Fold, FoldRows, concatenated, divide, fold_rows, trouble
from onecopy._groups import Groups
from onecopy._mapped import Identity, MappedRows, Rows, row_step
from onecopy._recipe import Recipe
from onecopy._render import escaped, quoted, show_size
from onecopy._report import Report

if TYPE_CHECKING:
    from pandas import DataFrame as _DataFrame  # type: ignore[import-untyped, unused-ignore]

_SMALLEST_SHARE = 0.001


@dataclass(frozen=True, repr=False, eq=False)
class TrainingMatrix:
    """A matrix that is ready for ``fit``; ``numpy.asarray`` of it is `X`.

    Attributes
    ----------
    X : ndarray of shape (rows, features)
        The features; a memmap if the matrix is in a file. Pass this to ``fit``.
    y, weight, group : ndarray or None
        The target, weight and group, in their own dtype. A group of texts is an int64 array of
        codes, which are ordered as the bytes of the texts are.
    feature_names : list of str
        The columns of `X`.
    recipe : Recipe
        Makes the next matrix like this one.
    report : Report
        What was found and filled.
    path : Path or None
        The .npy file of `X`.
    part_rows : dict
        Rows of each part of a split, in the order in which the parts lie in `X`.
    passthrough : dict
        The columns that were passed through, each an array with one value for each row of `X`.
    group_keys : ndarray or None
        The text of each code of `group`; None where the group is no text.
    """

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

    @cached_property
    def parts(self) -> "dict[str, TrainingMatrix]":
        """The parts of a split: matrices that share the memory of this one."""
        parts = {}
        start = 0
        for name, rows in self.part_rows.items():
            parts[name] = self._view([(start, start + rows)], name)
            start += rows
        return parts

    def rows(self, start: int = 0, stop: int | None = None) -> "TrainingMatrix":
        """View a range of rows: all arrays share the memory of this matrix.

        `start` and `stop` are those of a slice. `recipe` and `report` are those of the whole, and
        `path` is the file that the rows are in.
        """
        first, last, _ = slice(start, stop).indices(len(self))
        return self._view([(first, max(first, last))])

    def split(
        self, *shares: float, keep: Literal["group"] | None = "group"
    ) -> "tuple[TrainingMatrix, ...]":
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
        return tuple(self._view([rows]) for rows in divide(self._boundaries(keep), shares))

    def folds(
        self,
        k: int,
        *,
        kind: Literal["k", "expanding", "sliding"] = "k",
        gap: int = 0,
        keep: Literal["group"] | None = "group",
    ) -> "list[Fold[TrainingMatrix]]":
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
        folds = fold_rows(where, k, kind, gap)
        reason = trouble(folds, self._unmappable(folds, where))
        return [Fold(self, rows, reason) for rows in folds]

    def _boundaries(self, keep: str | None) -> Boundaries:
        if keep not in ("group", None):
            raise ValueError(f'keep: expected "group" or None, found {keep!r}')
        starts = None if keep is None or self.group is None else self.groups.offsets
        step = row_step(self.X.itemsize * self.X.shape[1])
        origin = self._mapped.ranges[0][0] if self._mapped and self._mapped.ranges else 0
        return Boundaries(len(self), step, origin, starts)

    def _unmappable(self, folds: Sequence[FoldRows], where: Boundaries) -> str | None:
        """Say why ranges of rows cannot be mapped behind one another."""
        if self._mapped is None:
            place = "those of a matrix in memory" if self.path is None else "those of this array"
            return f'{place} cannot be mapped behind one another; load it with out="train.npy"'
        if not self.X.flags.c_contiguous:
            return 'those of order "F" cannot be mapped behind one another; load it with order="C"'
        return self._mapped.unmappable((fold.train for fold in folds), where.step)

    def _behind(self, pieces: Sequence[Rows]) -> "TrainingMatrix":
        return self._view(pieces)

    def _view(self, pieces: Sequence[Rows], part: str | None = None) -> "TrainingMatrix":
        """View one range of rows, or map several behind one another."""
        where = self._mapped and self._mapped.cut(pieces)

        def view(array: NDArray[Any]) -> NDArray[Any]:
            ranges = [array[start:stop] for start, stop in pieces]
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

    def positions(self, names: Sequence[str]) -> list[int]:
        """Return where features are in `X`, for learners that take numbers of columns."""
        from onecopy._fit import positions_of  # noqa: PLC0415 (few need it)

        return positions_of(self.feature_names, names)

    def in_order(self, values: Mapping[str, Any], default: object = 0) -> list[Any]:
        """Return a value for each feature, such as a monotone constraint that is given by name."""
        listed = [default] * len(self.feature_names)
        for name, position in zip(values, self.positions(list(values)), strict=True):
            listed[position] = values[name]
        return listed

    def arguments(self, learner: object) -> dict[str, Any]:
        """Return the keyword arguments with which a learner takes this matrix without a copy.

        Parameters
        ----------
        learner : str, estimator or class
            "lightgbm" for ``lgb.Dataset``, "xgboost" for ``xgb.QuantileDMatrix``, "catboost" for
            ``catboost.Pool``; "trees", "hist" or "linear" for ``fit`` of scikit-learn; an estimator
            or its class for its ``fit``. It is not imported.

        Returns
        -------
        dict
            The features with their names where it takes names; target, weight and groups where
            there are any. A `CopyWarning` says if it will copy the matrix nevertheless.
        """
        from onecopy._fit import fit_arguments  # noqa: PLC0415 (few need it)
        from onecopy._learners import choice_of  # noqa: PLC0415 (few need it)

        return fit_arguments(self, choice_of("arguments", learner))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `X`."""
        return self.X.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of `X`."""
        return self.X.dtype

    @property
    def nbytes(self) -> int:
        """The bytes of `X`."""
        return self.X.nbytes

    def __len__(self) -> int:
        return len(self.X)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 (NumPy's protocol)
        same = dtype is None or np.dtype(dtype) == self.X.dtype
        if copy is False and not same:
            raise ValueError(f"a {np.dtype(dtype)} array of {self.X.dtype} values needs a copy")
        if same and not copy:
            return self.X
        return np.array(self.X, dtype=dtype, copy=True)

    @classmethod
    def open(cls, path: str | os.PathLike[str], mode: Mode = "r") -> Self:
        """Open a matrix that was made with ``out=path``; its arrays are mapped, not read.

        Parameters
        ----------
        path : path
            The .npy file of the features; the files next to it are found by their names.
        mode : "r" or "c"
            "r" is read-only. "c" is copy-on-write: the arrays may be written to, and the files
            stay as they are; a page counts as memory from the first write to it.

        Raises
        ------
        FileNotFoundError
            If one of the files is missing.
        ValueError
            If a file is damaged or does not belong to the others.
        """
        file = matrix_path("path", path)
        if mode not in ("r", "c"):
            raise ValueError(f'mode: expected "r" or "c", found {mode!r}')
        with _native.FolderLock(str(file.parent)):
            identity = Identity.of(file)
            return cls._open(Description.read(file), identity, mode)

    @classmethod
    def _open(cls, description: Description, identity: Identity, mode: Mode) -> Self:
        features = description.open("X", mode)
        assert features is not None  # noqa: S101 (a description without X is refused)
        file, recipe = description.file, description.recipe
        matrix = cls(
            X=features,
            y=description.open("y", mode),
            weight=description.open("weight", mode),
            group=description.open("group", mode),
            feature_names=list(recipe.feature_names),
            recipe=recipe,
            report=description.report,
            path=file,
            part_rows=description.part_rows,
            passthrough=description.open_passed(mode),
            group_keys=description.group_keys,
        )
        # What was written to copied pages is in no file.
        if mode == "r":
            offset = getattr(features, "offset", 0)
            rows = ((0, len(features)),)
            where = MappedRows(file.absolute(), description.checksum, identity, offset, rows)
            matrix._mapped_from(where)
        return matrix

    def _mapped_from(self, where: MappedRows) -> None:
        object.__setattr__(self, "_mapped", where)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._mapped is None:
            return super().__reduce__()  # type: ignore[return-value]
        return _reopened, (type(self), self._mapped)

    def to_pandas(self) -> "_DataFrame":
        """Return the features as a DataFrame that shares their memory."""
        import pandas as pd  # noqa: PLC0415 (optional)

        return pd.DataFrame(self.X, columns=pd.Index(self.feature_names), copy=False)

    def _facts(self) -> list[str]:
        rows, features = self.shape
        place = "in memory" if self.path is None else f"in {self.path.name!r}"
        extras = [
            f"{role} {array.shape} {array.dtype}"
            for role, array in (("y", self.y), ("weight", self.weight), ("group", self.group))
            if array is not None
        ]
        if self.passthrough:
            extras.append(f"passthrough {quoted(list(self.passthrough))}")
        if self.part_rows:
            extras.append("parts " + ", ".join(f"{n!r} {c:,}" for n, c in self.part_rows.items()))
        size = f"{show_size(self.nbytes)} {place}"
        return [f"{rows}x{features} {self.dtype}", size, *extras, self._filled()]

    def _filled(self) -> str:
        cells = self.report.cells_filled
        if not cells:
            return "nothing filled"
        share = cells / max(self.X.size, 1)
        columns = sum(column.filled > 0 for column in self.report.columns.values())
        shown = f"{share:.1%}" if share >= _SMALLEST_SHARE else "<0.1%"
        return f"{shown} of cells filled in {columns} column{'s' if columns > 1 else ''}"

    def __repr__(self) -> str:
        return f"TrainingMatrix({', '.join(self._facts())})"

    def _repr_html_(self) -> str:
        facts = "".join(f"<li>{escaped(fact)}</li>" for fact in self._facts())
        return (
            '<div style="border:1px solid #8886;border-radius:6px;padding:8px 12px;'
            f'display:inline-block"><b>TrainingMatrix</b><ul style="margin:4px 0">{facts}</ul>'
            f"<details><summary>report</summary>{self.report._repr_html_()}</details></div>"
        )


def _reopened(cls: type[TrainingMatrix], where: MappedRows) -> TrainingMatrix:
    """Map the rows of a matrix that was pickled by the path of its file."""
    matrix = cls.open(where.file)
    assert matrix._mapped is not None  # noqa: S101, SLF001
    where.check(matrix._mapped.checksum)  # noqa: SLF001
    if where.part is None and where.ranges == matrix._mapped.ranges:  # noqa: SLF001
        return matrix
    return matrix._view(where.ranges or [(0, 0)], where.part)  # noqa: SLF001
