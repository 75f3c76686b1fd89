"""Rows in memory get the bits of a load, whatever form they come in."""

import math
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from onecopy import Recipe
from support.parquet_files import write

pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")

CASES = 1000
SPECIAL = [0.0, -0.0, math.nan, math.inf, -math.inf, 65504.0, 65520.0, 3.4e38, 1e300, 5e-324, 1e-40]
INTEGERS = {
    pa.int8(): 2**7,
    pa.int16(): 2**15,
    pa.int32(): 2**31,
    pa.int64(): 2**63,
    pa.uint8(): 2**8,
    pa.uint16(): 2**16,
    pa.uint32(): 2**32,
    pa.uint64(): 2**64,
}


def column(chance: random.Random, rows: int) -> pa.Array:
    """Random values of a random type, some of them null."""
    kind = chance.choice(
        [*INTEGERS, pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.decimal128(30, 4)]
    )
    values: list[Any] = []
    for _ in range(rows):
        if chance.random() < 0.2:
            values.append(None)
        elif kind in INTEGERS:
            most = INTEGERS[kind]
            least = 0 if str(kind).startswith("u") else -most
            near = [least, most - 1, chance.randrange(least, most)]
            values.append(chance.choice(near))
        elif pa.types.is_boolean(kind):
            values.append(chance.random() < 0.5)
        elif pa.types.is_decimal(kind):
            values.append(Decimal(chance.randrange(-(10**28), 10**28)).scaleb(-4))
        else:
            value = chance.choice(SPECIAL) if chance.random() < 0.2 else chance.gauss(0, 1e3)
            with np.errstate(over="ignore"):
                values.append(kind.to_pandas_dtype()(value))
    return pa.array(values, kind)


def recipe(chance: random.Random, names: list[str]) -> Recipe:
    """Random rules, and the columns in a random order."""
    dtype = chance.choice(["float16", "float32", "float64"])
    fills: list[Any] = [None, 0.0, -1.5, 1e9 if dtype != "float16" else 7.0, 0.1]
    return Recipe(
        tuple(chance.sample(names, len(names))),
        dtype,
        chance.choice(["C", "F"]),
        chance.choice(["missing", "keep"]),
        chance.choice(["missing", "clip", "raise"]),
        {name: chance.choice(fills) for name in names},
    )


def forms(table: pa.Table, names: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """The same rows in every form that holds them exactly."""
    rows = table.to_pylist()
    yield "list of dicts", rows
    if len(rows) == 1:
        yield "dict", rows[0]
    yield "dict of lists", {name: table.column(name).to_pylist() for name in names}
    yield "dict of arrays", {name: table.column(name) for name in names}
    yield "arrow table", table
    yield "record batch", table.combine_chunks().to_batches()[0]
    if not any(pa.types.is_float16(field.type) for field in table.schema):
        pl = pytest.importorskip("polars")
        yield "polars", pl.from_arrow(table)
    pd = pytest.importorskip("pandas")
    yield "pandas", table.to_pandas(types_mapper=nullable(pd).get)
    objects = np.empty((len(rows), len(names)), object)
    for at, name in enumerate(names):
        objects[:, at] = table.column(name).to_pylist()
    yield "array of objects", objects


def nullable(pd: Any) -> dict[pa.DataType, Any]:
    return {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }


def outcome(call: Callable[..., np.ndarray], *given: object) -> object:
    """The bits, or the facts of the refusal."""
    try:
        return call(*given).tobytes()
    except onecopy.CastOverflowError as error:
        return error.counts, error.largest, error.dtype


def loaded(path: Path, rules: Recipe) -> np.ndarray:
    return onecopy.load_training_matrix(path, recipe=rules).X


@pytest.mark.parametrize("seed", range(20))
def test_every_form_has_the_bits_of_a_load(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    for case in range(CASES // 20):
        rows = chance.choice([1, 1, 2, 3, 40])
        names = [f"c{at}" for at in range(chance.choice([1, 2, 5]))]
        table = pa.table({name: column(chance, rows) for name in names})
        rules = recipe(chance, names)
        path = write(table, tmp_path / f"{case}.parquet")
        expected = outcome(loaded, path, rules)
        table = table.append_column("other", pa.array(["text"] * rows))
        for form, data in forms(table, rules.feature_names):
            found = outcome(rules.transform, data)
            assert str(found) == str(expected), (form, rules, table)


@pytest.mark.parametrize(
    "dtype", ["f2", "f4", "f8", "i1", "i4", "i8", "u2", "u8", "?", ">f8", ">i4"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_is_cast_as_its_columns_are(dtype: str, order: Any, tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    whole = np.dtype(dtype).kind in "iu"
    wide = chance.integers(0, 2**62, (700, 3)) if whole else chance.normal(size=(700, 3))
    array = np.asarray(wide.astype(dtype), order=order)
    if array.dtype.kind == "f":
        array[::7, 1] = np.nan
        array[::11, 2] = np.inf
    names = ("a", "b", "c")
    rules = Recipe(names, "float32", "C", "missing", "raise", dict.fromkeys(names, 0.25))
    columns = {
        name: array[:, at].astype(array.dtype.newbyteorder("=")) for at, name in enumerate(names)
    }
    path = write(pa.table(columns), tmp_path / "a.parquet")
    expected = onecopy.load_training_matrix(path, recipe=rules).X
    for data in (
        array,
        array[::-1][::-1],
        columns,
        np.rec.fromarrays(list(columns.values()), names=names),
    ):
        assert rules.transform(data).tobytes() == expected.tobytes()
    assert rules.transform(array[:1]).tobytes() == expected[:1].tobytes()
