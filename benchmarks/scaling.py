"""Sections that hold onecopy against itself, and against the floor of this machine."""

import os
from typing import Any

from contenders import OUR_16, OUR_64, OUR_F, OUR_FILE, OURS
from floor import program, take_turns
from memory import Measurement
from results import Claim, Section, render
from rounds import Entrant, Timing
from stage import MIB, Stage, scratch_bound

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


def orders(stage: Stage) -> Section:
    """Layouts, types and targets of the output, against C-ordered `float32` in memory."""
    section = stage.section("orders")
    shape = stage.base
    field = (OURS, OUR_F, OUR_16, OUR_64, OUR_FILE)
    entrants = [stage.entrant(contender, shape) for contender in field]
    timings = stage.take_turns(entrants, stage.reference(shape), calls=CALLS)
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


def threads(stage: Stage) -> Section:
    """Two threads against one."""
    section = stage.section("threads")
    if len(os.sched_getaffinity(0)) < len((1, 2)):
        stage.say("skipped, needs two cores")
        section.skipped.append("needs two cores")
        return section
    entrants = [stage.entrant(OURS, stage.base, threads=count) for count in (1, 2)]
    one, two = timings = stage.take_turns(entrants, calls=CALLS)
    for count, entrant, timing in zip((1, 2), entrants, timings, strict=True):
        section.rows.append(_row(f"threads={count}", entrant, stage.base.cells, timing))
    what = "times faster with 2 threads than with 1"
    section.claims = [Claim(what, one.median / two.median, 1.8, at_least=True)]
    _show(section)
    return section


def shapes(stage: Stage) -> Section:
    """Cost per cell for one row group, for many small ones, and for a wide table."""
    section = stage.section("shapes", wide=stage.wide)
    base = stage.base
    rows = max(1, base.cells // stage.wide)
    field = {
        f"row groups of {base.row_group_rows:,} rows": (base, None),
        "one row group": (base.with_(row_group_rows=base.rows), 1.2),
        f"row groups of {SMALL_GROUP_ROWS:,} rows": (
            base.with_(row_group_rows=min(SMALL_GROUP_ROWS, base.rows)),
            1.3,
        ),
        f"{stage.wide:,} columns x {rows:,} rows": (
            base.with_(columns=stage.wide, rows=rows),
            1.5,
        ),
    }
    entrants = [stage.entrant(OURS, shape) for shape, _ in field.values()]
    timings = stage.take_turns(entrants, calls=CALLS)
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


def sizes(stage: Stage) -> Section:
    """Cost per cell and peak memory from a hundredth of the cells to all."""
    section = stage.section("sizes", cells=stage.cells)
    shape, parts = _large(stage)
    entrants = [stage.entrant(OURS, shape, parts=part) for part in parts]
    timings = stage.take_turns(entrants, calls=CALLS)
    for part, entrant, timing in zip(parts, entrants, timings, strict=True):
        cells = shape.cells * part // shape.files
        measured = stage.sample(entrant, timing.taken)
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


def _large(stage: Stage) -> tuple[Any, list[int]]:
    """Give the largest data set, in a hundred files, and the numbers of files to take."""
    files = round(1 / min(SHARES))
    shape = stage.base.with_(rows=stage.cells // stage.base.columns // files * files, files=files)
    return shape, [round(share * files) for share in SHARES]


def _memory(measured: Measurement) -> dict[str, int]:
    facts = {"peak": measured.peak, "peak_file": measured.peak_file}
    return facts | {"nbytes": measured.facts["nbytes"]}


def files(stage: Stage) -> Section:
    """Write a large `.npy` file under a small limit of memory; against the same in memory."""
    section = stage.section("files", cells=stage.cells, memory_limit=FILE_LIMIT)
    shape, _ = _large(stage)
    ours = stage.entrant(OURS, shape)
    limited = stage.entrant(OUR_FILE, shape, memory_limit=FILE_LIMIT)
    timings = stage.take_turns([ours, limited], stage.reference(shape))
    measured = stage.sample(limited, timings[-1].taken)
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


def floor(stage: Stage) -> Section:
    """Add up what the steps cost at least, by a program of its own; against ours."""
    section = stage.section("floor")
    command = program()
    if command is None:
        stage.say("skipped, there is no example `floor` or no cargo")
        section.skipped.append("no program")
        return section
    fields = {codec: {"codec": codec} for codec in ("snappy", "zstd", "none")}
    for kind, changes in (fields | {"float64": {"kinds": "float64"}}).items():
        entrant = stage.entrant(OURS, stage.base.with_(**changes))
        stage.say(f"rounds: {entrant.contender.name} | floor, {kind}")
        timing, terms = take_turns(entrant, command, stage.rounds)
        row = _row(kind, entrant, stage.base.cells, timing)
        section.rows.append(row | {"floor": terms})
        share = terms[-1]["floor_seconds"] / timing.median
        section.claims.append(Claim(f"{kind}: floor / measured", share, 0.7, at_least=True))
    _show(section)
    return section
