"""Disks that are full, limits on files, and file systems that lack what a load would like: an
ordinary error at once or a way round, and never a signal or a leftover.
"""

import errno
import json
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.child_pool import ChildPool, needs_strace
from support.file_sets import ROLES, Sets, contents, debris, files, make_sets
from support.scale import scaled

PAGE = 4096
FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return make_sets(tmp_path_factory.mktemp("disk"), rows=20_000)


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    pool = ChildPool()
    yield pool
    pool.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


# A small disk for each size, seen by this process alone and gone with it.
SMALL_DISKS = """
import json, os, subprocess, sys, time, warnings
import numpy, onecopy
warnings.simplefilter("ignore")
folder, sizes, arguments = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
expected = onecopy.load_training_matrix(**arguments).X
for size in sizes:
    options = f"size={size}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    told, tell = os.pipe()
    if (child := os.fork()) == 0:
        began, number = time.monotonic(), 0
        try:
            matrix = onecopy.load_training_matrix(**arguments, out=folder + "/X.npy")
            assert numpy.array_equal(matrix.X, expected)
        except OSError as error:
            assert error.filename, error
            number = error.errno
        os.write(tell, json.dumps([number, time.monotonic() - began]).encode())
        os._exit(0)
    os.close(tell)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([size, status, os.read(told, 1000).decode(), os.listdir(folder)]))
    os.close(told)
    subprocess.run(["umount", folder], check=True)
"""


def can_mount() -> bool:
    command = ["unshare", "-m", "sh", "-c", "mkdir -p $0 && mount -t tmpfs tmpfs $0", "/mnt"]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.alone
@pytest.mark.skipif(not can_mount(), reason="needs the right to mount a small disk")
def test_disks_of_many_sizes(sets: Sets, home: Path) -> None:
    needed = sum(array.nbytes for array in sets.arrays["new"].values())
    count = scaled(20, 100)
    sizes = [PAGE * max(1, needed * 11 * at // (10 * count) // PAGE) for at in range(1, count + 1)]
    arguments = {"source": str(sets.sources["new"])} | ROLES
    command = ["unshare", "-m", sys.executable, "-c", SMALL_DISKS, str(home)]
    command += [json.dumps(sizes), json.dumps(arguments)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    met: Counter[str] = Counter()
    slowest = 0.0
    for line in run.stdout.splitlines():
        size, status, told, left = json.loads(line)
        assert status == 0, f"{size} bytes: {status}"
        number, seconds = json.loads(told)
        met[errno.errorcode.get(number, "whole")] += 1
        if number:
            assert number in FULL
            assert left == [], size
            slowest = max(slowest, seconds)
            assert seconds < 1
        else:
            assert size >= needed
    print(f"{len(sizes)} disks: {dict(met)}; the slowest error took {slowest * 1000:.0f} ms")
    assert set(met) == {"ENOSPC", "whole"}


@pytest.mark.parametrize("overwrite", [False, True], ids=["fresh", "over an old set"])
def test_a_limit_on_the_size_of_files(
    sets: Sets, pool: ChildPool, home: Path, overwrite: bool
) -> None:
    out = home / "train.npy"
    if overwrite:
        assert pool.load(source=str(sets.sources["old"]), out=str(out), **ROLES).is_whole
    before = contents(home)
    largest = sets.arrays["new"]["X"].nbytes
    for limit in (0, 1, PAGE, largest // 2, largest):
        options = {"fsize": limit, "overwrite": overwrite} | ROLES
        ending = pool.load(source=str(sets.sources["new"]), out=str(out), **options)
        assert ending.status == 0, ending
        assert ending.error["errno"] == errno.EFBIG, ending
        assert ending.error["filename"].startswith(str(home / "train"))
        assert contents(home) == before


# The call by which the core opens a file for writing.
OPEN = "open" if platform.machine() == "x86_64" else "openat"
LINK, RENAME = "/^link(at)?$", "/^rename(at)?$"

# What a system lacks: calls, how they fail, and whether a load finds a way round.
LACKING: dict[str, tuple[list[tuple[str, str]], bool]] = {
    "nameless files": ([(OPEN, "EOPNOTSUPP")], True),
    "nameless files, as a directory": ([(OPEN, "EISDIR")], True),
    "reserving space": ([("fallocate", "EOPNOTSUPP")], True),
    "reserving space, unknown call": ([("fallocate", "ENOSYS")], True),
    "reserving space, forbidden": ([("fallocate", "EPERM")], True),
    "refusing renames": ([(OPEN, "EOPNOTSUPP"), ("renameat2", "EINVAL")], True),
    "refusing renames, unknown call": ([(OPEN, "EOPNOTSUPP"), ("renameat2", "ENOSYS")], True),
    "locks": ([("flock", "ENOLCK")], True),
    "locks, unknown call": ([("flock", "ENOSYS")], True),
    "syncing folders": ([("fsync", "EINVAL")], True),
    "links": ([(LINK, "EPERM")], False),
    "links, unknown call": ([(LINK, "ENOSYS")], False),
    "links and refusing renames": (
        [(OPEN, "EOPNOTSUPP"), (LINK, "EPERM"), ("renameat2", "EINVAL")],
        False,
    ),
    "renames": (
        [(OPEN, "EOPNOTSUPP"), ("renameat2", "EPERM"), (RENAME, "EPERM")],
        False,
    ),
}
# Where these fail, only those calls do that name the folder or a file of the set.
BY_PATH = {OPEN, "fsync"}


@needs_strace
@pytest.mark.parametrize("overwrite", [False, True], ids=["fresh", "over an old set"])
@pytest.mark.parametrize("lacking", LACKING)
def test_a_system_that_lacks(
    sets: Sets, pool: ChildPool, home: Path, overwrite: bool, lacking: str
) -> None:
    faults, is_whole = LACKING[lacking]
    out = home / "train.npy"
    if overwrite:
        assert pool.load(source=str(sets.sources["old"]), out=str(out), **ROLES).is_whole
    before = contents(home)
    # One nameless file for each array and the description.
    count = len(files(out))
    options: list[str] = ["-e", "trace=" + ",".join(call for call, _ in faults)]
    for call, fault in faults:
        when = f":when=1..{count}" if call == OPEN else ""
        options += ["-e", f"inject={call}:error={fault}{when}"]
    if BY_PATH & {call for call, _ in faults}:
        for path in (home, *files(out).values()):
            options += ["-P", str(path)]
    arguments: dict[str, Any] = {"source": str(sets.sources["new"]), "out": str(out)}
    arguments |= {"overwrite": overwrite, "umask": 0o027} | ROLES
    if not is_whole and overwrite and {OPEN, LINK} <= set(dict(faults)):
        is_whole = True  # an old set is replaced by renames alone
    ending = pool.traced(options, **arguments)
    assert ending.status == 0, ending
    assert debris(out) == []
    if is_whole:
        assert ending.is_whole, ending
        assert sets.held(out) == "new"
        assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o640}
    else:
        assert "OSError" in ending.error["bases"], ending
        assert ending.error["filename"].startswith(str(home / "train")), ending
        assert contents(home) == before
    shutil.rmtree(home)
