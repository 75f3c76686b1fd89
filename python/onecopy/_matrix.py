"""The result of a load: the matrix and what belongs to it."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from onecopy import _native
from onecopy._files import description_beside, matrix_path
from onecopy._groups import class_array
from onecopy._mapped import Identity, MappedRows
from onecopy._render import quoted, show_size
from onecopy._views import RowViews

if TYPE_CHECKING:
    from pandas import DataFrame as _DataFrame  # type: ignore[import-untyped, unused-ignore]

    from onecopy._batches import Batches
    from onecopy._description import Description
    from onecopy._histograms import Histogram

_SMALLEST_SHARE = 0.001
# Seconds in which a set that is being replaced is whole again, and between two looks at it.
_REPLACED_WITHIN = 0.5
_PAUSE = 0.002
_CHEAP = 1 << 22
"""Values that a card counts without being asked."""


@dataclass(frozen=True, repr=False, eq=False)
class TrainingMatrix(RowViews):
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

    @cached_property
    def classes(self) -> NDArray[Any] | None:
        """The text of each code of `y`, in order; None where the target is no text."""
        texts = self.recipe.classes
        is_coded = texts is not None and self.y is not None and self.y.dtype == np.int64
        return class_array(texts) if texts is not None and is_coded else None

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

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 (NumPy's protocol)
        same = dtype is None or np.dtype(dtype) == self.X.dtype
        if copy is False and not same:
            raise ValueError(f"a {np.dtype(dtype)} array of {self.X.dtype} values needs a copy")
        if same and not copy:
            return self.X
        return np.array(self.X, dtype=dtype, copy=True)

    @classmethod
    def open(cls, path: str | os.PathLike[str], mode: Literal["r", "c"] = "r") -> Self:
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
        from onecopy._description import Description  # noqa: PLC0415 (a load needs none)

        until = monotonic() + _REPLACED_WITHIN
        while True:
            before = _state(file)
            try:
                with _native.FolderLock(str(file.parent)):
                    identity = Identity.of(file)
                    opened = cls._open(Description.read(file), identity, mode)
            except (FileNotFoundError, ValueError):
                is_away = before is None and file.exists()
                if monotonic() > until or (_state(file) == before and not is_away):
                    raise
            else:
                if _state(file) == before or monotonic() > until:
                    return opened
            # The set is being replaced, by someone who waited for the lock for too long.
            sleep(_PAUSE)

    @classmethod
    def _open(cls, description: "Description", identity: Identity, mode: Literal["r", "c"]) -> Self:
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

    def __reduce__(self) -> tuple[Any, ...]:
        if self._mapped is None:
            return super().__reduce__()  # type: ignore[return-value]
        return _reopened, (type(self), self._mapped)

    def batches(
        self,
        rows: int = 65_536,
        *,
        shuffle: int | None = None,
        epoch: int = 0,
        shard: tuple[int, int] | Literal["auto"] = (0, 1),
        drop_last: bool | None = None,
        buffer: int | str = "64MB",
    ) -> "Batches":
        """Take the rows in batches: as views in order, or shuffled, from a file of any size.

        Parameters
        ----------
        rows : int
            Rows of a batch.
        shuffle : int, optional
            A seed: each batch is an array of its own, of rows from many places. Blocks of 256 KB
            come in a random order and leave a buffer in a random order, row by row; a matrix in a
            file is read by position, not through its mapping. None takes views in order.
        epoch : int
            Another epoch, another order; `Batches.set_epoch` changes it.
        shard : (rank, world) or "auto"
            The batches of one of several ranks. Each rank has the same number of batches. "auto"
            asks `torch.distributed`, where it is initialised.
        drop_last : bool, optional
            Whether rows that fill no batch are left out; None does so with several ranks.
        buffer : int or str
            Bytes of a buffer, of which there are two: one in use, one being read by a thread that
            ends with its iterator. A larger one shuffles better.

        Returns
        -------
        Batches
            To be iterated over once for each epoch. Each `Batch` has `X`, `y`, `weight`, `group`
            and `index`. ``len``, ``set_epoch``, ``state_dict`` and ``load_state_dict`` are as in
            torch.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import onecopy, pyarrow as pa, pyarrow.parquet as pq
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
        >>> pq.write_table(pa.table({"a": [1.0, 2.0, 3.0], "label": [0, 1, 0]}), file)
        >>> m = onecopy.load_training_matrix(file, target="label")
        >>> [(batch.X.ravel().tolist(), batch.y.tolist()) for batch in m.batches(2)]
        [([1.0, 2.0], [0, 1]), ([3.0], [0])]
        >>> sorted(row for batch in m.batches(2, shuffle=0) for row in batch.index.tolist())
        [0, 1, 2]
        """
        from onecopy._batches import Batches, BatchRules  # noqa: PLC0415 (few loads need it)

        rules = BatchRules.checked(rows, shuffle, shard, drop_last, buffer)
        return Batches(self, rules, epoch)

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

    def histograms(
        self, names: Iterable[str] | None = None, bins: int = 24
    ) -> "dict[str, Histogram]":
        """Count how the values of features are distributed, block by block.

        Parameters
        ----------
        names : iterable of str, optional
            The features; None takes all.
        bins : int
            The number of bins, which are equally wide.

        Returns
        -------
        dict of str to Histogram
            A histogram for each feature. The card of the matrix shows those that were made.
        """
        known = {name: at for at, name in enumerate(self.feature_names)}
        chosen = self.feature_names if names is None else list(names)
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise ValueError(f"names: expected names of features, found {quoted(unknown)}")
        if bins < 1:
            raise ValueError(f"bins: expected at least 1, found {bins}")
        from onecopy._histograms import histograms_of  # noqa: PLC0415 (few loads need it)

        found = histograms_of(self.X, [known[name] for name in chosen], bins)
        made = dict(zip(chosen, found, strict=True))
        self._histograms.update(made)
        return made

    @cached_property
    def _histograms(self) -> "dict[str, Histogram]":
        """Those that were made so far."""
        return {}

    def _repr_html_(self) -> str:
        from onecopy._cards.columns import SHOWN, column_table, worst_first  # noqa: PLC0415 (slow)
        from onecopy._cards.frame import card  # noqa: PLC0415

        rows = worst_first(list(self.report.column_rows().values()))
        shown = [row.name for row in rows[:SHOWN]]
        drawn = dict(self._histograms)
        if len(self) and len(self) * len(shown) <= _CHEAP:
            drawn |= self.histograms(name for name in shown if name not in drawn)
        for at, row in enumerate(rows):
            if found := drawn.get(row.name):
                span, fill = (found.low, found.high), self.recipe.fill.get(row.name)
                rows[at] = row.with_values(found.counts.tolist(), span, fill, str(self.dtype))
        report = f"<details><summary>report</summary>{self.report._repr_html_()}</details>"
        table = column_table(rows) if rows else ""
        return card("TrainingMatrix", self._facts(), table + report)


def _reopened(cls: type[TrainingMatrix], where: MappedRows) -> TrainingMatrix:
    """Map the rows of a matrix that was pickled by the path of its file."""
    matrix = cls.open(where.file)
    assert matrix._mapped is not None  # noqa: S101, SLF001
    where.check(matrix._mapped.checksum)  # noqa: SLF001
    if where.part is None and where.ranges == matrix._mapped.ranges:  # noqa: SLF001
        return matrix
    return matrix._view(where.ranges or [(0, 0)], where.part)  # noqa: SLF001


def _state(file: Path) -> tuple[int, int, int] | None:
    """Tell which description vouches for a set; none while it is replaced."""
    try:
        found = description_beside(file).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns
