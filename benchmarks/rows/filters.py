"""Sections about filters: a week, weeks, symbols, and a filter that keeps everything.

All use a year of events, sorted by time. A week lies in one or two row groups; a symbol is spread
over all of them.
"""

from datetime import timedelta
from typing import Any

from contenders import OUR_ROWS, ROW_FILTERS
from harness import MIB, Harness, scratch_bound
from results import Claim, Section, render
from rounds import Entrant

from rows.tables import FIRST_DAY, SYMBOLS, Events, written
from rows.turns import (
    MATRIX,
    OWN_CALLS,
    Rules,
    Sizes,
    entrant,
    measure,
    plain_touch,
    save_reference,
    show,
    take_turns,
)

FIRST_WEEK = 20
WEEKS = (1, 2, 4, 8)
SYMBOL_STRIDE = 20
"""Every so many symbols, one is chosen."""
# A float column without gaps that is a feature, and one that is not. Statistics say nothing of NaN,
# so each value has to be looked at.
ALL_OF = {"a feature": "feature_007", "another column": "score"}
LOWEST = -1e30

Condition = tuple[str, str, Any]


def span(weeks: int) -> list[Condition]:
    """Return the filters for so many weeks."""
    begin = FIRST_DAY + timedelta(weeks=FIRST_WEEK)
    end = begin + timedelta(weeks=weeks)
    return [("time", ">=", begin.isoformat()), ("time", "<", end.isoformat())]


def week(harness: Harness, sizes: Sizes) -> Section:
    """Choose a week of a year of sorted rows, against Polars and pyarrow."""
    return _against_peers(harness, sizes, "week", span(1))


def symbols(harness: Harness, sizes: Sizes) -> Section:
    """Choose ten of 200 symbols that are spread everywhere, against Polars and pyarrow."""
    return _against_peers(harness, sizes, "symbols", [("symbol", "in", SYMBOLS[::SYMBOL_STRIDE])])


def _section(harness: Harness, sizes: Sizes, name: str) -> Section:
    shape = {"rows": sizes.event_rows, "columns": sizes.event_columns}
    return harness.section(name, **shape)


def _against_peers(harness: Harness, sizes: Sizes, name: str, filters: list[Condition]) -> Section:
    """Time each peer in turns with ours; all matrices must equal ours."""
    section = _section(harness, sizes, name)
    events = Events(sizes.event_rows, sizes.event_columns)
    path = written(harness.folder, events, harness.say)

    def job(contender: Any) -> Entrant:  # noqa: ANN401
        return entrant(harness, contender, path, events.features, filters=filters)

    ours = job(OUR_ROWS)
    rules = Rules(harness.rounds, reference=save_reference(harness, ours, name))
    measure(harness, section, name, (ours, ours), rules)
    for contender in harness.available(section, ROW_FILTERS):
        measure(harness, section, name, (ours, job(contender)), rules)
    section.claims = list(_claims(section))
    show(section, "ours")
    return section


def _claims(section: Section) -> list[Claim]:
    """Hold the fastest peer against ours, and our memory against the promise."""
    first, *peers = section.rows
    above = (first["peak"] - first["nbytes"]) / MIB
    what = "MiB above the matrix"
    claims = [Claim(what, above, scratch_bound(first["nbytes"]) / MIB)]
    if peers:
        best = min(peers, key=lambda row: row["ratio"])
        what = f"times faster than the fastest peer, {best['contender']}"
        claims.insert(0, Claim(what, best["ratio"], 1.0, at_least=True))
    return claims


def weeks(harness: Harness, sizes: Sizes) -> Section:
    """Choose one to eight weeks: time should be in proportion to what is read."""
    section = _section(harness, sizes, "weeks")
    events = Events(sizes.event_rows, sizes.event_columns)
    path = written(harness.folder, events, harness.say)
    chosen = {f"{count} weeks": {"filters": span(count)} for count in WEEKS} | {"the year": {}}
    jobs = [
        entrant(harness, OUR_ROWS, path, events.features, **options) for options in chosen.values()
    ]
    found = take_turns(harness, jobs, Rules(harness.rounds, calls=OWN_CALLS))
    for what, turns in zip(chosen, found, strict=True):
        facts = {key: turns.facts[key] for key in ("bytes_read", "row_groups_skipped")}
        rows = turns.facts["shape"][0]
        row = {"what": what, "chosen": rows, **turns.timing.record(), **facts}
        row["ns_per_byte"] = round(1e9 * turns.timing.median / facts["bytes_read"], 4)
        row["ratio"] = round(turns.over(found[-1]), 4)
        section.rows.append(row)
    _show_weeks(section)
    return section


def _show_weeks(section: Section) -> None:
    header = ["", "rows", "warm s", "cpu s", "MB read", "ns / byte", "/ the year"]
    rows = [
        [
            row["what"],
            f"{row['chosen']:,}",
            f"{row['seconds']:.4f}",
            f"{row['cpu']:.4f}",
            f"{row['bytes_read'] / 1e6:,.1f}",
            f"{row['ns_per_byte']:.2f}",
            f"{row['ratio']:.4f}",
        ]
        for row in section.rows
    ]
    print(f"\n{render(header, rows)}")


def everything(harness: Harness, sizes: Sizes) -> Section:
    """Filter and keep every row, against the same load without a filter."""
    section = _section(harness, sizes, "everything")
    events = Events(sizes.event_rows, sizes.event_columns)
    path = written(harness.folder, events, harness.say)
    rules = Rules(harness.rounds, calls=OWN_CALLS, same=MATRIX)
    touch = plain_touch(sizes.event_rows * sizes.event_columns)
    plain = entrant(harness, OUR_ROWS, path, events.features).touching(touch)
    measure(harness, section, "no filter", (plain, plain), rules)
    for what, column in ALL_OF.items():
        options = {"filters": [(column, ">", LOWEST)]}
        other = entrant(harness, OUR_ROWS, path, events.features, **options).touching(touch)
        measure(harness, section, f"filter of {what}", (plain, other), rules)
    bound = scratch_bound(section.rows[0]["nbytes"]) / MIB
    for row in section.rows[1:]:
        above = (row["peak"] - row["nbytes"]) / MIB
        section.claims.append(Claim(f"{row['what']}: MiB above the matrix", above, bound))
    show(section, "no filter")
    return section
