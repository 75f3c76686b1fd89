"""Measure batches, rows that are served, and learners that are fed without a matrix.

    bench_batches.py [--rows N] [--columns D] [--folder FOLDER] [--only SECTION ...] [--quick]

Needs Linux. A section whose package is not installed, or whose control group cannot be made, is
left out with a message. Fails where a bar is missed, unless the run is quick.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
from batch_case import WAYS
from dataset import write_dataset
from machine import describe_machine
from memory import Child, Measurement
from page_cache import bring_in, evict
from results import render

CASE = Path(__file__).with_name("batch_case.py")
MEGABYTE = 1_000_000
PACKAGES = {"torch_batches": "torch", "torch_tensors": "torch", "datasets_shuffled": "datasets"}
PACKAGES |= {"lance_taken": "lance"}
# Of the memory that a way may have, the file is so many times larger.
LARGER = 2.5


@dataclass(frozen=True)
class Claim:
    """A figure, and the bar that it must reach."""

    what: str
    figure: float
    bar: float | None = None
    at_least: bool = True

    @property
    def holds(self) -> bool:
        """Whether the bar is reached."""
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar


@dataclass(frozen=True)
class Case:
    """The data."""

    folder: Path
    rows: int
    columns: int
    quick: bool

    @property
    def size(self) -> int:
        """The bytes of the matrix."""
        return self.rows * self.columns * 4


def made(case: Case) -> None:
    """Write the files, and the matrix."""
    train = case.folder / "train"
    write_dataset(train, case.rows, case.columns, files=1, row_group_rows=131_072)
    (case.folder / "big.parquet").unlink(missing_ok=True)
    (case.folder / "big.parquet").symlink_to(next(train.iterdir()).resolve())
    out = case.folder / "big.npy"
    onecopy.load_training_matrix(train, target="label", out=out, overwrite=True)


def latency(case: Case) -> Iterator[Claim]:
    """Serve one row."""
    names = tuple(f"f{at:03}" for at in range(60))
    fills: dict[str, float | None] = {name: float(at) for at, name in enumerate(names)}
    recipe = onecopy.Recipe(names, "float32", "C", "missing", "raise", fills)
    row: dict[str, float | None] = {name: at / 7 for at, name in enumerate(names)}
    row["f000"] = None
    array = np.arange(60.0)[None]
    yield Claim("dict of 60, us", micros(lambda: recipe.transform(row)), 15.0, at_least=False)
    yield Claim("array row, us", micros(lambda: recipe.transform(array)), 10.0, at_least=False)
    if find_spec("sklearn"):
        stock = recipe.to_sklearn(stock=True)
        yield Claim("SimpleImputer, array row, us", micros(lambda: stock.transform(array)))
    del case


def micros(call: Callable[[], object]) -> float:
    """Return the least microseconds of a call, over some repetitions."""
    best = float("inf")
    for _ in range(7):
        began = time.perf_counter()
        for _ in range(500):
            call()
        best = min(best, time.perf_counter() - began)
    return best / 500 * 1e6


def run(case: Case, way: str, *options: str) -> Measurement:
    """Deliver batches in a child."""
    seconds = "3" if case.quick else "20"
    command = [sys.executable, str(CASE), way, str(case.folder), "--seconds", seconds, *options]
    return Child(command).run()


def speed(measured: Measurement) -> float:
    """Return the megabytes of matrix a second."""
    return measured.facts["bytes"] / measured.seconds / MEGABYTE


def larger(case: Case) -> Iterator[Claim]:
    """Read a file that is larger than the memory, by a control group."""
    limit = int(case.size / LARGER)
    for way, bar in (("shuffled", 250.0), ("random_rows", None), ("in_order", None)):
        evict([case.folder / "big.npy"])
        try:
            measured = run(case, way, "--limit", str(limit))
        except RuntimeError as error:
            print(f"{way}: left out: {str(error)[-200:]}", flush=True)
            continue
        yield Claim(f"{way} of {LARGER} x memory, MB/s", speed(measured), bar)
        if measured.facts["whole"]:
            every = case.rows * (case.rows - 1) // 2
            yield Claim(f"{way}: every row once", float(measured.facts["sum"] == every), 1.0)
        if way == "shuffled":
            peak = measured.peak / MEGABYTE
            yield Claim("shuffled, anonymous MB: two buffers", peak, 140.0, at_least=False)


def warm(case: Case) -> Iterator[Claim]:
    """Read a file in the page cache, beside other ways to feed torch."""
    for way in WAYS:
        package = PACKAGES.get(way)
        if package and not find_spec(package):
            print(f"{way}: left out, {package} is not installed", flush=True)
            continue
        bring_in([case.folder / "big.npy"])
        bar = 800.0 if way == "torch_batches" else None
        yield Claim(f"{way}, warm, MB/s", speed(run(case, way)), bar)


LIGHTGBM = """
import sys, zlib, numpy as np, lightgbm, onecopy, onecopy.lightgbm
from memory import mark
source, way = sys.argv[1:]
params = {"verbosity": -1, "objective": "binary", "num_threads": 2, "deterministic": True}
rows = np.random.default_rng(0).normal(size=(500, 5))
lightgbm.train(params, lightgbm.Dataset(rows, rows[:, 0] > 0, params=params), 2)
for _ in onecopy.batches(source, fill=None, target="label", columns=["feature_000"]): break
mark("ready")
if way == "files":
    data = onecopy.lightgbm.dataset(source, target="label", params=params)
