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
"""One object for each term, and behind them their sum."""


def program() -> list[str] | None:
    """Build the program and give its command, if the checkout has one."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return None
    command = [cargo, "build", "--release", "--quiet", "--example", "floor"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode == 0:
        return [cargo, "run", "--release", "--quiet", "--example", "floor", "--"]
    if "no example target" in built.stderr:
        return None
    raise SystemExit(built.stderr)


class Floor:
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
            if "floor_seconds" in terms[-1]:
                return terms
        raise RuntimeError("the program gave no answer")


def middle(turns: Sequence[Terms]) -> Terms:
    """Give the middle of each term, and what these come to when the threads share them."""
    *terms, floor = (dict(same[0]) for same in zip(*turns, strict=True))
    for place, term in enumerate(terms):
        term["seconds"] = round(statistics.median(turn[place]["seconds"] for turn in turns), 4)
    seconds = sum(term["seconds"] for term in terms) / floor["threads"]
    return [*terms, floor | {"floor_seconds": round(seconds, 4)}]


def take_turns(entrant: Entrant, command: Sequence[str], rounds: int) -> tuple[Timing, Terms]:
    """Let a load and its floor take turns.

    The floor keeps one core busy for longer than a load takes. So a load has a call before the one
    that counts, as it would have were nobody else's turn.
    """
    timing, turns = Timing(), []
    with Worker(entrant) as worker, Floor(command, entrant.job.sources) as floor:
        floor.turn()
        for _ in range(rounds):
            worker.turn(timing, calls=2)
            turns.append(floor.turn())
    return timing, middle(turns)
