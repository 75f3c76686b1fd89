"""Sections that compare onecopy with itself, and with the lower bound of this machine."""

import os
from typing import Any

from contenders import OUR_16, OUR_64, OUR_F, OUR_FILE, OURS
from harness import MIB, Harness, scratch_bound
from lower_bound import program, take_turns
from memory import Measurement
from results import Claim, Section, render
from rounds import Entrant, Timing

SHARES = (0.01, 0.03, 0.1, 0.3, 1.0)
FILE_LIMIT = "512MB"
SMALL_GROUP_ROWS = 20_000
CALLS = 2
"""Calls of a turn, of which the last one counts: in the midst of the first one the system may be
busy with the memory that another gave back two seconds before."""


def _row(what: str, entrant: Entrant, cells: int, timing: Timing) -> dict[str, Any]:
    return {
        "what": what,
        "contender": entrant.contender.name,
        "cells": cells,
        "ns_per_cell": round(1e9 * timing.median / cells, 4),
        **timing.record(),
    }


def _show(section: Section) -> None:
    header = ["", "cells", "warm s", "cpu s", "ns / cell"]
    rows = [
        [
            row["what"],
            f"{row['cells'] / 1e6:,.1f} M",
            f"{row['seconds']:.3f}",
            f"{row['cpu']:.3f}",
            f"{row['ns_per_cell']:.3f}",
        ]
        for row in section.rows
    ]
    print(f"\n{render(header, rows)}")


def orders(harness: Harness) -> Section:
    """Layouts, types and targets of the output, against C-ordered `float32` in memory."""
    section = harness.section("orders")
    shape = harness.base
    field = (OURS, OUR_F, OUR_16, OUR_64, OUR_FILE)
    entrants = [harness.entrant(contender, shape) for contender in field]
    timings = harness.take_turns(entrants, harness.reference(shape), calls=CALLS)
    for entrant, timing in zip(entrants, timings, strict=True):
        section.rows.append(_row(entrant.contender.name, entrant, shape.cells, timing))
    base, f_order, half, double, file = (timing.median for timing in timings)
    section.claims = [
        Claim("F order / C order", f_order / base, 1.0),
        Claim("float16 / float32, per byte of output", 2 * half / base, 1.2),
        Claim("float64 / float32, per byte of output", double / base / 2, 1.2),
        Claim(".npy / memory", file / base, 1.3),
    ]
    _show(section)
    return section


def threads(harness: Harness) -> Section:
    """Two threads against one."""
    section = harness.section("threads")
    if len(os.sched_getaffinity(0)) < len((1, 2)):
        harness.say("skipped, needs two cores")
        section.skipped.append("needs two cores")
        return section
    entrants = [harness.entrant(OURS, harness.base, threads=count) for count in (1, 2)]
    one, two = timings = harness.take_turns(entrants, calls=CALLS)
    for count, entrant, timing in zip((1, 2), entrants, timings, strict=True):
        section.rows.append(_row(f"threads={count}", entrant, harness.base.cells, timing))
    what = "times faster with 2 threads than with 1"
    section.claims = [Claim(what, one.median / two.median, 1.8, at_least=True)]
    _show(section)
    return section


