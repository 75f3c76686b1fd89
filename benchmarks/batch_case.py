"""The process of one measurement of batches, under the sampler of memory.

    batch_case.py WAY FOLDER [--limit BYTES] [--seconds SECONDS]

FOLDER has `big.npy` and `train/`. Marks "ready" and "done" for `memory.Child`, with the bytes of
the matrix that were delivered, the rows, and the sum of their numbers.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
from memory import mark
from page_cache import evict

ROWS = 4096
Delivered = Iterable[tuple[Any, Any]]


def shuffled(folder: Path) -> Delivered:
    """Shuffled by blocks."""
    m = onecopy.TrainingMatrix.open(folder / "big.npy")
    return ((batch.X, batch.index) for batch in m.batches(ROWS, shuffle=1))


def in_order(folder: Path) -> Delivered:
    """Copy views in order."""
    m = onecopy.TrainingMatrix.open(folder / "big.npy")
    return ((np.array(batch.X), batch.index) for batch in m.batches(ROWS))


def random_rows(folder: Path) -> Delivered:
    """Random rows of the map, as a sampler takes them."""
    X = np.load(folder / "big.npy", mmap_mode="r")  # noqa: N806
    order = np.random.default_rng(1).permutation(len(X))
    parts = (order[start : start + ROWS] for start in range(0, len(X), ROWS))
    return ((X[part], part) for part in parts)


def torch_batches(folder: Path) -> Delivered:
    """`onecopy.torch.Batches` in a DataLoader."""
    batches = import_module("onecopy.torch").Batches(folder / "big.npy", ROWS, shuffle=1)
    loader = import_module("torch.utils.data").DataLoader(batches, batch_size=None)
    return ((X, None) for X, _ in loader)


def torch_tensors(folder: Path) -> Delivered:
    """TensorDataset in a DataLoader, shuffled."""
    torch, data = import_module("torch"), import_module("torch.utils.data")
    m = onecopy.TrainingMatrix.open(folder / "big.npy", mode="c")
    y = torch.from_numpy(np.array(m.y))
    loader = data.DataLoader(data.TensorDataset(torch.from_numpy(m.X), y), ROWS, shuffle=True)
    return ((X, None) for X, _ in loader)


def datasets_shuffled(folder: Path) -> Delivered:
    """Datasets of Hugging Face, shuffled."""
    frame = import_module("datasets").Dataset.from_parquet(str(folder / "big.parquet"))
    batches = frame.with_format("numpy").shuffle(seed=1).iter(ROWS)
    return ((np.column_stack(list(batch.values())[:-1]), None) for batch in batches)


def lance_taken(folder: Path) -> Delivered:
    """Lance, random rows."""
    lance = import_module("lance")
    place = str(folder / "big.lance")
    if not Path(place).exists():
        table = import_module("pyarrow.parquet").read_table(folder / "big.parquet")
        lance.write_dataset(table, place)
    found = lance.dataset(place)
    rows = found.count_rows()
    order = np.random.default_rng(1).permutation(rows)
    tables = (found.take(order[start : start + ROWS]) for start in range(0, rows, ROWS))
    return ((np.column_stack([c.to_numpy() for c in t.columns[:-1]]), None) for t in tables)


WAYS: dict[str, Callable[[Path], Delivered]] = {
    way.__name__: way
    for way in (
        shuffled,
        in_order,
        random_rows,
        torch_batches,
        torch_tensors,
        datasets_shuffled,
        lance_taken,
    )
}


def bounded(limit: int) -> None:
    """Have the control group of this process hold so much, page cache included."""
    group = Path("/sys/fs/cgroup/memory/onecopy-bench")
    name = "memory.limit_in_bytes"
    if not group.parent.exists():
        group, name = Path("/sys/fs/cgroup/onecopy-bench"), "memory.max"
    group.mkdir(exist_ok=True)
    (group / name).write_text(str(limit))
    (group / "cgroup.procs").write_text(str(os.getpid()))


def deliver(batches: Delivered, seconds: float) -> dict[str, Any]:
    """Take batches for some seconds, or all."""
    rows = size = total = 0
    began = time.perf_counter()
    whole = True
    for X, index in batches:  # noqa: N806
        rows += len(X)
        size += len(X) * X.shape[1] * X.dtype.itemsize
        total += 0 if index is None else int(index.sum())
        if time.perf_counter() - began > seconds:
            whole = False
            break
    return {"rows": rows, "bytes": size, "sum": total, "whole": whole}


def once(way: Callable[[Path], Delivered], folder: Path) -> Iterator[None]:
    """Import what a way needs, and begin."""
    for _ in way(folder):
        yield None
        return


def main() -> None:
    """Measure one way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    way = WAYS[given.way]
    list(once(way, given.folder))
    if given.limit:
        bounded(given.limit)
        # What the first batch has brought in is no part of the group.
        evict([given.folder / "big.npy"])
    mark("ready")
    mark("done", **deliver(way(given.folder), given.seconds))


if __name__ == "__main__":
    main()
