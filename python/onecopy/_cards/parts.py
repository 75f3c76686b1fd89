"""The other parts of cards: stages of a run, matches of joined tables, needs of a plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onecopy._cards.columns import SHOWN, percent
from onecopy._cards.drawing import Share, bar, strip
from onecopy._cards.frame import FILLED, MISSING, QUIET, keys
from onecopy._render import escaped, printable, show_size

_COLOURS = (FILLED, MISSING, "#3d9a50", "#b1559a", "#9a7d1a", QUIET)
_WIDE = 480


@dataclass(frozen=True)
class Match:
    """How the rows of a source matched those of a table."""

    name: str
    matched: int
    unmatched: int
    unused: int
    keys: str


@dataclass(frozen=True)
class Need:
    """Bytes that are needed of something, part by part, and those that are free."""

    what: str
    parts: Mapping[str, int]
    free: int | None


def stages(seconds: Mapping[str, float]) -> str:
    """Show how long each stage of a run took, one behind the other."""
    whole = sum(seconds.values())
    named = [
        (_COLOURS[at % len(_COLOURS)], f"{stage} {taken:.2f} s")
        for at, (stage, taken) in enumerate(seconds.items())
    ]
    shares = [
        Share(taken, colour) for taken, (colour, _) in zip(seconds.values(), named, strict=True)
    ]
    words = f"stages of {whole:.2f} s: " + ", ".join(told for _, told in named)
    return bar(shares, whole, words, _WIDE) + keys(named)


def matches(tables: Sequence[Match]) -> str:
    """Show of each table how many rows of the source it matched; the worst first."""
    ordered = sorted(tables, key=lambda table: -_unmatched(table))
    head = "".join(
        f'<th scope="col"{" class=oc-wide" if wide else ""}>{name}</th>'
        for name, wide in (
            ("table", False),
            ("matched", False),
            ("% unmatched", False),
            ("unused", True),
            ("keys", True),
        )
    )
    body = "".join(map(_match, ordered[:SHOWN]))
    named = keys([(FILLED, "matched"), (MISSING, "unmatched")])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    if len(ordered) <= SHOWN:
        return named + table
    words = f"share of unmatched rows of all {len(ordered):,} tables, the largest first"
    shares = [_unmatched(each) for each in ordered]
    rest = f"<p>… and {len(ordered) - SHOWN:,} more; {words}:</p>{strip(shares, words)}"
    return named + table + rest


def _unmatched(table: Match) -> float:
    rows = table.matched + table.unmatched
    return table.unmatched / rows if rows else 0.0


def _match(table: Match) -> str:
    rows = table.matched + table.unmatched
    shares = [Share(table.matched, FILLED), Share(table.unmatched, MISSING)]
    drawn = bar(shares, rows, f"{table.matched:,} of {rows:,} rows matched")
    return (
        f"<tr><td>{escaped(printable(table.name))}</td><td>{drawn}</td>"
        f"<td>{percent(_unmatched(table))}</td><td class=oc-wide>{table.unused:,}</td>"
        f"<td class=oc-wide>{escaped(table.keys)}</td></tr>"
    )


def lines(labelled: Iterable[tuple[str, str]]) -> str:
    """List texts with their labels."""
    items = (f"<dt>{escaped(label)}</dt><dd>{escaped(text)}</dd>" for label, text in labelled)
    return f"<dl>{''.join(items)}</dl>"


def needs(needed: Sequence[Need]) -> str:
    """Show what is needed beside what is free, each at the scale of its own."""
    return "".join(map(_need, needed))


def _need(need: Need) -> str:
    used = sum(need.parts.values())
    free = need.free if need.free is not None else used
    whole = max(used, free, 1)
    named = [(_COLOURS[at], f"{name} {show_size(size)}") for at, (name, size) in _numbered(need)]
    shares = [Share(size, _COLOURS[at]) for at, (_, size) in _numbered(need)]
    told = "free: unknown" if need.free is None else f"free: {show_size(need.free)}"
    if need.free is not None and used > need.free:
        told += ", NOT enough"
    words = f"{need.what}: " + ", ".join(text for _, text in named) + f"; {told}"
    drawn = bar(shares, whole, words, _WIDE)
    return f"<p><strong>{escaped(need.what)}</strong>, {escaped(told)}</p>{drawn}{keys(named)}"


def _numbered(need: Need) -> list[tuple[int, tuple[str, int]]]:
    return list(enumerate(need.parts.items()))
