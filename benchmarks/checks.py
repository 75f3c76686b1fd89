"""What the checks cost: the same file with page checksums and without, and the footer by itself.

There is no switch for the checks. So one file of the benchmark's data set is loaded again and
again, and between two loads its checksums are made fields that no reader knows, or checksums again,
in place: all else stays as it is, to the byte. The work of the process is compared, in processor
time. Where a file lies in the page cache and where the buffers of a process lie in memory is the
same as long as both live, and matters more than the checks. So the file is read into the cache anew
for each of many processes, and the median of what these find is printed, with its quartiles. The
walk along the footer is what `plan` takes. What a page costs, its header and all else that is done
once a page, shows between a file of large and one of small pages.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import dataset
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
from headers import headers, switch
from page_cache import bring_in, evict

CODECS = ("none", "snappy", "zstd")
COLUMNS = 114
PAGES = USUAL_PAGE, SMALL_PAGE = 1 << 20, 1 << 14
# Pairs of loads in one process.
TURNS = 10

load = partial(onecopy.load_training_matrix, exclude=["label"])


def table(rows: int) -> pa.Table:
    """Make the data set of the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        dataset.write_dataset(folder, rows, COLUMNS, codec="none")
        return pq.read_table(folder)


def work(call: Callable[[], object]) -> float:
    """Return the seconds of processor time that a call takes, over all threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


def turns(calls: Sequence[Callable[[], float]]) -> None:
    """Call both in turn, in either order, and print the middle work of each and their ratio."""
    seconds: list[list[float]] = [[], []]
    for turn in range(1 + TURNS):
        for which in (0, 1) if turn % 2 else (1, 0):
            taken = calls[which]()
            seconds[which] += [taken] if turn else []
    one, other = seconds
    print(median(one), median(other), median(a / b for a, b in zip(one, other, strict=True)))


def compare_files(*paths: Path) -> None:
    """Load two files in turn."""
    turns([partial(work, partial(load, path)) for path in paths])


def compare_sums(path: Path) -> None:
    """Load a file with its checksums and without in turn."""
    found = headers(path)

    def switched(*, on: bool) -> float:
        switch(path, found, on=on)
        return work(partial(load, path))

    try:
        turns([partial(switched, on=True), partial(switched, on=False)])
    finally:
        switch(path, found, on=True)


def processes(count: int, *paths: Path) -> tuple[float, float, list[float]]:
    """Compare in so many processes; return the median work of both, and the ratios in order."""
    found = []
    for turn in range(count):
        for path in paths[:: 1 if turn % 2 else -1]:
            evict([path])
            bring_in([path])
        command = [sys.executable, __file__, "--compare", *paths]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.append(tuple(map(float, told.split())))
    ones, others, ratios = zip(*found, strict=True)
    return median(ones), median(others), sorted(ratios)


def measure_pages(folder: Path, data: pa.Table, count: int) -> tuple[float, float]:
    """Return the cost of a page in seconds, and the share of a load that all usual pages take."""
    paths = [folder / "small.parquet", folder / "usual.parquet"]
    for path, size in zip(paths, (SMALL_PAGE, USUAL_PAGE), strict=True):
        layout = {"data_page_size": size, "use_dictionary": False}
        pq.write_table(data, path, compression="none", **layout)
    small, usual, _ = processes(count, *paths)
    few, many = (path.stat().st_size / size for path, size in zip(paths[::-1], PAGES, strict=True))
    each = (small - usual) / (many - few)
    return each, each * few / usual


def measure(folder: Path, data: pa.Table, codec: str, count: int) -> str:
    """Compare a file with its checksums and without, and plan it."""
    path = folder / "summed.parquet"
    pq.write_table(data, path, compression=codec, write_page_checksum=True)
    with_sums, without, ratios = processes(count, path)
    footer = median(work(partial(onecopy.plan, path)) for _ in range(count))
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
    parser.add_argument("--compare", type=Path, nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.compare:
        compare = compare_files if len(arguments.compare) > 1 else compare_sums
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
