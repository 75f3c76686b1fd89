"""The report: what one load met and did."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from onecopy._json import Document, number
from onecopy._render import html_table, printable, quoted, text_table
from onecopy._sizes import show_size

if TYPE_CHECKING:
    from onecopy import _native

_SHOWN = 20
_TABLE_HEADER = ("table", "rows", "matched", "unmatched", "unused", "keys")
_HEADER = ("column", "nulls", "NaN", "+inf", "-inf", "overflowed", "filled", "with")


class ColumnReport(NamedTuple):
    """What happened to the values of one feature."""

    nulls: int
    nans: int
    pos_infs: int
    neg_infs: int
    overflowed: int
    filled: int
    fill_value: float | None
    empty: bool

    @property
    def counts(self) -> tuple[int, ...]:
        """The counts, in the order of the fields."""
        return self[:6]


@dataclass(frozen=True)
class TableReport:
    """What a joined table had for the rows of the source.

    Attributes
    ----------
    path : str
        The file of the table.
    rows : int
        Its rows.
    matched, unmatched : int
        Rows of the source that found a row in it, and that found none: these are missing there.
    unused : int
        Rows of it that no row of the source found.
    keys : str
        What was noticed: "equal" to those of the source, row by row, so that nothing was looked
        up; "sorted", as those of the source, so that both were gone along together; or "unsorted",
        so that an index found them.
    """

    path: str
    rows: int
    matched: int
    unmatched: int
    unused: int
    keys: str


@dataclass(frozen=True, repr=False)
class Report:
    """What one load met and did; print it for a table of the columns that had something to clean.

    Attributes
    ----------
    rows, bytes_read, peak_scratch, threads : int
        The size of the load and what it took.
    seconds : dict
        Time by stage.
    skipped : list of (name, type)
        Columns left out by ``columns="numeric"``.
    columns : dict
        For each feature its counts of nulls, NaNs, infinities, overflows and fills.
    tables : list of TableReport
        For each joined table what it had for the rows of the source.
    """

    rows: int
    bytes_read: int
    seconds: dict[str, float]
    peak_scratch: int
    threads: int
    skipped: list[tuple[str, str]]
    columns: dict[str, ColumnReport]
    tables: list[TableReport]

    @classmethod
    def from_native(cls, run: "_native.RunReport", skipped: list[tuple[str, str]]) -> Self:
        """Make the report of a run."""
        lists = run["columns"]
        columns = zip(
            lists["nulls"],
            lists["nans"],
            lists["pos_infs"],
            lists["neg_infs"],
            lists["overflowed"],
            lists["filled"],
            lists["fill"],
            lists["empty"],
            strict=True,
        )
        return cls(
            rows=run["rows"],
            bytes_read=run["bytes_read"],
            seconds=dict(run["seconds"]),
            peak_scratch=run["peak_scratch"],
            threads=run["threads"],
            skipped=skipped,
            columns=dict(zip(lists["name"], map(ColumnReport._make, columns), strict=True)),
            tables=[TableReport(**table) for table in run["tables"]],
        )

    @property
    def cells_filled(self) -> int:
        """How many values of the matrix were filled."""
        return sum(column.filled for column in self.columns.values())

    @property
    def empty(self) -> list[str]:
        """The columns that hold no value."""
        return [name for name, column in self.columns.items() if column.empty]

    def to_dict(self) -> Document:
        """Give the report as a dict of plain values."""
        columns = {name: column._asdict() for name, column in self.columns.items()}
        return asdict(replace(self, columns={})) | {"columns": columns}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Make a report from what `to_dict` gave."""
        names = {field.name for field in fields(cls)} - {"tables"}
        plain = {name: document[name] for name in names}
        plain["tables"] = [TableReport(**table) for table in document.get("tables", ())]
        plain["skipped"] = [(name, kind) for name, kind in document["skipped"]]
        plain["columns"] = {
            name: ColumnReport(**(column | {"fill_value": _fill_value(column["fill_value"])}))
            for name, column in document["columns"].items()
        }
        return cls(**plain)

    def summary(self) -> str:
        """Tell the run in one line."""
        joined = f" from a source and {len(self.tables):,} tables" if self.tables else ""
        stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.seconds.items())
        return (
            f"{self.rows:,} rows{joined}, {show_size(self.bytes_read)} read ({stages}), "
            f"{self.threads} threads, peak scratch {show_size(self.peak_scratch)}"
        )

    def __repr__(self) -> str:
        return f"Report({self.summary()})"

    def __str__(self) -> str:
        rows, rest = self._rows()
        lines = [self.summary()]
        lines += text_table(_HEADER, rows) if rows else ["nothing was missing or too large"]
        if self.tables:
            lines += text_table(_TABLE_HEADER, self._table_rows())
        return "\n".join([*lines, *rest])

    def _repr_html_(self) -> str:
        rows, rest = self._rows()
        table = html_table(_HEADER, rows) if rows else "<p>nothing was missing or too large</p>"
        if self.tables:
            table += html_table(_TABLE_HEADER, self._table_rows())
        below = "".join(f"<p>{escape(line)}</p>" for line in rest)
        return f"<div><p>{escape(self.summary())}</p>{table}{below}</div>"

    def _table_rows(self) -> list[list[str]]:
        """Rows of the joined tables."""
        return [
            [
                printable(Path(table.path).name),
                *(f"{count:,}" for count in _plain_counts(table)),
                table.keys,
            ]
            for table in self.tables[:_SHOWN]
        ]

    def _rows(self) -> tuple[list[list[str]], list[str]]:
        """Rows of the columns with something to tell, and lines for what is left out."""
        telling = [item for item in self.columns.items() if item[1].empty or any(item[1].counts)]
        rows = [
            [printable(name), *(f"{count:,}" for count in column.counts), _with(column)]
            for name, column in telling[:_SHOWN]
        ]
        rest = []
        if len(telling) > _SHOWN:
            rest.append(f"… and {len(telling) - _SHOWN:,} more")
        if len(self.tables) > _SHOWN:
            rest.append(f"… and {len(self.tables) - _SHOWN:,} more tables")
        if self.skipped:
            names = quoted([name for name, _ in self.skipped])
            rest.append(f"skipped, not numeric: {names}")
        return rows, rest


def _plain_counts(table: TableReport) -> tuple[int, ...]:
    return table.rows, table.matched, table.unmatched, table.unused


def _fill_value(value: object) -> float | None:
    return None if value is None else number(value)


def _with(column: ColumnReport) -> str:
    value = "NaN" if column.fill_value is None else f"{column.fill_value:g}"
    return f"{value} (empty)" if column.empty else value
