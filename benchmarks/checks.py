"""What the checks cost: the same file with page checksums and without, and the footer by itself.

There is no switch for the checks. So files of the benchmark's data set are loaded in turn that
differ in nothing but the checksums, and the work of the process is compared, in processor time.
Where a file lies in the page cache and where the buffers of a process lie in memory costs more than
all checks, and is the same as long as both live. So each pair of files is read into the cache anew
for each of many processes, and the middle of what these find is told, with its quartiles. The walk
along the footer is what `plan` takes. What a page costs, its header and all else that is done once
a page, shows between a file of large and one of small pages.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import dataset
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
from page_cache import bring_in, evict

CODECS = ("none", "snappy", "zstd")
COLUMNS = 114
PAGES = USUAL_PAGE, SMALL_PAGE = 1 << 20, 1 << 14
# Pairs of loads in one process.
TURNS = 4

load = partial(onecopy.load_training_matrix, exclude=["label"])


def table(rows: int) -> pa.Table:
    """Make the data set of the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        dataset.write_dataset(folder, rows, COLUMNS, codec="none")
        return pq.read_table(folder)


def work(call: Callable[[], object]) -> float:
    """Tell the seconds of processor time that a call takes, over all threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


def compare(one: Path, other: Path) -> None:
    """Load both in turn, in either order, and print the middle work of each."""
    seconds: dict[Path, list[float]] = {one: [], other: []}
    for turn in range(1 + TURNS):
        for path in (one, other) if turn % 2 else (other, one):
            taken = work(partial(load, path))
            seconds[path] += [taken] if turn else []
    print(median(seconds[one]), median(seconds[other]))


def processes(one: Path, other: Path, count: int) -> tuple[float, float, list[float]]:
    """Compare in so many processes; tell the middle work of each file, and the ratios in order."""
    found = []
    for turn in range(count):
        for path in (one, other) if turn % 2 else (other, one):
            evict([path])
            bring_in([path])
        command = [sys.executable, __file__, "--compare", one, other]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.append(tuple(map(float, told.split())))
    ones, others = zip(*found, strict=True)
    return median(ones), median(others), sorted(a / b for a, b in found)


def measure_pages(folder: Path, data: pa.Table, count: int) -> tuple[float, float]:
    """Tell what a page costs, in seconds, and what part of a load all usual pages together do."""
    paths = [folder / "small.parquet", folder / "usual.parquet"]
    for path, size in zip(paths, (SMALL_PAGE, USUAL_PAGE), strict=True):
        layout = {"data_page_size": size, "use_dictionary": False}
        pq.write_table(data, path, compression="none", **layout)
    small, usual, _ = processes(*paths, count)
    few, many = (path.stat().st_size / size for path, size in zip(paths[::-1], PAGES, strict=True))
    each = (small - usual) / (many - few)
    return each, each * few / usual


def measure(folder: Path, data: pa.Table, codec: str, count: int) -> str:
    """Compare a file with checksums and one without, and plan one."""
    summed, plain = folder / "summed.parquet", folder / "plain.parquet"
    pq.write_table(data, summed, compression=codec, write_page_checksum=True)
    pq.write_table(data, plain, compression=codec)
    with_sums, without, ratios = processes(summed, plain, count)
    footer = median(work(partial(onecopy.plan, summed)) for _ in range(count))
    low, middle, high = ((ratios[count * part // 4] - 1) * 100 for part in (1, 2, 3))
    return (
        f"with checksums {with_sums * 1e3:6.1f} ms, without {without * 1e3:6.1f} ms: "
        f"{middle:+5.2f} % ({low:+.1f} to {high:+.1f}); footer {footer * 1e3:.2f} ms: "
        f"{footer / with_sums * 100:.2f} %"
    )


def main() -> None:
    """Measure all codecs, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--processes", type=int, default=48)
    parser.add_argument("--compare", type=Path, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.compare:
        compare(*arguments.compare)
        return
    data = table(arguments.rows)
    print(f"{arguments.rows:,} rows of {COLUMNS} columns, {arguments.processes} processes")
    for codec in CODECS:
        with tempfile.TemporaryDirectory() as folder:
            print(
                f"{codec:<8}", measure(Path(folder), data, codec, arguments.processes), flush=True
            )
    with tempfile.TemporaryDirectory() as folder:
        each, share = measure_pages(Path(folder), data, arguments.processes)
    print(f"pages    {each * 1e6:.2f} us each: {share * 100:.2f} % with pages of 1 MiB")


if __name__ == "__main__":
    main()
