"""Time this build of onecopy and that of another revision in turns, on the same data.

Each build is a process that stays, and one call of the other follows one call of this again and
again: a ratio is that of two neighbours, and so rests on the same minutes. The first call of each
serves a comparison: all arrays must be equal, bit for bit. It needs Linux.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bench_data import Shape
from contenders import OUR_16, OUR_ARRAYS, OUR_F, OUR_FILE, OUR_JOIN, OURS, Contender, Job
from harness import TOUCH, Harness
from join_tables import FEATURES_A_TABLE, KEY, TARGET_NAMES, written
from machine import describe_machine
from page_cache import evict
from results import Claim, Section, append, render
from revision import Revision, installed
from rounds import Entrant, Timing, alternate

HERE = Path(__file__).parent
COLUMNS = 114
DEMO_FILES, DEMO_GROUP_ROWS = 4, 100_000
FEWEST_TURNS = 2
"""For quartiles."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is loaded, and how often."""

    rows: int
    """Of the data set of the benchmark."""
    demo_rows: int
    cells: int
    """Of the small data set."""
    tables: int
    table_rows: int
    turns: int


FULL = Sizes(1_500_000, 800_000, 10_000_000, 60, 100_000, turns=25)
# Enough to see that all works; its figures are no evidence.
QUICK = Sizes(150_000, 100_000, 1_000_000, 6, 10_000, turns=5)


@dataclass(frozen=True, slots=True)
class Case:
    """A job for both builds."""

    contender: Contender
    data: Shape | None
    """The data set; `None` for the tables of a join."""
    options: dict[str, Any] = field(default_factory=dict)
    often: int = 1
    """Turns for each one of the others, where a call is short."""


