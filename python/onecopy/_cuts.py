"""Parts that begin at points of a column, as filters."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any


def cut_filters(column: str, cuts: list[Any], gap: object) -> list[list[tuple[str, str, Any]]]:
    """Return the conditions of each part; None is the begin of all values."""
    if None in cuts[1:]:
        raise ValueError("split: expected None for the first part only")
    _require_ascending([cut for cut in cuts if cut is not None])
    filters = []
    for at, start in enumerate(cuts):
        conditions: list[tuple[str, str, Any]]
        conditions = [(column, "is not", None)] if start is None else [(column, ">=", start)]
        if at + 1 < len(cuts):
            end = cuts[at + 1]
            nearest = (column, "<", end) if gap is None else (column, "<=", _before(end, gap))
            conditions.append(nearest)
        filters.append(conditions)
    return filters


def _require_ascending(points: list[Any]) -> None:
    for before, after in pairwise(points):
        try:
            ascends = before < after
        except TypeError:
            raise TypeError(
                f"split: expected points of one type, found {before!r} and {after!r}"
            ) from None
        if not ascends:
            raise ValueError(f"split: expected ascending points, found {before!r} and {after!r}")


def _before(point: Any, gap: Any) -> object:  # noqa: ANN401 (whatever can be subtracted)
    """Return what lies `gap` before a point."""
    if isinstance(point, str):
        point = datetime.fromisoformat(point)
    elif isinstance(point, date) and not isinstance(point, datetime):
        # A date has no hours to take away.
        point = datetime(point.year, point.month, point.day)  # noqa: DTZ001
    try:
        is_negative = gap < (timedelta() if isinstance(gap, timedelta) else type(gap)(0))
        before = point - gap
    except TypeError:
        raise TypeError(
            f"split_gap: expected what can be taken from {point!r}, found {gap!r}"
        ) from None
    if is_negative:
        raise ValueError(f"split_gap: expected a distance of 0 or more, found {gap!r}")
    return before
