"""Measure batches that are written to a file as they come, beside the ways that others offer.

    bench_writer.py [--rows N] [--batches N] [--crowd] [--rounds N] [--only WAY ...]
        [--picture PATH]

A batch has 16 columns of float32 and a key of text; half of the keys were in the batch before.
Each way runs in a process of its own, in turns. Its time is that of the appends alone and of all,
and its peak the most anonymous memory above the level before. A way is a function.

With --crowd the last 15 batches come from a pool, all at once, and our memory is held against its
bars: at most the limit and 24 bytes a key, and from the tenth batch on no more than up to it.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import numpy as np
from memory import Child, Measurement, mark
from results import render

if TYPE_CHECKING:
    import onecopy
    import pyarrow as pa

ROWS, BATCHES, COLUMNS = 1_000_000, 20, 16
MB = 1e6
LIMIT = 256_000_000
KEY = 24
"""Bytes of memory that a distinct key may take."""
TENTH, CROWD = 10, 15
"""The batch from which on memory stays, and the last batches, which come at once."""
NOISE = 16_000_000
"""What memory may grow by all the same: it is sampled, and allocators keep some."""
# As many batches as the pipeline of the guide holds before it writes them.
BUFFERED = 10

Batches = Callable[[], "Iterator[pa.RecordBatch]"]


@dataclass(frozen=True)
class Size:
    """How much is written."""

    rows: int
    """Rows of a batch."""
    batches: int
    crowd: bool
    """Whether the last batches come at once."""


class Maker:
    """Makes batches, whose numbers are made once."""

    def __init__(self, rows: int, *, keys: bool) -> None:
        """Take the rows of a batch, and whether it has keys."""
        rng = np.random.default_rng(7)
        self.rows = rows
        self.keys = keys
        self.values = {
            f"x{at}": rng.standard_normal(rows, dtype=np.float32) for at in range(COLUMNS)
        }

    def batch(self, number: int) -> "pa.RecordBatch":
        """Make one batch."""
        import pyarrow as pa  # noqa: PLC0415 (only in the process that needs it)

        own: dict[str, Any] = dict(self.values)
        if self.keys:
            first = number * (self.rows // 2)
            own["key"] = pa.array(np.arange(first, first + self.rows)).cast(pa.string())
        return pa.record_batch(own)


def made(size: Size) -> "Iterator[pa.RecordBatch]":
    """Make batches with keys, one after the other."""
    yield from map(Maker(size.rows, keys=True).batch, range(size.batches))


def copy(folder: Path, size: Size) -> float:
    """Copy the same bytes, as rows, into a mapped file: what any way has to do at least."""
    block = np.ascontiguousarray(np.random.default_rng(7).random((size.rows, COLUMNS), np.float32))
    began = time.perf_counter()
    out = np.lib.format.open_memmap(
        folder / "X.npy", mode="w+", dtype=np.float32, shape=(size.rows * size.batches, COLUMNS)
    )
    for number in range(size.batches):
        out[number * size.rows : (number + 1) * size.rows] = block
    appended = time.perf_counter() - began
    out.flush()
    return appended


def onecopy_rows(folder: Path, size: Size) -> float:
    """Append all rows."""
    return _append(folder, Maker(size.rows, keys=False), size, {})


def onecopy_keys(folder: Path, size: Size) -> float:
    """Append the rows whose key is new."""
    options = {"unique_on": "key", "exclude": "key"}
    return _append(folder, Maker(size.rows, keys=True), size, options)


def _append(folder: Path, maker: Maker, size: Size, options: dict[str, Any]) -> float:
    import onecopy  # noqa: PLC0415

    appended = 0.0
    one_by_one = size.batches - (CROWD if size.crowd else 0)
    maker.batch(0)
    mark("begun")
    crowd: list[pa.RecordBatch] = []
    with onecopy.MatrixWriter(folder / "X.npy", memory_limit=LIMIT, **options) as writer:
        for number in range(one_by_one):
            batch = maker.batch(number)
            began = time.perf_counter()
            writer.append(batch)
            appended += time.perf_counter() - began
            if number + 1 == TENTH:
                mark("tenth", rows_tenth=writer.rows)
        mark("crowd", rows_crowd=writer.rows)
        # They stay until the end, so that what is held beside them can be told.
        crowd.extend(map(maker.batch, range(one_by_one, size.batches)))
        mark("made")
        if crowd:
            _append_at_once(writer, crowd)
        mark("appended", rows_done=writer.rows)
    return appended


def _append_at_once(writer: "onecopy.MatrixWriter", batches: "list[pa.RecordBatch]") -> None:
    gate = Barrier(len(batches))

    def result(batch: "pa.RecordBatch") -> "pa.RecordBatch":
        gate.wait()
        return batch

    with ThreadPoolExecutor(len(batches)) as pool:
        writer.append_from(pool, result, batches, in_flight=len(batches))


def parquet_writer(folder: Path, size: Size) -> float:
    """Hold some batches, drop duplicates by a set, and write a row group of them."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    seen: set[str] = set()
    buffer: list[pa.RecordBatch] = []
    writer, appended = None, 0.0
    for batch in made(size):
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


