"""Tables in memory give what the same rows give from Parquet, bit for bit: through every package
that hands them out, cut in every way, with random options.

`ONECOPY_SEED=<seed> pytest tests/values/test_frames.py` starts with the seed that a failure named.
"""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support import frames
from support.parquet_files import chance, draw_array, one_of, write
from support.row_options import CHOICES, draw_choice
from support.row_tables import RowSet, draw_row_set
from support.scale import scaled

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
SETS = scaled(40, 400)
pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")

Rng = np.random.Generator

# What Polars does not have, or has in another type.
NOT_POLARS = ["decimal", "halffloat", "float16", "date64", "time", "month"]
# What pandas does not hand out as it came.
NOT_PANDAS = ["null", "run_end", "view"]

EXTRA = {
    "text": pa.string(),
    "large": pa.large_string(),
    "raw": pa.binary(),
    "fixed": pa.binary(3),
    "text_view": pa.string_view(),
    "raw_view": pa.binary_view(),
    "day": pa.date32(),
    "ms_day": pa.date64(),
    "seconds": pa.timestamp("s"),
    "millis": pa.timestamp("ms", tz="UTC"),
    "nanos": pa.timestamp("ns"),
    "clock_s": pa.time32("s"),
    "clock": pa.time64("us"),
}
NUMBERS = [
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()),
    *(pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.null()),
    *(pa.decimal128(9, 2), pa.decimal128(38, 5), pa.decimal256(60, 7)),
    *(pa.decimal32(8, 3), pa.decimal64(17, 4)),
]


def same(found: Any, expected: Any) -> None:
    """Compare all arrays of two matrices bit for bit."""
    assert found.feature_names == expected.feature_names
    assert found.X.shape == expected.X.shape
    assert found.X.dtype == expected.X.dtype
    assert found.X.tobytes("A") == expected.X.tobytes("A")
    for role in ("y", "weight", "group"):
        one, other = getattr(found, role), getattr(expected, role)
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes(), role
    assert found.passthrough.keys() == expected.passthrough.keys()
    for name, array in expected.passthrough.items():
        own = found.passthrough[name]
        assert own.dtype == array.dtype, name
        assert isinstance(own, np.ma.MaskedArray) == isinstance(array, np.ma.MaskedArray), name
        if array.dtype == object:
            assert own.tolist() == array.tolist(), name
        else:
            assert np.ma.getdata(own).tobytes() == np.ma.getdata(array).tobytes(), name
            assert np.array_equal(np.ma.getmaskarray(own), np.ma.getmaskarray(array)), name
    assert {n: (p.X.shape[0]) for n, p in found.parts.items()} == {
        n: (p.X.shape[0]) for n, p in expected.parts.items()
    }
    assert found.report.columns == expected.report.columns


def outcome(source: Any, options: dict[str, Any]) -> Any:
    """The matrix, or the class of its error."""
    try:
        return onecopy.load_training_matrix(source, **options)
    except (onecopy.OnecopyError, ValueError, TypeError) as error:
        return type(error)


def compare(frame: Any, path: Any, options: dict[str, Any]) -> None:
    expected, found = outcome(path, options), outcome(frame, options)
    if isinstance(expected, type):
        assert found is expected
        return
    assert not isinstance(found, type), onecopy.load_training_matrix(frame, **options)
    same(found, expected)


def draw_values(rng: Rng, rows: int, kind: pa.DataType) -> pa.Array:
    """Values of a kind that is no number, under some rate of nulls."""
    distinct = int(one_of(rng, [1, 5, 40, 1000]))
    picked = rng.integers(0, distinct, size=rows)
    nulls = rng.random(rows) < one_of(rng, [0, 0, 0.1, 0.9, 1])
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        values: list[Any] = [f"é{p}" * int(p % 9) for p in picked]
    elif pa.types.is_fixed_size_binary(kind):
        values = [b"%03d" % (p % 1000) for p in picked]
    elif pa.types.is_binary(kind) or kind == pa.binary_view():
        values = [b"\xff%d" % p * int(p % 9) for p in picked]
    elif pa.types.is_date(kind):
        return pa.array(picked - 300, pa.int32(), mask=nulls).cast(pa.date32()).cast(kind)
    elif pa.types.is_time(kind):
        wide = pa.int32() if kind.bit_width == 32 else pa.int64()
        return pa.array(picked % 86_400, wide, mask=nulls).cast(kind)
    else:
        return pa.array(picked * 977 - 4000, pa.int64(), mask=nulls).cast(kind)
    return pa.array([None if n else v for v, n in zip(values, nulls, strict=True)], kind)


def encoded(rng: Rng, array: pa.Array) -> pa.Array:
    """The same values behind indices or runs."""
    way = rng.random()
    kind = array.type
    if kind in (pa.string_view(), pa.binary_view(), pa.null()) or pa.types.is_float16(kind):
        return array
    if pa.types.is_decimal(kind) and kind.bit_width < 128:
        return array
    if way < 0.25:
        index = one_of(rng, [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint32()])
        found = array.dictionary_encode(one_of(rng, ["mask", "encode"]))
        if len(found.dictionary) > 120:
            index = pa.int32()
        return pa.DictionaryArray.from_arrays(found.indices.cast(index), found.dictionary)
    if way < 0.45 and len(array):
        return pc.run_end_encode(array, one_of(rng, [pa.int16(), pa.int32(), pa.int64()]))
    return array


