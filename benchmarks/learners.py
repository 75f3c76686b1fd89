"""Fit each learner by its documented line, and hold its memory against the table of formulas.

    learners.py [--rows N] [--columns D] [--folder FOLDER] [--only LEARNER ...] [--ours]
        [--record PATH]

Fails where what a learner takes differs from its formula by more than 15 % and 8 MB, where a fit
takes more than matrix, formula, 5 % and 8 MB, where a line that copies nothing copies, and where a
copy that the table names does not show. A learner that is not installed is skipped, with a message.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onecopy
from dataset import write_dataset
from learner_case import PART
from learner_lines import JOBS, LINES, Line
from learner_ways import WAYS
from memory import Child, Measurement
from onecopy._fit import facts_of
from onecopy._learners import WORDS, choice_of
from results import render
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import SGDClassifier

WAY = Path(__file__).with_name("learner_ways.py")
CASE = Path(__file__).with_name("learner_case.py")
OFF, OVER, FLAT = 0.15, 0.05, 8_000_000
SEEN = 0.5
"""The part of a copy that must show, or must not."""
WRONG = {
    "RandomForest": {"dtype": "float64"},
    "HistGradientBoosting": {"dtype": "float32"},
    "LogisticRegression": {"order": "F"},
    "SGD": {"order": "F"},
    "LightGBM": {"dtype": "float16", "overflow": "missing"},
    "XGBoost": {"dtype": "float16", "overflow": "missing"},
    "CatBoost": {"order": "C"},
}
"""Options that make a learner copy."""
ALSO = {"XGBoost": {"fill": "median"}}
"""Options with which it copies nothing as well, and takes something else for itself."""
BOUNDS = {"XGBoost"}
"""Learners whose formula is a bound: XGBoost may free its sketch before its bins grow."""


@dataclass(frozen=True)
class Result:
    """One fit: what it took, and what the table says."""

    learner: str
    place: str
    version: str
    matrix: int
    peak: int
    formula: int
    copies: int
    verdict: str
    seconds: float
    usual: dict[str, int] = field(default_factory=dict)
    """Peaks of what is usual, for the same model."""

    def row(self) -> list[str]:
        """Return the cells of the table."""
        sizes = (self.matrix, self.peak, self.matrix + self.formula + self.copies)
        return [
            self.learner,
            self.version,
            self.place,
            *(f"{size / 1e6:,.0f}" for size in sizes),
            *(f"{self.usual[way] / 1e6:,.0f}" if way in self.usual else "" for way in WAYS[1:]),
            f"{self.seconds:.1f}",
            self.verdict,
        ]


def formula(line: Line, matrix: onecopy.TrainingMatrix) -> tuple[int, int]:
    """Return what a learner takes and copies by the table."""
    learner = next(one for one in learners() if one.name == line.learner)
    facts = replace(facts_of(matrix), jobs=JOBS)
    if line.is_split:
        facts = replace(facts, rows=round(facts.rows * PART))
    return learner.own_bytes(facts) or 0, learner.copied_bytes(facts)


def learners() -> list[Any]:
    """Return the entries of the table that have a line."""
    others = (ExtraTreesClassifier, SGDClassifier)
    return [*WORDS.values(), *(choice_of("learner", kind).learner for kind in others)]


def measure(line: Line, folder: Path, place: str, options: dict[str, Any]) -> Measurement:
    """Run one fit in a process of its own."""
    texts = [f"--set={name}={json.dumps(value)}" for name, value in options.items()]
    command = [sys.executable, str(CASE), line.learner, str(folder), place, *texts]
    return Child(command, period=0.002).run()


def judged(line: Line, folder: Path, place: str, options: dict[str, Any]) -> Result:
    """Measure one fit and compare it with the table."""
    matrix = prepared(line, folder, options)
    own, copies = formula(line, matrix)
    held = 0 if place == "npy" else matrix.nbytes
    measured = measure(line, folder, place, options)
    peak = measured.peak
    found = peak - held - copies
    wrong = []
    off = found - own if line.learner in BOUNDS else abs(found - own)
    if off > OFF * own + FLAT:
        wrong.append(f"formula says {own / 1e6:,.0f} MB, found {found / 1e6:,.0f}")
    if peak > held + own + OVER * (held + own) + FLAT:
        wrong.append("more than matrix, formula, 5 % and 8 MB")
    if options and options == WRONG.get(line.learner):
        wrong = [] if peak - held - own > SEEN * copies else ["the copy does not show"]
    elif copies or found - own > SEEN * matrix.nbytes:
        wrong.append("it copies")
    seconds = measured.marks["done"].seconds - measured.marks["loaded"].seconds
    name = f"{line.learner} {' '.join(map(str, options.values()))}".strip()
    version = str(measured.facts.get("version", ""))
    verdict = "; ".join(wrong) or "ok"
    return Result(name, place, version, held, peak, own, copies, verdict, seconds)


def usual(line: Line, folder: Path) -> dict[str, int]:
    """Measure what is usual."""
    found = {}
    for way in WAYS[1:]:
        if find_spec(way.lower()) is not None:
            command = [sys.executable, str(WAY), way, line.learner, str(folder / "train")]
            found[way] = Child(command).run().peak
    return found


def prepared(line: Line, folder: Path, options: dict[str, Any]) -> onecopy.TrainingMatrix:
    """Open the matrix of a kind of learner, which is made if it is absent."""
    given = {"target": "label", "for_": line.word} | options
    name = "-".join([line.word, *map(str, options.values())])
    path = folder / f"{name}.npy"
    if not path.exists():
        onecopy.load_training_matrix(folder / "train", out=path, **given)
    return onecopy.TrainingMatrix.open(path, "c" if line.is_for_files else "r")


def main() -> int:
    """Measure all learners; the number of those that are not as the table says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("bench-data/learners"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--ours", action="store_true", help="leave out what is usual")
    parser.add_argument("--record", type=Path)
    given = parser.parse_args()
    folder = given.folder / f"{given.rows}x{given.columns}"
    if not (folder / "train").exists():
        write_dataset(folder / "train", given.rows, given.columns, row_group_rows=50_000, files=2)
    os.environ["OMP_NUM_THREADS"] = str(JOBS)
    results = []
    for line in LINES:
        if given.only and line.learner not in given.only:
            continue
        if find_spec(line.module.partition(".")[0]) is None:
            print(f"{line.learner}: {line.module} is not installed")
            continue
        needs_file = line.is_for_files and not line.in_memory
        cases = [("npy", {})] if needs_file else [("memory", {}), ("npy", {})]
        cases += [("memory", more[line.learner]) for more in (ALSO, WRONG) if line.learner in more]
        for place, options in cases:
            result = judged(line, folder, place, options)
            if not given.ours and place == "memory" and not options:
                result = replace(result, usual=usual(line, folder))
            results.append(result)
            print(results[-1].row(), flush=True)
    header = ["learner", "version", "X", "matrix MB", "peak MB", "table MB", *WAYS[1:], "s", ""]
    print(render(header, [result.row() for result in results]))
    if given.record:
        given.record.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    return sum(result.verdict != "ok" for result in results)


if __name__ == "__main__":
    start = time.perf_counter()
    failed = main()
    print(f"{time.perf_counter() - start:.0f} s")
    sys.exit(min(failed, 1))