def cases(sizes: Sizes) -> dict[str, Case]:
    """Return all cases by name."""
    base = Shape(sizes.rows, COLUMNS)
    demo = Shape(sizes.demo_rows, COLUMNS, DEMO_GROUP_ROWS, files=DEMO_FILES)
    # The weight is a float64 without gaps.
    arrays = {"target": "label", "weight": "feature_023"}
    return {
        "demo": Case(OUR_ARRAYS, demo, {"target": "label"}),
        "snappy": Case(OURS, base),
        "zstd": Case(OURS, base.with_(codec="zstd")),
        "none": Case(OURS, base.with_(codec="none")),
        "f-order": Case(OUR_F, base),
        "float16": Case(OUR_16, base),
        "npy": Case(OUR_FILE, base),
        "small": Case(OURS, base.with_(rows=sizes.cells // COLUMNS), often=4),
        "join": Case(OUR_JOIN, None, {"on": KEY, "target": TARGET_NAMES}),
        "targets": Case(OUR_ARRAYS, base, arrays),
    }


def entrant(harness: Harness, case: Case, sizes: Sizes) -> Entrant:
    """Give this build its job; the files are written and evicted from the page cache."""
    if case.data:
        return harness.entrant(case.contender, case.data, **case.options)
    folder = written(harness.folder / "join", sizes.tables, sizes.table_rows, say=harness.say)
    paths = [folder / "targets.parquet", *sorted((folder / "features").iterdir())]
    evict(paths)
    touch = int(TOUCH * 4 * sizes.tables * FEATURES_A_TABLE * sizes.table_rows)
    job = Job([str(path) for path in paths], [], str(harness.scratch), touch, case.options)
    return Entrant(case.contender, job)


def quartiles(values: Sequence[float]) -> dict[str, float]:
    """Describe ratios by their median, their quartiles and their ends."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    facts = {"median": middle, "min": min(values), "q1": low, "q3": high, "max": max(values)}
    return {name: round(fact, 4) for name, fact in facts.items()}


def take_turns(after: Entrant, base: Revision, turns: int) -> dict[str, Any]:
    """Time a job by the base and by this build in turns; `RuntimeError` where results differ."""
    before = replace(after, python=base.python)
    timings = alternate([before, after], turns, identical=True)
    wall, cpu = (ratios(timings, clock) for clock in ("seconds", "cpu"))
    return {
        "before": timings[0].record(),
        "after": timings[1].record(),
        "ratio": quartiles(wall),
        "cpu_ratio": quartiles(cpu),
    }


def ratios(timings: Sequence[Timing], clock: str) -> list[float]:
    """Divide each call of this build by the one before it, by seconds or by processor time."""
    pairs = zip(*(getattr(timing, clock) for timing in timings), strict=True)
    return [after / before for before, after in pairs]


def measure(
    harness: Harness, section: Section, base: Revision, options: argparse.Namespace
) -> None:
    """Take the turns of the case that a section is named by; hold it against the limit."""
    case = cases(options.sizes)[section.name]
    section.settings |= describe(case, options.sizes) | {"rounds": harness.rounds * case.often}
    job = entrant(harness, case, options.sizes)
    section.rows.append(take_turns(job, base, section.settings["rounds"]))
    section.claims.extend(claims(section.rows[0], options.most))


def describe(case: Case, sizes: Sizes) -> dict[str, Any]:
    """Describe the data of a case, for the record."""
    if case.data:
        return asdict(case.data)
    columns = int(sizes.tables * FEATURES_A_TABLE)
    return {"rows": sizes.table_rows, "columns": columns, "tables": sizes.tables}


def claims(row: dict[str, Any], most: float | None) -> list[Claim]:
    """Hold the median ratio against the limit, if there is one."""
    return [] if most is None else [Claim("after / before", row["ratio"]["median"], most)]


def show(sections: Sequence[Section]) -> None:
    """Print the table."""
    header = ["case", "turns", "before s", "after s", "after / before", "q1", "q3", "min", "max"]
    rows = []
    for section in sections:
        (row,) = section.rows
        times = [f"{row[build]['seconds']:.3f}" for build in ("before", "after")]
        ratio = [f"{row['ratio'][name]:.3f}" for name in ("median", "q1", "q3", "min", "max")]
        cpu = f"{row['cpu_ratio']['median']:.3f}"
        rows.append([section.name, str(section.settings["rounds"]), *times, *ratio, cpu])
    if rows:
        print(f"\n{render([*header, 'cpu'], rows)}\n")


def exceeded(sections: Sequence[Section]) -> list[str]:
    """Return a line for each case that exceeds its limit."""
    return [
        f"{section.name}: takes {claim.figure:.3f} times as long as before; "
        f"the limit is {claim.goal:g}"
        for section in sections
        for claim in section.claims
        if claim.holds == "no"
    ]


def read_options() -> argparse.Namespace:
    """Read the command line."""
    names = ", ".join(cases(FULL))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=f"cases: {names}")
    parser.add_argument("base", metavar="BASE", help="a revision that git knows")
    parser.add_argument("--turns", type=int, help=f"calls of each build: {FULL.turns}")
    parser.add_argument("--only", nargs="+", metavar="CASE", choices=cases(FULL))
    parser.add_argument("--most", type=float, help="fail where the median ratio is above this")
    parser.add_argument("--quick", action="store_true", help="less data and fewer turns")
    parser.add_argument("--folder", type=Path, default=Path("bench-data"), help="for the data")
    parser.add_argument("--record", type=Path, default=HERE / "record", help="for the figures")
    options = parser.parse_args()
    options.sizes = QUICK if options.quick else FULL
    options.turns = options.turns or options.sizes.turns
    if options.turns < FEWEST_TURNS:
        parser.error(f"--turns must be at least {FEWEST_TURNS}")
    return options


def main() -> int:
    """Build the base, take the turns of all cases, and hold them against the limit."""
    options = read_options()
    if not Path("/proc/self/status").exists():
        raise SystemExit("The benchmark reads memory from /proc, so it needs Linux.")
    print("; ".join(f"{key} {value}" for key, value in describe_machine().items()), flush=True)
    base = installed(options.base, lambda words: print(words, flush=True))
    label = f"{'quick-' if options.quick else ''}before-{base.commit[:7]}"
    done, wrong = [], []
    with Harness(options.folder, Shape(options.sizes.rows, COLUMNS), options.turns) as harness:
        for name in options.only or cases(options.sizes):
            section = harness.section(name, base=base.commit, base_build=base.build)
            try:
                measure(harness, section, base, options)
                append(options.record, label, section)
            except RuntimeError as error:
                wrong.append(f"{name}: failed: {error}")
                continue
            done.append(section)
    show(done)
    wrong.extend(exceeded(done))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
