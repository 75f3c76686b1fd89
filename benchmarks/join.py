"""Join many feature files to a target file in several ways; compare matrices, time and memory.

Each way runs in a process of its own, sampled from /proc, so it needs Linux.
"""

import argparse
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from join_tables import KEY, TARGET_NAMES, written
from memory import Child, Measurement, mark

BLOCK_ROWS = 2000
MOST_MEDIANS = 0.06


def feature_files(folder: Path) -> list[Path]:
    """List the tables in order."""
    return sorted((folder / "features").iterdir())


def ours(folder: Path, **options: object) -> np.ndarray:
    """Load with `onecopy`."""
    import onecopy  # noqa: PLC0415 (each way imports its own)

    mark("ready")
    source, tables = folder / "targets.parquet", folder / "features"
    matrix = onecopy.load_training_matrix(
        source, join=tables, on=KEY, target=TARGET_NAMES, **options
    )
    mark("stages", stages=matrix.report.seconds, scratch=matrix.report.peak_scratch)
    return matrix.X


def onecopy_memory(folder: Path) -> np.ndarray:
    """Load into memory."""
    return ours(folder)


def onecopy_file(folder: Path) -> np.ndarray:
    """Load into a `.npy` file with little memory."""
    return ours(folder, out=folder / "ours.npy", overwrite=True, memory_limit="1GB")


def onecopy_alone(folder: Path) -> np.ndarray:
    """Load the same columns, each table by itself and without its key: no join at all."""
    import onecopy  # noqa: PLC0415

    mark("ready")
    tables = feature_files(folder)
    parts = [onecopy.load_training_matrix(path, exclude=KEY).X for path in tables]
    return np.empty((0, sum(part.shape[1] for part in parts)), np.float32)


def onecopy_alone_file(folder: Path) -> np.ndarray:
    """Load the same into files, one for each table, with little memory."""
    import onecopy  # noqa: PLC0415

    mark("ready")
    columns = 0
    out = folder / "alone"
    out.mkdir(exist_ok=True)
    for path in feature_files(folder):
        target = out / f"{path.stem}.npy"
        matrix = onecopy.load_training_matrix(
            path, exclude=KEY, out=target, overwrite=True, memory_limit="1GB"
        )
        columns += matrix.X.shape[1]
    return np.empty((0, columns), np.float32)


def pandas_tables(folder: Path) -> np.ndarray:
    """Merge table by table, clean, fill and copy into one matrix, as a careful user would."""
    import pandas as pd  # noqa: PLC0415

    mark("ready")
    keys = pd.read_parquet(folder / "targets.parquet", columns=[KEY])
    files = feature_files(folder)
    names = [name for path in files for name in pq.read_schema(path).names if name != KEY]
    out = np.empty((len(keys), len(names)), np.float32)
    done = 0
    for path in files:
        table = keys.merge(pd.read_parquet(path), on=KEY, how="left").drop(columns=KEY)
        table = table.astype("float32").replace([np.inf, -np.inf], np.nan)
        out[:, done : done + table.shape[1]] = table.fillna(table.median())
        done += table.shape[1]
    return out


def polars_chain(folder: Path) -> np.ndarray:
    """Join all tables lazily, then clean and fill."""
    import polars as pl  # noqa: PLC0415

    mark("ready")
    joined = pl.scan_parquet(folder / "targets.parquet").select(KEY)
    for path in feature_files(folder):
        joined = joined.join(pl.scan_parquet(path), on=KEY, how="left", maintain_order="left")
    value = pl.all().exclude(KEY)
    value = pl.when(value.is_finite()).then(value.cast(pl.Float32))
    return joined.select(value.fill_null(value.median())).collect().to_numpy()


def duckdb_chain(folder: Path) -> np.ndarray:
    """Join all tables in one statement, then clean and fill."""
    import duckdb  # noqa: PLC0415

    mark("ready")
    files = feature_files(folder)
    names = [name for path in files for name in pq.read_schema(path).names if name != KEY]
    joins = " ".join(f"LEFT JOIN '{path}' USING ({KEY})" for path in files)
    columns = ", ".join(f"{name}::FLOAT AS {name}" for name in names)
    found = duckdb.sql(
        f"SELECT {columns} FROM '{folder / 'targets.parquet'}' {joins} ORDER BY {KEY}"  # noqa: S608
    ).fetchnumpy()
    out = np.empty((len(found[names[0]]), len(names)), np.float32)
    for at, name in enumerate(names):
        values = np.ma.filled(found[name], np.nan)
        values[~np.isfinite(values)] = np.nan
        out[:, at] = np.where(np.isnan(values), np.nanmedian(values), values)
    return out


WAYS: dict[str, Callable[[Path], np.ndarray]] = {
    "onecopy": onecopy_memory,
    "onecopy-file": onecopy_file,
    "onecopy-alone": onecopy_alone,
    "onecopy-alone-file": onecopy_alone_file,
    "pandas": pandas_tables,
    "polars": polars_chain,
    "duckdb": duckdb_chain,
}


