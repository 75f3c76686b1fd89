"""What is in the files, as far as their footers know."""

from dataclasses import dataclass

from onecopy import _native
from onecopy._render import escaped, html_table, printable, quoted, show_size, text_table
from onecopy._sources import Source, expand

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


@dataclass(frozen=True, repr=False)
class Inspection:
    """What is in the files of a source; print it for a table.

    Attributes
    ----------
    files : list of FileInfo
        Path, bytes, rows and row groups of each file.
    columns : list of ColumnInfo
        For each column its type, nullability, nulls and range where the footers know them,
        codecs, encodings, compressed size, and whether it can be taken, else the reason.
    """

    files: list[FileInfo]
    columns: list[ColumnInfo]

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
        below = "".join(f"<p>{escaped(line)}</p>" for line in self._rest())
        table = html_table(_HEADER, self._rows())
        return f"<div><p>{escaped(self._summary())}</p>{table}{below}</div>"

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
                "yes" if column.taken else f"no: {column.reason}",
            ]
            for column in self.columns[:_SHOWN]
        ]

    def _rest(self) -> list[str]:
        lines = []
        if len(self.columns) > _SHOWN:
            lines.append(f"… and {len(self.columns) - _SHOWN:,} more")
        refused = [column.name for column in self.columns if not column.taken]
        if refused:
            lines.append(f"cannot be taken: exclude=[{quoted(refused, len(refused))}]")
        return lines


def inspect(source: Source) -> Inspection:
    """Describe Parquet files; only their footers are read.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        The files, as for `load_training_matrix`.

    Returns
    -------
    Inspection
        Print it for a table.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, None, 3.0], "city": ["x", "y", "z"]}), file)
    >>> found = inspect(file)
    >>> found.rows, found.row_groups
    (3, 1)
    >>> [(column.name, column.nulls, column.taken) for column in found.columns]
    [('a', 1, True), ('city', 0, False)]
    """
    native = _native.inspect(expand(source))
    return Inspection(
        files=[FileInfo(**file) for file in native["files"]],
        columns=[ColumnInfo(**column) for column in native["columns"]],
    )


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
