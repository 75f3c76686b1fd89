"""Blocks of a dask array that are files in a folder which all workers see.

A block is mapped wherever it is used. Dask would count a mapped array as memory, write it to disk
once more where memory is scarce, and send all its bytes to another worker; this one counts as what
it is, and travels as a path.
"""

import os
import pickle
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

try:
    from dask.sizeof import sizeof  # type: ignore[import-not-found, unused-ignore]
    from distributed.protocol.serialize import (  # type: ignore[import-not-found, unused-ignore]
        dask_deserialize,
        dask_serialize,
    )
except ImportError as _error:
    _message = 'onecopy.dask needs Dask: pip install "onecopy[dask]"'
    raise ImportError(_message) from _error

import numpy as np

from onecopy import _native
from onecopy._run import PouredArrays

# Bytes that a mapped block takes beside the cache of the system, about.
_SIZE = 1_000
_ROLES = {"y", "weight", "group"}


class MappedBlock(np.memmap):
    """An array in a file of a block."""

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is None:
            return np.asarray(self).__reduce__()  # type: ignore[return-value]
        return open_block, (self.path,)

    @property
    def path(self) -> str | None:
        """The file that is mapped as a whole; None for a part of it, or what was computed of it."""
        base = self.base
        is_whole = base is not None and not isinstance(base, np.ndarray)
        return None if self.filename is None or not is_whole else str(self.filename)


def open_block(path: str) -> MappedBlock:
    """Map a block, read-only."""
    mapped = np.load(path, mmap_mode="r")
    return MappedBlock(
        path,
        dtype=mapped.dtype,
        mode="r",
        offset=mapped.offset,
        shape=mapped.shape,
        order="C" if mapped.flags.c_contiguous else "F",
    )


@sizeof.register(MappedBlock)  # type: ignore[untyped-decorator, unused-ignore]
def _size(block: MappedBlock) -> int:
    return _SIZE if block.path is not None else int(block.nbytes)


@dask_serialize.register(MappedBlock)  # type: ignore[untyped-decorator, unused-ignore]
def _sent(block: MappedBlock) -> tuple[dict[str, Any], list[bytes]]:
    if block.path is not None:
        return {"path": block.path}, []
    return {"path": None}, [pickle.dumps(np.asarray(block), protocol=5)]


@dask_deserialize.register(MappedBlock)  # type: ignore[untyped-decorator, unused-ignore]
def _received(header: dict[str, Any], frames: list[bytes]) -> Any:
    if header["path"] is not None:
        return open_block(header["path"])
    return pickle.loads(frames[0])  # noqa: S301 (what a worker of the cluster sent)


class BlockFolder:
    """A folder of blocks that has another name until it is whole."""

    def __init__(self, out: str | os.PathLike[str], *, overwrite: bool) -> None:
        self.path = Path(os.path.abspath(out))  # noqa: PTH100 (a link stays a link)
        self._overwrite = overwrite
        if self.path.exists() and not overwrite:
            raise FileExistsError(
                17, "File exists; pass overwrite=True to replace it", str(self.path)
            )
        if overwrite:
            self._remove_old()
        self.draft = self.path.parent / f".{self.path.name}.{uuid.uuid4().hex}.partial"
        self.draft.mkdir()

    def finish(self, heights: Sequence[int], dtype: str, features: int) -> None:
        """Give the folder its name; `dask.array.from_npy_stack` opens it then."""
        info = {"chunks": (tuple(heights), (features,)), "dtype": np.dtype(dtype), "axis": 0}
        (self.draft / "info").write_bytes(pickle.dumps(info))
        _sync(self.draft / "info")
        _sync(self.draft)
        old = None
        if self.path.exists():
            old = self.draft.with_suffix(".replaced.partial")
            self.path.rename(old)
        self.draft.rename(self.path)
        _sync(self.path.parent)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)

    def give_up(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self.draft, ignore_errors=True)

    def _remove_old(self) -> None:
        """Remove what a client that died has left."""
        for left in self.path.parent.glob(f".{self.path.name}.*.partial"):
            shutil.rmtree(left, ignore_errors=True)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def files_of(file: Path) -> PouredArrays:
    """Map the arrays of a block."""

    def beside(ending: str) -> MappedBlock | None:
        path = _native.beside(str(file), f"{ending}.npy")
        return open_block(str(path)) if Path(path).exists() else None

    names = [path.name[len(file.stem) + 1 : -len(".npy")] for path in _others(file)]
    kept = [name for name in names if name not in _ROLES and not name.endswith(".mask")]
    masks = {name: beside(f"{name}.mask") for name in kept}
    return PouredArrays(
        X=open_block(str(file)),
        y=beside("y"),
        weight=beside("weight"),
        group=beside("group"),
        passthrough={
            name: open_block(str(_native.beside(str(file), f"{name}.npy"))) for name in kept
        },
        masks={name: mask for name, mask in masks.items() if mask is not None},
    )


def _others(file: Path) -> list[Path]:
    """Find the arrays beside a block."""
    return [path for path in file.parent.glob(f"{file.stem}.*.npy") if path != file]


def written(block: np.memmap[Any, Any], path: Path) -> None:
    """Wait until a block that was filled is on disk."""
    block.flush()
    _sync(path)
