"""Load one data set three ways, train on each matrix, and compare matrices, time and memory.

Each way runs in a process of its own, sampled from /proc, so it needs Linux.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet  # noqa: F401  (pandas would load it late, inside the measured time)
from dataset import write_dataset
from equality import DifferenceError, compare, digest
from memory import Child, Measurement, mark
from onecopy import load_training_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer

TRAIN_ROWS, TEST_ROWS = 100_000, 50_000
Loaded = tuple[np.ndarray, np.ndarray]


def onecopy_memory(folder: Path) -> Loaded:
    """Load into memory."""
    return load_training_matrix(folder / "train", target="label", return_X_y=True)


def onecopy_file(folder: Path) -> Loaded:
    """Load into a `.npy` file, mapped into memory."""
    out = folder / "onecopy.npy"
    return load_training_matrix(folder / "train", target="label", out=out, return_X_y=True)


def pandas_imputer(folder: Path) -> Loaded:
    """Load as most people do, with the cast first, so that the numbers are the same."""
    frame = pd.read_parquet(folder / "train")
    y = frame.pop("label").to_numpy()
    frame = frame.astype("float32").replace([np.inf, -np.inf], np.nan)
    return SimpleImputer(strategy="median").fit_transform(frame), y


WAYS: dict[str, Callable[[Path], Loaded]] = {
    "onecopy, in memory": onecopy_memory,
    "onecopy, .npy file": onecopy_file,
    "pandas + SimpleImputer": pandas_imputer,
}


def run_way(way: str, folder: Path) -> None:
    """In the child: load, then train, then leave the matrix or its digest for the comparison."""
    mark("ready")
    X, y = WAYS[way](folder)  # noqa: N806  (the name that everybody uses)
    mark("done", shape=X.shape, nbytes=X.nbytes)
    started = time.monotonic()
    model = HistGradientBoostingClassifier(max_iter=40, random_state=0)
    model.fit(X[:TRAIN_ROWS], y[:TRAIN_ROWS])
    accuracy = model.score(X[-TEST_ROWS:], y[-TEST_ROWS:])
    mark("trained", accuracy=accuracy, train_seconds=time.monotonic() - started)
    if way == "pandas + SimpleImputer":
        np.save(folder / "pandas.npy", X)
    mark("digested", digest=digest(X), label_digest=digest(y))


def check(results: dict[str, Measurement], folder: Path) -> str:
    """Compare what the ways left; give one sentence, or stop."""
    facts = {way: result.facts for way, result in results.items()}
    in_memory, in_file, by_pandas = facts.values()
    if in_memory["digest"] != in_file["digest"]:
        raise SystemExit("the matrix in memory and the .npy file differ")
    if len({fact["label_digest"] for fact in facts.values()}) != 1:
        raise SystemExit("the labels differ")
    if in_memory["digest"] == by_pandas["digest"]:
        return "All three matrices and labels are equal, bit for bit."
    ours = np.load(folder / "onecopy.npy", mmap_mode="r")
    try:
        fills = compare(ours, np.load(folder / "pandas.npy", mmap_mode="r"))
    except DifferenceError as error:
        raise SystemExit(str(error)) from None
    last_bits = f"; {fills} medians of pandas differ in the last bit" if fills else ""
    return f"All three matrices are equal, missing values and medians included{last_bits}."


def show(results: dict[str, Measurement]) -> None:
    """Print the table."""
    header = f"{'way':<24}{'seconds':>9}{'peak anonymous memory':>24}{'peak / matrix':>16}"
    print(f"\n{header}\n{'-' * len(header)}")
    for way, result in results.items():
        ratio = result.peak / result.facts["nbytes"]
        megabytes = f"{result.peak / 1e6:,.0f} MB"
        print(f"{way:<24}{result.seconds:>9.1f}{megabytes:>24}{ratio:>16.2f}")
    print(
        "\nSeconds: from Parquet files to a matrix without gaps.\n"
        "Peak: anonymous memory above the level after the imports, sampled every 3 ms. The pages\n"
        "of the mapped .npy file are not in it: they are a cache, which the kernel takes back.\n"
    )
    for way, result in results.items():
        accuracy, seconds = result.facts["accuracy"], result.facts["train_seconds"]
        print(f"Model from {way}: accuracy {accuracy:.4f}, trained in {seconds:.1f} s")
    print(
        f"(HistGradientBoostingClassifier, 40 rounds, on the first {TRAIN_ROWS:,} rows, tested on\n"
        f"the last {TEST_ROWS:,}.)"
    )


def main() -> None:
    """Write the data set, run every way in its own process, compare and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=800_000)
    parser.add_argument("--folder", type=Path, default=Path("demo-data"))
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        run_way(options.way, options.folder)
        return
    if not Path("/proc/self/status").exists():
        raise SystemExit("The demo samples memory from /proc, so it needs Linux.")
    if options.rows < TRAIN_ROWS + TEST_ROWS:
        raise SystemExit(f"--rows must be at least {TRAIN_ROWS + TEST_ROWS}.")

    shutil.rmtree(options.folder, ignore_errors=True)
    print(f"Writing {options.rows:,} rows x 114 features and a label as Parquet ...", flush=True)
    paths = write_dataset(options.folder / "train", options.rows, row_group_rows=100_000)
    os.sync()  # else the first way would share the disk with the writing
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    print(f"  {len(paths)} files, {megabytes:,.0f} MB, in {options.folder / 'train'}", flush=True)

    results = {}
    for way in WAYS:
        print(f"{way}: loading, then training a model ...", flush=True)
        command = [sys.executable, __file__, "--way", way, "--folder", str(options.folder)]
        results[way] = Child(command).run()
    rows, columns = results["onecopy, in memory"].facts["shape"]
    nbytes = results["onecopy, in memory"].facts["nbytes"]
    print(f"\nThe matrix: {rows:,} x {columns}, float32, {nbytes / 1e6:,.0f} MB.")
    print(check(results, options.folder))
    show(results)
    print(f"\nThe files stay in {options.folder}/; `make clean` removes them.")


if __name__ == "__main__":
    main()
