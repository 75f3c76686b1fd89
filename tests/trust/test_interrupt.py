"""Ctrl-C and progress: a load can be watched, and stopped at any moment."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.scale import scaled

pytestmark = pytest.mark.alone

COLUMNS = 40
ATTEMPTS = scaled(5, 100)
LATENCY = 0.5
PERIOD = 0.1

# One load per line of input. The moment of the exception is told by the clock that all share.
# A load that was done before the signal came waits for it, and says so: it was not interrupted.
INTERRUPTED = """
import json, signal, sys, time
import onecopy
# Whoever runs the tests in the background has them ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
for line in sys.stdin:
    arguments, wait = json.loads(line)
    finished = None
    try:
        print("started", flush=True)
        onecopy.load_training_matrix(**arguments, overwrite=True)
        finished = time.monotonic()
        time.sleep(wait)
        print("finished", finished, flush=True)
    except KeyboardInterrupt:
        print("late" if finished else "interrupted", time.monotonic(), flush=True)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that take a good part of a second to load: few on the disk, but often linked."""
    rows = 500_000
    generator = np.random.default_rng(0)
    columns = {}
    for index in range(COLUMNS):
        values = generator.standard_normal(rows)
        values[index :: 9 + index] = np.nan
        columns[f"c{index}"] = values
    return linked(tmp_path_factory.mktemp("interrupt"), pa.table(columns))


def linked(folder: Path, table: pa.Table) -> Path:
    first = folder / "part-0.parquet"
    pq.write_table(table, first, compression="zstd", row_group_size=100_000)
    for index in range(1, 8):
        (folder / f"part-{index}.parquet").hardlink_to(first)
    return folder


@pytest.fixture(scope="module")
def kinds(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A plain load, and one of the same columns in tables that are joined, in another order."""
    table = pq.read_table(source / "part-0.parquet")
    keys = np.random.default_rng(0).permutation(len(table))
    folder = tmp_path_factory.mktemp("tables")
    tables = linked(folder, table.append_column("k", pa.array(keys)))
    whole = tmp_path_factory.mktemp("keys") / "keys.parquet"
    pq.write_table(pa.table({"k": np.arange(len(table))}), whole)
    join = {"source": str(whole), "join": str(tables), "on": "k", "prefix": "{stem}__"}
    rows = {"source": str(source), "unique_on": ["c2", "c3"], "sort_by": "c0"}
    rows |= {"split": {"train": 0.8, "test": 0.2}}
    return {"plain": {"source": str(source)}, "join": join, "rows": rows}