else:
    m = onecopy.load_training_matrix(source, target="label", fill=None)
    data = lightgbm.Dataset(m.X, m.y, feature_name=m.feature_names, params=params).construct()
mark("built")
model = lightgbm.train(params, data, 10)
mark("done", model=zlib.crc32(model.model_to_string().encode()), rows=data.num_data())
"""


def lightgbm(case: Case) -> Iterator[Claim]:
    """Train LightGBM from files, and from the matrix."""
    if not find_spec("lightgbm"):
        print("lightgbm: left out, it is not installed", flush=True)
        return
    found = {}
    for way in ("files", "matrix"):
        found[way] = Child.script(LIGHTGBM, str(case.folder / "train"), way).run()
    n, d = case.rows, case.columns
    bound = (n * d + 13 * min(n, 200_000) * d) / MEGABYTE + 64
    files = max(sample.anonymous for sample in found["files"].between("ready", "built"))
    peak = (files - found["files"].baseline) / MEGABYTE
    yield Claim("LightGBM from files, peak to build, MB", peak, bound, at_least=False)
    yield Claim("LightGBM from the matrix, peak MB", found["matrix"].peak / MEGABYTE)
    same = found["files"].facts["model"] == found["matrix"].facts["model"]
    yield Claim("LightGBM: the same model", float(same), 1.0)


SCORING = """
import sys, onecopy
from memory import mark
source, recipe, limit = sys.argv[1:]
options = {"recipe": recipe, "memory_limit": int(limit), "target": "label"}
mark("ready")
rows = total = 0
for batch in onecopy.batches(source, 16_384, **options):
    rows += len(batch.X)
    total += float(batch.X[:, 0].sum())
mark("done", rows=rows, total=total)
"""


def scoring(case: Case) -> Iterator[Claim]:
    """Score a file ten times larger than the memory that is allowed."""
    limit = case.size // 10
    arguments = [str(case.folder / "train"), str(case.folder / "big.npy"), str(limit)]
    measured = Child.script(SCORING, *arguments).run()
    yield Claim("scoring: all rows", float(measured.facts["rows"] == case.rows), 1.0)
    bar = limit / MEGABYTE
    yield Claim("scoring, peak MB", measured.peak / MEGABYTE, bar, at_least=False)
    yield Claim("scoring, MB/s of matrix", case.size / measured.seconds / MEGABYTE)


SECTIONS = {run.__name__: run for run in (latency, larger, warm, lightgbm, scoring)}


def main() -> int:
    """Run the sections that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("bench-data/batches"))
    parser.add_argument("--only", nargs="+", choices=SECTIONS)
    parser.add_argument("--quick", action="store_true", help="little data: it is no evidence")
    given = parser.parse_args()
    rows = given.rows or (400_000 if given.quick else 4_200_000)
    case = Case(given.folder, rows, given.columns, given.quick)
    print("; ".join(f"{key} {value}" for key, value in describe_machine().items()), flush=True)
    case.folder.mkdir(parents=True, exist_ok=True)
    made(case)
    failed = False
    for name in given.only or SECTIONS:
        claims = list(SECTIONS[name](case))
        table: list[list[Any]] = []
        for claim in claims:
            sign = ">=" if claim.at_least else "<="
            bar = "" if claim.bar is None else f"{sign} {claim.bar:,.0f}"
            table.append([claim.what, f"{claim.figure:,.1f}", bar, "" if claim.holds else "MISSED"])
        print(f"\n{render(['figure', '', 'bar', ''], table)}", flush=True)
        failed |= any(not claim.holds for claim in claims)
    return int(failed and not case.quick)


if __name__ == "__main__":
    sys.exit(main())
