"""Measure loads that are divided: what two processes of one thread take beside one of two threads.

    bench_shards.py [--gigabytes N] [--columns D] [--wide D] [--folder FOLDER] [--rounds N]
                    [--workers N ...]

Files are one file by many names, so the disk needs little of it. A process is started, imports
what it needs, and waits; then all load at once. Its time is that of the load, its peak the most
anonymous memory above the level before. Then what is said: the rounds, the bytes of the largest
message, and the nanoseconds that a look takes for a value. Last, how the messages of many workers
come together in a tree, simulated. Fails where a bar is missed.
"""

import argparse
import multiprocessing as mp
import os
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
from machine import describe_machine
from onecopy import _native
from results import render
from shards_tree import simulate

COST, LOOKS, MESSAGE, NANOSECONDS = 1.3, 3, 1_200_000, 1.0
"""The bars: of the time of one process, looks, bytes of a message, and of a value in a look."""

PER_THREAD = 64 << 20
ROWS = 1_500_000
SHORT = 500_000
MISSING = 0.03
# A byte of a number in a message has seven bits of it, and says whether more follow.
MORE = 0x80


def write(folder: Path, columns: int, names: int, rows: int = ROWS) -> None:
    """Write one file of columns of which a quarter wander, and give it many names."""
    rng = np.random.default_rng(5)
    arrays = {}
    for at in range(columns):
        values = rng.normal(size=rows).astype(np.float32)
        if at % 4 == 0:
            values = np.cumsum(values, dtype=np.float32)
        values[rng.random(rows) < MISSING] = np.nan
        arrays[f"c{at}"] = values
    first = folder / "part-0.parquet"
    pq.write_table(pa.table(arrays), first, row_group_size=100_000, use_dictionary=False)
    for name in range(1, names):
        os.link(first, folder / f"part-{name}.parquet")


def work(pipe: Connection, folder: str, rank: int, world: int, threads: int) -> None:
    """Load a share when told to; what is gathered goes by the parent."""
    sent: list[int] = []

    def gather(said: bytes) -> list[bytes]:
        sent.append(len(said))
        pipe.send(said)
        return list(pipe.recv())

    onecopy.load_training_matrix(folder, rows=slice(1000), fill=None)
    pipe.send(None)
    pipe.recv()
    shared: dict[str, Any] = {} if world == 1 else {"shard": (rank, world), "gather": gather}
    with onecopy.peak() as peak:
        began = time.perf_counter()
        matrix = onecopy.load_training_matrix(folder, threads=threads, **shared)
        seconds = time.perf_counter() - began
    fills = np.array(list(matrix.recipe.fill.values()))
    pipe.send((seconds, peak.bytes - matrix.X.nbytes, sent, fills.tobytes(), matrix.report.seconds))


def load(folder: Path, world: int, threads: int) -> list[Any]:
    """Have so many processes load at once."""
    context = mp.get_context("spawn")
    pipes, processes = [], []
    for rank in range(world):
        own, other = context.Pipe()
        process = context.Process(target=work, args=(other, str(folder), rank, world, threads))
        process.start()
        pipes.append(own)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    for pipe in pipes:
        pipe.send(None)
    while True:
        heard = [pipe.recv() for pipe in pipes]
        if not isinstance(heard[0], bytes):
            break
        for pipe in pipes:
            pipe.send(heard)
    for process in processes:
        process.join()
    return heard


def number(value: int) -> bytes:
    """Write a number as messages have it."""
    out = bytearray()
    while value >= MORE:
        out.append(value % MORE + MORE)
        value >>= 7
    return bytes([*out, value])


