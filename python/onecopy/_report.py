"""The report: what one load found and did."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

from onecopy import _native
from onecopy._column_report import COUNTED, ColumnReport, cells_of, filled_with_all, summed
from onecopy._json import Document, number
from onecopy._render import printable, quoted, show_size, text_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as _Figure  # type: ignore[import-not-found, unused-ignore]

    from onecopy._cards.columns import ColumnRow

Step: TypeAlias = tuple[str, float, str]
"""A feature, and the step of its times in a unit."""

_SHOWN = 20
_LATER = ("source_rows", "row_groups_skipped", "steps", "parts", "vectors", "traffic")
"""Fields that older files lack."""
_TABLE_HEADER = ("table", "rows", "matched", "unmatched", "unused", "keys")
_HEADER = ("column", *COUNTED, "filled", "with")


class Traffic(NamedTuple):
    """What went over the network.

    Attributes
    ----------
    requests : int
        Requests, repeated ones among them.
    bytes : int
        Bytes that came.
    gaps : int
        Those of them that lie between wanted ones.
    retries : int
        Requests that were repeated.
    """

    requests: int = 0
    bytes: int = 0
    gaps: int = 0
    retries: int = 0


@dataclass(frozen=True)
class TableReport:
    """How the rows of a joined table matched those of the source.

    Attributes
    ----------
    path : str
        The file of the table.
    rows : int
        Its rows.
    matched, unmatched : int
        Rows of the source that have a row in it, and rows that have none: their values are missing.
    unused : int
        Rows of it that belong to no row of the source.
    keys : str
        How its keys compare with those of the source: "equal" row by row, so that nothing was
        looked up; "sorted", so that both were merged; or "unsorted", so that an index was built.
    """

    path: str
    rows: int
    matched: int
    unmatched: int
    unused: int
    keys: str


@dataclass(frozen=True, repr=False)
class Report:
    """What one load found and did; print it for a table of the columns that were cleaned.

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
        For each joined table how its rows matched those of the source.
    source_rows : int
        Rows of the files, of which `rows` were chosen.
    row_groups_skipped : int
        Row groups of the files of which no row was chosen.
    steps : list of (name, step, unit)
        Features whose dtype cannot tell apart times that are nearer than a step.
    parts : dict
        For each part of a split a report of its own.
    vectors : dict
        For each column of lists how many features it became.
    traffic : Traffic
        Requests, bytes and retries of sources that are read over a network.
    """

    rows: int
    bytes_read: int
    seconds: dict[str, float]
    peak_scratch: int
    threads: int
    skipped: list[tuple[str, str]]
    columns: dict[str, ColumnReport]
    tables: list[TableReport]
    source_rows: int = 0
    row_groups_skipped: int = 0
    steps: list[Step] = field(default_factory=list)
    parts: "dict[str, Report]" = field(default_factory=dict)
    vectors: dict[str, int] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)

    @classmethod
    def from_native(cls, run: "_native.RunReport", plan: "_native.PlanFacts") -> Self:
        """Make the report of a run."""
        names = plan["feature_names"]

        def named(columns: Iterable[Iterable[Any]]) -> dict[str, ColumnReport]:
            return dict(zip(names, map(ColumnReport._make, columns), strict=True))

        whole = cls(
            rows=run["rows"],
            bytes_read=run["bytes_read"],
            seconds=dict(run["seconds"]),
            peak_scratch=run["peak_scratch"],
            threads=run["threads"],
            skipped=plan["skipped"],
            columns=named(run["columns"]),
            tables=[TableReport(**table) for table in run["tables"]],
            source_rows=plan["source_rows"],
            row_groups_skipped=plan["row_groups_skipped"],
            vectors={name: width for name, _, width in plan["vectors"]},
            steps=run["steps"],
            traffic=Traffic(*run["traffic"]),
        )
        parts: dict[str, Report] = {
            name: replace(whole, rows=rows, columns=named(columns))
            for (name, rows), columns in zip(
                plan["parts"], run["parts"] or [run["columns"]], strict=False
            )
        }
        return replace(whole, parts=parts)

    def behind(self, other: "Report") -> "Report":
        """Return the report of the rows of another one and, behind them, of these."""
        before = {name: column.counts for name, column in other.columns.items()}
        columns = {
            name: ColumnReport._make(
                [one + more for one, more in zip(before[name], column.counts, strict=True)]
                + list(column[len(column.counts) :])
            )
            if name in before
            else column
            for name, column in self.columns.items()
        }
        seconds = {
            stage: other.seconds.get(stage, 0.0) + self.seconds.get(stage, 0.0)
            for stage in [*other.seconds, *(s for s in self.seconds if s not in other.seconds)]
        }
        return replace(
            self,
            bytes_read=other.bytes_read + self.bytes_read,
            seconds=seconds,
            columns=columns,
            source_rows=other.source_rows + self.source_rows,
        )

    @property
    def cells_filled(self) -> int:
        """The number of values of the matrix that were filled."""
        return sum(column.filled for column in self.columns.values())

    @property
    def empty(self) -> list[str]:
        """The columns whose values are all missing."""
        return [name for name, column in self.columns.items() if column.empty]

    def to_dict(self) -> Document:
        """Return the report as a dict of plain values."""
        columns = {name: column._asdict() for name, column in self.columns.items()}
        parts = {name: part.to_dict() for name, part in self.parts.items()}
        plain = asdict(replace(self, columns={}, parts={}))
        return plain | {"columns": columns, "parts": parts, "traffic": self.traffic._asdict()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Make a report from what `to_dict` returned."""
        names = {option.name for option in fields(cls)} - {"tables", *_LATER}
        plain = {name: document[name] for name in names}
        plain |= {name: document[name] for name in _LATER if name in document}
        parts = document.get("parts", {})
        plain["parts"] = {name: cls.from_dict(part) for name, part in parts.items()}
        plain["traffic"] = Traffic(**document.get("traffic", {}))
        plain["tables"] = [TableReport(**table) for table in document.get("tables", ())]
        plain["skipped"] = [(name, kind) for name, kind in document["skipped"]]
        plain["steps"] = [(name, step, unit) for name, step, unit in document.get("steps", ())]
        plain["columns"] = {
            name: ColumnReport(**(column | {"fill_value": _fill_value(column["fill_value"])}))
            for name, column in document["columns"].items()
        }
        return cls(**plain)

    def summary(self) -> str:
        """Sum up the run in one line."""
        joined = f" from a source and {len(self.tables):,} tables" if self.tables else ""
        stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.seconds.items())
        of = f" of {self.source_rows:,}" if self.source_rows > self.rows else ""
        return (
            f"{self.rows:,}{of} rows{joined}, {show_size(self.bytes_read)} read ({stages}), "
            f"{self.threads} threads, peak scratch {show_size(self.peak_scratch)}{self._network()}"
        )

    def _network(self) -> str:
        went = self.traffic
        if not went.requests:
            return ""
        retries = f", {went.retries:,} of them repeated" if went.retries else ""
        return f"; {went.requests:,} requests{retries}, {show_size(went.bytes)} over the network"

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
        from onecopy._cards.frame import card  # noqa: PLC0415 (slow to import)

        return card("Report", [self.summary()], self._picture())

    def _picture(self) -> str:
        """Draw stages, columns and tables."""
        from onecopy._cards.columns import column_table  # noqa: PLC0415
        from onecopy._cards.frame import notes  # noqa: PLC0415
        from onecopy._cards.parts import Match, matches, stages  # noqa: PLC0415

        cleaned = [row for name, row in self.column_rows().items() if self._is_cleaned(name)]
        clean = len(self.columns) - len(cleaned)
        parts = [stages(self.seconds) if self.seconds else ""]
        parts.append(column_table(cleaned) if cleaned else "")
        parts.append(
            notes([f"nothing was missing or too large in {clean:,} columns"] * (clean > 0))
        )
        if self.tables:
            found = (
                Match(Path(t.path).name, t.matched, t.unmatched, t.unused, t.keys)
                for t in self.tables
            )
            parts.append(matches(list(found)))
        return "".join(parts) + notes(self._skipped_line() + self._steps_line())

    def column_rows(self) -> "dict[str, ColumnRow]":
        """Return what cards show of each column."""
        from onecopy._cards.columns import ColumnRow  # noqa: PLC0415

        return {
            name: ColumnRow(
                name=name,
                rows=self.rows,
                filled=column.filled,
                kept=column.nulls + column.nans if column.fill_value is None else 0,
                cells=cells_of(column),
            )
            for name, column in self.columns.items()
        }

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the card as a page of its own, without scripts, that any browser shows."""
        from onecopy._cards.frame import page  # noqa: PLC0415

        document = page("onecopy report", self._repr_html_())
        _native.write_whole(os.fspath(path), document.encode("utf-8", "backslashreplace"))

    def plot(self) -> "_Figure":
        """Draw the stages, the columns with most missing values and the tables with matplotlib.

        Returns
        -------
        matplotlib.figure.Figure
            A figure that belongs to no window; ``figure.savefig("report.png")`` saves it.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from onecopy._figure import draw  # noqa: PLC0415

        shares = {name: row.share for name, row in self.column_rows().items() if row.share}
        unmatched = {
            Path(t.path).name: t.unmatched / max(t.matched + t.unmatched, 1) for t in self.tables
        }
        return draw(self.summary(), self.seconds, shares, unmatched)

    def _is_cleaned(self, name: str) -> bool:
        column = self.columns[name]
        return column.empty or any(column.counts)

    def _skipped_line(self) -> list[str]:
        if not self.skipped:
            return []
        return [f"skipped, not numeric: {quoted([name for name, _ in self.skipped])}"]

    def _fields(self) -> Iterable[tuple[str, list[ColumnReport]]]:
        """Each column of lists as one, with its features, and each other feature by itself."""
        left = iter(self.columns.items())
        first = {f"{name}_0": name for name in self.vectors}
        for name, column in left:
            vector = first.get(name)
            if vector is None:
                yield name, [column]
            else:
                others = islice(left, self.vectors[vector] - 1)
                yield vector, [column, *(other for _, other in others)]

    def _steps_line(self) -> list[str]:
        if not self.steps:
            return []
        names = quoted([name for name, _, _ in self.steps])
        return [f"times that the dtype cannot all tell apart: {names}"]

    def _table_rows(self) -> list[list[str]]:
        """Rows of the joined tables."""
        return [
            [
                printable(Path(table.path).name),
                f"{table.rows:,}",
                f"{table.matched:,}",
                f"{table.unmatched:,}",
                f"{table.unused:,}",
                table.keys,
            ]
            for table in self.tables[:_SHOWN]
        ]

    def _rows(self) -> tuple[list[list[str]], list[str]]:
        """Rows of the columns that were cleaned, and lines for what is left out."""
        cleaned = [
            (name, own)
            for name, own in self._fields()
            if any(column.empty or any(column.counts) for column in own)
        ]
        rows = [
            [printable(name), *(f"{count:,}" for count in summed(own)), filled_with_all(own)]
            for name, own in cleaned[:_SHOWN]
        ]
        rest = []
        if len(cleaned) > _SHOWN:
            rest.append(f"… and {len(cleaned) - _SHOWN:,} more")
        if len(self.tables) > _SHOWN:
            rest.append(f"… and {len(self.tables) - _SHOWN:,} more tables")
        return rows, rest + self._skipped_line() + self._steps_line()


def _fill_value(value: object) -> float | None:
    return None if value is None else number(value)
