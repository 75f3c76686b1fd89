"""Measure batches that are written to a file as they come, beside the ways that others offer.

    bench_writer.py [--rows N] [--batches N] [--rounds N] [--only WAY ...] [--picture PATH]

A batch has 16 columns of float32 and a key of text; half of the keys were in the batch before.
Each way runs in a process of its own, in turns. Its time is that of the appends alone and of all,
and its peak the most anonymous memory above the level before. A way is a function.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from memory import Child, Measurement, mark

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, BATCHES, COLUMNS = 1_000_000, 20, 16
MB = 1e6
LIMIT = "256MB"
# As many batches as the pipeline of the guide holds before it writes them.
BUFFERED = 10

Batches = Callable[[], "Iterator[pa.RecordBatch]"]


def made(rows: int, batches: int, *, keys: bool) -> "Iterator[pa.RecordBatch]":
    """Make the batches one after the other; their numbers are made once."""
    import pyarrow as pa  # noqa: PLC0415 (only in the process that needs it)

    rng = np.random.default_rng(7)
    values = {f"x{at}": rng.standard_normal(rows, dtype=np.float32) for at in range(COLUMNS)}
    for number in range(batches):
        own: dict[str, Any] = dict(values)
        if keys:
            first = number * (rows // 2)
            own["key"] = pa.array(np.arange(first, first + rows)).cast(pa.string())
        yield pa.record_batch(own)


def copy(folder: Path, rows: int, batches: int) -> float:
    """Copy the same bytes, as rows, into a mapped file: what any way has to do at least."""
    block = np.ascontiguousarray(np.random.default_rng(7).random((rows, COLUMNS), np.float32))
    began = time.perf_counter()
    out = np.lib.format.open_memmap(
        folder / "X.npy", mode="w+", dtype=np.float32, shape=(rows * batches, COLUMNS)
    )
    for number in range(batches):
        out[number * rows : (number + 1) * rows] = block
    appended = time.perf_counter() - began
    out.flush()
    return appended


def onecopy_rows(folder: Path, rows: int, batches: int) -> float:
    """Append all rows."""
    return _append(folder, made(rows, batches, keys=False), {})


def onecopy_keys(folder: Path, rows: int, batches: int) -> float:
    """Append the rows whose key is new."""
    options = {"unique_on": "key", "exclude": "key", "memory_limit": LIMIT}
    return _append(folder, made(rows, batches, keys=True), options)


def _append(folder: Path, given: "Iterator[pa.RecordBatch]", options: dict[str, Any]) -> float:
    import onecopy  # noqa: PLC0415

    appended = 0.0
    with onecopy.MatrixWriter(folder / "X.npy", **options) as writer:
        for batch in given:
            began = time.perf_counter()
            writer.append(batch)
            appended += time.perf_counter() - began
    return appended


def parquet_writer(folder: Path, rows: int, batches: int) -> float:
    """Hold some batches, drop duplicates by a set, and write a row group of them."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    seen: set[str] = set()
    buffer: list[pa.RecordBatch] = []
    writer, appended = None, 0.0
    for batch in made(rows, batches, keys=True):
        began = time.perf_counter()
        new = []
        for key in batch["key"].to_pylist():
            new.append(key not in seen)
            seen.add(key)
        buffer.append(batch.filter(pa.array(new)))
        if len(buffer) == BUFFERED:
            table = pa.Table.from_batches(buffer)
            writer = writer or pq.ParquetWriter(folder / "X.parquet", table.schema)
            writer.write_table(table)
            buffer.clear()
        appended += time.perf_counter() - began
    if buffer:
        table = pa.Table.from_batches(buffer)
        writer = writer or pq.ParquetWriter(folder / "X.parquet", table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return appended


def pandas_concat(folder: Path, rows: int, batches: int) -> float:
    """Gather frames, put them together, drop duplicates, and save the values."""
    import pandas as pd  # noqa: PLC0415

    frames, appended = [], 0.0
    for batch in made(rows, batches, keys=True):
        began = time.perf_counter()
        frames.append(batch.to_pandas())
        appended += time.perf_counter() - began
    began = time.perf_counter()
    whole = pd.concat(frames, ignore_index=True).drop_duplicates("key").drop(columns="key")
    np.save(folder / "X.npy", whole.fillna(whole.median()).to_numpy())
    return appended + time.perf_counter() - began


WAYS: dict[str, Callable[[Path, int, int], float]] = {
    "plain copy": copy,
    "onecopy": onecopy_rows,
    "onecopy, unique": onecopy_keys,
    "ParquetWriter": parquet_writer,
    "pandas": pandas_concat,
}


def run_way(name: str, folder: Path, rows: int, batches: int) -> None:
    """Run one way here."""
    mark("ready")
    began = time.perf_counter()
    appended = WAYS[name](folder, rows, batches)
    mark("done", appended=appended, seconds=time.perf_counter() - began)


def draw(found: dict[str, list[Measurement]], picture: Path) -> None:
    """Draw the memory of each way over time, in one scale."""
    import matplotlib as mpl  # noqa: PLC0415 (only where a picture is wanted)
    from curves import OTHERS, OURS, STYLE  # noqa: PLC0415
    from matplotlib import pyplot as plt  # noqa: PLC0415

    mpl.rcParams.update(STYLE)
    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for name, measured in found.items():
        if name == "plain copy":
            continue
        one = measured[0]
        samples = one.between()
        seconds = [sample.seconds - samples[0].seconds for sample in samples]
        memory = [(sample.anonymous - one.baseline) / 1e9 for sample in samples]
        colour = OURS if name.startswith("onecopy") else OTHERS
        axes.plot(seconds, memory, color=colour, linewidth=1.2)
        axes.annotate(name, (seconds[-1], memory[-1]), (4, 0), textcoords="offset points")
    axes.set(ylim=(0, None), xlim=(0, None), xlabel="seconds")
    axes.set_title("Anonymous memory in GB while batches are written")
    figure.savefig(picture, dpi=150)


def main() -> int:
    """Run all ways in turns, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        run_way(options.way, options.folder, options.rows, options.batches)
        return 0
    size = ["--rows", str(options.rows), "--batches", str(options.batches)]
    found: dict[str, list[Measurement]] = {name: [] for name in options.only}
    for _ in range(options.rounds):
        for name, measured in found.items():
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                command = [sys.executable, __file__, "--way", name, "--folder", folder, *size]
                measured.append(Child(command).run())
    rows = options.rows * options.batches
    print(f"{rows:,} rows x {COLUMNS} float32 in {options.batches} batches")
    print(f"{'way':<16} {'append s':>9} {'M rows/s':>9} {'all s':>7} {'peak MB':>8}")
    for name, measured in found.items():
        appended = statistics.median(one.facts["appended"] for one in measured)
        seconds = statistics.median(one.facts["seconds"] for one in measured)
        peak = statistics.median(one.peak for one in measured)
        rate = rows / appended / MB
        print(f"{name:<16} {appended:>9.2f} {rate:>9.1f} {seconds:>7.2f} {peak / MB:>8.1f}")
    if options.picture:
        draw(found, options.picture)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"a way failed: {error}")