def pandas_concat(folder: Path, size: Size) -> float:
    """Gather frames, put them together, drop duplicates, and save the values."""
    import pandas as pd  # noqa: PLC0415

    frames, appended = [], 0.0
    for batch in made(size):
        began = time.perf_counter()
        frames.append(batch.to_pandas())
        appended += time.perf_counter() - began
    began = time.perf_counter()
    whole = pd.concat(frames, ignore_index=True).drop_duplicates("key").drop(columns="key")
    np.save(folder / "X.npy", whole.fillna(whole.median()).to_numpy())
    return appended + time.perf_counter() - began


WAYS: dict[str, Callable[[Path, Size], float]] = {
    "plain copy": copy,
    "onecopy": onecopy_rows,
    "onecopy, unique": onecopy_keys,
    "ParquetWriter": parquet_writer,
    "pandas": pandas_concat,
}


def run_way(name: str, folder: Path, size: Size) -> None:
    """Run one way here."""
    mark("ready")
    began = time.perf_counter()
    appended = WAYS[name](folder, size)
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


def results(found: dict[str, list[Measurement]], rows: int) -> str:
    """Return a table of what each way took."""
    table = []
    for name, measured in found.items():
        appended = statistics.median(one.facts["appended"] for one in measured)
        seconds = statistics.median(one.facts["seconds"] for one in measured)
        peak = statistics.median(one.peak for one in measured)
        rate = rows / appended / MB
        table.append([name, f"{appended:.2f}", f"{rate:.1f}", f"{seconds:.2f}", f"{peak / MB:.1f}"])
    return render(["way", "append s", "M rows/s", "all s", "peak MB"], table)


def held(name: str, measured: Measurement) -> Iterator[tuple[str, float, float]]:
    """Yield our figures of memory in MB, each with its bar."""
    keys = name == "onecopy, unique"
    rows = {at: KEY * measured.facts[f"rows_{at}"] * keys for at in ("tenth", "crowd", "done")}

    begun, crowd, made = (measured.marks[at].anonymous for at in ("begun", "crowd", "made"))

    def most(start: str, stop: str, given: int) -> int:
        return max(sample.anonymous for sample in measured.between(start, stop)) - given

    before, after = most("begun", "tenth", begun), most("tenth", "crowd", begun)
    # The last batches are not ours.
    peak = max(before, after, most("made", "done", made - crowd + begun))
    yield f"{name}: peak", peak / MB, (LIMIT + rows["done"]) / MB
    grown = rows["crowd"] - rows["tenth"]
    yield f"{name}: from the tenth batch", after / MB, (before + grown + NOISE) / MB


def main() -> int:
    """Run all ways in turns, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--crowd", action="store_true", help="the last 15 batches come at once")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = Size(options.rows, options.batches, options.crowd)
    if options.crowd and options.batches < TENTH + CROWD:
        parser.error(f"--crowd needs at least {TENTH + CROWD} batches")
    if options.way:
        run_way(options.way, options.folder, size)
        return 0
    given = [f"--rows={size.rows}", f"--batches={size.batches}", *["--crowd"] * size.crowd]
    found: dict[str, list[Measurement]] = {name: [] for name in options.only}
    for _ in range(options.rounds):
        for name, measured in found.items():
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                command = [sys.executable, __file__, "--way", name, "--folder", folder, *given]
                measured.append(Child(command).run())
    rows = size.rows * size.batches
    print(f"{rows:,} rows x {COLUMNS} float32 in {size.batches} batches")
    print(results(found, rows))
    if options.picture:
        draw(found, options.picture)
    ours = [(name, one) for name, all_of in found.items() for one in all_of if "one" in name]
    claims = [claim for one in ours if size.crowd for claim in held(*one)]
    for what, figure, bar in claims:
        print(
            f"{what:<40} {figure:>8,.1f} MB, bar {bar:>8,.1f}{'' if figure <= bar else ' MISSED'}"
        )
    return int(any(figure > bar for _, figure, bar in claims))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"a way failed: {error}")
