"""What is in the files, as far as their footers know, and whether their rows are sorted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onecopy import _checks as checks
from onecopy import _native
from onecopy._render import printable, quoted, show_size, text_table
from onecopy._sources import Access, Source, expand

_SHOWN = 200
_HEADER = ("column", "type", "nullable", "nulls", "min", "max", "codecs", "size", "taken")


@dataclass(frozen=True)
class FileInfo:
    """One file."""

    path: str
    bytes: int
    rows: int
    row_groups: int


@dataclass(frozen=True)
class ColumnInfo:
    """One column over all files; None is what a footer does not know."""

    name: str
    type: str
    nullable: bool
    nulls: int | None
    min: float | None
    max: float | None
    codecs: list[str]
    encodings: list[str]
    compressed_bytes: int
    taken: bool
    reason: str | None
    only_named: bool = False
    width: int | None = None


@dataclass(frozen=True)
class RowPlace:
    """One row: its file, the row group in it, and the row in that, both counted from 0."""

    path: str
    row_group: int
    row: int


@dataclass(frozen=True)
class OrderInfo:
    """Whether rows are sorted by columns: ascending, nulls last, NaN after all other numbers.

    Attributes
    ----------
    sorted_by : tuple of str
        The columns of the key.
    violations : int
        The rows whose key is less than that of the row before.
    first_violation : RowPlace or None
        The first of them; None where there is none.
    runs : int
        The runs of neighbouring rows with equal keys; nulls are equal, NaN too, and both zeros.
    groups : int
        The different keys.
    """

    sorted_by: tuple[str, ...]
    violations: int
    first_violation: RowPlace | None
    runs: int
    groups: int

    @property
    def is_sorted(self) -> bool:
        """Whether no row's key is less than that of the row before."""
        return self.violations == 0

    @property
    def stands_together(self) -> bool:
        """Whether the rows of each group stand together: there are as many runs as groups."""
        return self.runs == self.groups

    def __str__(self) -> str:
        names, at = quoted(self.sorted_by), self.first_violation
        if at is None:
            order = f"sorted by {names}"
        else:
            order = (
                f"not sorted by {names}: {self.violations:,} rows are less than the row before, "
                f"the first is row {at.row:,} of row group {at.row_group:,} in {at.path}"
            )
        groups = f"{self.groups:,} groups"
        if self.stands_together:
            return f"{order}; {groups}, each stands together"
        return f"{order}; {groups} in {self.runs:,} runs: they do not stand together"