def plain(table: pa.Table) -> pa.Table:
    """The same rows in types that Parquet files have."""
    return pa.table({name: plain_column(table[name]) for name in table.column_names})


def plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_run_end_encoded(kind):
        chunks = [pc.run_end_decode(chunk) for chunk in column.chunks]
        return pa.chunked_array(chunks, kind.value_type)
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    views = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    return column.cast(views.get(kind, kind))


def can(producer: str, table: pa.Table) -> bool:
    """Whether a package takes all types of a table, and hands them out unchanged."""
    lacking = {"polars": [*NOT_POLARS, *NOT_PANDAS], "pandas": NOT_PANDAS}.get(producer, [])
    kinds = [str(kind) for kind in table.schema.types]
    return not any(lack in kind for lack in lacking for kind in kinds)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SETS))
def test_columns_of_all_kinds(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng([seed, 23])
    rows = int(one_of(rng, [0, 1, 60, 500, 1500]))
    numbers, others = {}, {}
    for at in range(int(rng.integers(1, 7))):
        kind = one_of(rng, NUMBERS)
        numbers[f"n{at}"] = encoded(rng, draw_number(rng, rows, kind))
    for name, kind in EXTRA.items():
        if chance(rng, 0.3):
            others[name] = encoded(rng, draw_values(rng, rows, kind))
    table = pa.table(numbers | others)
    path = write(plain(table), tmp_path / "plain.parquet")
    options: dict[str, Any] = {
        "columns": list(numbers),
        "passthrough": [name for name in table.column_names if chance(rng, 0.6)],
        "dtype": one_of(rng, ["float16", "float32", "float64"]),
        "order": one_of(rng, ["C", "F"]),
        "inf": one_of(rng, ["missing", "keep"]),
        "fill": one_of(rng, ["median", "mean", -1.5, None]),
        "overflow": one_of(rng, ["missing", "clip"]),
        "threads": one_of(rng, [1, 2, 3]),
    }
    if others and chance(rng, 0.3):
        options["sort_by"] = one_of(rng, list(others))
    if chance(rng, 0.3):
        options["sample"] = 0.4
    if others and chance(rng, 0.3):
        options["unique_on"] = one_of(rng, list(others))
    if chance(rng, 0.3):
        options["split"] = {"a": 0.5, "b": 0.3}
    able = [name for name in frames.PRODUCERS if can(name, table)]
    for producer in dict.fromkeys(one_of(rng, able) for _ in range(3)):
        frame = frames.PRODUCERS[producer](frames.rechunked(rng, table))
        compare(frame, path, options)


def draw_number(rng: Rng, rows: int, kind: pa.DataType) -> pa.Array:
    if pa.types.is_decimal(kind):
        wide = min(kind.precision - 1, 18)
        unscaled = rng.integers(-(10**wide), 10**wide, size=rows)
        nulls = rng.random(rows) < one_of(rng, [0, 0.1, 1])
        values = [
            None if null else Decimal(int(number)).scaleb(-kind.scale)
            for number, null in zip(unscaled, nulls, strict=True)
        ]
        return pa.array(values, kind)
    if pa.types.is_null(kind):
        return pa.nulls(rows)
    names = {pa.bool_(): "bool", pa.float16(): "float16", pa.float32(): "float32"}
    name = names.get(kind, "float64" if pa.types.is_float64(kind) else str(kind))
    return draw_array(rng, rows, name, tame=chance(rng, 0.5))


@pytest.mark.parametrize("kind", list(CHOICES))
def test_rows_are_chosen_alike(kind: str, tmp_path: Path) -> None:
    """Filters, keys, parts, orders, groups and joins see the same values."""
    for seed in range(FIRST_SEED, FIRST_SEED + scaled(12, 120)):
        rng = np.random.default_rng([seed, 24])
        folder = tmp_path / str(seed)
        folder.mkdir()
        data = draw_row_set(rng, folder)
        options = row_options(rng, data, kind)
        sources = []
        for file in data.files:
            able = [name for name in ("pyarrow", "batches", "sized") if can(name, file)]
            found = frames.PRODUCERS[one_of(rng, able)](frames.rechunked(rng, file))
            sources += found if isinstance(found, list) else [found]
        compare(sources, data.paths, options)
        if chance(rng, 0.3):
            mixed: list[Any] = [*data.paths[:1], *data.files[1:]]
            compare(mixed, data.paths, options)


def row_options(rng: Rng, data: RowSet, kind: str) -> dict[str, Any]:
    options = draw_choice(rng, data, kind) | {
        "columns": data.features,
        "dtype": one_of(rng, ["float32", "float64"]),
        "fill": one_of(rng, ["median", "mean", None]),
        "overflow": "missing",
        "target": "y",
        "threads": one_of(rng, [1, 2]),
        "passthrough": data.keys,
    }
    if chance(rng, 0.3):
        options |= {"join": data.tables, "on": "k", "duplicates": "first"}
    return options
