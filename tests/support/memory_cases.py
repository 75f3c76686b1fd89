"""Files that strain memory, each in its own way: one function for each, named in `MEMORY_CASES`."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from support.scale import scaled

# The whole form has more of everything.
SIZE = scaled(1, 4)


@dataclass(frozen=True)
class MemoryCase:
    """How its files are written, and the options of its load."""

    write: Callable[[Path], dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)


def numbers(columns: int, rows: int, dtype: type = np.float64) -> dict[str, np.ndarray]:
    """Columns of normal values with gaps."""
    rng = np.random.default_rng(columns)
    made = {}
    for at in range(columns):
        made[f"c{at}"] = rng.standard_normal(rows).astype(dtype)
        made[f"c{at}"][at % 7 :: 7 + at % 5] = np.nan
    return made


def one(folder: Path, columns: dict[str, Any], **layout: Any) -> dict[str, Any]:
    path = folder / "in.parquet"
    pq.write_table(pa.table(columns), path, **layout)
    return {"source": str(path)}


def linked(folder: Path, path: Path, count: int) -> str:
    """One file under many names."""
    many = folder / "many"
    many.mkdir()
    for at in range(count):
        os.link(path, many / f"t{at}.parquet")
    return str(many)


def wide(folder: Path) -> dict[str, Any]:
    return one(folder, numbers(17_000, 300, np.float32))


def tall(folder: Path) -> dict[str, Any]:
    return one(folder, numbers(2, 4_000_000 * SIZE, np.float32))


def giant_row_group(folder: Path) -> dict[str, Any]:
    rows = 2_500_000 * SIZE
    return one(folder, numbers(6, rows), row_group_size=rows, compression="zstd")


def giant_dictionary(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    entries = rng.standard_normal(500_000 * SIZE)
    columns = {f"c{at}": np.tile(rng.permutation(entries), 2) for at in range(4)}
    layout = {"use_dictionary": True, "dictionary_pagesize_limit": 1 << 30}
    return one(folder, columns, row_group_size=len(entries) * 2, **layout)


def giant_page(folder: Path) -> dict[str, Any]:
    """One page of 256 MiB, or a GiB, that hardly takes space on the disk."""
    rows = 32 * 1024 * 1024 * SIZE - 1024
    values = np.zeros(rows)
    values[:1000] = np.arange(1000)
    layout = {"use_dictionary": False, "compression": "zstd", "data_page_size": 2 << 30}
    layout |= {"write_batch_size": rows, "max_rows_per_page": rows}
    return one(folder, {"c": values}, row_group_size=rows, **layout)


def small_files(folder: Path) -> dict[str, Any]:
    one(folder, numbers(30, 40))
    return {"source": linked(folder, folder / "in.parquet", 2500 * SIZE)}


def row_groups(folder: Path) -> dict[str, Any]:
    return one(folder, numbers(3, 500_000 * SIZE), row_group_size=200)


def mixed(folder: Path, **layout: Any) -> dict[str, Any]:
    return one(folder, numbers(40, 300_000 * SIZE), row_group_size=100_000, **layout)


def gzip(folder: Path) -> dict[str, Any]:
    return mixed(folder, compression="gzip", use_dictionary=False)


def brotli(folder: Path) -> dict[str, Any]:
    return mixed(folder, compression="brotli", use_dictionary=False, data_page_size=8 << 20)


def split_bytes(folder: Path) -> dict[str, Any]:
    return mixed(folder, use_dictionary=False, use_byte_stream_split=True, compression="zstd")


def integers(folder: Path) -> dict[str, Any]:
    rows = 500_000 * SIZE
    columns = {f"c{at}": np.arange(rows) * at for at in range(16)}
    encoding = dict.fromkeys(columns, "DELTA_BINARY_PACKED")
    return one(folder, columns, use_dictionary=False, column_encoding=encoding)


def decimals(folder: Path) -> dict[str, Any]:
    cells = [Decimal(at) / 100 for at in range(1000)] * (200 * SIZE)
    return one(folder, {"c": pa.array(cells, pa.decimal128(20, 2))}, use_dictionary=False)


def roles(folder: Path) -> dict[str, Any]:
    return mixed(folder) | {"target": ["c0", "c1"], "weight": "c2", "target_missing": "keep"}


def tables(folder: Path) -> dict[str, Any]:
    """A source of keys and many tables, in another order."""
    rows = 5000 * SIZE
    keys = np.random.default_rng(0).permutation(rows)
    one(folder, {"k": keys} | numbers(20, rows))
    joined = linked(folder, folder / "in.parquet", 300)
    source = folder / "source.parquet"
    pq.write_table(pa.table({"k": np.arange(rows)}), source)
    return {"source": str(source), "join": joined, "on": "k", "prefix": "{stem}__"}


def long_table(folder: Path) -> dict[str, Any]:
    """Keys are text, and most rows of the table match nothing."""
    rows = 200_000 * SIZE
    text = [f"key-{at:09}" for at in range(rows)]
    keys = pa.array(text).take(pa.array(np.random.default_rng(0).permutation(rows)))
    path = folder / "table.parquet"
    pq.write_table(pa.table({"k": keys} | numbers(8, rows)), path)
    options = one(folder, {"k": text[: rows // 2]})
    return options | {"join": str(path), "on": "k"}


def texts(folder: Path) -> dict[str, Any]:
    """Rows are chosen by texts, and put in order by others."""
    rows = 100_000 * SIZE
    text = [f"key-{at % (rows // 2):09}" for at in range(rows)]
    return one(folder, {"k": text} | numbers(8, rows), row_group_size=30_000)


MEMORY_CASES = {
    "17,000 columns": MemoryCase(wide),
    "17,000 columns, order F": MemoryCase(wide, {"order": "F"}),
    "tall": MemoryCase(tall),
    "one giant row group": MemoryCase(giant_row_group),
    "one giant row group, float16": MemoryCase(giant_row_group, {"dtype": "float16"}),
    "a giant dictionary": MemoryCase(giant_dictionary),
    "a giant page": MemoryCase(giant_page),
    "many small files": MemoryCase(small_files),
    "many row groups": MemoryCase(row_groups),
    "order F": MemoryCase(mixed, {"order": "F"}),
    "means": MemoryCase(mixed, {"fill": "mean"}),
    "float64, 16 threads": MemoryCase(mixed, {"dtype": "float64", "threads": 16}),
    "gzip": MemoryCase(gzip),
    "brotli": MemoryCase(brotli, {"threads": 4}),
    "byte stream split": MemoryCase(split_bytes),
    "delta integers": MemoryCase(integers),
    "decimals": MemoryCase(decimals),
    "targets and weights": MemoryCase(roles),
    "300 tables": MemoryCase(tables),
    "300 tables, order F": MemoryCase(tables, {"order": "F"}),
    "parts, shuffled": MemoryCase(tall, {"split": {"a": 0.7, "b": 0.3}, "shuffle": True}),
    "unique texts, sorted": MemoryCase(
        texts, {"columns": "numeric", "unique_on": "k", "keep": "last", "sort_by": "k"}
    ),
    "a long table with text keys": MemoryCase(long_table),
}