@dataclass(frozen=True, repr=False)
class Inspection:
    """What is in the files of a source; print it for a table.

    Attributes
    ----------
    files : list of FileInfo
        Path, bytes, rows and row groups of each file.
    columns : list of ColumnInfo
        For each column its type, nullability, nulls and range where the footers know them,
        codecs, encodings, compressed size, and whether it can be taken, else the reason;
        `only_named` is true of folders named ``key=value``, and `width` is that of lists, where the
        footers tell it.
    order : OrderInfo or None
        Whether the rows are sorted; None without ``sorted_by=``.
    """

    files: list[FileInfo]
    columns: list[ColumnInfo]
    order: OrderInfo | None = None

    @property
    def rows(self) -> int:
        """The rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def row_groups(self) -> int:
        """The row groups of all files."""
        return sum(file.row_groups for file in self.files)

    def __repr__(self) -> str:
        return f"Inspection({self._summary()})"

    def __str__(self) -> str:
        return "\n".join([self._summary(), *text_table(_HEADER, self._rows()), *self._rest()])

    def _repr_html_(self) -> str:
        from onecopy._cards.columns import ColumnRow, column_table  # noqa: PLC0415 (slow to import)
        from onecopy._cards.frame import card, notes  # noqa: PLC0415

        rows = [
            ColumnRow(name=c.name, rows=self.rows, kept=c.nulls or 0, cells=_cells(c))
            for c in self.columns
        ]
        return card("Inspection", [self._summary()], column_table(rows) + notes(self._below()))

    def _summary(self) -> str:
        size = show_size(sum(file.bytes for file in self.files))
        return (
            f"{len(self.files):,} files, {self.row_groups:,} row groups, {self.rows:,} rows, "
            f"{len(self.columns):,} columns, {size}"
        )

    def _rows(self) -> list[list[str]]:
        return [
            [
                printable(column.name),
                column.type,
                "yes" if column.nullable else "no",
                "" if column.nulls is None else f"{column.nulls:,}",
                _bound(column.min),
                _bound(column.max),
                ", ".join(column.codecs),
                show_size(column.compressed_bytes),
                _taken(column),
            ]
            for column in self.columns[:_SHOWN]
        ]

    def _rest(self) -> list[str]:
        more = len(self.columns) - _SHOWN
        return ([f"… and {more:,} more"] if more > 0 else []) + self._below()

    def _below(self) -> list[str]:
        """Tell what concerns all rows or columns."""
        lines = [] if self.order is None else [str(self.order)]
        columns = [column for column in self.columns if not column.only_named]
        # What pandas calls an index without a name; to a load it is a column like any other.
        indexes = [c.name for c in columns if c.taken and c.name.startswith("__index_level_")]
        if indexes:
            lines.append(f"an index that pandas saved: exclude=[{quoted(indexes, len(indexes))}]")
        refused = [column.name for column in columns if not column.taken]
        if refused:
            lines.append(f"cannot be taken: exclude=[{quoted(refused, len(refused))}]")
        return lines


def inspect(
    source: Source,
    sorted_by: str | Sequence[str] | None = None,
    *,
    storage_options: Mapping[str, Any] | None = None,
    filesystem: Any = None,  # noqa: ANN401 (of obstore, fsspec or pyarrow)
) -> Inspection:
    """Describe Parquet files; without `sorted_by` only their footers are read.

    Parameters
    ----------
    source : path, address, glob, directory, table in memory, or a list of these
        The files, as for `load_training_matrix`.
    sorted_by : str or list of str, optional
        Columns that the rows may be sorted by, in the order of ``sort_by=``: ascending, nulls last,
        NaN after all other numbers. Only these columns are read: once where the rows are sorted,
        and else once more, with at most 24 bytes of memory for each different key.
    storage_options, filesystem : optional
        How remote sources are reached, as for `load_training_matrix`.

    Returns
    -------
    Inspection
        Print it for a table.

    Raises
    ------
    ColumnNotFoundError, UnsupportedTypeError, SchemaMismatchError
        If `sorted_by` names columns that a file lacks, that have no order, or whose types differ.
    CorruptFileError, InputChangedError, OSError
        If a file is damaged, changes meanwhile, or cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, None, 3.0], "city": ["x", "z", "y"]}), file)
    >>> found = inspect(file, sorted_by="city")
    >>> found.rows, found.row_groups
    (3, 1)
    >>> [(column.name, column.nulls, column.taken) for column in found.columns]
    [('a', 1, True), ('city', 0, False)]
    >>> found.order.is_sorted, found.order.first_violation.row, found.order.stands_together
    (False, 2, True)
    """
    origins = expand(source, access=Access(storage_options, filesystem))
    given = [sorted_by] if isinstance(sorted_by, str) else sorted_by
    names = () if given is None else checks.names("sorted_by", given)
    native = _native.inspect(origins)
    return Inspection(
        files=[FileInfo(**file) for file in native["files"]],
        columns=[ColumnInfo(**column) for column in native["columns"]],
        order=_order(origins, names) if names else None,
    )


def _order(origins: _native.Origins, names: tuple[str, ...]) -> OrderInfo:
    native = _native.inspect_order(origins, names)
    first = native["first_violation"]
    return OrderInfo(
        sorted_by=names,
        violations=native["violations"],
        first_violation=None if first is None else RowPlace(*first),
        runs=native["runs"],
        groups=native["groups"],
    )


def _taken(column: ColumnInfo) -> str:
    if column.only_named:
        return "where it is named" if column.taken else f"no feature: {column.reason}"
    return "yes" if column.taken else f"no: {column.reason}"


def _cells(column: ColumnInfo) -> dict[str, str]:
    """Return what a card shows of a column."""
    bounds = [_bound(bound) for bound in (column.min, column.max) if bound is not None]
    return {
        "type": column.type,
        "range": " to ".join(dict.fromkeys(bounds)),
        "nulls": "unknown" if column.nulls is None else "",
        "size": show_size(column.compressed_bytes),
        "taken": _taken(column),
    }


def _bound(value: float | None) -> str:
    # Writers say -0 where the least value is a zero of either sign.
    return "" if value is None else f"{value + 0:g}"
