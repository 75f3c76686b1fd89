"""Tables in memory: cut into batches in every way, and handed out by every package that can."""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from support.parquet_files import Rng, chance, one_of


class OneBatch:
    """Hands out one batch, and nothing else."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        return self._batch.__arrow_c_array__(requested_schema)


class SizedStream:
    """Hands out a stream, and has a length."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.num_rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def rechunked(rng: Rng, table: pa.Table) -> pa.Table:
    """The same rows in other batches: slices, empty ones, bitmaps that begin anywhere."""
    batches = []
    at, rows = 0, table.num_rows
    while at < rows:
        count = min(int(one_of(rng, [1, 3, 7, 8, 64, 65, 200, 700, rows])), rows - at)
        piece = table.slice(at, count)
        if chance(rng, 0.5):
            before, behind = (int(one_of(rng, [0, 1, 3, 9, 70])) for _ in range(2))
            padded = pa.concat_tables([table.slice(0, before), piece, table.slice(0, behind)])
            with contextlib.suppress(pa.ArrowInvalid):  # it does not join dictionaries with nulls
                piece = padded.combine_chunks().slice(min(before, rows), count)
        batches += piece.combine_chunks().to_batches()
        if batches and chance(rng, 0.2):
            batches.append(batches[-1].slice(0, 0))
        at += count
    return pa.Table.from_batches(batches, table.schema)


def as_table(table: pa.Table) -> Any:
    return table


def as_batches(table: pa.Table) -> Any:
    return table.to_batches() or table


def as_single_arrays(table: pa.Table) -> Any:
    return [OneBatch(batch) for batch in table.to_batches()] or table


def as_sized(table: pa.Table) -> Any:
    return SizedStream(table)


def as_structs(table: pa.Table) -> Any:
    return pa.chunked_array(
        [batch.to_struct_array() for batch in table.to_batches()], pa.struct(list(table.schema))
    )


def as_polars(table: pa.Table) -> Any:
    return pl.from_arrow(table, rechunk=False)


def as_pandas(table: pa.Table) -> Any:
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    frame.index = np.arange(len(frame)) * 7 + 3
    return frame


def as_pieces(table: pa.Table) -> Any:
    """Several tables, each from somewhere else."""
    half = table.num_rows // 2
    return [table.slice(0, half), as_sized(table.slice(half))]


PRODUCERS: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow": as_table,
    "batches": as_batches,
    "arrays": as_single_arrays,
    "sized": as_sized,
    "structs": as_structs,
    "polars": as_polars,
    "pandas": as_pandas,
    "pieces": as_pieces,
}
