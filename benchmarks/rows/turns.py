"""Entrants of the benchmark of rows: they take turns, are compared, and their memory is sampled.

A ratio is the median of the ratios of neighbouring calls. Whatever is not equal to what it should
be is not timed: a peer is skipped with the reason, and if it is one of ours, the section fails.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contenders import Contender, Job
from harness import TOUCH, Harness
from results import Section, render
from rounds import SLOW_ROUNDS, Entrant, Timing, Worker

OWN_CALLS = 2
"""Calls of a turn of which the last one counts, where only onecopy takes part."""
MATRIX = ("shape", "bits")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is loaded, and how often."""

    event_rows: int
    event_columns: int
    rows: int
    """Of the data set of `make bench`."""
    columns: int
    group_rows: int
    key_rows: int
    seeds: int
    """Of the keys."""
    rounds: int


FULL = Sizes(3_000_000, 60, 1_500_000, 114, 50_000_000, 14_000_000, seeds=5, rounds=7)
# Enough to see that all works; its figures are no evidence.
QUICK = Sizes(300_000, 60, 150_000, 114, 500_000, 200_000, seeds=2, rounds=3)


@dataclass(slots=True)
class Turns:
    """The calls of one entrant, and what its results hold."""

    timing: Timing
    facts: dict[str, Any]

    def over(self, base: "Turns") -> float:
        """Divide each call by that of the base in the same round; return the median."""
        pairs = zip(self.timing.seconds, base.timing.seconds, strict=True)
        return statistics.median(mine / other for mine, other in pairs)


@dataclass(frozen=True, slots=True)
class Rules:
    """How entrants take turns, and how their results are compared."""

    rounds: int
    calls: int = 1
    reference: Path | None = None
    """A matrix that all must equal; a fill may be one step off."""
    same: Sequence[str] = ()
    """Facts in which all must equal the first."""


def entrant(
    harness: Harness, contender: Contender, path: str, features: Sequence[str], **options: object
) -> Entrant:
    """Give a contender its job; how much memory it touches before a call, its first call tells."""
    job = Job([path], list(features), str(harness.scratch), 0, options)
    return Entrant(contender, job)


def plain_touch(cells: int, itemsize: int = 4) -> int:
    """Return the memory that an entrant touches whose matrix has so many cells."""
    return TOUCH * itemsize * cells


def take_turns(harness: Harness, entrants: Sequence[Entrant], rules: Rules) -> list[Turns]:
    """Call each entrant once and compare, then time them in turns; `RuntimeError` if unequal.

    Results are given back after each call, for some are too large to stay while another works.
    """
    harness.say(f"rounds: {' | '.join(entrant.contender.name for entrant in entrants)}")
    found = []
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(entrant)) for entrant in entrants]
        for worker in workers:
            found.append(_first(worker, rules))
            _check_same(worker, found, rules.same)
        pairs = list(zip(workers, found, strict=True))
        for done in range(rules.rounds):
            if done >= SLOW_ROUNDS and any(worker.is_slow(each.timing) for worker, each in pairs):
                break
            for worker, each in pairs:
                worker.turn(each.timing, rules.calls)
                worker.ask("forget")
    return found


def _first(worker: Worker, rules: Rules) -> Turns:
    """Make the first call, and look at what it gave."""
    timing = Timing()
    worker.ask("call")
    if rules.reference:
        timing.one_step = worker.ask("check", path=str(rules.reference))["one_step"]
    facts = worker.ask("facts")
    worker.ask("forget")
    return Turns(timing, facts)


def _check_same(worker: Worker, found: Sequence[Turns], same: Sequence[str]) -> None:
    for fact in same:
        expected, given = (each.facts.get(fact) for each in (found[0], found[-1]))
        if expected != given:
            name = worker.entrant.contender.name
            raise RuntimeError(f"{name}: {fact} differs: {given}, and not {expected}")


def save_reference(harness: Harness, entrant: Entrant, name: str) -> Path:
    """Write the matrix of an entrant to a file, for others to be compared with."""
    path = harness.scratch / f"reference-{name}.npy"
    with Worker(entrant) as worker:
        worker.ask("call")
        worker.ask("save", path=str(path))
    return path


def measure(
    harness: Harness,
    section: Section,
    what: str,
    pair: tuple[Entrant, Entrant],
    rules: Rules,
) -> dict[str, Any] | None:
    """Time the second in turns with the first, sample its memory, and add a row.

    Where both are the same entrant, it is timed alone, and the row is that of the base.
    """
    base, other = pair
    alone = base is other
    try:
        turns = take_turns(harness, [base] if alone else [base, other], rules)
        taken = max(turns[-1].timing.taken, other.job.touch_bytes)
        memory = harness.sample(other, taken)
    except RuntimeError as error:
        if other.contender.kind == "ours":
            raise
        harness.say(f"{other.contender.name} failed: {error}")
        section.skipped.append(f"{what}: {other.contender.name}: {str(error)[:500]}")
        return None
    row = {
        "what": what,
        "contender": other.contender.name,
        "kind": other.contender.kind,
        "alone": alone,
        **turns[-1].timing.record(),
        "base_seconds": round(turns[0].timing.median, 4),
        "base_rounds": turns[0].timing.record()["rounds"],
        "ratio": round(turns[-1].over(turns[0]), 3),
        "peak": memory.peak,
        "facts": turns[-1].facts,
    }
    row |= {key: memory.facts[key] for key in ("nbytes",) if key in memory.facts}
    section.rows.append(row)
    return row


def show(section: Section, base: str) -> None:
    """Print the table of rows that `measure` added."""
    header = ["", "contender", "warm s", "cpu s", f"/ {base}", "peak MB", "above the matrix MB"]
    header.append("equal")
    rows = []
    for row in section.rows:
        above = f"{(row['peak'] - row['nbytes']) / 1e6:,.0f}" if "nbytes" in row else ""
        times = [f"{row['seconds']:.3f}", f"{row['cpu']:.3f}", f"{row['ratio']:.3f}"]
        memory = [f"{row['peak'] / 1e6:,.0f}", above]
        steps = row.get("one_step_columns")
        equal = f"1 step in {steps}" if steps else "yes"  # what is not equal has no row
        rows.append([row["what"], row["contender"], *times, *memory, equal])
    if rows:
        print(f"\n{render(header, rows)}")
    for line in section.skipped:
        print(f"skipped: {line}")
