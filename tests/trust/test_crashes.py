"""Kills and failing system calls at every point of a load into files: under its name there is
nothing, the old set or the new one, and each of them whole.
"""

import os
import random
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median

import pytest
from support.child_pool import ChildPool, Ending, needs_strace
from support.file_sets import ROLES, Sets, contents, debris, files, make_sets
from support.scale import WHOLE, scaled

SCENES = ["fresh", "over an old set"]
# Calls that a load into files makes, each with the faults that may befall it. Not every machine
# has all of them.
OPENING = ["?open", "openat"]
WRITING = ["fallocate", "pwrite64", "msync", "fsync"]
NAMING = ["?link", "linkat", "?rename", "?renameat", "renameat2"]
REMOVING = ["?unlink", "unlinkat"]
MAPPING = ["mmap", "munmap", "madvise"]
KILLED = [*OPENING, "pread64", *MAPPING, *WRITING, "flock", *NAMING, *REMOVING]
FAULTS = {
    "EIO": [*OPENING, "pread64", *WRITING, *NAMING],
    "ENOSPC": [*OPENING, *WRITING, *NAMING],
    "EDQUOT": [*OPENING, *WRITING, *NAMING],
    "EACCES": [*OPENING, *NAMING],
    "EINTR": [*OPENING, "pread64", *WRITING, "flock", *NAMING],
}
# Without a fault there are fewer calls of each kind than this.
MOST_CALLS = 400


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return make_sets(tmp_path_factory.mktemp("crashes"))


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    pool = ChildPool()
    yield pool
    pool.close()


class Stage:
    """A folder in which a load is to go wrong, with or without an old set in it."""

    def __init__(self, sets: Sets, pool: ChildPool, folder: Path, scene: str) -> None:
        self.sets, self.pool = sets, pool
        self.template, self.home = folder / "template", folder / "home"
        self.template.mkdir()
        self.out = self.home / "train.npy"
        self.is_fresh = scene == "fresh"
        if not self.is_fresh:
            out = self.template / "train.npy"
            ending = pool.load(source=str(sets.sources["old"]), out=str(out), **ROLES)
            assert ending.is_whole, ending
        self.before = contents(self.template)

    @property
    def arguments(self) -> dict[str, object]:
        source = str(self.sets.sources["new"])
        options = {"overwrite": not self.is_fresh, "threads": 2}
        return {"source": source, "out": str(self.out)} | options | ROLES

    def set_up(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home)

    def inject(self, call: str, fault: str, at: int) -> Ending:
        self.set_up()
        rule = f"inject={call}:{fault}:when={at}"
        return self.pool.traced(["-e", f"trace={call}", "-e", rule], **self.arguments)

    def check_killed(self) -> str:
        """A kill leaves a set that is whole or none, and nothing that could be taken for one."""
        held = self.sets.held(self.out)
        assert all(name.endswith(".partial") for name in debris(self.out))
        return held

    def check_failed(self, ending: Ending) -> str:
        """An error is one of ours, says where, and leaves what was there."""
        assert ending.status == 0, ending
        assert ending.error is not None
        assert {"OSError", "OnecopyError"} & set(ending.error["bases"]), ending
        if "OSError" in ending.error["bases"]:
            assert ending.error["filename"], ending
        assert debris(self.out) == [], ending
        held = self.sets.held(self.out)
        # The files may have their names already when the matrix cannot be opened.
        assert contents(self.home) == self.before or held == "new", ending
        return held


@pytest.fixture
def stage(sets: Sets, pool: ChildPool, tmp_path: Path, request: pytest.FixtureRequest) -> Stage:
    return Stage(sets, pool, tmp_path, request.param)


def points() -> Iterator[int]:
    """The first calls, and then fewer and fewer; all of them in the whole form."""
    at = 1
    while at < MOST_CALLS:
        yield at
        at += 1 if WHOLE else at


@pytest.mark.parametrize("stage", SCENES, indirect=True)
def test_kills_at_random_moments(stage: Stage) -> None:
    seconds = []
    for _ in range(5):
        stage.set_up()
        stage.pool.prepare(**stage.arguments)
        began = time.monotonic()
        stage.pool.start()
        assert stage.pool.ending().is_whole
        seconds.append(time.monotonic() - began)
    moments, held = random.Random(1), Counter()
    count = scaled(25, 500)
    for _ in range(count):
        stage.set_up()
        child = stage.pool.prepare(**stage.arguments)
        stage.pool.start()
        time.sleep(moments.uniform(0, median(seconds)))
        with suppress(ProcessLookupError):  # it may be done already
            os.kill(child, signal.SIGKILL)
        stage.pool.ending()
        held[stage.check_killed()] += 1
    print(f"{count} kills within {median(seconds) * 1000:.0f} ms: then there were {dict(held)}")
    assert stage.is_fresh == ("old" not in held)


