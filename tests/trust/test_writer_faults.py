"""Kills, failing system calls and full disks while a writer appends and closes: under its name
there is nothing, the old set or the new one, and each of them whole.
"""

import errno
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
from statistics import median
from typing import Any

import numpy as np
import onecopy
import pytest
from support.child_pool import ChildPool, needs_strace
from support.file_sets import ROLES, Sets, contents, debris, make_sets
from support.scale import WHOLE, scaled

PAGE = 4096
SCENES = ["fresh", "over an old set", "behind an old set"]
CALLS = ["fallocate", "pwrite64", "mmap", "mremap", "ftruncate", "msync", "fsync"]
NAMING = ["linkat", "renameat2", "unlinkat"]
MOST_CALLS = 600
FAULTS = ["error=ENOSPC", "error=EIO", "signal=KILL"]
# In the short form one fault for each scene.
CASES = list(product(SCENES, FAULTS)) if WHOLE else list(zip(SCENES, FAULTS, strict=True))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    """The sets, and what becomes of the old one with the rows of the new one behind it."""
    sets = make_sets(tmp_path_factory.mktemp("writer"))
    old = onecopy.load_training_matrix(sets.sources["old"], **ROLES)
    new = onecopy.load_training_matrix(sets.sources["new"], recipe=old, **ROLES)
    sets.arrays["both"] = {
        role: np.concatenate([getattr(old, role), getattr(new, role)])
        for role in sets.arrays["old"]
    }
    return sets


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    pool = ChildPool()
    yield pool
    pool.close()


class Scene:
    """A folder in which a writer is to go wrong."""

    def __init__(self, sets: Sets, pool: ChildPool, folder: Path, name: str) -> None:
        self.sets, self.pool = sets, pool
        self.template, self.home = folder / "template", folder / "home"
        self.template.mkdir()
        self.out = self.home / "train.npy"
        if name != "fresh":
            source, out = str(sets.sources["old"]), str(self.template / "train.npy")
            assert pool.load(source=source, out=out, **ROLES).is_whole
        self.before = "none" if name == "fresh" else "old"
        self.after = "both" if name == "behind an old set" else "new"
        own = {"mode": "a"} if self.after == "both" else {"overwrite": name != "fresh"} | ROLES
        self.arguments: dict[str, Any] = {
            "writer": True,
            "source": str(sets.sources["new"]),
            "out": str(self.out),
            "batches": 8,
            "threads": 2,
        } | own

    def set_up(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home)


@pytest.fixture
def scene(sets: Sets, pool: ChildPool, tmp_path: Path, request: pytest.FixtureRequest) -> Scene:
    return Scene(sets, pool, tmp_path, request.param)


@pytest.mark.parametrize("scene", SCENES, indirect=True)
def test_kills_at_random_moments(scene: Scene) -> None:
    seconds = []
    for _ in range(3):
        scene.set_up()
        scene.pool.prepare(**scene.arguments)
        began = time.monotonic()
        scene.pool.start()
        ending = scene.pool.ending()
        assert ending.is_whole, ending
        assert scene.sets.held(scene.out) == scene.after
        seconds.append(time.monotonic() - began)
    moments, held = random.Random(2), Counter[str]()
    count = scaled(25, 500)
    for _ in range(count):
        scene.set_up()
        child = scene.pool.prepare(**scene.arguments)
        scene.pool.start()
        time.sleep(moments.uniform(0, median(seconds)))
        with suppress(ProcessLookupError):  # it may be done already
            os.kill(child, signal.SIGKILL)
        scene.pool.ending()
        held[scene.sets.held(scene.out)] += 1
        assert all(name.endswith(".partial") for name in debris(scene.out))
    print(f"{count} kills within {median(seconds) * 1000:.0f} ms: then there were {dict(held)}")
    # While a set is replaced its json is away, so it may be none for a moment.
    assert set(held) <= {"none", scene.before, scene.after}


@needs_strace
@pytest.mark.parametrize(("scene", "fault"), CASES, indirect=["scene"])
def test_a_fault_at_every_call(scene: Scene, fault: str) -> None:
    met = Counter[str]()
    for call in [*CALLS, *NAMING]:
        at = quiet = 0
        while at < MOST_CALLS and quiet < 2:  # some calls may fail without harm
            at += 1 if WHOLE else max(1, at)
            scene.set_up()
            rule = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={at}"]
            ending = scene.pool.traced(rule, **scene.arguments)
            held = scene.sets.held(scene.out)
            met[held] += 1
            if ending.is_whole:
                assert held == scene.after
                quiet += 1
            elif ending.is_killed:
                assert held in {"none", scene.before, scene.after}
            else:
                bases = {"OSError", "OnecopyError"} & set(ending.error["bases"])
                assert bases, ending
                assert debris(scene.out) == [], ending
                assert held in {scene.before, scene.after}, ending
    print(f"{fault}: {dict(met)}")


@pytest.mark.parametrize("scene", SCENES, indirect=True)
def test_a_limit_on_the_size_of_files(scene: Scene) -> None:
    largest = scene.sets.arrays[scene.after]["X"].nbytes
    for limit in (0, 1, PAGE, largest // 2, largest):
        scene.set_up()
        before = contents(scene.home)
        ending = scene.pool.load(fsize=limit, **scene.arguments)
        assert ending.status == 0, ending
        assert ending.error["errno"] == errno.EFBIG, ending
        assert ending.error["filename"].startswith(str(scene.home / "train"))
        assert contents(scene.home) == before


INTERRUPTED = """
import signal, sys, time
import numpy, onecopy
signal.signal(signal.SIGINT, signal.default_int_handler)
batch = {f"c{at}": numpy.arange(200_000.0) for at in range(8)}
try:
    with onecopy.MatrixWriter(sys.argv[1], overwrite=True) as writer:
        writer.append(batch)
        print("started", flush=True)
        for _ in range(20):
            writer.append(batch)
    print("finished", time.monotonic(), flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.alone
def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    moments, met = random.Random(5), Counter[str]()
    for _ in range(scaled(4, 50)):
        command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "X.npy")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "started\n"
            time.sleep(moments.uniform(0, 0.3))
            began = time.monotonic()
            child.send_signal(signal.SIGINT)
            told, *finished = child.communicate()[0].split()
            assert time.monotonic() - began < 1
        met[told] += 1
        assert told in {"finished", "interrupted"}
        # Not one is lost, as an exception in a callback would be.
        assert all(float(at) < began + 0.02 for at in finished)
        # An interrupt may come when the files have their names already: then all of them do.
        there = {path.name for path in tmp_path.iterdir()}
        assert there == {"X.npy", "X.json"} or (told == "interrupted" and not there)
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
    print(dict(met))
    assert met["interrupted"]