def look(order: str, columns: int) -> float:
    """Nanoseconds of one thread for a value, in a look that counts about a hundredth in bins."""
    rng = np.random.default_rng(6)
    rows = np.array(rng.normal(size=(400_000, columns)), dtype=np.float32, order=order)
    key = (1 << 31) + int(np.float32(0.0125).view(np.uint32))
    low, shift = (1 << 32) - 1 - key, 24
    question = number(low) + number(key) + number(0) + number(shift)
    every_row = number(1)
    asked = every_row + number(columns) + b"".join(number(at) + question for at in range(columns))
    times = []
    for _ in range(5):
        began = time.perf_counter()
        _native.look(rows, asked, len(rows), 1)
        times.append(time.perf_counter() - began)
    return statistics.median(times) / rows.size * 1e9


def main() -> None:
    """Measure, print, and fail where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--columns", type=int, default=114)
    parser.add_argument("--wide", type=int, default=17_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="*", default=[100, 1000])
    options = parser.parse_args()
    print(describe_machine())
    with tempfile.TemporaryDirectory(dir=options.folder) as home:
        tall, wide = Path(home, "tall"), Path(home, "wide")
        tall.mkdir()
        wide.mkdir()
        names = max(1, round(options.gigabytes * 1e9 / (ROWS * options.columns * 4)))
        write(tall, options.columns, names)
        write(wide, options.wide, 1, 4_000)
        ones, twos = [], []
        for _ in range(options.rounds):
            ones.append(load(tall, 1, 2))
            twos.append(load(tall, 2, 1))
        of_wide = load(wide, 2, 1)
        short = Path(home, "short")
        short.mkdir()
        write(short, options.columns, 1, SHORT)
        trees = [simulate(short, workers) for workers in options.workers]
    ratio = statistics.median(
        max(share[0] for share in two) / one[0][0] for one, two in zip(ones, twos, strict=True)
    )
    same = all(two[0][3] == two[1][3] == one[0][3] for one, two in zip(ones, twos, strict=True))
    # Beside the looks: hello, what was counted, and the end.
    sent = twos[0][0][2]
    rows = [
        ["one process, two threads, s", f"{statistics.median(o[0][0] for o in ones):.2f}", ""],
        ["two processes, one thread each, of that", f"{ratio:.3f}", f"<= {COST}"],
        ["the same fills", str(same), "True"],
        ["looks", str(len(sent) - 3), f"<= {LOOKS}"],
        ["largest message, bytes", f"{max(sent):,}", f"<= {MESSAGE:,}"],
        ["beside the share, MB", f"{twos[0][0][1] / 1e6:.1f}", f"<= {PER_THREAD / 1e6:.1f}"],
        [f"{options.wide:,} columns: looks", str(len(of_wide[0][2]) - 3), ""],
        [f"{options.wide:,} columns: largest message", f"{max(of_wide[0][2]):,}", ""],
    ]
    looks = {order: look(order, options.columns) for order in "CF"}
    rows += [
        [f"a look, order {o}, ns a value", f"{t:.2f}", f"<= {NANOSECONDS}"]
        for o, t in looks.items()
    ]
    print(render(["what", "figure", "bar"], rows))
    told = [
        [
            f"{tree.workers:,} workers, {each.name}",
            f"{each.largest:,}",
            str(each.levels),
            f"{1e3 * each.seconds:.1f}",
            f"{1e3 * each.merging:.1f}",
        ]
        for tree in trees
        for each in tree.rounds
    ]
    print(render(["message", "bytes, at most", "levels", "ms at 10 Gbit/s", "ms merged"], told))
    for tree in trees:
        is_same = "the fills of one" if tree.same else "OTHER FILLS"
        print(f"{tree.workers:,} workers: {tree.seconds:.2f} s in all rounds, {is_same}")
    print(f"stages: {ones[0][0][4]} and {twos[0][0][4]}")
    held = [
        ratio <= COST,
        same,
        len(sent) - 3 <= LOOKS,
        max(sent) <= MESSAGE,
        twos[0][0][1] <= PER_THREAD,
        max(looks.values()) <= NANOSECONDS,
        all(tree.same for tree in trees),
    ]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
