"""Texts to codes in the order of their bytes, as one float32 matrix."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from columns.case import Case

ROWS = 5_000_000
WORDS = {"few": 50, "some": 1_000, "many": 20_000}


def dictionaries(folder: Path, scale: float) -> Case:
    """Texts that are encoded by dictionaries, as most writers do."""
    return _case(folder, scale, is_plain=False)


def plain(folder: Path, scale: float) -> Case:
    """Texts that are written one by one."""
    return _case(folder, scale, is_plain=True)


def _case(folder: Path, scale: float, *, is_plain: bool) -> Case:
    rows = int(ROWS * scale)
    path = folder / f"texts-{'plain' if is_plain else 'dictionary'}-{rows}.parquet"
    if not path.exists():
        _write(path, rows, is_plain=is_plain)
    what = f"{rows:,} rows of {', '.join(f'{count:,}' for count in WORDS.values())} words"
    contenders = {
        "onecopy": lambda: _ours(path),
        "pandas factorize": lambda: _pandas(path),
        "pandas category": lambda: _category(path),
        "polars enum": lambda: _polars(path),
        "pyarrow dictionaries": lambda: _pyarrow(path),
    }
    return Case(f"{what}, {'plain' if is_plain else 'in dictionaries'}", contenders)


def _write(path: Path, rows: int, *, is_plain: bool) -> None:
    import pyarrow as pa  # noqa: PLC0415 (each contender imports its own)
    import pyarrow.parquet as pq  # noqa: PLC0415

    rng = np.random.default_rng(22)
    table = {}
    for name, count in WORDS.items():
        words = pa.array([f"{name} word {number:05}" for number in rng.permutation(count)])
        table[name] = words.take(pa.array(rng.integers(0, count, rows)))
    pq.write_table(pa.table(table), path, use_dictionary=not is_plain, compression="snappy")


def _ours(path: Path) -> NDArray[Any]:
    from onecopy import load_training_matrix  # noqa: PLC0415

    return load_training_matrix(path, categories="codes").X


def _pandas(path: Path) -> NDArray[Any]:
    import pandas as pd  # noqa: PLC0415

    frame = pd.read_parquet(path)
    columns = [pd.factorize(frame[name], sort=True)[0] for name in frame]
    return np.stack(columns, axis=1).astype(np.float32)


def _category(path: Path) -> NDArray[Any]:
    import pandas as pd  # noqa: PLC0415

    frame = pd.read_parquet(path)
    columns = [frame[name].astype("category").cat.codes.to_numpy() for name in frame]
    return np.stack(columns, axis=1).astype(np.float32)


def _polars(path: Path) -> NDArray[Any]:
    import polars as pl  # noqa: PLC0415

    frame = pl.read_parquet(path)
    columns = [
        pl.col(name).cast(pl.Enum(frame[name].unique().sort())).to_physical().cast(pl.Float32)
        for name in frame.columns
    ]
    return frame.select(columns).to_numpy(order="c")


def _pyarrow(path: Path) -> NDArray[Any]:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(path, read_dictionary=list(WORDS)).unify_dictionaries()
    columns = []
    for column in table.columns:
        order = pc.sort_indices(column.chunk(0).dictionary).to_numpy()
        codes = np.empty(len(order), dtype=np.float32)
        codes[order] = np.arange(len(order), dtype=np.float32)
        indices = pa.chunked_array([chunk.indices for chunk in column.chunks]).to_numpy()
        columns.append(codes[indices])
    return np.stack(columns, axis=1)