class Loader:
    """A process that loads again and again, as it is told."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", INTERRUPTED]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, arguments: dict[str, str], wait: float = 0) -> float:
        self.process.stdin.write(json.dumps([arguments, wait]) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "started\n"
        return time.monotonic()

    def interrupt(self) -> float:
        moment = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        return moment

    def answer(self) -> tuple[str, float]:
        word, moment = self.process.stdout.readline().split()
        return word, float(moment)


@pytest.fixture
def loader() -> Iterator[Loader]:
    loader = Loader()
    yield loader
    loader.process.kill()
    loader.process.communicate()


def shortest(loader: Loader, arguments: dict[str, str]) -> float:
    """Tell how long a load takes; on fresh memory the first one takes much longer."""
    seconds = []
    for _ in range(3):
        started = loader.start(arguments)
        word, finished = loader.answer()
        assert word == "finished"
        seconds.append(finished - started)
    return min(seconds)


# A hundred loads of seconds each, on a machine that may be busy.
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("kind", ["plain", "join", "rows"])
@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "file"])
def test_ctrl_c_at_random_moments(
    loader: Loader, kinds: dict[str, dict[str, Any]], tmp_path: Path, in_file: bool, kind: str
) -> None:
    arguments = kinds[kind]
    if in_file:
        arguments = arguments | {"out": str(tmp_path / "X.npy")}
    whole = shortest(loader, arguments)
    finished = {path.name for path in tmp_path.iterdir()}

    moments = random.Random(0)
    latencies = []
    for _ in range(3 * ATTEMPTS):
        for path in tmp_path.iterdir():
            path.unlink()
        loader.start(arguments, wait=60)
        time.sleep(moments.uniform(0, 0.8 * whole))
        sent = loader.interrupt()
        word, moment = loader.answer()
        left = {path.name for path in tmp_path.iterdir()}
        if word == "late":
            assert left == finished
            continue
        assert word == "interrupted"
        # Files that have just got their names stay, all of them.
        assert left in (set(), finished)
        latencies.append(moment - sent)
        if len(latencies) == ATTEMPTS:
            break
    print(
        f"load {whole:.2f} s; from signal to exception: median {median(latencies) * 1000:.0f} ms, "
        f"worst {max(latencies) * 1000:.0f} ms of {len(latencies)}"
    )
    assert len(latencies) == ATTEMPTS
    assert max(latencies) < LATENCY

    loader.start(arguments)
    assert loader.answer()[0] == "finished", "the next call works"


def test_an_interrupt_leaves_the_file_that_was_there(
    loader: Loader, source: Path, tmp_path: Path
) -> None:
    arguments = {"source": str(source), "out": str(tmp_path / "X.npy")}
    whole = shortest(loader, arguments)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    loader.start(arguments, wait=60)
    time.sleep(0.4 * whole)
    loader.interrupt()
    assert loader.answer()[0] == "interrupted"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


class AlarmError(Exception):
    """Raised by a clock."""


@pytest.mark.parametrize("call", [onecopy.plan, onecopy.inspect])
def test_a_signal_while_footers_are_read(
    source: Path, call: Callable[[list[Path]], object]
) -> None:
    def ring(*_: object) -> None:
        raise AlarmError

    footers = [source / "part-0.parquet"] * 1000
    began = time.monotonic()
    call(footers)
    per_footer = (time.monotonic() - began) / len(footers)
    many = footers * (1 + int(4 * LATENCY / per_footer / len(footers)))
    before = signal.signal(signal.SIGALRM, ring)
    try:
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(AlarmError):
            call(many)
        latency = time.monotonic() - began - 0.5
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    print(f"{len(many):,} footers; from signal to exception: {latency * 1000:.0f} ms")
    assert latency < LATENCY


def test_progress_is_told_in_the_calling_thread(source: Path) -> None:
    calls: list[onecopy.Progress] = []
    moments, threads = [], set()

    def note(progress: onecopy.Progress) -> None:
        calls.append(progress)
        moments.append(time.monotonic())
        threads.add(threading.get_ident())

    started = time.monotonic()
    matrix = onecopy.load_training_matrix(source, progress=note)
    seconds = time.monotonic() - started

    assert calls
    assert threads == {threading.get_ident()}
    assert len(calls) <= seconds / PERIOD + 2
    # The last call of a stage, which tells that all of it is done, may come early.
    stages = [call.stage for call in calls]
    may_be_early = [*(stage != after for stage, after in pairwise(stages)), True]
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    paired = zip(pauses, may_be_early[1:], strict=True)
    assert all(pause > 0.8 * PERIOD for pause, is_early in paired if not is_early)
    for _, stage in groupby(calls, key=lambda progress: progress.stage):
        rows = [progress.rows_done for progress in stage]
        assert rows == sorted(rows)
    assert all(0 <= progress.rows_done <= progress.rows_total for progress in calls)
    for key in (lambda progress: progress.seconds, lambda progress: progress.bytes_done):
        values = list(map(key, calls))
        assert values == sorted(values)
    assert len(matrix.X) == 4_000_000


class CancelledError(Exception):
    """Raised by a progress callable."""


@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "file"])
def test_an_exception_in_progress_cancels(source: Path, tmp_path: Path, in_file: bool) -> None:
    reasons = []

    def cancel(progress: onecopy.Progress) -> None:
        reasons.append(CancelledError(progress.stage))
        raise reasons[-1]

    out = tmp_path / "X.npy" if in_file else None
    with pytest.raises(CancelledError) as caught:
        onecopy.load_training_matrix(source, out=out, progress=cancel)
    assert reasons == [caught.value], "one call, and its very exception"
    assert list(tmp_path.iterdir()) == []
    small = source / "part-0.parquet"
    assert len(onecopy.load_training_matrix(small, columns=["c0"]).X) == 500_000


BAR = """
import sys
if sys.argv[2] == "without":
    sys.modules["tqdm"] = sys.modules["tqdm.auto"] = None
import onecopy
matrix = onecopy.load_training_matrix(sys.argv[1], progress=True)
assert matrix.X.shape == (4_000_000, 40)
assert (sys.modules["tqdm.auto"] is None) == (sys.argv[2] == "without")
"""


@pytest.mark.parametrize("tqdm", ["with", "without"])
def test_a_bar_with_and_without_tqdm(source: Path, tqdm: str) -> None:
    command = [sys.executable, "-W", "error", "-c", BAR, str(source), tqdm]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    assert "rows" in run.stderr
    assert run.stderr.endswith("\n")
