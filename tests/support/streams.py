"""Rows that come batch by batch: streams of every package, and batches of every kind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from support.parquet_files import Rng, one_of


class Endless:
    """Hands out a stream once, and has no length."""

    def __init__(self, table: pa.Table, rows: int) -> None:
        batches = table.to_batches(max_chunksize=rows)
        self._reader = pa.RecordBatchReader.from_batches(table.schema, iter(batches))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._reader.__arrow_c_stream__(requested_schema)


def reader(table: pa.Table, rows: int) -> Any:
    """A reader of a generator, which has no length."""
    batches = (batch for batch in table.to_batches(max_chunksize=rows))
    return pa.RecordBatchReader.from_batches(table.schema, batches)


def relation(table: pa.Table, rows: int) -> Any:
    del rows
    return duckdb.from_arrow(table)


def lazy(table: pa.Table, rows: int) -> Any:
    del rows
    return pl.from_arrow(table).lazy()


STREAMS: dict[str, Callable[[pa.Table, int], Any]] = {
    "pyarrow.RecordBatchReader": reader,
    "any object": Endless,
    "duckdb.DuckDBPyRelation": relation,
    "polars.LazyFrame": lazy,
}


def pieces(rng: Rng, table: pa.Table) -> Iterator[pa.Table]:
    """The rows of a table, some at a time."""
    at = 0
    while at < table.num_rows:
        count = int(one_of(rng, [1, 2, 9, 64, 100, 500, 1000]))
        yield table.slice(at, count)
        at += count


def shuffled_columns(rng: Rng, table: pa.Table) -> pa.Table:
    """The same table with its columns in another order."""
    return table.select([table.column_names[at] for at in rng.permutation(table.num_columns)])


def as_arrays(table: pa.Table) -> dict[str, Any]:
    """The columns as arrays of NumPy, those with nulls masked or with None."""
    arrays: dict[str, Any] = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        kind = column.type
        if pa.types.is_string(kind):
            arrays[name] = np.array(column.to_pylist(), dtype=object)
            continue
        filled = column.fill_null(pa.scalar(0).cast(kind))
        values = filled.to_numpy(zero_copy_only=False)
        mask = column.is_null().to_numpy(zero_copy_only=False)
        arrays[name] = np.ma.MaskedArray(values, mask) if mask.any() else values
    return arrays


def drawn_batch(rng: Rng, table: pa.Table, folder: Path) -> Any:
    """A batch of these rows, of any kind, its columns in any order."""
    table = shuffled_columns(rng, table)
    kinds: dict[str, Callable[[], Any]] = {
        "table": lambda: table,
        "batch": lambda: table.combine_chunks().to_batches()[0],
        "stream": lambda: reader(table, 7),
        "polars": lambda: pl.from_arrow(table),
        "pandas": lambda: table.to_pandas(types_mapper=pd.ArrowDtype),
        "dict": lambda: as_arrays(table),
        "file": lambda: as_file(table, folder / f"{rng.integers(2**62)}.parquet"),
    }
    return kinds[one_of(rng, list(kinds))]()


def as_file(table: pa.Table, path: Path) -> str:
    pq.write_table(table, path, row_group_size=50)
    return str(path)
