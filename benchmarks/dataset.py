"""A data set like those that people train on: mixed types, gaps, and a label worth learning.

The rows depend on the seed, the columns and their kinds only, never on files, row groups or codec.
"""

import argparse
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BLOCK_ROWS = 50_000
SIGNALS = 8
NULLS, NANS, INFINITIES = 0.05, 0.01, 0.002

# Eleven kinds: prime to the periods of nulls, NaN, infinities and quantising, so that all meet all.
KINDS = (
    ("float32", 1.0),
    ("float64", 1000.0),
    ("int32", 20_000.0),
    ("float32", 0.01),
    ("float64", 1.0),
    ("bool", 1.0),
    ("float32", 50.0),
    ("int64", 1e9),
    ("int16", 300.0),
    ("float64", 1e-3),
    ("uint8", 25.0),
)
MIXES = {"mixed": KINDS, "float64": tuple(("float64", scale) for _, scale in KINDS)}

# Rows of a wide block are fewer, so that no block takes more memory than one of 114 columns.
BLOCK_VALUES = 114 * BLOCK_ROWS


def write_dataset(
    folder: str | Path,
    rows: int = 500_000,
    columns: int = 114,
    *,
    row_group_rows: int = 500_000,
    codec: str = "snappy",
    files: int = 4,
    seed: int = 0,
    kinds: str = "mixed",
) -> list[Path]:
    """Write `columns` features and an integer `label` as Parquet files; return their paths.

    Parameters
    ----------
    folder
        Made if absent; files of an earlier call there are removed.
    rows, columns
        Rows over all files; features besides the label.
    row_group_rows
        Rows of a row group, at most; it also sets the memory that writing takes.
    codec
        A codec of pyarrow: "snappy", "zstd", "none" and so on.
    files
        The rows are split evenly over this many files.
    seed
        Another seed gives other values, but the same schema.
    kinds
        "mixed", or "float64" for features that are all of that type.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-*.parquet"):
        old.unlink()
    bounds = [rows * part // files for part in range(files + 1)]
    paths = []
    for part, (start, stop) in enumerate(pairwise(bounds)):
        path = folder / f"part-{part:04}.parquet"
        schema = _block(0, columns, seed, kinds).schema
        with pq.ParquetWriter(path, schema, compression=codec) as writer:
            for first in range(start, stop, row_group_rows):
                last = min(first + row_group_rows, stop)
                table = pa.concat_tables(_slices(first, last, columns, seed, kinds))
                writer.write_table(table, row_group_size=row_group_rows)
        paths.append(path)
    return paths


def feature_names(columns: int) -> list[str]:
    """Return the names of the features, in order."""
    return [f"feature_{column:03}" for column in range(columns)]


def _slices(start: int, stop: int, columns: int, seed: int, kinds: str) -> Iterator[pa.Table]:
    """Cut the rows from `start` to `stop` out of the blocks that they lie in."""
    block_rows = _block_rows(columns)
    while start < stop:
        index, offset = divmod(start, block_rows)
        length = min(block_rows - offset, stop - start)
        yield _block(index, columns, seed, kinds).slice(offset, length)
        start += length


def _block_rows(columns: int) -> int:
    return min(BLOCK_ROWS, max(1000, BLOCK_VALUES // columns))


@lru_cache(maxsize=1)
def _block(index: int, columns: int, seed: int, kinds: str) -> pa.Table:
    """Make the rows of one block, which depend on the arguments only."""
    random = np.random.default_rng([seed, index])
    rows = _block_rows(columns)
    signals = random.standard_normal((SIGNALS, rows), dtype=np.float32)
    arrays = {}
    for column, name in enumerate(feature_names(columns)):
        kind, scale = MIXES[kinds][column % len(KINDS)]
        arrays[name] = _feature(column, kind, scale, signals[column % SIGNALS], random)
    # A label that a model can learn, but not perfectly.
    weights = np.linspace(1.0, -1.0, SIGNALS, dtype=np.float32)
    score = weights @ signals + signals[0] * signals[1]
    noise = random.standard_normal(rows, dtype=np.float32)
    arrays["label"] = pa.array((score + noise > 0).astype(np.int64))
    return pa.table(arrays)


def _feature(
    column: int, kind: str, scale: float, signal: np.ndarray, random: np.random.Generator
) -> pa.Array:
    """Make one feature: a noisy view of a signal, in its type and with the gaps of this column."""
    rows = len(signal)
    values = 0.6 * signal + 0.8 * random.standard_normal(rows, dtype=np.float32)
    if column % 4 == 1:  # few distinct values, so that the writer keeps its dictionary
        values = np.round(values * 16) / 16
    if kind == "bool":
        values = values > 0
    elif kind.startswith("float"):
        values = (values.astype(np.float64) * scale).astype(kind)
        if column % 2 == 0:
            values[_some(rows, NANS, random)] = np.nan
        if column % 5 == 0:
            values[_some(rows, INFINITIES / 2, random)] = np.inf
            values[_some(rows, INFINITIES / 2, random)] = -np.inf
    else:
        limits = np.iinfo(kind)
        middle = 0 if limits.min < 0 else limits.max // 2
        scaled = np.round(values.astype(np.float64) * scale + middle)
        values = np.clip(scaled, limits.min, limits.max).astype(kind)
    mask = None
    if column % 3 == 0:
        mask = np.zeros(rows, dtype=bool)
        mask[_some(rows, NULLS, random)] = True
    return pa.array(values, mask=mask)


def _some(rows: int, share: float, random: np.random.Generator) -> np.ndarray:
    return random.integers(0, rows, size=int(rows * share))


def main() -> None:
    """Write a data set as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--columns", type=int, default=114, help="features besides the label")
    parser.add_argument("--row-group-rows", type=int, default=500_000)
    parser.add_argument("--codec", default="snappy", help="snappy, zstd, none, ...")
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", choices=MIXES, default="mixed")
    paths = write_dataset(**vars(parser.parse_args()))
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    print(f"{len(paths)} files, {megabytes:,.0f} MB")


if __name__ == "__main__":
    main()
