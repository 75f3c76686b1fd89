"""A matrix in a file that grows batch by batch."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from numpy.typing import DTypeLike

from onecopy import _native
from onecopy._arguments import (
    Arguments,
    Columns,
    Exclude,
    Fill,
    RecipeOption,
    Target,
)
from onecopy._choices import Categories, Datetimes, Filters, Names
from onecopy._files import matrix_path
from onecopy._finished import FinishedSet
from onecopy._frames import ArrowSource, is_frame, take_any
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options
from onecopy._pool import append_from
from onecopy._run import append, finish
from onecopy._sources import Part

if TYPE_CHECKING:
    from concurrent.futures import Executor

_Item = TypeVar("_Item")

_MODES = ("w", "a")

Batch = ArrowSource | Mapping[str, Any] | str | os.PathLike[str]


class MatrixWriter:
    """Write a matrix from batches whose number is not known, in bounded memory.

    Each batch is cleaned like a load and written straight behind the rows before it. The file and
    those beside it appear under their names when the writer is closed, as a whole; until then, and
    after an exception, there is nothing.

    Parameters
    ----------
    path : path
        The ``.npy`` file, as ``out=`` of `load_training_matrix`.
    columns, exclude, target, weight, group, passthrough
        As for `load_training_matrix`. Every batch has these columns, in any order; where `columns`
        is None, it has no others.
    filters, unique_on, keep, missing_columns
        As for `load_training_matrix`. Of rows with equal keys, in all batches, the first one stays;
        a key takes at most 24 bytes, on top of `memory_limit`.
    dtype, order, inf, target_missing, fill, overflow, datetimes, categories, recipe
        As for `load_training_matrix`. Medians and means are those of all rows, and codes of texts
        are in the order of the bytes of all texts: both are known when the writer is closed, and
        take another pass over the file. Rows are written as rows; ``order="F"`` turns them at the
        end.
    memory_limit : int or str, optional
        Bytes that a batch may allocate.
    threads : int, optional
        Threads that write a batch.
    overwrite : bool
        Whether the files replace those that have their names.
    mode : {"w", "a"}
        "a" appends to a finished set, by its recipe: whoever opens the set sees the rows that were
        there, or all of the new ones, and who has it open keeps what it has. The rows that are
        there are copied, so both need room on the disk. Columns beside the matrix are those of the
        set.

    Attributes
    ----------
    rows : int
        The rows that were taken.
    duplicates : int
        The rows that were left out because earlier ones have their keys.

    Notes
    -----
    A batch that is refused for its columns leaves the writer as it was, unless `unique_on` is
    given; one that fails later, such as by an overflow, ends it. Arrays beside the matrix have the
    dtype of the first batch, which a later one may not widen. Several threads may append: one batch
    is written at a time, by all `threads`, and the others wait.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.npy"
    >>> with MatrixWriter(path, target="y", unique_on="id", exclude="id") as writer:
    ...     writer.append({"id": ["a", "b"], "x": [1.0, None], "y": [0, 1]})
    ...     writer.append({"x": [5.0, 3.0], "y": [1, 1], "id": ["a", "c"]})
    >>> writer.rows, writer.duplicates
    (3, 1)
    >>> m = TrainingMatrix.open(path)
    >>> m.X.tolist(), m.y.tolist()
    ([[1.0], [2.0], [3.0]], [0, 1, 1])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        columns: Columns = None,
        exclude: Exclude = (),
        target: Target = None,
        weight: str | None = None,
        group: str | None = None,
        passthrough: str | Iterable[str] = (),
        filters: Filters = None,
        unique_on: Names = None,
        keep: Literal["first"] = "first",
        dtype: DTypeLike = "float32",
        order: Literal["C", "F"] = "C",
        inf: Literal["missing", "keep"] = "missing",
        target_missing: Literal["raise", "keep", "drop"] = "raise",
        fill: Fill = "median",
        overflow: Literal["raise", "missing", "clip"] = "raise",
        datetimes: Datetimes = "raise",
        categories: Categories = "raise",
        missing_columns: Literal["raise", "missing"] = "raise",
        recipe: RecipeOption = None,
        memory_limit: int | str | None = None,
        threads: int | None = None,
        overwrite: bool = False,
        mode: Literal["w", "a"] = "w",
    ) -> None:
        given = Arguments(
            (),
            columns=columns,
            exclude=exclude,
            target=target,
            weight=weight,
            group=group,
            passthrough=passthrough if isinstance(passthrough, str) else tuple(passthrough),
            filters=filters,
            unique_on=unique_on,
            keep=keep,
            dtype=dtype,
            order=order,
            inf=inf,
            target_missing=target_missing,
            fill=fill,
            overflow=overflow,
            datetimes=datetimes,
            categories=categories,
            missing_columns=missing_columns,
            recipe=recipe,
            out=matrix_path("path", path),
            overwrite=overwrite,
            memory_limit=memory_limit,
            threads=threads,
        )
        self._onto: FinishedSet | None = None
        self._matrix: TrainingMatrix | None = None
        self._closing = threading.Lock()
        self._open(given, mode)

    def _open(self, given: Arguments, mode: str) -> None:
        if mode not in _MODES:
            raise ValueError(f'mode: expected "w" or "a", found {mode!r}')
        file = Path(given.out)  # type: ignore[arg-type]
        if mode == "w":
            self._options = Options.from_arguments(given, has_source=False)
            self._native = _native.Writer(self._options, str(file), given.overwrite)
            return
        with _native.FolderLock(str(file.parent)):
            self._onto = FinishedSet.of(file)
            self._options = _onto(given, self._onto)
            self._native = _native.Writer(self._options, str(file), overwrite=True, onto=self._onto)

    @property
    def rows(self) -> int:
        """The rows that were taken, those of a set that is appended to included."""
        before = 0 if self._onto is None else self._onto.rows
        return max(self._native.rows, before)

    @property
    def duplicates(self) -> int:
        """The rows that were left out because earlier ones have their keys."""
        return self._native.duplicates

    def append(self, batch: Batch) -> None:
        """Write the rows of a batch behind those before; returns when they are written.

        Parameters
        ----------
        batch : Arrow stream, table or batch, DataFrame, dict of arrays, or path
            What hands out Arrow data, with a length or without; arrays by the names of their
            columns, with masked arrays, NaT or None for nulls; or Parquet files, as a path, glob or
            directory.

        Raises
        ------
        OnecopyError, ValueError, TypeError, OSError
            As `load_training_matrix` for a source of these columns.
        """
        append(self._native, _part(batch), None)

    def append_from(
        self,
        executor: "Executor",
        function: "Callable[[_Item], Batch | None]",
        items: Iterable[_Item],
        *,
        in_flight: int = 4,
        order: Literal["items", "arrival"] = "items",
    ) -> None:
        """Have a pool of threads or processes make batches, and write them.

        At most `in_flight` batches exist at any time, those included that are being made or
        written: the next item is handed out when a batch is written. An exception of `function`
        ends the call; items that no worker has begun are not.

        Parameters
        ----------
        executor : concurrent.futures.Executor
            The pool; it stays open.
        function : callable
            Makes a batch of an item; None for no rows.
        items : iterable
            What it is called with, read as batches are written.
        in_flight : int
            How many batches there are at most.
        order : {"items", "arrival"}
            Whether batches are written in the order of their items, so that the file does not
            depend on who is faster, or as they arrive.
        """
        append_from(self.append, executor, function, items, in_flight=in_flight, order=order)

    def close(self) -> TrainingMatrix:
        """Fit the fills, write the headers, and give the files their names; returns the matrix.

        A writer that is closed already returns the same once more.
        """
        with self._closing:
            if self._matrix is None:
                try:
                    self._matrix = self._finish()
                finally:
                    self._native.abandon()
            return self._matrix

    def _finish(self) -> TrainingMatrix:
        onto = self._onto
        if onto is None:
            return finish(self._native, self._options, None)
        if self._native.rows == 0:
            return TrainingMatrix.open(onto.told.file)
        return finish(self._native, self._options, None, onto.told.report)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._native.abandon()

    def __repr__(self) -> str:
        state = "open" if self._matrix is None else "closed"
        return f"MatrixWriter({str(self._options.out)!r}, {self.rows:,} rows, {state})"


