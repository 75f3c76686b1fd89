"""What the checks cost: the same file with page checksums and without, and the footer by itself.

There is no switch for the checks. So two files are loaded in turn that differ in nothing but the
checksums, and the work of the process is compared: in processor time, least of many rounds, so
that a busy machine does not show. The walk along the footer is what `plan` takes.
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


def measure(folder: Path, data: pa.Table, codec: str, rounds: int) -> tuple[float, float, float]:
    """Load the file with checksums and the one without in turn, and plan the first."""
    paths = {}
    for summed in (True, False):
        paths[summed] = folder / f"{codec}-{summed}.parquet"
        pq.write_table(data, paths[summed], compression=codec, write_page_checksum=summed)
    times: dict[bool, list[float]] = {True: [], False: []}
    plans = []
    # Into an array that is there already: to find fresh pages takes longer than all checks.
    options = {"threads": 1, "out": np.zeros((data.num_rows, COLUMNS), np.float32)}
    for _ in range(rounds):
        for summed, path in paths.items():
            times[summed].append(work(partial(onecopy.load_training_matrix, path, **options)))
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


if __name__ == "__main__":
    main()
