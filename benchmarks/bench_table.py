"""Measure products that a pool makes and that go into one Parquet file without duplicates.

    bench_table.py [--rows N] [--rounds N] [--only WAY ...]

A product is a text of 60 bytes and 4 numbers; half of them were made before. Each way runs in a
process of its own, with a pool of 2 processes beside it, in turns. Its peak is the most anonymous
memory above the level before, that of the pool aside.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from memory import Child, Measurement, mark

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, BATCH, WIDTH, PROCESSES, IN_FLIGHT = 14_000_000, 100_000, 60, 2, 4
MB = 1e6


def products(rows: int, number: int) -> "pa.RecordBatch":
    """Make a batch; half of its keys are in the one before."""
    import pyarrow as pa  # noqa: PLC0415 (only in the process that needs it)

    keys = np.arange(rows, dtype=np.uint64) + np.uint64(number * (rows // 2))
    mixed = (keys * np.uint64(0x9E3779B97F4A7C15)).view(np.uint8).reshape(rows, 8)
    letters = np.frombuffer(b"CNOPScnops=#()[]", np.uint8)
    text = np.empty((rows, WIDTH), np.uint8)
    for at in range(WIDTH):
        text[:, at] = letters[(mixed[:, at % 8] ^ np.uint8(at * 37 % 256)) >> (at // 16 % 4) & 15]
    ends = np.arange(0, (rows + 1) * WIDTH, WIDTH, dtype=np.int32)
    column = pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(text))
    values = {f"x{at}": (keys * np.uint64(at + 3) % 9973).astype(np.float64) for at in range(4)}
    return pa.record_batch({"smiles": column} | values)


def pooled() -> ProcessPoolExecutor:
    """Begin the pool, before anything is measured."""
    pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
    for future in [pool.submit(products, 10, 0) for _ in range(PROCESSES)]:
        future.result()
    return pool


def onecopy_table(pool: ProcessPoolExecutor, path: Path, rows: int) -> int:
    """Have the writer take what the pool makes."""
    import onecopy  # noqa: PLC0415

    make = partial(products, BATCH)
    with onecopy.TableWriter(path, unique_on="smiles", memory_limit="128MB") as writer:
        writer.append_from(pool, make, range(rows // BATCH), in_flight=IN_FLIGHT)
    return writer.rows


def parquet_writer(pool: ProcessPoolExecutor, path: Path, rows: int) -> int:
    """Drop duplicates by a set, and write a row group of each batch."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    seen: set[str] = set()
    written = 0
    items = iter(range(rows // BATCH))
    make = partial(products, BATCH)
    waiting: deque[Future[pa.RecordBatch]] = deque(
        pool.submit(make, item) for item in islice(items, IN_FLIGHT)
    )
    writer = None
    while waiting:
        batch = waiting.popleft().result()
        waiting.extend(pool.submit(make, item) for item in islice(items, 1))
        new = []
        for key in batch["smiles"].to_pylist():
            new.append(key not in seen)
            seen.add(key)
        kept = batch.filter(pa.array(new))
        writer = writer or pq.ParquetWriter(path, kept.schema, compression="zstd")
        writer.write_batch(kept)
        written += len(kept)
    if writer is not None:
        writer.close()
    return written


WAYS: dict[str, Callable[[ProcessPoolExecutor, Path, int], int]] = {
    "onecopy": onecopy_table,
    "ParquetWriter": parquet_writer,
}


def run_way(name: str, folder: Path, rows: int) -> None:
    """Run one way here."""
    import pyarrow as pa  # noqa: F401, PLC0415 (both ways are given its batches)

    path = folder / "products.parquet"
    with pooled() as pool:
        mark("ready")
        began = time.perf_counter()
        written = WAYS[name](pool, path, rows)
        seconds = time.perf_counter() - began
        mark("done", seconds=seconds, written=written, size=path.stat().st_size)


def main() -> int:
    """Run all ways in turns, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        run_way(options.way, options.folder, options.rows)
        return 0
    found: dict[str, list[Measurement]] = {name: [] for name in options.only}
    for _ in range(options.rounds):
        for name, measured in found.items():
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                command = [sys.executable, __file__, "--way", name, "--folder", folder]
                measured.append(Child([*command, "--rows", str(options.rows)]).run())
    print(f"{options.rows:,} products from a pool of {PROCESSES} processes")
    print(f"{'way':<16} {'rows kept':>12} {'file MB':>8} {'all s':>7} {'peak MB':>8}")
    for name, measured in found.items():
        seconds = statistics.median(one.facts["seconds"] for one in measured)
        peak = statistics.median(one.peak for one in measured)
        facts = measured[0].facts
        kept, size = int(facts["written"]), facts["size"] / MB
        print(f"{name:<16} {kept:>12,} {size:>8.1f} {seconds:>7.2f} {peak / MB:>8.1f}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"a way failed: {error}")
