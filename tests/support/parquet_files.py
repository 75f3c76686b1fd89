"""Random and directed Parquet files, all drawn from one seeded generator.

A data set is drawn in three steps, each usable alone: `draw_columns` decides the kinds,
`draw_table` draws the values, `draw_layout` decides how `pyarrow` writes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Rng = np.random.Generator

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]
DECIMALS = [
    pa.decimal32(9, 2),
    pa.decimal32(5, 5),
    pa.decimal64(18, 6),
    pa.decimal64(12, 0),
    pa.decimal128(10, 2),
    pa.decimal128(27, 7),
    pa.decimal128(38, 37),
    pa.decimal256(60, 20),
    pa.decimal256(76, 3),
]
KINDS = [*INTEGERS, *FLOATS, *FLOATS, "bool", "null", *DECIMALS]
CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]
NAMES = ["price €", "a.b", "with space", "Größe", 'quo"te', "列"]

SPECIAL_FLOATS = [
    *(0.0, -0.0, 1.0, -1.0, 0.1, 5e-324, 2.5e-308, 1e-45, 1.1754942e-38, 6e-8, 2.98e-8, 6.1e-5),
    *(65504.0, 65519.99, 65520.0, -65520.0, 1e300, -1e300, 3.4028234663852886e38),
    *(3.4028235677973362e38, 3.4028235677973366e38, 1.7976931348623157e308),
    *(2.0**24 - 1, 2.0**24 + 1, 2.0**53 - 1, 2.0**53 + 2, 1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40),
    *(1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-50, float("inf"), float("-inf"), float("nan")),
]
SPECIAL_INTEGERS = [
    *(0, 1, -1, 127, -128, 255, 2049, 2051, 65504, 65519, 65520, -65520, 2**24 - 1, 2**24 + 1),
    *(2**31 - 1, -(2**31), 2**32 - 1, 2**53 - 1, 2**53 + 1, -(2**53) - 1, 2**60 + 2**36 + 1),
    *(9007199791611905, 2**63 - 1, -(2**63), 2**63 + 2**39 + 1, 2**64 - 1),
]
NAN_PAYLOADS = {
    "float16": [0x7E01, 0xFE00, 0x7C01],
    "float32": [0x7FC00001, 0xFFC00000, 0x7F800001],
    "float64": [0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000001],
}


def one_of(rng: Rng, choices: Any) -> Any:
    return choices[rng.integers(len(choices))]


def chance(rng: Rng, probability: float) -> bool:
    return bool(rng.random() < probability)


# Values


def integers(rng: Rng, rows: int, kind: str, *, tame: bool) -> np.ndarray:
    dtype = np.dtype(kind)
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    if tame:
        low, high = max(low, -1000), min(high, 1000)
    values = rng.integers(low, high, rows, dtype, endpoint=True)
    special = [v for v in SPECIAL_INTEGERS if low <= v <= high]
    return sprinkle(rng, values, np.array(special, dtype))


def floats(rng: Rng, rows: int, kind: str, *, tame: bool) -> np.ndarray:
    dtype = np.dtype(kind)
    with np.errstate(all="ignore"):
        normal = rng.normal(0, one_of(rng, [1e-3, 1, 100]), rows).astype(dtype)
        if tame:
            return sprinkle(rng, normal, np.array([0, -0.0, 1, np.nan, np.inf, -np.inf], dtype))
        raw = rng.integers(0, np.iinfo(f"u{dtype.itemsize}").max, rows, f"u{dtype.itemsize}")
        values = np.where(rng.random(rows) < rng.random(), normal, raw.view(dtype))
        special = np.array(SPECIAL_FLOATS).astype(dtype)
    payloads = np.array(NAN_PAYLOADS[kind], f"u{dtype.itemsize}").view(dtype)
    return sprinkle(rng, values, np.concatenate([special, payloads]))


def sprinkle(rng: Rng, values: np.ndarray, special: np.ndarray) -> np.ndarray:
    where = rng.random(len(values)) < one_of(rng, [0, 0.02, 0.5])
    values[where] = special[rng.integers(len(special), size=int(where.sum()))]
    return values


def decimals(rng: Rng, rows: int, kind: pa.DataType, *, tame: bool) -> np.ndarray:
    digits = min(3, kind.precision) if tame else kind.precision
    edge = 10**digits - 1
    drawn = [int.from_bytes(rng.bytes(32)) % (2 * edge + 1) - edge for _ in range(min(rows, 500))]
    pool = [Decimal(f"{unscaled}e-{kind.scale}") for unscaled in [*drawn, edge, -edge, 0]]
    return np.array(pool, object)[rng.integers(len(pool), size=rows)]


def draw_values(rng: Rng, rows: int, kind: Any, *, tame: bool) -> np.ndarray:
    if isinstance(kind, pa.DataType):
        return decimals(rng, rows, kind, tame=tame)
    if kind == "bool":
        return rng.random(rows) < rng.random()
    draw = floats if kind in FLOATS else integers
    return draw(rng, rows, kind, tame=tame)


def draw_array(rng: Rng, rows: int, kind: Any, *, tame: bool) -> pa.Array:
    """One column: values in some pattern, under some rate of nulls."""
    if kind == "null":
        return pa.nulls(rows)
    pattern = one_of(rng, ["random", "random", "few", "runs", "sorted", "constant"])
    distinct = {"few": 7, "runs": rows // 9 + 1, "constant": 1}.get(pattern, rows)
    values = draw_values(rng, distinct, kind, tame=tame)
    if pattern in {"few", "constant"}:
        values = values[rng.integers(distinct, size=rows)]
    elif pattern == "runs":
        values = np.repeat(values, 9)[:rows]
    elif pattern == "sorted":
        values = np.sort(values)
    mask = rng.random(rows) < one_of(rng, [0, 0, 0.01, 0.5, 0.99, 1])
    if chance(rng, 0.2):
        mask = np.sort(mask)
    return pa.array(values, kind if isinstance(kind, pa.DataType) else None, mask=mask)


BYSTANDERS = ["words", "code", "lists", "pair", "when", "day"]


def bystander(name: str, rows: int) -> pa.Array:
    """A column that a matrix cannot take."""
    counts = range(rows)
    if name == "words":
        return pa.array([f"word {i % 13}" for i in counts], pa.string())
    if name == "code":
        return pa.array([f"{i % 5}" for i in counts], pa.string()).dictionary_encode()
    if name == "lists":
        return pa.array([[f"{i}"] * (i % 3) for i in counts], pa.list_(pa.string()))
    if name == "pair":
        pair = pa.struct([("x", pa.int64()), ("y", pa.float64())])
        return pa.array([[{"x": i, "y": 0.5}] for i in counts], pa.list_(pair))
    if name == "when":
        return pa.array(counts, pa.timestamp("us"))
    return pa.array(counts, pa.int32()).cast(pa.date32())


# Layouts


def draw_layout(rng: Rng, table: pa.Table) -> dict[str, Any]:
    """Keyword arguments for `pyarrow.parquet.write_table`, valid for this table."""
    small = len(table) < 500
    layout = {
        "compression": one_of(rng, CODECS),
        "data_page_version": one_of(rng, ["1.0", "2.0"]),
        "data_page_size": int(one_of(rng, [64, 300, 4096, 1 << 20] if small else [1024, 1 << 20])),
        "dictionary_pagesize_limit": int(one_of(rng, [64, 512, 1 << 20])),
        "row_group_size": int(
            one_of(rng, [max(1, len(table) // 20), len(table) // 2 + 1, 1 << 20])
        ),
        "write_batch_size": int(one_of(rng, [7, 64, 1024])),
        "max_rows_per_page": one_of(rng, [None, 1 if len(table) < 100 else 50, 1000]),
        "write_page_index": chance(rng, 0.5),
        "write_page_checksum": chance(rng, 0.5),
        "write_statistics": chance(rng, 0.7),
        "store_schema": chance(rng, 0.5),
        "store_decimal_as_integer": chance(rng, 0.5),
    }
    dictionary = one_of(rng, ["all", "some", "none"])
    if dictionary == "some":
        layout["use_dictionary"] = [name for name in table.column_names if chance(rng, 0.5)]
    elif dictionary == "none":
        layout["use_dictionary"] = False
        layout["column_encoding"] = {
            field.name: one_of(
                rng, encodings(field.type, integer=layout["store_decimal_as_integer"])
            )
            for field in table.schema
            if not pa.types.is_nested(field.type)
        }
    return {key: value for key, value in layout.items() if value is not None}


def encodings(kind: pa.DataType, *, integer: bool) -> list[str]:
    """The encodings that the format allows for a type, besides dictionaries."""
    if pa.types.is_boolean(kind):
        return ["PLAIN", "RLE"]
    if pa.types.is_decimal(kind):
        as_integer = integer and kind.precision <= 18
        own = "DELTA_BINARY_PACKED" if as_integer else "DELTA_BYTE_ARRAY"
        return ["PLAIN", "BYTE_STREAM_SPLIT", own]
    if pa.types.is_float16(kind):
        return ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"]
    if pa.types.is_floating(kind):
        return ["PLAIN", "BYTE_STREAM_SPLIT"]
    if pa.types.is_integer(kind) or pa.types.is_temporal(kind):
        return ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED"]
    return ["PLAIN"]


def write(table: pa.Table, path: Path, **layout: Any) -> Path:
    pq.write_table(table, path, **layout)
    return path


# Data sets


@dataclass
class DataSet:
    """Some files, the columns to be taken and the ones beside them."""

    paths: list[Path]
    features: list[str]
    beside: list[str]
    rows: int


def draw_kinds(rng: Rng, count: int) -> dict[str, Any]:
    """Column name -> kind."""
    names = [f"f{i}" for i in range(count)]
    for name in NAMES:
        if chance(rng, 0.1):
            names[rng.integers(count)] = name
    return {name: one_of(rng, KINDS) for name in names}


def draw_shape(rng: Rng) -> tuple[list[int], int]:
    """The most rows that a file may have, one to choose from for each file, and the columns."""
    shape = rng.random()
    if shape < 0.03:
        return [20_000, 70_000], int(rng.integers(1, 4))
    if shape < 0.06:
        return [0, 3, 70], int(rng.integers(100, 400))
    return [0, 1, 2, 7, 300, 300, 3000], int(one_of(rng, [1, 2, 3, 5, 8, 20]))


def draw_rows(rng: Rng, most: int) -> int:
    return most if most < 8 else int(rng.integers(most // 10, most))


def draw_table(rng: Rng, rows: int, kinds: dict[str, Any], *, tame: bool) -> pa.Table:
    return pa.table({name: draw_array(rng, rows, kind, tame=tame) for name, kind in kinds.items()})


def draw_data_set(rng: Rng, folder: Path) -> DataSet:
    """Write 1 to 4 files; types, column order and layout may change from file to file."""
    sizes, count = draw_shape(rng)
    kinds = draw_kinds(rng, count)
    features = list(kinds)
    tame = chance(rng, 0.5)
    beside = [name for name in BYSTANDERS if chance(rng, 0.15)]
    files = int(one_of(rng, [1, 1, 2, 2, 3, 4]))
    drift = files > 1 and chance(rng, 0.4)
    paths, total = [], 0
    for i in range(files):
        rows = draw_rows(rng, one_of(rng, sizes))
        table = draw_table(rng, rows, kinds, tame=tame)
        for name in beside:
            table = table.append_column(name, bystander(name, rows))
        if i and chance(rng, 0.3):
            table = table.select(rng.permutation(table.num_columns).tolist())
        paths.append(write(table, folder / f"part-{i}.parquet", **draw_layout(rng, table)))
        total += rows
        if drift:
            kinds = {n: one_of(rng, KINDS) if chance(rng, 0.3) else k for n, k in kinds.items()}
    return DataSet(paths, features, beside, total)


def split(table: pa.Table, cuts: list[int]) -> Iterator[pa.Table]:
    """The table in pieces, cut at these rows."""
    edges = [0, *cuts, len(table)]
    for start, stop in pairwise(edges):
        yield table.slice(start, stop - start)


# Directed data


def directed_columns() -> dict[str, pa.Array]:
    """Columns in which every rule of the contract shows: turn one round and some value differs."""
    f16, f32 = 2.0**-10, 2.0**-23
    floats64 = {
        "twice_rounded": [1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-24 + 2.0**-50, 3.0],
        "near_the_edge": [65519.99, 3.4028235677973362e38, -65519.99, 1.0],
        "too_large": [1e300, -1e300, 65520.0, 1.0, 2.0, 3.4028235677973366e38, None],
        "infinite": [1.0, float("inf"), float("-inf"), 2.0, 5.0, float("inf")],
        "not_a_number": [float("nan"), 1.0, 4.0, None, 5.0],
        "even_count": [20.0, None, 1.0, 10.0, 2.0],
        "middle_f16": [1 + 0.4 * f16, None, 1 + 1.4 * f16],
        "middle_f32": [1 + 0.4 * f32, None, 1 + 1.4 * f32],
        "one_ulp_apart": [1.0, 1 + f32, None, 1 + f16],
        "large_middle": [3e38, None, 3e38],
        "large_half": [6e4, None, 6e4],
        "zeros": [-0.0, 0.0, -0.0, 1.0],
        "subnormal": [5e-324, 1e-45, 6e-8, None, 2.5e-308],
        "all_missing": [float("nan"), None, float("inf")],
        "uneven_mean": [0.1, 0.2, None, 1e-3, 1e5],
    }
    columns = {name: pa.array(values, pa.float64()) for name, values in floats64.items()}
    wide = [2**60 + 2**36 + 1, 9007199791611905, 2**63 - 1, -(2**63), 2**24 + 1, None]
    columns["wide_int64"] = pa.array(wide, pa.int64())
    columns["wide_uint64"] = pa.array([2**64 - 1, 2**63 + 2**39 + 1, 7], pa.uint64())
    columns["half_range"] = pa.array([65504, 65519, 65520, -65520, 2049, 2051], pa.int32())
    thirds = [Decimal("0.3"), Decimal("-0.7"), Decimal("1.1"), None, Decimal("2.3")]
    columns["decimal"] = pa.array(thirds, pa.decimal128(10, 1))
    long = [Decimal("1.0000000000000000000000000000000000001"), Decimal("-0.5"), None]
    columns["long_decimal"] = pa.array(long, pa.decimal128(38, 37))
    columns["flag"] = pa.array([True, False, None, True, True], pa.bool_())
    columns["nothing"] = pa.nulls(3)
    return {name: padded(array, 8) for name, array in columns.items()}


def padded(array: pa.Array, rows: int) -> pa.Array:
    return pa.concat_arrays([array, pa.nulls(rows - len(array), array.type)])