@needs_strace
@pytest.mark.parametrize("stage", SCENES, indirect=True)
def test_a_kill_at_every_call(stage: Stage) -> None:
    held: Counter[str] = Counter()
    for call in KILLED:
        for at in points():
            if stage.inject(call, "signal=KILL", at).is_whole:
                break
            held[stage.check_killed()] += 1
        else:
            pytest.fail(f"{call} is called {MOST_CALLS} times")
    print(f"{held.total()} kills at {len(KILLED)} calls: then there were {dict(held)}")


@needs_strace
@pytest.mark.parametrize("stage", SCENES, indirect=True)
@pytest.mark.parametrize("fault", FAULTS if WHOLE else ["EIO", "EINTR"])
def test_every_call_fails_once(stage: Stage, fault: str) -> None:
    met: Counter[str] = Counter()
    for call in FAULTS[fault]:
        quiet = 0
        for at in points():
            ending = stage.inject(call, f"error={fault}", at)
            if not ending.is_whole:
                assert fault != "EINTR", f"{call} {at}: {ending}"
                quiet = 0
                met[stage.check_failed(ending)] += 1
                continue
            assert stage.sets.held(stage.out) == "new"
            assert debris(stage.out) == []
            met["survived"] += 1
            # Some calls may fail without harm, so one success is not the end of them.
            quiet += 1
            if quiet == scaled(2, 8):
                break
    print(f"{met.total()} times {fault}: {dict(met)}")


CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
TRACED = ",".join([*WRITING, *NAMING])


def steps(log: Path, out: Path) -> list[tuple[str, str]]:
    """The calls of a load in order, each with the role of the file that it is about."""
    roles = {path.name: role for role, path in files(out).items()}
    named: dict[str, str] = {}
    calls = [CALL.match(line) for line in log.read_text().splitlines()]
    calls = [found.groups() for found in calls if found and int(found[3]) >= 0]
    for call, told, _ in calls:
        if call == "linkat":
            name = re.search(r'"[^"]*/\.?([\w.]+?)(\.[0-9a-f-]+\.partial)?", AT_SYMLINK', told)
            named[re.search(r'"/proc/self/fd/(\d+)"', told)[1]] = roles[name[1]]
    told_steps = []
    for call, told, _ in calls:
        if call in {"fallocate", "fsync", "pwrite64"}:
            descriptor = re.match(r"(\d+)", told)[1]
            is_folder = f"<{out.parent}>" in told
            told_steps.append((call, "folder" if is_folder else named.get(descriptor, "?")))
        elif call == "msync":
            told_steps.append((call, "arrays"))
        else:
            names = re.findall(r'"([^"]*)"', told)
            target = Path(names[1]).name
            if target in roles:
                told_steps.append(("name", roles[target]))
            elif Path(names[0]).name in roles:
                told_steps.append(("withdraw", roles[Path(names[0]).name]))
    return told_steps


@needs_strace
@pytest.mark.parametrize("stage", SCENES, indirect=True)
def test_data_reaches_the_disk_before_its_name(stage: Stage, tmp_path: Path) -> None:
    stage.set_up()
    log = tmp_path / "log"
    options = ["-y", "-e", f"trace={TRACED}"]
    assert stage.pool.traced(options, log, **stage.arguments).is_whole
    order = steps(log, stage.out)
    print(" ".join(f"{call}:{what}" for call, what in order))
    arrays = ["y", "weight", "group", "X"]
    first = order.index
    last = {step: len(order) - 1 - order[::-1].index(step) for step in order}
    for role in arrays:
        wrote = first(("pwrite64", role))
        assert first(("fallocate", role)) < first(("msync", "arrays"))
        assert first(("fsync", role)) < wrote < last["fsync", role] < first(("name", role))
    assert last["msync", "arrays"] < first(("name", "y"))
    assert first(("pwrite64", "json")) < first(("fsync", "json")) < first(("name", "y"))
    names = [what for call, what in order if call == "name"]
    assert names == [*arrays, "json"]
    between = order[first(("name", "X")) : first(("name", "json"))]
    assert ("fsync", "folder") in between
    assert last["fsync", "folder"] > first(("name", "json"))
    if not stage.is_fresh:
        assert ("fsync", "folder") in order[first(("withdraw", "json")) : first(("name", "y"))]
