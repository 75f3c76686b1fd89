"""Random tables of every type that a Parquet file has, as values of Python with their types."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

SCALARS = [
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()),
    *(pa.uint64(), pa.float32(), pa.float64(), pa.float64(), pa.bool_(), pa.string(), pa.string()),
    *(pa.large_string(), pa.binary(), pa.binary(3), pa.date32(), pa.time32("ms"), pa.time64("us")),
    *(pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.decimal128(9, 2), pa.decimal128(30, 4)),
]
# Types of which the other readers say what pyarrow says.
SIMPLE = {pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.float64(), pa.bool_(), pa.string()}
KEYS = [pa.int32(), pa.int64(), pa.string(), pa.binary(), pa.date32(), pa.bool_()]
NUMBERS = {pa.int16(), pa.int32(), pa.uint8(), pa.float32(), pa.float64()}
EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class RandomTable:
    """Columns as lists of values, and their types."""

    types: dict[str, pa.DataType]
    cells: dict[str, list[Any]]

    @property
    def rows(self) -> int:
        return len(next(iter(self.cells.values())))

    def take(self, rows: list[int]) -> "RandomTable":
        return RandomTable(
            self.types, {name: [own[row] for row in rows] for name, own in self.cells.items()}
        )

    def arrow(self, start: int = 0, end: int | None = None) -> pa.Table:
        arrays = [pa.array(self.cells[n][start:end], kind) for n, kind in self.types.items()]
        return pa.table(arrays, names=list(self.types))

    def retyped(self, rng: np.random.Generator, start: int, end: int) -> pa.Table:
        """Some rows as another producer would hand them out: the same values, stored otherwise."""
        names = [str(name) for name in rng.permutation(list(self.types))]
        columns = {}
        for name in names:
            own = pa.array(self.cells[name][start:end], self.types[name])
            columns[name] = _restored(rng, own)
        return pa.table(columns)


def _restored(rng: np.random.Generator, column: pa.Array) -> pa.Array:
    kind, choice = column.type, int(rng.integers(0, 5))
    if pa.types.is_string(kind):
        others = [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
        return column.cast(others[choice]) if choice < 3 else column
    if pa.types.is_binary(kind) and choice < 2:
        return column.cast([pa.large_binary(), pa.binary_view()][choice])
    if pa.types.is_integer(kind) and choice < 2:
        narrow = [pa.int8(), pa.uint16()][choice]
        try:
            return column.cast(narrow)
        except pa.ArrowInvalid:
            return column
    if len(column) == column.null_count:
        return pa.nulls(len(column))
    return column


def random_type(rng: np.random.Generator, depth: int = 0) -> pa.DataType:
    """A type, one in three of them nested."""
    if depth == 2 or rng.random() < 0.66:
        return SCALARS[int(rng.integers(0, len(SCALARS)))]
    inner = random_type(rng, depth + 1)
    match int(rng.integers(0, 4)):
        case 0:
            return pa.list_(inner)
        case 1:
            return pa.large_list(inner)
        case 2:
            return pa.map_(pa.string(), inner)
        case _:
            return pa.struct({"p": inner, "q": random_type(rng, depth + 1)})


def random_table(rng: np.random.Generator, rows: int, keys: int) -> RandomTable:
    """A table whose first columns may be keys."""
    types = {f"k{at}": KEYS[int(rng.integers(0, len(KEYS)))] for at in range(keys)}
    types |= {f"c{at}": random_type(rng) for at in range(int(rng.integers(1, 5)))}
    values = {}
    for name, kind in types.items():
        few = int(rng.integers(1, 40)) if name.startswith("k") else None
        share = rng.choice([0, 0, 0.1, 0.9])
        values[name] = random_values(rng, kind, rows, few, share)
    return RandomTable(types, values)


def random_values(
    rng: np.random.Generator, kind: pa.DataType, count: int, few: int | None, nulls: float
) -> list[Any]:
    """Values of a type, a share of them missing; `few` different ones if that is a number."""
    if few is not None:
        pool = random_values(rng, kind, few, None, 0)
        own = [pool[int(at)] for at in rng.integers(0, few, count)]
    else:
        own = _values(rng, kind, count)
    if not nulls:
        return own
    gone = rng.random(count) < nulls
    return [None if lost else value for value, lost in zip(own, gone, strict=True)]


def _values(rng: np.random.Generator, kind: pa.DataType, count: int) -> list[Any]:
    if pa.types.is_struct(kind):
        columns = [random_values(rng, field.type, count, None, 0.1) for field in kind]
        names = [field.name for field in kind]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lengths = rng.integers(0, 4, count)
        inner = kind.item_type if pa.types.is_map(kind) else kind.value_type
        items = iter(random_values(rng, inner, int(lengths.sum()), None, 0.1))
        lists = [[next(items) for _ in range(length)] for length in lengths]
        if not pa.types.is_map(kind):
            return lists
        return [[(f"k{at}", item) for at, item in enumerate(own)] for own in lists]
    return _scalars(rng, kind, count)


def _scalars(rng: np.random.Generator, kind: pa.DataType, count: int) -> list[Any]:
    if pa.types.is_floating(kind):
        floats = rng.normal(0, 100, count)
        floats[rng.random(count) < 0.02] = np.nan
        return [float(np.float32(value)) for value in floats]
    whole = [int(value) for value in rng.integers(0, 1 << 40, count)]
    if pa.types.is_integer(kind):
        info = np.iinfo(kind.to_pandas_dtype())
        is_small = rng.random() < 0.5
        low, span = (0, 100) if is_small else (info.min, info.max - info.min)
        return [low + value % (span + 1) for value in whole]
    makers = (make for is_of, make in SCALAR_MAKERS if is_of(kind))
    make = next(makers)
    return [make(value, kind) for value in whole]


def _instant(number: int, kind: pa.DataType) -> dt.datetime:
    moment = EPOCH + dt.timedelta(milliseconds=number % 10**12)
    return moment if kind.tz else moment.replace(tzinfo=None)


# What makes a value of a type out of a number.
SCALAR_MAKERS: list[tuple[Callable[[pa.DataType], bool], Callable[[int, Any], Any]]] = [
    (pa.types.is_boolean, lambda number, _: bool(number & 1)),
    (pa.types.is_decimal, lambda number, kind: Decimal(number % 10**9).scaleb(-kind.scale)),
    (pa.types.is_fixed_size_binary, lambda number, _: (number % (1 << 24)).to_bytes(3, "big")),
    (pa.types.is_binary, lambda number, _: bytes([number % 256]) * (number % 7)),
    (pa.types.is_date, lambda number, _: (EPOCH + dt.timedelta(days=number % 9999)).date()),
    (pa.types.is_time, lambda n, _: (EPOCH + dt.timedelta(milliseconds=n % 86_400_000)).time()),
    (pa.types.is_timestamp, _instant),
    (lambda _: True, lambda number, _: f"{number % 9999}é" * (number % 4)),
]
