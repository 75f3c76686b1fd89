"""A table in Parquet files that is written batch by batch."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias, TypeVar

from onecopy import _native
from onecopy._checks import names, parse_size
from onecopy._choices import Names
from onecopy._frames import ArrowSource, called, handed_out, is_frame
from onecopy._pool import append_from

if TYPE_CHECKING:
    from concurrent.futures import Executor

_Item = TypeVar("_Item")

Batch: TypeAlias = ArrowSource | Mapping[str, Any] | str | os.PathLike[str]


class ArrowSchema(Protocol):
    """What says columns by the Arrow PyCapsule interface."""

    def __arrow_c_schema__(self) -> object:
        """Return a capsule of a schema."""
        ...


@dataclass(frozen=True)
class TableOptions:
    """What a table is made with, checked as far as Python can."""

    path: str
    schema: ArrowSchema | None
    unique_on: list[str]
    compression: str | None
    row_group_bytes: int | None
    rows_per_file: int | None
    memory_limit: int | None
    overwrite: bool


class TableWriter:
    """Write a Parquet file from batches whose number is not known, in bounded memory.

    The rows of all batches are cast to the columns of the first one, rows whose keys were there
    before are left out, and row groups are closed by the bytes that they take. The file appears
    under its name when the writer is closed, as a whole; until then, and after an exception, there
    is nothing.

    Parameters
    ----------
    path : path
        The file, or with `rows_per_file` the directory of files.
    schema : object with ``__arrow_c_schema__``, optional
        The columns, such as a `pyarrow.Schema`. Without it they are those of the first batch, where
        any value may be missing.
    unique_on : str or sequence of str, optional
        Columns that no two rows have alike. Of rows with equal keys, in all batches, the first one
        stays; a key takes at most 24 bytes, on top of `memory_limit`.
    keep : {"first"}
        Which of the rows with equal keys stays.
    compression : {"zstd", "snappy", "lz4", "gzip"} or None
        How pages are compressed.
    row_group_bytes : int or str, optional
        Bytes after which a row group is closed: 64 MB, or a quarter of `memory_limit` if that is
        less.
    rows_per_file : int, optional
        Rows of each file of a directory: ``part-00000.parquet`` and so on, of which the last may
        have fewer.
    memory_limit : int or str, optional
        Bytes that may be allocated, at least 64 MiB. Batches are not counted: they belong to those
        who make them.
    overwrite : bool
        Whether the file or directory replaces what has its name.

    Attributes
    ----------
    rows : int
        The rows that were taken.
    duplicates : int
        The rows that were left out because earlier ones have their keys.

    Notes
    -----
    The same rows make the same file, byte for byte, in one batch or in many. Values are cast only
    where every one of them stays what it is; other batches are refused with the name of the column.
    A batch that is refused for its columns leaves the writer as it was; one that fails later, by a
    value or a full disk, ends it. Texts that are stored as views or as numbers of a dictionary are
    written as texts. Several threads may append: one batch is written at a time, and the others
    wait.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "products.parquet"
    >>> with TableWriter(path, unique_on="smiles") as writer:
    ...     writer.append({"smiles": ["C", "CC"], "mass": [16.0, 30.1]})
    ...     writer.append({"mass": [44.1, 30.1], "smiles": ["CCC", "CC"]})
    >>> writer.rows, writer.duplicates
    (3, 1)
    >>> import onecopy
    >>> onecopy.load_training_matrix(path, columns=["mass"], dtype="float64").X.ravel().tolist()
    [16.0, 30.1, 44.1]
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        schema: ArrowSchema | None = None,
        unique_on: Names = None,
        keep: Literal["first"] = "first",
        compression: Literal["zstd", "snappy", "lz4", "gzip"] | None = "zstd",
        row_group_bytes: int | str | None = None,
        rows_per_file: int | None = None,
        memory_limit: int | str | None = None,
        overwrite: bool = False,
    ) -> None:
        if keep != "first":
            raise ValueError(
                f'keep: expected "first", found {keep!r}; the last row of a key is known when all '
                "rows are, and rows that come batch by batch are written as they come"
            )
        if schema is not None and not hasattr(schema, "__arrow_c_schema__"):
            raise TypeError(
                "schema: expected what has __arrow_c_schema__, such as a pyarrow.Schema, found "
                f"{type(schema).__name__}"
            )
        self._path = Path(path)
        self._native = _native.TableWriter(
            TableOptions(
                path=os.fspath(self._path),
                schema=schema,
                unique_on=_keys(unique_on),
                compression=compression,
                row_group_bytes=_size("row_group_bytes", row_group_bytes),
                rows_per_file=_count("rows_per_file", rows_per_file),
                memory_limit=_size("memory_limit", memory_limit),
                overwrite=bool(overwrite),
            )
        )
        self._is_closed = False
        self._closing = threading.Lock()

    @property
    def rows(self) -> int:
        """The rows that were taken."""
        return self._native.rows

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
        SchemaMismatchError
            If its columns are others, or a value would not stay what it is; the column is an
            attribute of the error.
        UnsupportedTypeError
            If Parquet has no type for a column.
        CorruptFileError
            If what hands out the data, or a file, contradicts itself.
        ValueError, TypeError, OSError
            If it is none of the above, or cannot be read or written.
        """
        if isinstance(batch, Mapping):
            from onecopy._array_batch import ArrayBatch  # noqa: PLC0415 (it needs ctypes)

            self._native.append("dict", ArrayBatch(batch))
        elif is_frame(batch):
            name = called(batch)
            for part in handed_out(batch):
                self._native.append(name, part)
        elif isinstance(batch, str | os.PathLike):
            self._native.append_files(_native.Origins([os.fspath(batch)], "batch"))
        else:
            raise TypeError(
                "batch: expected an Arrow stream, table or batch, a DataFrame, a dict of arrays or "
                f"the path of a Parquet file, found {type(batch).__name__}"
            )

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

    def close(self) -> Path:
        """Write what is left, and give the file its name; returns the path.

        A writer that is closed already returns the same once more.
        """
        with self._closing:
            if not self._is_closed:
                try:
                    self._native.finish()
                    self._is_closed = True
                finally:
                    self._native.abandon()
            return self._path

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
        state = "closed" if self._is_closed else "open"
        return f"TableWriter({str(self._path)!r}, {self.rows:,} rows, {state})"


def _keys(unique_on: Names) -> list[str]:
    if unique_on is None or isinstance(unique_on, str):
        return [] if unique_on is None else [unique_on]
    return list(names("unique_on", unique_on))


def _size(option: str, size: int | str | None) -> int | None:
    return None if size is None else parse_size(option, size)


def _count(option: str, count: int | None) -> int | None:
    """Check a number of rows."""
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{option}: expected a number of rows, found {count!r}")
    if count < 1:
        raise ValueError(f"{option}: expected at least 1 row, found {count}")
    return count
