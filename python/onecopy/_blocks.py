"""Rows of arrays, block by block: from the file of a mapped array by position, or out of memory.

A file that is larger than the memory is not read through its mapping, because each page of a random
block would cost a fault and what the system reads around it.
"""

import mmap
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from onecopy._errors import InputChangedError

# Bytes at both ends of an array that are compared with its file.
_SAMPLE = 64

# What tells a file from one that has replaced it, or that was written to.
_Identity = tuple[int, int, int, int]


@dataclass(frozen=True)
class Piece:
    """Some rows that stand together."""

    first: int
    count: int


@dataclass(frozen=True)
class _FilePlace:
    """Where the values of an array are in a file."""

    path: Path
    position: int
    identity: _Identity


class BlockReader:
    """Reads rows of one array; a context in which its file, if it has one, is open."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array
        self._place = _file_place(array)
        self._file = -1

    def __enter__(self) -> Self:
        if self._place is not None:
            self._file = os.open(self._place.path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            if _identity(os.fstat(self._file)) != self._place.identity:
                self.__exit__(None, None, None)
                raise self._changed("another file has its name, or it was written to")
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    @property
    def row_bytes(self) -> int:
        """The bytes of a row."""
        return self._array.dtype.itemsize * (self._array.shape[1] if self._array.ndim > 1 else 1)

    def read(self, pieces: Iterable[Piece], rows: int, spare: NDArray[Any] | None) -> NDArray[Any]:
        """Read pieces of `rows` rows in all, into the front of `spare` if it has room."""
        array = self._array
        if spare is None or len(spare) < rows:
            spare = np.empty((rows, *array.shape[1:]), array.dtype)
        read = spare[:rows]
        at = 0
        for piece in pieces:
            out = read[at : at + piece.count]
            if self._file < 0:
                out[...] = array[piece.first : piece.first + piece.count]
            else:
                self._read_rows(piece, out)
            at += piece.count
        return read

    def _read_rows(self, piece: Piece, out: NDArray[Any]) -> None:
        array, place = self._array, self._place
        assert place is not None  # noqa: S101 (for type checkers)
        position = place.position + piece.first * array.strides[0]
        if array.ndim == 1 or array.shape[1] == 1 or array.strides[1] == array.dtype.itemsize:
            self._fill(position, out)
            return
        column = np.empty(piece.count, array.dtype)
        for at in range(array.shape[1]):
            self._fill(position + at * array.strides[1], column)
            out[:, at] = column

    def _fill(self, position: int, out: NDArray[Any]) -> None:
        left: memoryview = out.view(np.uint8).reshape(-1).data
        while left:
            if hasattr(os, "preadv"):
                count = os.preadv(self._file, [left], position)
            else:
                os.lseek(self._file, position, os.SEEK_SET)
                data = os.read(self._file, len(left))
                count = len(data)
                left[:count] = data
            if count == 0:
                raise self._changed("it has become shorter")
            left, position = left[count:], position + count

    def _changed(self, change: str) -> InputChangedError:
        path = "" if self._place is None else str(self._place.path)
        error = InputChangedError(
            f"{path}: the file changed since the matrix was opened ({change}); open it again",
            path=path,
        )
        error.change = change
        return error


def _file_place(array: NDArray[Any]) -> _FilePlace | None:
    """Where an array is in its file; None where it has none, or might differ from it."""
    mapped, name = getattr(array, "_mmap", None), getattr(array, "filename", None)
    in_order = array.dtype.itemsize in array.strides or array.size == 0
    if (
        not isinstance(mapped, mmap.mmap)
        or name is None
        or getattr(array, "mode", "") != "r"
        or not in_order
        or not (array.flags.c_contiguous or array.strides[0] == array.dtype.itemsize)
    ):
        return None
    start = np.frombuffer(mapped, np.uint8).__array_interface__["data"][0]
    offset = int(getattr(array, "offset", 0))
    position = array.__array_interface__["data"][0] - start
    position += offset - offset % mmap.ALLOCATIONGRANULARITY
    try:
        identity = _identity(Path(name).stat())
        same = _is_same(array, Path(name), position)
    except OSError:
        return None
    return _FilePlace(Path(name), position, identity) if same else None


def _is_same(array: NDArray[Any], path: Path, position: int) -> bool:
    """Whether the file of this name is the one that is mapped, by the first and last bytes."""
    if array.size == 0:
        return False
    ends = array[:1], array[-1:]
    with path.open("rb") as file:
        for rows, at in zip(ends, (0, (len(array) - 1) * array.strides[0]), strict=True):
            expected = np.ascontiguousarray(rows.reshape(-1)[:1]).tobytes()[:_SAMPLE]
            file.seek(position + at)
            if file.read(len(expected)) != expected:
                return False
    return True


def _identity(found: os.stat_result) -> _Identity:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
