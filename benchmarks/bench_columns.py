"""Measure columns that are no plain numbers, beside others: each contender in a process of its own.

A case is a function that returns its data and its contenders; `CASES` names all of them. Contenders
take turns, are compared with the first, which is ours, and tell their peak memory.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from columns import categories, clocks, vectors
from columns.case import Case

_LAST_BIT = 4e-16

CASES: dict[str, Callable[[Path, float], Case]] = {
    "codes": categories.dictionaries,
    "plain-codes": categories.plain,
    "times": clocks.timestamps,
    "vectors": vectors.in_memory,
    "vectors-file": vectors.in_a_file,
}


@dataclass
class Worker:
    """A process that has one contender, and does a call when it is asked to."""

    name: str
    process: "subprocess.Popen[str]"
    seconds: list[float]
    peak: int = 0

    @classmethod
    def start(cls, case: str, contender: str, options: argparse.Namespace) -> "Worker":
        """Start the process."""
        own = [sys.executable, __file__, "--folder", str(options.folder), "--child", contender]
        own += ["--scale", str(options.scale), "--only", case]
        pipe = subprocess.PIPE
        return cls(contender, subprocess.Popen(own, stdin=pipe, stdout=pipe, text=True), [])

    def call(self, *, save: Path | None = None) -> float:
        """Have it do one call; `RuntimeError` where it cannot."""
        if not self.process.stdin or not self.process.stdout:
            raise RuntimeError(f"{self.name} has no pipes")
        self.process.stdin.write(f"{save or ''}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended")
        told = json.loads(line)
        self.peak = told["peak"]
        return float(told["seconds"])

    def end(self) -> None:
        """Let the process end."""
        self.process.communicate()


def serve(case: Case, contender: str) -> None:
    """Do calls as they are asked for."""
    run = case.contenders[contender]
    for line in sys.stdin:
        began = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - began
        if path := line.strip():
            np.save(path, np.ascontiguousarray(result))
        del result
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "peak": peak}), flush=True)


def measure(name: str, case: Case, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Have the contenders of a case take turns."""
    workers = [Worker.start(name, contender, options) for contender in case.contenders]
    saved = options.folder / "result.npy"
    expected = None
    rows = []
    try:
        for worker in list(workers):
            try:
                worker.call(save=saved)
            except RuntimeError as error:
                print(f"  skipped: {error}")
                workers.remove(worker)
                continue
            found = np.load(saved)
            expected = found if expected is None else expected
            # Some divide by multiplying with an inverse, which is off by a bit.
            if not np.allclose(found, expected, rtol=_LAST_BIT, atol=0, equal_nan=True):
                raise RuntimeError(f"{name}: {worker.name} is not equal to {workers[0].name}")
        for _ in range(options.rounds):
            for worker in workers:
                worker.seconds.append(worker.call())
        for worker in workers:
            pairs = zip(worker.seconds, workers[0].seconds, strict=True)
            rows.append(
                {
                    "case": name,
                    "contender": worker.name,
                    "seconds": statistics.median(worker.seconds),
                    "ratio": statistics.median(mine / own for mine, own in pairs),
                    "peak": worker.peak,
                }
            )
    finally:
        for worker in workers:
            worker.end()
        saved.unlink(missing_ok=True)
    return rows


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print what was measured."""
    for row in rows:
        print(
            f"  {row['contender']:<22} {row['seconds']:8.3f} s {row['ratio']:7.2f} x ours "
            f"{row['peak'] / 1e6:9,.0f} MB",
            flush=True,
        )


def main() -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--quick", action="store_true", help="a hundredth of the data, 3 rounds")
    parser.add_argument("--scale", type=float, help="of the rows")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--folder", type=Path, default=Path("bench-data"))
    parser.add_argument("--record", type=Path, help="a .json file for the figures")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.scale = options.scale or (0.01 if options.quick else 1.0)
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.child:
        serve(CASES[options.only[0]](options.folder, options.scale), options.child)
        return
    rows = []
    for name in options.only:
        case = CASES[name](options.folder, options.scale)
        print(f"{name}: {case.what}", flush=True)
        found = measure(name, case, options)
        show(found)
        rows += found
    if options.record:
        options.record.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
