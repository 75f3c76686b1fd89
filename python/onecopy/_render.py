"""What people see: names, sizes and tables, as text for a terminal or as escaped HTML."""

from collections.abc import Iterable, Sequence


def printable(name: str) -> str:
    """Keep a name on one line."""
    return name if name.isprintable() else repr(name)[1:-1]


def quoted(names: Sequence[str], limit: int = 5) -> str:
    """Name the first columns and count the rest."""
    shown = ", ".join(f'"{printable(name)}"' for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"


def show_size(size: float) -> str:
    """Write a size in decimal units."""
    for unit, scale, decimals in (("TB", 1e12, 2), ("GB", 1e9, 2), ("MB", 1e6, 1), ("kB", 1e3, 1)):
        if size >= scale / 10:
            return f"{size / scale:,.{decimals}f} {unit}"
    return f"{size:.0f} B"


def escaped(text: str) -> str:
    """Return a text as HTML shows it."""
    from html import escape  # noqa: PLC0415 (slow to import)

    return escape(text)


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
