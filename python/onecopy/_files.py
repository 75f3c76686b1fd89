"""The files that belong to one matrix: their names, and how they stay whole."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE_SECONDS = 10
_PAUSE_SECONDS = 0.002


def matrix_path(name: str, path: str | os.PathLike[str]) -> Path:
    """Check that a path names a .npy file."""
    result = Path(path)
    if not result.name.endswith(".npy") or result.name == ".npy":
        raise ValueError(f'{name}: expected the path of a ".npy" file, found {str(path)!r}')
    return result


def array_beside(path: Path, role: str) -> Path:
    """Name the file of "y", "weight" or "group": train.npy -> train.y.npy."""
    return path.with_name(f"{path.name.removesuffix('.npy')}.{role}.npy")


def description_beside(path: Path) -> Path:
    """Name the file that describes a matrix: train.npy -> train.json."""
    return path.with_name(f"{path.name.removesuffix('.npy')}.json")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is complete or absent."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def undisturbed(folder: Path) -> Iterator[None]:
    """Keep sets of files in a folder from being replaced meanwhile, where the system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield  # whoever opens a file there tells what is wrong
        return
    try:
        _share(descriptor)
        yield
    finally:
        # Said aloud, for a process that is forked meanwhile would hold the lock as well.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _share(descriptor: int) -> None:
    """Wait until nobody gives files their names; where that takes long, go on without."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return  # not every file system has such locks
        else:
            return
