"""What the checks cost: the same file with page checksums and without, and the footer by itself.

There is no switch for the checks. So files of the benchmark's data set are loaded in turn that
differ in nothing but the checksums, and the work of the process is compared: in processor time,
least of many rounds, so that a busy machine does not show, and of several copies, each read into
the page cache, for one may lie there in smaller pieces than another, which costs more than all
checks. The walk along the footer is what `plan` takes. What a page costs, its header and all else
that is done once a page, shows between a file of large and one of small pages.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import dataset
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
from page_cache import bring_in, evict

CODECS = ("none", "snappy", "zstd")
COLUMNS = 114
USUAL_PAGE, SMALL_PAGE = 1 << 20, 1 << 14
COPIES = 4

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


def work(call: Callable[[], object]) -> float:
    """Tell the seconds of processor time that a call takes, over all threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


def least_work(calls: list[tuple[str, Callable[[], object]]], rounds: int) -> dict[str, float]:
    """Make calls in turn, and tell the least work of all that have one name."""
    times: dict[str, list[float]] = {name: [] for name, _ in calls}
    for _ in range(rounds):
        for name, call in calls:
            times[name].append(work(call))
    return {name: min(seconds) for name, seconds in times.items()}


def measure_pages(folder: Path, data: pa.Table, rounds: int) -> tuple[float, float]:
    """Tell what a page costs, in seconds, and what part of a load all usual pages together do."""
    calls: list[tuple[str, Callable[[], object]]] = []
    pages = {}
    for copy in range(COPIES):
        for name, size in {"usual": USUAL_PAGE, "small": SMALL_PAGE}.items():
            path = folder / f"pages-{name}-{copy}.parquet"
            layout = {"data_page_size": size, "use_dictionary": False}
            write(path, data, compression="none", **layout)
            calls.append((name, partial(load, path)))
            pages[name] = path.stat().st_size / size
    least = least_work(calls, rounds)
    more = (least["small"] - least["usual"]) / (pages["small"] - pages["usual"])
    return more, more * pages["usual"] / least["usual"]


def measure(folder: Path, data: pa.Table, codec: str, rounds: int) -> dict[str, float]:
    """Load files with checksums and without in turn, and plan one."""
    calls: list[tuple[str, Callable[[], object]]] = []
    for copy in range(COPIES):
        for name, summed in {"summed": True, "plain": False}.items():
            path = folder / f"{codec}-{name}-{copy}.parquet"
            write(path, data, compression=codec, write_page_checksum=summed)
            calls.append((name, partial(load, path)))
    calls.append(("plan", partial(onecopy.plan, folder / f"{codec}-summed-0.parquet")))
    return least_work(calls, rounds)


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
            least = measure(Path(folder), data, codec, arguments.rounds)
        summed, plain, plan = least["summed"], least["plain"], least["plan"]
        print(
            f"{codec:<8} with checksums {summed * 1e3:7.1f} ms, without {plain * 1e3:7.1f} ms: "
            f"{(summed / plain - 1) * 100:+5.2f} %; footer {plan * 1e3:.2f} ms: "
            f"{plan / summed * 100:.2f} %"
        )
    with tempfile.TemporaryDirectory() as folder:
        each, share = measure_pages(Path(folder), data, arguments.rounds)
    print(f"pages    {each * 1e6:.2f} us each: {share * 100:.2f} % with pages of 1 MiB")


if __name__ == "__main__":
    main()
