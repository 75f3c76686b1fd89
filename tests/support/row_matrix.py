"""The matrix that a load of chosen rows gives: their values, fitted on the first part alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from support import join_files, oracle
from support.oracle import Column, Expected, Fill
from support.rows_oracle import Chosen

Pieces = Sequence[pa.ChunkedArray]


@dataclass
class Joined:
    """A table that is joined on the key `k`, which is unique in it."""

    table: pa.Table
    keys: list[join_files.Key]


@dataclass
class Loaded:
    """What a load must give."""

    X: Expected
    extras: dict[str, np.ndarray] = field(default_factory=dict)


def pieces_of(files: Sequence[pa.Table], joined: Sequence[Joined], name: str) -> Pieces:
    """A feature in all rows of the source, a piece for each file or one for a joined table."""
    if name in files[0].column_names:
        return [file[name] for file in files]
    own = own_keys(files)
    table = next(table for table in joined if name in table.table.column_names)
    return [join_files.joined(table.table[name], join_files.matches(own, table.keys, "first"))]


def own_keys(files: Sequence[pa.Table]) -> list[join_files.Key]:
    found = [key for file in files for key in file["k"].to_pylist()]
    return [None if key is None else (key,) for key in found]


def taken(pieces: Pieces, rows: np.ndarray) -> list[pa.ChunkedArray]:
    """These rows of a column, in their order in the source; the pieces may differ in type."""
    found, start = [], 0
    for piece in pieces:
        own = rows[(rows >= start) & (rows < start + len(piece))] - start
        array = pa.concat_arrays(piece.chunks) if piece.num_chunks else pa.array([], piece.type)
        found.append(pa.chunked_array([array.take(pa.array(own, pa.int64()))]))
        start += len(piece)
    return found


def feature(
    pieces: Pieces, chosen: Chosen, dtype: str, fill: Fill, *, leak: bool = False, **rules: str
) -> Column:
    """One column of the matrix; with `leak` it is wrongly fitted on all parts."""
    rows = np.array(chosen.rows, np.int64)
    source = np.sort(rows)
    column = oracle.clean(taken(pieces, source), np.dtype(dtype), oracle.RULES, None, **rules)
    place = np.searchsorted(source, rows)
    values, missing = column.values[place], column.missing[place]
    fitted = len(rows) if leak else chosen.fitted
    first = replace(column, values=values[:fitted].copy(), missing=missing[:fitted], fill=fill)
    oracle.fit(first, [], oracle.RULES)
    number = np.nan if first.fill_value is None else first.fill_value
    with np.errstate(over="ignore"):
        values[missing] = np.array(number, np.float64).astype(dtype)
    return replace(first, values=values, missing=missing)


def matrix(
    files: Sequence[pa.Table],
    joined: Sequence[Joined],
    chosen: Chosen,
    features: Sequence[str],
    options: Mapping[str, Any],
) -> Expected:
    """The features of the chosen rows, or the overflow that is met among them."""
    rules = {"inf": options.get("inf", "missing"), "overflow": options.get("overflow", "raise")}
    fill, dtype = options.get("fill", "median"), options.get("dtype", "float32")
    columns = {}
    for name in features:
        own = fill.get(name, "median") if isinstance(fill, Mapping) else fill
        columns[name] = feature(pieces_of(files, joined, name), chosen, dtype, own, **rules)
    if rules["overflow"] == "raise" and (
        over := {name: column.overflowed for name, column in columns.items() if column.overflowed}
    ):
        raise oracle.Overflow(over)
    return Expected(np.dtype(dtype), columns)


def extra(files: Sequence[pa.Table], chosen: Chosen, name: str) -> np.ndarray:
    """A target, weight or group of the chosen rows, in its own dtype; nulls are refused."""
    rows = np.array(chosen.rows, np.int64)
    source = np.sort(rows)
    pieces = taken([file[name] for file in files], source)
    decoded = [oracle.decode(piece) for piece in pieces]
    values = np.concatenate([values for values, _ in decoded])
    if any(nulls.any() for _, nulls in decoded) or np.isnan(values).any():
        raise oracle.Missing(name)
    return values[np.searchsorted(source, rows)]