def shapes(harness: Harness) -> Section:
    """Cost per cell for one row group, for many small ones, and for a wide table."""
    section = harness.section("shapes", wide=harness.wide)
    base = harness.base
    rows = max(1, base.cells // harness.wide)
    field = {
        f"row groups of {base.row_group_rows:,} rows": (base, None),
        "one row group": (base.with_(row_group_rows=base.rows), 1.2),
        f"row groups of {SMALL_GROUP_ROWS:,} rows": (
            base.with_(row_group_rows=min(SMALL_GROUP_ROWS, base.rows)),
            1.3,
        ),
        f"{harness.wide:,} columns x {rows:,} rows": (
            base.with_(columns=harness.wide, rows=rows),
            1.5,
        ),
    }
    entrants = [harness.entrant(OURS, shape) for shape, _ in field.values()]
    timings = harness.take_turns(entrants, calls=CALLS)
    for (what, (shape, goal)), entrant, timing in zip(
        field.items(), entrants, timings, strict=True
    ):
        row = _row(what, entrant, shape.cells, timing)
        section.rows.append(row)
        if goal:
            ratio = row["ns_per_cell"] / section.rows[0]["ns_per_cell"]
            section.claims.append(Claim(f"{what}, per cell", ratio, goal))
    _show(section)
    return section


def sizes(harness: Harness) -> Section:
    """Cost per cell and peak memory from a hundredth of the cells to all."""
    section = harness.section("sizes", cells=harness.cells)
    shape, parts = _large(harness)
    entrants = [harness.entrant(OURS, shape, parts=part) for part in parts]
    timings = harness.take_turns(entrants, calls=CALLS)
    for part, entrant, timing in zip(parts, entrants, timings, strict=True):
        cells = shape.cells * part // shape.files
        measured = harness.sample(entrant, timing.taken)
        row = _row(f"{part} of {shape.files} files", entrant, cells, timing)
        section.rows.append(row | _memory(measured))
        above = (measured.peak - measured.facts["nbytes"]) / MIB
        bound = scratch_bound(measured.facts["nbytes"]) / MIB
        section.claims.append(Claim(f"{cells / 1e6:,.0f} M cells: MiB above output", above, bound))
    costs = [row["ns_per_cell"] for row in section.rows]
    flat = Claim("cost per cell, largest / smallest", max(costs) / min(costs), 1.15)
    section.claims.insert(0, flat)
    _show(section)
    return section


def _large(harness: Harness) -> tuple[Any, list[int]]:
    """Return the largest data set, in a hundred files, and the numbers of files to take."""
    files = round(1 / min(SHARES))
    shape = harness.base.with_(
        rows=harness.cells // harness.base.columns // files * files, files=files
    )
    return shape, [round(share * files) for share in SHARES]


def _memory(measured: Measurement) -> dict[str, int]:
    facts = {"peak": measured.peak, "peak_file": measured.peak_file}
    return facts | {"nbytes": measured.facts["nbytes"]}


def files(harness: Harness) -> Section:
    """Write a large `.npy` file under a small limit of memory; against the same in memory."""
    section = harness.section("files", cells=harness.cells, memory_limit=FILE_LIMIT)
    shape, _ = _large(harness)
    ours = harness.entrant(OURS, shape)
    limited = harness.entrant(OUR_FILE, shape, memory_limit=FILE_LIMIT)
    timings = harness.take_turns([ours, limited], harness.reference(shape))
    measured = harness.sample(limited, timings[-1].taken)
    for what, entrant, timing in zip(
        ("in memory", f".npy, {FILE_LIMIT}"), (ours, limited), timings, strict=True
    ):
        section.rows.append(_row(what, entrant, shape.cells, timing))
    section.rows[-1] |= _memory(measured)
    memory, file = timings
    section.claims = [
        Claim(".npy under a limit / memory", file.median / memory.median, 2.0),
        Claim("MB of memory under the limit", measured.peak / 1e6, 512.0),
    ]
    _show(section)
    return section


def bound(harness: Harness) -> Section:
    """Compare ours with the least that its steps can cost, measured by a program of its own."""
    section = harness.section("bound")
    command = program()
    if command is None:
        harness.say("skipped: the bench `lower_bound` or cargo is missing")
        section.skipped.append("no program")
        return section
    fields = {codec: {"codec": codec} for codec in ("snappy", "zstd", "none")}
    for kind, changes in (fields | {"float64": {"kinds": "float64"}}).items():
        entrant = harness.entrant(OURS, harness.base.with_(**changes))
        harness.say(f"rounds: {entrant.contender.name} | lower bound, {kind}")
        timing, terms = take_turns(entrant, command, harness.rounds)
        row = _row(kind, entrant, harness.base.cells, timing)
        section.rows.append(row | {"bound": terms})
        share = terms[-1]["bound_seconds"] / timing.median
        section.claims.append(Claim(f"{kind}: lower bound / measured", share, 0.7, at_least=True))
    _show(section)
    return section
