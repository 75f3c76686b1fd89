"""The table of columns of a card: the worst first, the rest summed up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from onecopy._cards.drawing import Share, bar, histogram, strip
from onecopy._cards.frame import FILLED, MISSING, keys
from onecopy._render import escaped, printable

SHOWN = 40
_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A histogram that is ready to be drawn."""

    counts: Sequence[int]
    mark: float | None
    words: str


@dataclass(frozen=True, kw_only=True)
class ColumnRow:
    """What is shown of one column."""

    name: str
    rows: int
    filled: int = 0
    kept: int = 0
    """Missing values that stay missing."""
    cells: dict[str, str] = field(default_factory=dict)
    """Further facts, each with its heading."""
    drawn: Drawn | None = None

    def with_values(
        self, counts: Sequence[int], span: tuple[float, float], fill: float | None, kind: str
    ) -> "ColumnRow":
        """Add a histogram, with the fill marked, the type and the range."""
        low, high = span
        told = f"{low:.6g} to {high:.6g}" if low <= high else ""
        is_marked = fill is not None and self.filled > 0 and low < high
        mark = (fill - low) / (high - low) if is_marked and fill is not None else None
        words = f"histogram of {self.name}, {told}" + (
            f", filled with {fill:g}" if is_marked else ""
        )
        cells = {"type": kind, "range": told} | self.cells
        return replace(self, cells=cells, drawn=Drawn(counts=counts, mark=mark, words=words))

    @property
    def share(self) -> float:
        """The share of missing values, filled or not."""
        return (self.filled + self.kept) / self.rows if self.rows else 0.0


def worst_first(rows: Sequence[ColumnRow]) -> list[ColumnRow]:
    """Order columns by how much of them is missing."""
    return sorted(rows, key=lambda row: -row.share)


def column_table(rows: Sequence[ColumnRow]) -> str:
    """Show a row for each column, and one picture for all that are left out."""
    ordered = worst_first(rows)
    shown, rest = ordered[:SHOWN], ordered[SHOWN:]
    headings = list(dict.fromkeys(name for row in shown for name in row.cells))
    has_histograms = any(row.drawn for row in shown)
    head = [_heading("column"), _heading("missing"), _heading("%")]
    head += [_heading("values")] if has_histograms else []
    head += [_heading(name, wide=True) for name in headings]
    body = "".join(_row(row, headings, has_histograms=has_histograms) for row in shown)
    table = f"<table><thead><tr>{''.join(head)}</tr></thead><tbody>{body}</tbody></table>"
    named = [(FILLED, "filled")] if any(row.filled for row in rows) else []
    named += [(MISSING, "missing")] if any(row.kept for row in rows) else []
    return keys(named) + table + (_rest(ordered, rest) if rest else "")


def _heading(text: str, *, wide: bool = False) -> str:
    return f'<th scope="col"{_class(wide=wide)}>{escaped(text)}</th>'


def _class(*, wide: bool) -> str:
    return ' class="oc-wide"' if wide else ""


def _row(row: ColumnRow, headings: Sequence[str], *, has_histograms: bool) -> str:
    shares = [Share(row.filled, FILLED), Share(row.kept, MISSING)]
    words = f"{row.filled:,} filled, {row.kept:,} missing of {row.rows:,}"
    cells = [f"<td>{escaped(_short(printable(row.name)))}</td>"]
    cells += [f"<td>{bar(shares, row.rows, words)}</td>", f"<td>{percent(row.share)}</td>"]
    if has_histograms:
        drawn = row.drawn
        picture = histogram(drawn.counts, drawn.mark, drawn.words) if drawn else ""
        cells.append(f"<td>{picture}</td>")
    cells += [f'<td class="oc-wide">{escaped(row.cells.get(name, ""))}</td>' for name in headings]
    return f"<tr>{''.join(cells)}</tr>"


def _rest(ordered: Sequence[ColumnRow], rest: Sequence[ColumnRow]) -> str:
    most, least = percent(rest[0].share), percent(rest[-1].share)
    words = f"share of missing values of all {len(ordered):,} columns, the largest first"
    return (
        f"<p>… and {len(rest):,} more, of which {most} to {least} % are missing; "
        f"{words}:</p>{strip([row.share for row in ordered], words)}"
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def percent(share: float) -> str:
    """Write a share as a percentage; what is not nothing is not 0."""
    if 0 < share < 0.001:  # noqa: PLR2004 (a tenth of a percent)
        return "&lt;0.1"
    return f"{100 * share:.1f}" if share else "0"