def run_way(way: str, folder: Path, *, keep: bool) -> None:
    """In the child: join, then leave the matrix for the comparison if that is wanted."""
    # If memory runs out, the system ends this process and no other.
    Path("/proc/self/oom_score_adj").write_text("1000")
    matrix = WAYS[way](folder)
    mark("done", shape=matrix.shape, nbytes=matrix.nbytes)
    if keep and len(matrix):
        np.save(folder / f"{way}.npy", matrix)


def compare(first: Path, second: Path) -> int:
    """Count the values that differ; more than the last bit, or in many places, is an error."""
    a, b = np.load(first, mmap_mode="r"), np.load(second, mmap_mode="r")
    if a.shape != b.shape:
        raise SystemExit(f"{first.name} is {a.shape}, {second.name} is {b.shape}")
    differing = 0
    for start in range(0, len(a), BLOCK_ROWS):
        x, y = a[start : start + BLOCK_ROWS], b[start : start + BLOCK_ROWS]
        bits = x.view(np.int32) != y.view(np.int32)
        if not np.allclose(x[bits], y[bits], rtol=2e-7, atol=0):
            raise SystemExit(f"{first.name} and {second.name} differ")
        differing += int(bits.sum())
    # Only medians of an even count may differ: not every library takes their mean in float64.
    if differing > MOST_MEDIANS * a.size:
        raise SystemExit(f"{first.name} and {second.name} differ in {differing} values")
    return differing


def measure(way: str, options: argparse.Namespace, *, keep: bool) -> Measurement | str:
    """Run one way; a sentence if it failed."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(options.folder)]
    command += ["--keep"] if keep else []
    try:
        return Child(command, timeout=options.timeout).run()
    except RuntimeError as error:
        lines = str(error).strip().splitlines()
        told = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
        return (told or lines)[-1][:120]


def in_turn(options: argparse.Namespace) -> dict[str, Measurement | str]:
    """Run the ways in turn; compare their matrices; return the median run of each.

    With several rounds the first only serves the comparison: its matrices on the disk compete for
    the page cache.
    """
    first = {}
    for way in options.ways:
        print(f"{way} ...", flush=True)
        first[way] = measure(way, options, keep=True)
    files = [options.folder / f"{way}.npy" for way in options.ways]
    files = [file for file in files if file.exists()]
    for other in files[1:]:
        bits = compare(files[0], other)
        print(f"{files[0].name} and {other.name} are equal; {bits} differ in their last bit")
    for file in files:
        file.unlink()
    shutil.rmtree(options.folder / "alone", ignore_errors=True)
    runs: dict[str, list[Measurement]] = {}
    for number in range(1, options.rounds):
        print(f"round {number} of {options.rounds - 1} ...", flush=True)
        for way, result in first.items():
            if not isinstance(result, str):
                again = measure(way, options, keep=False)
                runs.setdefault(way, []).extend([] if isinstance(again, str) else [again])
    for way, measured in runs.items():
        first[way] = sorted(measured, key=lambda run: run.seconds)[len(measured) // 2]
    shutil.rmtree(options.folder / "alone", ignore_errors=True)
    return first


def show(results: dict[str, Measurement | str]) -> None:
    """Print the table."""
    header = f"{'way':<20}{'seconds':>9}{'peak anonymous memory':>24}{'peak - matrix':>16}"
    print(f"\n{header}\n{'-' * len(header)}")
    for way, result in results.items():
        if isinstance(result, str):
            print(f"{way:<20}{'failed':>9}  {result}")
            continue
        beyond = result.peak - result.facts["nbytes"]
        print(
            f"{way:<20}{result.seconds:>9.2f}{result.peak / 1e6:>21,.0f} MB"
            f"{beyond / 1e6:>13,.0f} MB"
        )


def record(results: dict[str, Measurement | str], options: argparse.Namespace) -> str:
    """Describe the run in one line of JSON."""
    told: dict[str, Any] = {
        "rounds": options.rounds,
        "tables": options.tables,
        "rows": options.rows,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    for way, result in results.items():
        if isinstance(result, str):
            told[way] = {"failed": result}
        else:
            seconds = round(result.seconds, 3)
            told[way] = {"seconds": seconds, "peak": result.peak} | result.facts
    return json.dumps(told)


def main() -> None:
    """Write the tables, run every way in its own process, compare and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=667)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=Path("join-data"))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--timeout", type=float, default=900, help="seconds for each way")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each way, in turn")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        run_way(options.way, options.folder, keep=options.keep)
        return
    options.folder = written(options.folder, options.tables, options.rows, say=print)
    results = in_turn(options)
    show(results)
    print(f"\n{record(results, options)}")


if __name__ == "__main__":
    main()