def _onto(given: Arguments, onto: FinishedSet) -> Options:
    """Take from a finished set what it was made with."""
    told, names = onto.told, onto.told.names
    if given.recipe is not None:
        raise ValueError("recipe: the set has its own; leave recipe= out")
    if given.unique_on:
        raise ValueError(
            "unique_on: the keys of the rows that are there are not in the files, so that a new "
            "row may have one of them; leave unique_on= out, or write all rows anew"
        )
    given.recipe = told.recipe
    y = told.layouts.get("y")
    is_flat = y is not None and len(y.shape) == 1
    given.target = given.target or (_first(names.get("y")) if is_flat else names.get("y"))
    given.weight = given.weight or _first(names.get("weight"))
    given.group = given.group or _first(names.get("group"))
    given.passthrough = given.passthrough or [passed.name for passed in told.passed]
    return Options.from_arguments(given, has_source=False)


def _first(names: Sequence[str] | None) -> str | None:
    """Return the only name, if there is one."""
    return names[0] if names else None


def _part(batch: object) -> Part:
    """Hold what a batch consists of."""
    if isinstance(batch, Mapping):
        from onecopy._array_batch import ArrayBatch  # noqa: PLC0415 (it needs ctypes)

        return _native.Origins([_native.Frame("dict", ArrayBatch(batch))], "batch")
    if is_frame(batch):
        taken = take_any(batch)
        return _native.Origins([taken], "batch") if isinstance(taken, _native.Frame) else taken
    if isinstance(batch, str | os.PathLike):
        return _native.Origins([os.fspath(batch)], "batch")
    raise TypeError(
        "batch: expected an Arrow stream, table or batch, a DataFrame, a dict of arrays or the "
        f"path of a Parquet file, found {type(batch).__name__}"
    )
