"""What the workers of a Dask cluster do: each task is a function of what it is handed."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from onecopy import _native
from onecopy._arguments import Arguments
from onecopy._dask_files import files_of, written
from onecopy._errors import InputChangedError
from onecopy._options import Options
from onecopy._run import PouredArrays
from onecopy._shard import Shard
from onecopy._shares import Coded, Learned, digest_of, learn, shared_plan


@dataclass(frozen=True, eq=False)
class DaskLoad:
    """What every task of a load is told."""

    given: Arguments
    shares: int
    digest: bytes
    known: tuple[Any, Any, Any]
    folder: Path | None = None

    def options(self) -> Options:
        texts, classes, groups = self.known
        options = Options.from_arguments(self.given)
        return replace(
            options,
            known_texts=texts,
            known_classes=classes,
            known_groups=groups,
        )

    def planned(self, part: int) -> "tuple[_native.Plan, Options, tuple[int, int]]":
        """Plan as the client did, from files that must be what they were."""
        options = self.options()
        whole = shared_plan(options, self.shares)
        facts = whole.facts()
        if digest_of(facts, options) != self.digest:
            raise InputChangedError(
                "the files of the source are not those that the load was planned for: one changed, "
                "came or went, or this worker sees others; load again when nothing writes to them"
            )
        return whole, options, Shard(part, self.shares, None).rows(facts["shape"][0])


@dataclass(frozen=True, eq=False)
class Block:
    """A partition: its arrays or their file, and what it tells of them."""

    poured: PouredArrays | None
    file: Path | None
    told: bytes
    fitted: int
    report: "_native.RunReport"
    masked: tuple[str, ...] = ()

    @property
    def arrays(self) -> PouredArrays:
        """The arrays; those of a file are mapped."""
        if self.poured is not None:
            return self.poured
        assert self.file is not None  # noqa: S101 (for type checkers)
        return files_of(self.file).masked(self.masked)

    def by_name(self) -> dict[str, Any]:
        """Return the arrays that there are, each by its name."""
        own = self.arrays
        arrays = {"X": own.X, "y": own.y, "weight": own.weight, "group": own.group}
        beside = {f"passthrough {name}": kept for name, kept in own.passthrough.items()}
        return {name: array for name, array in arrays.items() if array is not None} | beside

    def __sizeof__(self) -> int:
        if self.poured is None:
            return len(self.told)
        return sum(array.nbytes for array in self.by_name().values())


def learn_texts(part: int, load: DaskLoad, coded: Coded) -> Learned:
    _, options, rows = load.planned(part)
    return learn(options, load.shares, rows, coded)


def pour(part: int, load: DaskLoad) -> Block:
    """Pour a partition; what is to be fitted stays NaN."""
    whole, options, rows = load.planned(part)
    share = whole.share(*rows)
    facts = share.facts()
    parts = facts["parts"]
    fitted = parts[0][1] if parts else facts["shape"][0]
    if load.folder is None:
        poured = share.pour(None, overwrite=False, progress=None, sidecar=None)
        run = poured["report"]
        return Block(PouredArrays.of(options, poured), None, run["told"], fitted, run)
    # Where a worker has died, what it wrote is replaced by the same.
    file = load.folder / f"{part}.npy"
    runs: list[_native.RunReport] = []

    def describe(run: "_native.RunReport") -> bytes:
        runs.append(run)
        return b"{}"

    share.pour(str(file), overwrite=True, progress=None, sidecar=describe)
    return Block(None, file, runs[0]["told"], fitted, runs[0])


def told(block: Block) -> bytes:
    """Return what a partition tells all others."""
    return block.told


def report(block: Block) -> "_native.RunReport":
    """Return what the client has to know of a partition."""
    return block.report


def merge_told(messages: list[bytes]) -> bytes:
    """Make one message of what some partitions tell."""
    return _native.merge_told(messages)


def merge_answers(messages: list[bytes], asked: bytes, width: int) -> bytes:
    """Make one message of what some partitions answer."""
    return _native.merge_answers(asked, width, messages)


def look(block: Block, asked: bytes) -> bytes:
    return _native.look(block.arrays.X, asked, block.fitted, block.report["threads"])


def fill(block: Block, fills: list[tuple[int, float]], masked: list[str]) -> Block:
    """Fill a partition where it is.

    Dask asks that tasks leave their inputs alone. This one does not, and may: pouring is pure,
    every look has ended before any fill is known, and filling what is filled changes nothing. So
    however often a worker dies and tasks run again, the bits are the same.
    """
    threads = block.report["threads"]
    if block.file is not None:
        mapped = np.load(block.file, mmap_mode="r+")
        _native.write_fills(mapped, fills, threads)
        written(mapped, block.file)
        return replace(block, masked=tuple(masked))
    arrays = block.arrays
    if not arrays.X.flags.writeable:
        arrays = arrays._replace(X=arrays.X.copy(order="K"))
    _native.write_fills(arrays.X, fills, threads)
    return replace(block, poured=arrays.masked(masked))


def array_of(block: Block, name: str) -> Any:
    return block.by_name()[name]


def moved(block: Block, folder: Path) -> Block:
    """Find a block where its folder is now."""
    return block if block.file is None else replace(block, file=folder / block.file.name)


def shapes(block: Block) -> dict[str, Any]:
    """Return the shape, dtype and an empty array of each array of a block."""
    arrays = block.by_name().items()
    return {name: (array.shape, array.dtype, array[:0]) for name, array in arrays}


def is_written(block: Block) -> bool:
    return block.file is not None
