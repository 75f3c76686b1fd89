"""Which rows a load takes and where each of them goes, written once more in plain Python.

Every rule is one field of `RowRules`, so that a test can turn a single rule the wrong way round and
see that the comparison notices it. Plain Python compares numbers exactly, also across types.
"""

import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from support.row_values import Source, constant

Options = Mapping[str, Any]
SAMPLE, SPLIT, SHUFFLE = 1, 2, 3
# Shares that miss 1 by no more leave no row out.
WHOLE = 1e-9
MASK = 2**64 - 1
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Refused(Exception):  # noqa: N818 - mirrors what a load does
    """A load of these rows is a `ValueError` whose message has this in it."""


# The seeded permutation


def round_keys(seed: int, purpose: int) -> list[int]:
    """Six outputs of SplitMix64."""
    state, keys = (seed + purpose * 0xD1342543DE82EF95) & MASK, []
    for _ in range(6):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        keys.append(z ^ z >> 31)
    return keys


def mix(z: int) -> int:
    z ^= z >> 32
    z = z * 0xD6E8FEB86659FD93 & MASK
    return z ^ z >> 32


def permutation(n: int, seed: int, purpose: int) -> list[int]:
    """Where each number below n goes: six turns, again until the result is below n."""
    bits = max(2, (n - 1).bit_length())
    low_bits = bits // 2
    low_mask, high_mask = 2**low_bits - 1, 2 ** (bits - low_bits) - 1
    keys = round_keys(seed, purpose)

    def once(x: int) -> int:
        high, low = x >> low_bits, x & low_mask
        for turn, key in enumerate(keys):
            if turn % 2 == 0:
                high ^= mix((low + key) & MASK) & high_mask
            else:
                low ^= mix((high + key) & MASK) & low_mask
        return high << low_bits | low

    places = []
    for i in range(n):
        x = once(i)
        while x >= n:
            x = once(x)
        places.append(x)
    return places


# The rules


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def member(value: Any, wanted: Sequence[Any]) -> bool:
    """Null is a member where None is listed, and NaN where NaN is, as in Arrow; -0 is 0."""
    if value is None:
        return any(other is None for other in wanted)
    if is_nan(value):
        return any(is_nan(other) for other in wanted)
    return any(other is not None and value == other for other in wanted)


def unique_key(value: Any) -> Any:
    """Nulls are equal, and so are all NaN, and both zeros."""
    return "NaN" if is_nan(value) else value


def sort_key(value: Any) -> Any:
    """Numbers, then NaN, then nulls."""
    if value is None or is_nan(value):
        return (2 if value is None else 1, 0)
    return (0, value)


def distance(cut: Any, value: Any) -> Any:
    if any(isinstance(v, float) and math.isinf(v) for v in (cut, value)):
        return cut - value
    return Fraction(cut) - Fraction(value)


@dataclass(frozen=True)
class RowRules:
    """One field for each rule of the contract."""

    steps: tuple[str, ...] = ("filters", "unique_on", "sample")
    compare: Mapping[str, Callable[[Any, Any], bool]] = field(default_factory=lambda: COMPARISONS)
    null_matches: bool = False
    member: Callable[[Any, Sequence[Any]], bool] = member
    not_member: Callable[[Any, Sequence[Any]], bool] = lambda v, wanted: not member(v, wanted)
    is_null: Callable[[Any], bool] = lambda value: value is None
    unique_key: Callable[[Any], Any] = unique_key
    first: Mapping[str, bool] = field(default_factory=lambda: {"first": True, "last": False})
    round: Callable[[float], int] = round
    permutation: Callable[[int, int, int], list[int]] = permutation
    in_order: bool = True
    reached: Callable[[Any, Any], bool] = operator.ge
    near: Callable[[Any, Any], bool] = operator.lt
    sort_key: Callable[[Any], Any] = sort_key
    sort_in_parts: bool = True
    stable: bool = True
    to_place: bool = True
    part_purpose: int = 1


RULES = RowRules()


# The steps


def keeps(source: Source, row: int, filters: Any, rules: RowRules) -> bool:
    """A list of tuples is all of them; a list of such lists is any of those."""
    groups = filters if filters and isinstance(filters[0], list) else [filters]
    return any(all(matches(source, row, one, rules) for one in group) for group in groups)


def matches(source: Source, row: int, predicate: tuple[str, str, Any], rules: RowRules) -> bool:
    name, op, wanted = predicate
    value, temporal = source.columns[name][row], name in source.temporal
    if op in {"is", "is not"}:
        return rules.is_null(value) == (op == "is")
    if op in {"in", "not in"}:
        listed = [constant(one, temporal=temporal) for one in wanted]
        return rules.member(value, listed) if op == "in" else rules.not_member(value, listed)
    if value is None:
        return rules.null_matches
    return rules.compare[op](value, constant(wanted, temporal=temporal))


def filtered(source: Source, rows: list[int], options: Options, rules: RowRules) -> list[int]:
    if options.get("filters") is None:
        return rows
    return [row for row in rows if keeps(source, row, options["filters"], rules)]


def unique(source: Source, rows: list[int], options: Options, rules: RowRules) -> list[int]:
    if options.get("unique_on") is None:
        return rows
    names, seen = listed(options["unique_on"]), {}
    for row in rows:
        key = tuple(rules.unique_key(source.columns[name][row]) for name in names)
        if key not in seen or not rules.first[options.get("keep", "first")]:
            seen[key] = row
    return sorted(seen.values())


