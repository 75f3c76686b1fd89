"""Kills, failing system calls and full disks while a table is written: under its name there is
nothing, the old table or the new one, and its memory stays what it was however many batches come.
"""

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.child_pool import ChildPool, needs_strace
from support.scale import WHOLE, scaled

MIB = 1 << 20
ROWS, BATCHES = 60_000, 8
OLD = pa.table({"n": [-1, -2]})
CALLS = ["pwrite64", "fsync", "linkat", "renameat2", "mkdir"]
FAULTS = ["error=ENOSPC", "error=EIO", "signal=KILL"]
SCENES: dict[str, dict[str, Any]] = {
    "file": {},
    "file over another": {"overwrite": True},
    "folder": {"rows_per_file": 10_000},
    "folder over another": {"rows_per_file": 10_000, "overwrite": True},
}
# In the short form what cannot be written or made to last, and a folder whose writer is killed.
SHORT = [
    ("file over another", FAULTS[0]),
    ("folder", FAULTS[1]),
    ("folder over another", FAULTS[1]),
    ("folder over another", FAULTS[2]),
]
SHORT_CALLS = ["pwrite64", "fsync", "renameat2"]
CASES = list(product(SCENES, FAULTS)) if WHOLE else SHORT


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "source.parquet"
    numbers = np.random.default_rng(1).integers(0, 1 << 60, ROWS)
    pq.write_table(pa.table({"n": numbers}), path)
    return path


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    pool = ChildPool()
    yield pool
    pool.close()


class Scene:
    """A folder in which a table is to go wrong."""

    def __init__(self, source: Path, home: Path, name: str) -> None:
        self.home, self.name = home, name
        self.out = home / "t"
        self.arguments = SCENES[name] | {
            "writer": True,
            "table": True,
            "source": str(source),
            "out": str(self.out),
            "batches": BATCHES,
            "row_group_bytes": 100_000,
        }

    def set_up(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        if "over" in self.name:
            options = {"rows_per_file": 1} if "folder" in self.name else {}
            with onecopy.TableWriter(self.out, **options) as writer:
                writer.append(OLD)

    def held(self) -> str:
        """What is under the name."""
        if not self.out.exists():
            return "none"
        rows = pq.read_table(self.out).num_rows
        return {OLD.num_rows: "old", ROWS: "new"}[rows]

    def debris(self) -> list[str]:
        return [own.name for own in self.home.iterdir() if own != self.out]

    @property
    def before(self) -> str:
        return "old" if "over" in self.name else "none"


@pytest.fixture(params=SCENES)
def scene(source: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Scene:
    return Scene(source, tmp_path / "home", request.param)


def test_kills_at_random_moments(scene: Scene, pool: ChildPool) -> None:
    scene.set_up()
    pool.prepare(**scene.arguments)
    began = time.monotonic()
    pool.start()
    assert pool.ending().is_whole
    seconds = time.monotonic() - began
    assert (scene.held(), scene.debris()) == ("new", [])
    moments, held = random.Random(2), Counter[str]()
    for _ in range(scaled(4, 200)):
        scene.set_up()
        child = pool.prepare(**scene.arguments)
        pool.start()
        time.sleep(moments.uniform(0, seconds))
        with suppress(ProcessLookupError):  # it may be done already
            os.kill(child, signal.SIGKILL)
        pool.ending()
        held[scene.held()] += 1
        assert all(name.endswith(".partial") for name in scene.debris())
    assert set(held) <= {scene.before, "new"}, held


@needs_strace
@pytest.mark.parametrize(("scene", "fault"), CASES, indirect=["scene"])
def test_a_fault_at_every_call(scene: Scene, pool: ChildPool, fault: str) -> None:
    for call in CALLS if WHOLE else SHORT_CALLS:
        at, quiet = 1, 0
        while quiet < (2 if WHOLE else 1):  # some calls may fail without harm
            scene.set_up()
            rule = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={at}"]
            ending = pool.traced(rule, **scene.arguments)
            held = scene.held()
            if ending.is_whole:
                assert held == "new"
                quiet += 1
            elif ending.is_killed:
                assert held in {scene.before, "new"}
            else:
                assert {"OSError", "OnecopyError"} & set(ending.error["bases"]), ending
                assert scene.debris() == [], ending
                assert held == scene.before, ending
            at += 1 if WHOLE or call != "pwrite64" else at * 7


@needs_strace
def test_the_name_comes_when_all_is_written(scene: Scene, pool: ChildPool, tmp_path: Path) -> None:
    scene.set_up()
    log = tmp_path / "log"
    rule = ["-e", "trace=pwrite64,fsync,linkat,renameat2"]
    assert pool.traced(rule, log, **scene.arguments).is_whole
    calls = log.read_text().splitlines()
    named = [f'"{scene.out}"' in call and call.endswith(" = 0") for call in calls].index(True)
    written = max(at for at, call in enumerate(calls) if "pwrite64(" in call)
    assert written < named
    # What is in the file, and then its name, are made to last.
    assert any("fsync(" in call for call in calls[written:named])
    assert any("fsync(" in call for call in calls[named:])


def test_a_limit_on_the_size_of_files(scene: Scene, pool: ChildPool) -> None:
    for limit in (0, 1, 4096, 50_000):
        scene.set_up()
        ending = pool.load(fsize=limit, **scene.arguments)
        assert ending.status == 0, ending
        assert ending.error["errno"] == errno.EFBIG, ending
        assert (scene.held(), scene.debris()) == (scene.before, [])


INTERRUPTED = """
import signal, sys
import numpy, onecopy
signal.signal(signal.SIGINT, signal.default_int_handler)
batch = {f"c{at}": numpy.random.default_rng(at).random(500_000) for at in range(8)}
try:
    with onecopy.TableWriter(sys.argv[1]) as writer:
        print("started", flush=True)
        for _ in range(50):
            writer.append(batch)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.alone
def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "t.parquet")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "started\n"
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert child.communicate()[0].strip() == "interrupted"
        assert time.monotonic() - began < 1
    assert list(tmp_path.iterdir()) == []


APPENDED = """
import json, sys, tempfile
import numpy as np, onecopy, pyarrow as pa
rows, batches = int(sys.argv[1]), int(sys.argv[2])
values = {f"x{at}": np.random.default_rng(at).normal(size=rows) for at in range(4)}

def anonymous():
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) << 10

held = []
with tempfile.TemporaryDirectory() as folder:
    with onecopy.TableWriter(folder + "/t", unique_on="key", memory_limit="64MiB") as writer:
        held.append(anonymous())
        for number in range(batches):
            keys = np.arange(rows) + number * (rows // 2)
            writer.append(pa.table(values | {"key": pa.array(keys).cast(pa.string())}))
            held.append(anonymous())
print(json.dumps(held))
"""


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_memory_is_flat_but_for_keys() -> None:
    rows, batches = scaled(100_000, 1_000_000), scaled(40, 200)
    command = [sys.executable, "-c", APPENDED, str(rows), str(batches)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    held = json.loads(run.stdout)
    keys = 24 * rows // 2 * (batches - 10)
    assert held[-1] - held[10] <= keys + 24 * MIB, held
    assert max(held) - held[0] <= 64 * MIB + 24 * rows // 2 * (batches + 1) + rows * 60, held
