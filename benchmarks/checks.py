"""What the checks cost: the same file with page checksums and without, and the footer by itself.

There is no switch for the checks. So two files are loaded in turn that differ in nothing but the
checksums, and the work of the process is compared: in processor time, least of many rounds, so
that a busy machine does not show. The walk along the footer is what `plan` takes. What a page
costs, its header and all else that is done once a page, shows between a file of large and one of
small pages.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq

CODECS = ("none", "snappy", "zstd")
COLUMNS = 50
USUAL_PAGE, SMALL_PAGE = 1 << 20, 1 << 14
NULLS = 0.05


def table(rows: int) -> pa.Table:
    """Make columns like those of a feature file: a third from few values, some with nulls."""
    random = np.random.default_rng(0)
    columns = {}
    for at in range(COLUMNS):
        values = random.standard_normal(rows, dtype=np.float32)
        if at % 3 == 0:
            values = np.round(values, 1)
        mask = random.random(rows) < NULLS if at % 5 == 0 else None
        columns[f"feature_{at}"] = pa.array(values, mask=mask)
    return pa.table(columns)


def work(call: Callable[[], object]) -> float:
    """Tell the seconds of processor time that a call takes, over all threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


def loader(rows: int) -> Callable[[Path], object]:
    """Give what loads a file on one thread.

    It loads into an array that is there already, for to find fresh pages takes longer than all
    checks.
    """
    out = np.zeros((rows, COLUMNS), np.float32)
    return partial(onecopy.load_training_matrix, threads=1, out=out)


def measure_pages(folder: Path, data: pa.Table, rounds: int) -> tuple[float, float]:
    """Tell what a page costs, in seconds, and what part of a load all usual pages together do."""
    paths = {}
    for size in (USUAL_PAGE, SMALL_PAGE):
        paths[size] = folder / f"pages-{size}.parquet"
        layout = {"data_page_size": size, "use_dictionary": False}
        pq.write_table(data, paths[size], compression="none", **layout)
    times: dict[int, list[float]] = {size: [] for size in paths}
    load = loader(data.num_rows)
    for _ in range(rounds):
        for size, path in paths.items():
            times[size].append(work(partial(load, path)))
    least = {size: min(seconds) for size, seconds in times.items()}
    pages = {size: paths[size].stat().st_size / size for size in paths}
    more = (least[SMALL_PAGE] - least[USUAL_PAGE]) / (pages[SMALL_PAGE] - pages[USUAL_PAGE])
    return more, more * pages[USUAL_PAGE] / least[USUAL_PAGE]


def measure(folder: Path, data: pa.Table, codec: str, rounds: int) -> tuple[float, float, float]:
    """Load the file with checksums and the one without in turn, and plan the first."""
    paths = {}
    for summed in (True, False):
        paths[summed] = folder / f"{codec}-{summed}.parquet"
        pq.write_table(data, paths[summed], compression=codec, write_page_checksum=summed)
    times: dict[bool, list[float]] = {True: [], False: []}
    plans = []
    load = loader(data.num_rows)
    for _ in range(rounds):
        for summed, path in paths.items():
            times[summed].append(work(partial(load, path)))
        plans.append(work(lambda: onecopy.plan(paths[True])))
    return min(times[True]), min(times[False]), min(plans)


def main() -> None:
    """Measure all codecs, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    data = table(arguments.rows)
    print(f"{arguments.rows:,} rows of {COLUMNS} columns, {arguments.rounds} rounds, one thread")
    with tempfile.TemporaryDirectory() as folder:
        for codec in CODECS:
            summed, plain, plan = measure(Path(folder), data, codec, arguments.rounds)
            print(
                f"{codec:<8} with checksums {summed * 1e3:7.1f} ms, without {plain * 1e3:7.1f} ms: "
                f"{(summed / plain - 1) * 100:+5.2f} %; footer {plan * 1e3:.2f} ms: "
                f"{plan / summed * 100:.2f} %"
            )
        each, share = measure_pages(Path(folder), data, arguments.rounds)
        print(f"pages    {each * 1e6:.2f} us each: {share * 100:.2f} % with pages of 1 MiB")


if __name__ == "__main__":
    main()
