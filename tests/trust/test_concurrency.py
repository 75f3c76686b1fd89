"""Many at once: threads that load, processes that write to one name, and forks in between."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.file_sets import ROLES, Sets, debris, make_sets
from support.forks import run_forking
from support.scale import scaled

WATCHDOG = 500


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return make_sets(tmp_path_factory.mktemp("crowds"), rows=2000)


def test_sixteen_threads_with_many_loads_each(sets: Sets, tmp_path: Path) -> None:
    """Plain loads, joins and files, side by side: each gets what it would get alone."""
    rows = len(sets.arrays["old"]["X"])
    table, keys = tmp_path / "table.parquet", np.random.default_rng(0).permutation(rows)
    pq.write_table(pa.table({"y": keys, "z": np.sqrt(keys)}), table)
    joined = {"join": [table], "on": "y", "exclude": ["w", "g"]}
    expected = onecopy.load_training_matrix(sets.sources["old"], **joined).X
    everybody = threading.Barrier(16)
    turns = scaled(25, 100)

    def work(index: int) -> None:
        everybody.wait()
        for turn in range(turns):
            name = ("old", "new")[(index + turn) % 2]
            kind = (index + turn) % 5
            if kind == 0:
                matrix = onecopy.load_training_matrix(sets.sources["old"], **joined)
                np.testing.assert_array_equal(matrix.X, expected)
                continue
            out = tmp_path / f"{index}.npy" if kind == 1 else None
            matrix = onecopy.load_training_matrix(
                sets.sources[name], out=out, overwrite=True, **ROLES
            )
            for role, array in sets.arrays[name].items():
                np.testing.assert_array_equal(getattr(matrix, role), array)

    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    print(f"16 threads x {turns} loads: {time.monotonic() - began:.1f} s, no difference")


WRITER = """
import json, sys
import onecopy
sources, out, turns, roles, overwrite = json.loads(sys.argv[1])
wrote = 0
sys.stdin.readline()
for turn in range(turns):
    try:
        m = onecopy.load_training_matrix(
            sources[turn % 2], out=out, overwrite=overwrite, threads=1, **roles
        )
        wrote += 1
    except FileExistsError:
        assert not overwrite
print(wrote)
"""


@pytest.mark.parametrize("overwrite", [True, False], ids=["over each other", "the first wins"])
def test_eight_processes_write_to_one_name(sets: Sets, tmp_path: Path, overwrite: bool) -> None:
    out, turns = tmp_path / "train.npy", scaled(12, 100)
    sources = [str(path) for path in sets.sources.values()]
    told = json.dumps([sources, str(out), turns, ROLES, overwrite])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    held: Counter[str] = Counter()
    while any(writer.poll() is None for writer in writers):
        held[sets.held(out)] += 1
        time.sleep(0.005)
    wrote = 0
    for writer in writers:
        told, errors = writer.communicate()
        assert writer.returncode == 0, errors
        wrote += int(told)
    print(f"8 processes wrote {wrote} times; {held.total()} looks meanwhile: {dict(held)}")
    assert sets.held(out) in {"old", "new"}
    assert debris(out) == []
    assert wrote == 8 * turns if overwrite else wrote == 1


FORKS = """
import json, os, random, sys, threading, time, warnings
import numpy, onecopy
warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of fork beside threads
source, folder, forks = json.loads(sys.argv[1])
expected = onecopy.load_training_matrix(source).X
stop = threading.Event()

def load(index):
    turn = 0
    while not stop.is_set():
        out = f"{folder}/{index}.npy" if turn % 2 else None
        assert (onecopy.load_training_matrix(source, out=out, overwrite=True).X == expected).all()
        turn += 1

threads = [threading.Thread(target=load, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
moments = random.Random(0)
for fork in range(forks):
    time.sleep(moments.uniform(0, 0.02))
    if (child := os.fork()) == 0:
        out = f"{folder}/child.npy" if fork % 2 else None
        again = onecopy.load_training_matrix(source, out=out, overwrite=True)
        os._exit(0 if (again.X == expected).all() else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, status
stop.set()
for thread in threads:
    thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forks_in_the_middle_of_loads(sets: Sets, tmp_path: Path) -> None:
    forks = scaled(20, 200)
    told = json.dumps([str(sets.sources["old"]), str(tmp_path), forks])
    run_forking(FORKS, told, WATCHDOG)
    print(f"{forks} forks beside 4 threads that load: no deadlock, no difference")
