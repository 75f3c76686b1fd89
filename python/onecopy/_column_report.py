"""What happened to the values of one feature, and how reports show it."""

from typing import NamedTuple

COUNTED = ("nulls", "NaN", "+inf", "-inf", "overflowed")
"""Headings of what is counted."""


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


def summed(columns: list[ColumnReport]) -> list[int]:
    return [sum(counts) for counts in zip(*(column.counts for column in columns), strict=True)]


def filled_with_all(columns: list[ColumnReport]) -> str:
    """Say what the gaps of a column are filled with; of lists, how many columns they become."""
    found = {filled_with(column) for column in columns}
    if len(columns) == 1 or len(found) == 1:
        return found.pop()
    return f"{len(columns):,} values"


def cells_of(column: ColumnReport) -> dict[str, str]:
    """Return the facts of a column, each with its heading; what is nothing is left out."""
    counts = dict(zip(COUNTED, column.counts, strict=False))
    return {"with": filled_with(column)} | {name: f"{n:,}" for name, n in counts.items() if n}


def filled_with(column: ColumnReport) -> str:
    value = "NaN" if column.fill_value is None else f"{column.fill_value:g}"
    return f"{value} (empty)" if column.empty else value
