"""Files in the page cache of this system, and out of it."""

import os
from collections.abc import Iterable
from pathlib import Path


def evict(paths: Iterable[str | Path]) -> None:
    """Drop the pages of files from the page cache."""
    for path in paths:
        with open(path, "rb") as file:  # noqa: PTH123  (a descriptor is wanted)
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def bring_in(paths: Iterable[str | Path]) -> None:
    """Read files once, so that they lie in the page cache."""
    for path in paths:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            while file.read(1 << 24):
                pass
