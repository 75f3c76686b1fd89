"""Which rows of which file a matrix is mapped from: so it can be pickled, and divided by pages."""

import math
import os
import sys
from collections.abc import Iterable, Iterator
from mmap import PAGESIZE
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onecopy import _native
from onecopy._errors import InputChangedError

Rows: TypeAlias = tuple[int, int]


class Identity(NamedTuple):
    """What a file was when it was mapped."""

    device: int
    number: int
    bytes: int
    modified: int

    @classmethod
    def of(cls, file: Path) -> "Identity":
        """Ask for it."""
        status = os.stat(file)  # noqa: PTH116 (the same call, and no path to make)
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class MappedRows(NamedTuple):
    """Rows of the features in a file: one range, or several behind one another.

    Attributes
    ----------
    file : Path
        The .npy file, with its whole path.
    checksum : int
        That of its description.
    identity : Identity
        What the file was.
    offset : int
        Where in the file the first row begins.
    ranges : tuple of (start, stop)
        The rows.
    part : str or None
        The part of a split that they are rows of; its report is theirs.
    """

    file: Path
    checksum: int
    identity: Identity
    offset: int
    ranges: tuple[Rows, ...]
    part: str | None = None

    def cut(self, pieces: Iterable[Rows]) -> "MappedRows":
        """Take pieces of these rows, which count from 0 here."""
        return self._replace(ranges=tuple(_joined(self._cut(pieces))))

    def _cut(self, pieces: Iterable[Rows]) -> Iterator[Rows]:
        for start, stop in pieces:
            before = 0
            for first, last in self.ranges:
                here = max(start - before, 0), min(stop - before, last - first)
                if here[0] < here[1]:
                    yield first + here[0], first + here[1]
                before += last - first

    def map(self, like: NDArray[Any]) -> NDArray[Any]:
        """Map these rows behind one another, with the features of an array, as one array.

        `InputChangedError` where the file is no longer what it was.
        """
        row = like.itemsize * like.shape[1]
        ranges = [
            (self.offset + start * row, self.offset + stop * row) for start, stop in self.ranges
        ]
        rows = sum(stop - start for start, stop in self.ranges)
        shape = rows, like.shape[1]
        return np.asarray(
            _native.MappedRows(str(self.file), self.identity, ranges, str(like.dtype), shape)
        )

    def unmappable(self, cuts: Iterable[Iterable[Rows]], step: int) -> str | None:
        """Say why pieces of these rows cannot be mapped behind one another; None if they can."""
        if sys.platform == "win32":
            return "Windows cannot map ranges of a file behind one another"
        if self.offset % PAGESIZE:
            return (
                f"{self.file} has its values where no page begins: it was written by an earlier "
                "version, or for a system with smaller pages; write it again"
            )
        for pieces in cuts:
            ranges = self.cut(pieces).ranges
            ends = [stop for _, stop in ranges[:-1]] + [start for start, _ in ranges[1:]]
            if any(at % step for at in ends):
                return (
                    f"pages begin at each {step:,} rows, but no boundary can be near there: the "
                    "rows are too few, or no group begins there (keep=None ignores groups)"
                )
        return None

    def check(self, checksum: int) -> None:
        """Refuse files that were made anew since these rows were mapped."""
        if checksum != self.checksum:
            raise InputChangedError(
                f"{self.file}: expected the files that the matrix was mapped from, found others "
                "in their place; open them with TrainingMatrix.open",
                path=str(self.file),
            )


def row_step(row_bytes: int) -> int:
    """Return how many rows fill whole pages: a range of them begins and ends with a page."""
    return PAGESIZE // math.gcd(max(row_bytes, 1), PAGESIZE)


def _joined(ranges: Iterable[Rows]) -> Iterator[Rows]:
    """Join ranges that meet."""
    last: Rows | None = None
    for start, stop in ranges:
        if last is not None and last[1] == start:
            last = last[0], stop
        else:
            if last is not None:
                yield last
            last = start, stop
    if last is not None:
        yield last
