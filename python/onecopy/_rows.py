"""Which rows are loaded, and in which order: the options about rows, checked, in one form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum, isfinite
from numbers import Real
from typing import Any, SupportsIndex

from onecopy import _checks as checks
from onecopy._arguments import LoadArguments
from onecopy._choices import KEEPS, OPERATORS
from onecopy._constants import Constant, NativeFilter, constant
from onecopy._cuts import cut_filters
from onecopy._render import quoted

_CONDITION = 3
_SEEDS = 2**64
_NEARLY = 1e-9
_MOST_ROWS = 2**63


@dataclass(kw_only=True, repr=False, eq=False)
class SplitRule:
    """How rows are divided; the core reads these attributes by their names.

    One of `ends` (shares, of rows or of the keys `by`) and `filters` is there.
    """

    names: list[str]
    ends: list[float] | None = None
    by: tuple[str, ...] = ()
    filters: list[NativeFilter] | None = None
    required: str | None = None


@dataclass(kw_only=True, repr=False, eq=False)
class RowRules:
    """Checked options about rows; the core reads these attributes by their names."""

    between: tuple[int, int | None] | None
    filters: NativeFilter | None
    unique_on: tuple[str, ...]
    keep: str
    sample: float | int | None
    split: SplitRule | None
    sort_by: tuple[str, ...]
    shuffle: bool
    seed: int

    @classmethod
    def from_arguments(cls, given: LoadArguments) -> "RowRules":
        """Check the options about rows."""
        unique_on = _names("unique_on", given.unique_on)
        keep = checks.choice("keep", given.keep, KEEPS)
        if keep != KEEPS[0] and not unique_on:
            raise ValueError("keep: it needs the columns of a key; name them with unique_on=")
        sort_by = _names("sort_by", given.sort_by)
        shuffle = _switch("shuffle", given.shuffle)
        if sort_by and shuffle:
            raise ValueError("shuffle: rows are either sorted or shuffled; leave out sort_by=")
        return cls(
            between=_between(given.rows),
            filters=_filters("filters", given.filters),
            unique_on=unique_on,
            keep=keep,
            sample=_sample(given.sample),
            split=_split(given.split, given.split_by, given.split_gap),
            sort_by=sort_by,
            shuffle=shuffle,
            seed=_seed(given.seed),
        )


def _names(option: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return checks.names(option, [value] if isinstance(value, str) else value)


def _between(value: object) -> tuple[int, int | None] | None:
    """Check which rows of the source are taken."""
    if value is None:
        return None
    if not isinstance(value, slice) or value.step not in (None, 1):
        raise TypeError(f"rows: expected a slice without a step or None, found {value!r}")
    start, stop = value.start, value.stop
    for end in (start, stop):
        if end is not None and not isinstance(end, SupportsIndex):
            raise TypeError(f"rows: expected a slice of whole numbers, found {value!r}")
    start = 0 if start is None else start.__index__()
    stop = None if stop is None else stop.__index__()
    if any(not -_MOST_ROWS <= end < _MOST_ROWS for end in (start, stop or 0)):
        raise ValueError(f"rows: expected numbers of rows, found {value!r}")
    return start, stop


def _switch(option: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"{option}: expected True or False, found {value!r}")


def _seed(value: object) -> int:
    # An int is found before the protocol is asked, which takes ten times as long.
    if isinstance(value, bool) or not isinstance(value, int | SupportsIndex):
        raise TypeError(f"seed: expected a whole number, found {value!r}")
    seed = value.__index__()
    if not 0 <= seed < _SEEDS:
        raise ValueError(f"seed: expected a number from 0 to 2**64 - 1, found {seed}")
    return seed


def _sample(value: object) -> float | int | None:
    """Check how many rows are taken: a float is a share, a whole number a count."""
    expected = "sample: expected a share above 0 and up to 1, a number of rows or None"
    if value is None:
        return None
    if isinstance(value, bool):
        raise TypeError(f"{expected}, found {value!r}")
    if isinstance(value, SupportsIndex):
        count = value.__index__()
        if count < 0:
            raise ValueError(f"{expected}, found {count}")
        return count
    if not isinstance(value, Real):
        raise TypeError(f"{expected}, found {value!r}")
    share = float(value)
    if not 0 < share <= 1:
        raise ValueError(f"{expected}, found {value!r}")
    return share


def _filters(option: str, value: object) -> NativeFilter | None:
    """Check filters: a list of conditions, or a list of such lists."""
    if value is None:
        return None
    lists = _listed(option, value)
    if all(isinstance(part, tuple) for part in lists):
        lists = [lists]
    return [
        [_condition(option, condition) for condition in _listed(option, part)] for part in lists
    ]


def _listed(option: str, value: object) -> list[Any]:
    if isinstance(value, list | tuple):
        if value and all(isinstance(part, str) for part in value[:2]):
            raise TypeError(f"{option}: expected a list of conditions; write [{value!r}]")
        if not value:
            raise ValueError(f"{option}: expected at least one condition, found an empty list")
        return list(value)
    raise TypeError(
        f'{option}: expected a list of conditions such as [("day", ">=", 3)], '
        f"found {type(value).__name__}"
    )


def _condition(option: str, value: object) -> tuple[str, str, list[Constant]]:
    expected = f'{option}: expected conditions such as ("day", ">=", 3)'
    if not isinstance(value, tuple | list) or len(value) != _CONDITION:
        raise TypeError(f"{expected}, found {value!r}")
    name, operator, operand = value
    if not isinstance(name, str):
        raise TypeError(f"{expected}, found {name!r} as the name of a column")
    if not isinstance(operator, str) or operator not in OPERATORS:
        known = ", ".join(f'"{word}"' for word in OPERATORS)
        raise ValueError(f"{option}: expected one of {known}, found {operator!r}")
    where = f"{option}, column {name!r}"
    if operator in {"in", "not in"}:
        return name, operator, _members(where, operand)
    if operator in {"is", "is not"} and operand is not None:
        raise ValueError(f'{where}: expected None after "{operator}", found {operand!r}')
    return name, "==" if operator == "=" else operator, [constant(where, operand)]


def _members(where: str, operand: object) -> list[Constant]:
    if isinstance(operand, str | bytes | Mapping) or not isinstance(operand, Iterable):
        raise TypeError(f'{where}: expected a list after "in" or "not in", found {operand!r}')
    return [constant(where, member) for member in operand]


def _split(split: object, by: object, gap: object) -> SplitRule | None:
    """Check how rows are divided among parts."""
    columns = _names("split_by", by)
    if split is None:
        unused = "split_by" if columns else "split_gap" if gap is not None else None
        if unused:
            raise ValueError(f"{unused}: it needs parts; name them with split=")
        return None
    if not isinstance(split, Mapping) or not split:
        raise TypeError(
            f'split: expected parts and shares such as {{"train": 0.8, "test": 0.2}}, '
            f"found {split!r}"
        )
    names = list(split)
    wrong = [name for name in names if not isinstance(name, str) or not name]
    if wrong:
        raise TypeError(f"split: expected names of parts, found {wrong[0]!r}")
    values = list(split.values())
    if _are_cuts(values, columns):
        return _by_cuts(names, values, columns, gap)
    if gap is not None:
        raise ValueError('split_gap: it needs points to cut at, such as {"train": None, "test": 7}')
    if all(isinstance(value, list | tuple) for value in values):
        if columns:
            raise ValueError("split_by: parts by filters need no column; leave it out")
        filters = [_filters(f"split[{name!r}]", split[name]) for name in names]
        return SplitRule(names=names, filters=[part for part in filters if part is not None])
    return SplitRule(names=names, ends=_ends(names, values), by=columns)


def _are_cuts(values: list[Any], columns: tuple[str, ...]) -> bool:
    """Whether parts begin at points; with a column to split by, floats alone are shares."""
    if None in values[:1]:
        return True
    are_filters = all(isinstance(value, list | tuple) for value in values)
    are_shares = all(isinstance(value, float) for value in values)
    return bool(columns) and not are_filters and not are_shares


def _by_cuts(names: list[str], cuts: list[Any], columns: tuple[str, ...], gap: object) -> SplitRule:
    if len(columns) != 1:
        found = quoted(columns) if columns else "none"
        raise ValueError(f"split_by: parts that begin at points need one column, found {found}")
    conditions = cut_filters(columns[0], cuts, gap)
    filters = [_filters("split", part) for part in conditions]
    return SplitRule(
        names=names,
        filters=[part for part in filters if part is not None],
        required=columns[0],
    )


def _ends(names: list[str], values: list[Any]) -> list[float]:
    """Return where each part ends, as a share of all."""
    for name, value in zip(names, values, strict=True):
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(
                f"split[{name!r}]: expected a share, a list of filters, or points to cut at of "
                f"which the first is None, found {value!r}"
            )
        if not isfinite(value) or value < 0:
            raise ValueError(f"split[{name!r}]: expected a share from 0 to 1, found {value!r}")
    shares = [float(value) for value in values]
    total = fsum(shares)
    if total > 1 + _NEARLY:
        raise ValueError(f"split: expected shares that sum to 1 at most, found {total:g}")
    ends = [min(fsum(shares[: at + 1]), 1.0) for at in range(len(shares))]
    if abs(total - 1) <= _NEARLY:
        ends[-1] = 1.0
    return ends