def sampled(_: Source, rows: list[int], options: Options, rules: RowRules) -> list[int]:
    sample, n = options.get("sample"), len(rows)
    if sample is None:
        return rows
    if isinstance(sample, int) and sample > n:
        raise Refused(f"{n}")
    count = rules.round(sample * n) if isinstance(sample, float) else sample
    places = rules.permutation(n, options.get("seed", 0), SAMPLE)
    kept = [(place, row) for place, row in zip(places, rows, strict=True) if place < count]
    return [row for _, row in (kept if rules.in_order else sorted(kept))]


def listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


STEPS = {"filters": filtered, "unique_on": unique, "sample": sampled}


# Parts


Parts = dict[str, list[int]]
Homes = Callable[[Any], str | None]


def parts_of(
    source: Source, rows: list[int], options: Options, rules: RowRules, homes: Homes | None
) -> Parts:
    split, by = options.get("split"), options.get("split_by")
    if split is None:
        return {"": rows}
    if by is not None:
        holes = [row for row in rows if source.columns[by][row] is None]
        holes += [row for row in rows if is_nan(source.columns[by][row])]
        if holes:
            raise Refused(f"{len(holes)}")
    if all(isinstance(rule, list) for rule in split.values()):
        return by_filters(source, rows, split, rules)
    if by is None:
        return by_shares(rows, split, options.get("seed", 0), rules)
    if all(isinstance(rule, float) for rule in split.values()) and homes is not None:
        found = [(homes(source.columns[by][row]), row) for row in rows]
        return {name: [row for part, row in found if part == name] for name in split}
    return by_cuts(source, rows, options, rules)


def by_filters(source: Source, rows: list[int], split: Options, rules: RowRules) -> Parts:
    parts = {n: [row for row in rows if keeps(source, row, f, rules)] for n, f in split.items()}
    times = Counter(row for part in parts.values() for row in part)
    if twice := sum(count > 1 for count in times.values()):
        raise Refused(f"{twice}")
    return parts


def by_shares(rows: list[int], shares: Mapping[str, float], seed: int, rules: RowRules) -> Parts:
    values, n = list(shares.values()), len(rows)
    cuts = [0, *(rules.round(math.fsum(values[: p + 1]) * n) for p in range(len(values)))]
    if abs(math.fsum(values) - 1) <= WHOLE:
        cuts[-1] = n
    places = rules.permutation(n, seed, SPLIT)
    found = list(zip(places, rows, strict=True))
    return {
        name: [row for place, row in found if start <= place < stop]
        for name, (start, stop) in zip(shares, pairwise(cuts), strict=True)
    }


def by_cuts(source: Source, rows: list[int], options: Options, rules: RowRules) -> Parts:
    """Each part from its point on; what lies nearer than the gap to the next point is dropped."""
    by, gap = options["split_by"], options.get("split_gap")
    least = None if gap is None else Fraction(constant(gap))
    temporal = by in source.temporal
    cuts = [constant(cut, temporal=temporal) for cut in options["split"].values()]
    parts: Parts = {name: [] for name in options["split"]}
    for row in rows:
        value = source.columns[by][row]
        reached = [cut is None or rules.reached(value, cut) for cut in cuts]
        if not any(reached):
            continue
        part = max(p for p, yes in enumerate(reached) if yes)
        last = part + 1 == len(cuts)
        if last or least is None or not rules.near(distance(cuts[part + 1], value), least):
            parts[list(parts)[part]].append(row)
    return parts


# Order


def ordered(
    source: Source, rows: list[int], options: Options, rules: RowRules, p: int
) -> list[int]:
    """The rows of a part as they lie in the matrix."""
    if options.get("sort_by") is not None:
        names = listed(options["sort_by"])

        def key(row: int) -> Any:
            return [rules.sort_key(source.columns[name][row]) for name in names]

        return sorted(rows if rules.stable else rows[::-1], key=key)
    if options.get("shuffle"):
        purpose = SHUFFLE + p * rules.part_purpose
        places = rules.permutation(len(rows), options.get("seed", 0), purpose)
        if not rules.to_place:
            return [rows[place] for place in places]
        return [row for _, row in sorted(zip(places, rows, strict=True))]
    return rows


@dataclass(frozen=True)
class Chosen:
    """Rows of the source by part, as they lie in the matrix; without a split one part is all."""

    parts: Parts

    @property
    def rows(self) -> list[int]:
        return [row for rows in self.parts.values() for row in rows]

    @property
    def fitted(self) -> int:
        """Fills are fitted on so many rows, the first ones."""
        return len(next(iter(self.parts.values())))

    @property
    def ranges(self) -> dict[str, slice]:
        found, start = {}, 0
        for name, rows in self.parts.items():
            found[name] = slice(start, start + len(rows))
            start += len(rows)
        return found


def choose(
    source: Source, options: Options, rules: RowRules = RULES, homes: Homes | None = None
) -> Chosen:
    """Decide which rows are taken, in which part, in which order.

    `homes` tells the part of a key where whole groups go by a hash of theirs.
    """
    rows = list(range(source.rows))
    for step in rules.steps:
        rows = STEPS[step](source, rows, options, rules)
    parts = parts_of(source, rows, options, rules, homes)
    if not rules.sort_in_parts:
        rows = ordered(source, rows, options, rules, 0)
        return Chosen({n: [row for row in rows if row in set(part)] for n, part in parts.items()})
    return Chosen(
        {n: ordered(source, part, options, rules, p) for p, (n, part) in enumerate(parts.items())}
    )
