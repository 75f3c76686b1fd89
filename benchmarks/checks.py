"""What the checks cost: the same file with page checksums and without, and the footer by itself.

There is no switch for the checks. So files of the benchmark's data set are loaded in turn that
differ in nothing but the checksums, and the work of the process is compared: in processor time, as
the middle of many pairs of which one follows the other, in either order, so that a busy machine
does not show. There are several copies, each read into the page cache, for one may lie there in
smaller pieces than another, which costs more than all checks. The walk along the footer is what
`plan` takes. What a page costs, its header and all else that is done once a page, shows between a
file of large and one of small pages.
"""

import argparse
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
USUAL_PAGE, SMALL_PAGE = 1 << 20, 1 << 14
COPIES = 4

Call = Callable[[], object]

load = partial(onecopy.load_training_matrix, exclude=["label"])


def table(rows: int) -> pa.Table:
    """Make the data set of the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        dataset.write_dataset(folder, rows, COLUMNS, codec="none")
        return pq.read_table(folder)


def write(path: Path, data: pa.Table, **layout: object) -> None:
    """Write a file, and read it into the page cache."""
    pq.write_table(data, path, **layout)
    evict([path])
    bring_in([path])


def work(call: Call) -> float:
    """Tell the seconds of processor time that a call takes, over all threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


def pairs(calls: list[tuple[Call, Call]], rounds: int) -> tuple[float, float, float]:
    """Make pairs of calls in turn; tell the middle work of both sides, and of their ratios."""
    for first, second in calls:
        first(), second()
    firsts, seconds = [], []
    for turn in range(rounds):
        for first, second in calls:
            if turn % 2:
                seconds.append(work(second))
                firsts.append(work(first))
            else:
                firsts.append(work(first))
                seconds.append(work(second))
    ratios = [one / other for one, other in zip(firsts, seconds, strict=True)]
    return median(firsts), median(seconds), median(ratios)


def measure_pages(folder: Path, data: pa.Table, rounds: int) -> tuple[float, float]:
    """Tell what a page costs, in seconds, and what part of a load all usual pages together do."""
    calls = []
    pages = {}
    for copy in range(COPIES):
        pair = []
        for name, size in {"small": SMALL_PAGE, "usual": USUAL_PAGE}.items():
            path = folder / f"pages-{name}-{copy}.parquet"
            layout = {"data_page_size": size, "use_dictionary": False}
            write(path, data, compression="none", **layout)
            pair.append(partial(load, path))
            pages[name] = path.stat().st_size / size
        calls.append((pair[0], pair[1]))
    small, usual, _ = pairs(calls, rounds)
    more = (small - usual) / (pages["small"] - pages["usual"])
    return more, more * pages["usual"] / usual


def measure(folder: Path, data: pa.Table, codec: str, rounds: int) -> tuple[float, ...]:
    """Load files with checksums and without in turn, and plan one."""
    calls = []
    for copy in range(COPIES):
        pair = []
        for name, summed in {"summed": True, "plain": False}.items():
            path = folder / f"{codec}-{name}-{copy}.parquet"
            write(path, data, compression=codec, write_page_checksum=summed)
            pair.append(partial(load, path))
        calls.append((pair[0], pair[1]))
    footer = partial(onecopy.plan, folder / f"{codec}-summed-0.parquet")
    return *pairs(calls, rounds), median(work(footer) for _ in range(rounds))


def main() -> None:
    """Measure all codecs, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    data = table(arguments.rows)
    print(f"{arguments.rows:,} rows of {COLUMNS} columns, {arguments.rounds} rounds")
    for codec in CODECS:
        with tempfile.TemporaryDirectory() as folder:
            summed, plain, ratio, plan = measure(Path(folder), data, codec, arguments.rounds)
        print(
            f"{codec:<8} with checksums {summed * 1e3:7.1f} ms, without {plain * 1e3:7.1f} ms: "
            f"{(ratio - 1) * 100:+5.2f} % in pairs; footer {plan * 1e3:.2f} ms: "
            f"{plan / summed * 100:.2f} %"
        )
    with tempfile.TemporaryDirectory() as folder:
        each, share = measure_pages(Path(folder), data, arguments.rounds)
    print(f"pages    {each * 1e6:.2f} us each: {share * 100:.2f} % with pages of 1 MiB")


if __name__ == "__main__":
    main()
