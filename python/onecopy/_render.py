"""Rows of text, aligned for a terminal or as escaped HTML."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = "text-align:right;padding:1px 8px"


def printable(name: str) -> str:
    """Keep a name on one line."""
    return name if name.isprintable() else repr(name)[1:-1]


def quoted(names: Sequence[str], limit: int = 5) -> str:
    """Name the first columns and count the rest."""
    shown = ", ".join(f'"{printable(name)}"' for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Align columns: the first to the left, the others to the right."""
    table = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def html_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table of escaped cells."""
    head = "".join(f'<th style="{_STYLE}">{escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_STYLE}">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
