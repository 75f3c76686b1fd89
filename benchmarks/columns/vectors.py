"""Lists of float32, such as embeddings, to one matrix: in memory, and in a file."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from columns.case import Case

ROWS, WIDTH = 400_000, 256
FILE_ROWS, FILE_WIDTH = 1_000_000, 768
LIMIT = "256MB"
# Rows that are made, or read by batches, at a time.
BATCH = 10_000


def in_memory(folder: Path, scale: float) -> Case:
    """Plain pages without nulls, as most writers of embeddings leave them."""
    rows = int(ROWS * scale)
    path = _file(folder, rows, WIDTH)
    contenders = {
        "onecopy": lambda: _ours(path),
        "pyarrow": lambda: _pyarrow(path),
        "polars": lambda: _polars(path),
    }
    return Case(f"{rows:,} lists of {WIDTH} float32", contenders)


def in_a_file(folder: Path, scale: float) -> Case:
    """Make a .npy that takes far more than the limit."""
    rows = int(FILE_ROWS * scale)
    path = _file(folder, rows, FILE_WIDTH)
    contenders = {
        "onecopy": lambda: _to_file(path, folder / "ours.npy"),
        "pyarrow, by batches": lambda: _by_batches(path, rows, folder / "theirs.npy"),
    }
    return Case(f"{rows:,} lists of {FILE_WIDTH} float32 to .npy, ours within {LIMIT}", contenders)


def _file(folder: Path, rows: int, width: int) -> Path:
    import pyarrow as pa  # noqa: PLC0415 (each contender imports its own)
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = folder / f"vectors-{rows}-{width}.parquet"
    if path.exists():
        return path
    rng = np.random.default_rng(22)
    schema = pa.schema([("emb", pa.list_(pa.float32()))])
    with pq.ParquetWriter(path, schema, use_dictionary=False, compression="none") as writer:
        for start in range(0, rows, BATCH):
            count = min(BATCH, rows - start)
            items = pa.array(rng.standard_normal(count * width, np.float32))
            offsets = pa.array(np.arange(0, (count + 1) * width, width, np.int32))
            lists = pa.ListArray.from_arrays(offsets, items)
            writer.write_table(pa.table([lists], schema))
    return path


def _ours(path: Path) -> NDArray[Any]:
    from onecopy import load_training_matrix  # noqa: PLC0415

    return load_training_matrix(path, fill=0).X


def _pyarrow(path: Path) -> NDArray[Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    column = pq.read_table(path)["emb"].combine_chunks()
    matrix: NDArray[Any] = column.flatten().to_numpy().reshape(len(column), -1)
    return matrix


def _polars(path: Path) -> NDArray[Any]:
    import polars as pl  # noqa: PLC0415

    emb = pl.read_parquet(path)["emb"]
    matrix: NDArray[Any] = emb.explode().to_numpy().reshape(len(emb), -1)
    return matrix


def _to_file(path: Path, out: Path) -> NDArray[Any]:
    from onecopy import load_training_matrix  # noqa: PLC0415

    return load_training_matrix(path, fill=0, out=out, overwrite=True, memory_limit=LIMIT).X


def _by_batches(path: Path, rows: int, out: Path) -> NDArray[Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    shape = (rows, FILE_WIDTH)
    matrix = np.lib.format.open_memmap(out, "w+", np.float32, shape)
    start = 0
    for batch in pq.ParquetFile(path).iter_batches(BATCH):
        items = batch.column("emb").flatten().to_numpy()
        matrix[start : start + batch.num_rows] = items.reshape(batch.num_rows, -1)
        start += batch.num_rows
    matrix.flush()
    return matrix
