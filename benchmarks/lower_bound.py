"""The least that a load can cost on this machine, by a program that takes turns with the loads."""

import json
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from rounds import Entrant, Timing, Worker

ROOT = Path(__file__).parents[1]

Terms = list[dict[str, Any]]
"""One object for each term, followed by their sum."""


def program() -> list[str] | None:
    """Build the program and return its command, if the checkout has one."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return None
    command = [cargo, "bench", "--quiet", "--bench", "lower_bound", "--no-run"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode == 0:
        return [cargo, "bench", "--quiet", "--bench", "lower_bound", "--"]
    if "no bench target" in built.stderr:
        return None
    raise SystemExit(built.stderr)


class LowerBound:
    """The program at work on some files."""

    def __init__(self, command: Sequence[str], paths: Sequence[str]) -> None:
        """Take what it is to measure; the process starts on entering."""
        files = [str(Path(path).resolve()) for path in paths]
        self.command = [*command, *files, "--exclude", "label", "--turns"]

    def __enter__(self) -> Self:
        """Start the process."""
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        """End it: no more turns."""
        self.process.communicate()

    def turn(self) -> Terms:
        """Have each term measured once."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the program has not been started")
        print(file=self.process.stdin, flush=True)
        terms: Terms = []
        for line in self.process.stdout:
            terms.append(json.loads(line))
            if "bound_seconds" in terms[-1]:
                return terms
        raise RuntimeError("the program gave no answer")


def middle(turns: Sequence[Terms]) -> Terms:
    """Return the median of each term, and their sum shared by the threads."""
    *terms, bound = (dict(same[0]) for same in zip(*turns, strict=True))
    for place, term in enumerate(terms):
        term["seconds"] = round(statistics.median(turn[place]["seconds"] for turn in turns), 4)
    seconds = sum(term["seconds"] for term in terms) / bound["threads"]
    return [*terms, bound | {"bound_seconds": round(seconds, 4)}]


def take_turns(entrant: Entrant, command: Sequence[str], rounds: int) -> tuple[Timing, Terms]:
    """Let a load and its lower bound take turns.

    The lower bound keeps one core busy for longer than a load takes. So each turn of the load is
    two calls, of which the second counts: it finds the machine as it is when loads run alone.
    """
    timing, turns = Timing(), []
    with Worker(entrant) as worker, LowerBound(command, entrant.job.sources) as bound:
        bound.turn()
        for _ in range(rounds):
            worker.turn(timing, calls=2)
            turns.append(bound.turn())
    return timing, middle(turns)
