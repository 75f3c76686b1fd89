"""Many threads at once, the GIL, and fork."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.forks import run_forking

WATCHDOG = 20


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = 200_000
    generator = np.random.default_rng(0)
    columns = {f"c{index}": generator.standard_normal(rows) for index in range(20)}
    for index, values in enumerate(columns.values()):
        values[index :: 5 + index] = np.nan
    path = tmp_path_factory.mktemp("threads") / "train.parquet"
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=50_000)
    return path


def test_sixteen_threads_get_equal_results(source: Path, tmp_path: Path) -> None:
    expected = onecopy.load_training_matrix(source, threads=1).X
    everybody = threading.Barrier(16)

    def work(index: int) -> None:
        everybody.wait()
        for turn in range(3):
            out = tmp_path / f"{index}-{turn}.npy" if (index + turn) % 4 == 0 else None
            matrix = onecopy.load_training_matrix(source, out=out)
            np.testing.assert_array_equal(matrix.X, expected)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))


@pytest.mark.alone
def test_the_gil_is_released(source: Path) -> None:
    """A Python thread that wakes every millisecond keeps doing so while a load runs."""
    stop = threading.Event()
    ticks: list[float] = []

    def tick() -> None:
        while not stop.wait(0.001):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    started = time.monotonic()
    onecopy.load_training_matrix([source] * 10)
    finished = time.monotonic()
    stop.set()
    thread.join()
    during = [started, *(moment for moment in ticks if started < moment < finished), finished]
    longest = max(np.diff(during))
    print(f"{len(during) - 2} ticks in {finished - started:.2f} s, longest gap {longest:.3f} s")
    assert longest < max(0.1, 0.5 * (finished - started))
    assert len(during) - 2 > 20 * (finished - started)


FORK_AFTER = """
import os, sys
import onecopy
expected = onecopy.load_training_matrix(sys.argv[1]).X
if (child := os.fork()) == 0:
    again = onecopy.load_training_matrix(sys.argv[1]).X
    os._exit(0 if (again == expected).all() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

FORK_DURING = """
import os, sys, threading, time, warnings
import onecopy
warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of fork beside threads
source = sys.argv[1]
expected = onecopy.load_training_matrix(source).X
stop = threading.Event()
def load():
    while not stop.is_set():
        onecopy.load_training_matrix(source)
thread = threading.Thread(target=load)
thread.start()
codes = []
for attempt in range(5):
    time.sleep(0.013 * (attempt + 1))
    if (child := os.fork()) == 0:
        again = onecopy.load_training_matrix(source).X
        os._exit(0 if (again == expected).all() else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.set()
thread.join()
sys.exit(0 if codes == [0] * 5 else f"children ended with {codes}")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("code", [FORK_AFTER, FORK_DURING], ids=["after", "during"])
def test_fork(source: Path, code: str) -> None:
    run_forking(code, str(source), WATCHDOG)
