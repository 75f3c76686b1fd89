"""Random tables of times and texts, and what they become: an oracle of fractions and sets."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

UNITS = {
    "D": 86_400 * 10**9,
    "h": 3600 * 10**9,
    "m": 60 * 10**9,
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "ns": 1,
}
WORDS = [
    "",
    "a",
    "b",
    "ab",
    "é",
    "z",
    "日本",
    "word",
    "Word",
    "a longer word than sixteen",
    "\x00x",
]


@dataclass
class Column:
    """A column as it is in one file: its values, in ticks or as bytes, and their Arrow array."""

    values: list[Any]
    array: pa.Array
    tick: int = 1
    is_instant: bool = True


def times(rng: random.Random, rows: int, kind: str) -> Column:
    """Random dates, instants or times of day, some of them null, of a random unit."""
    nulls = rng.choice([0, 0, 0.1, 0.9, 1])

    def drawn(ticks: Any) -> list[int | None]:
        return [None if rng.random() < nulls else ticks() for _ in range(rows)]

    if kind == "date":
        days = drawn(
            lambda: rng.choice([rng.randint(-30_000, 30_000), rng.randint(-(2**31), 2**31 - 1)])
        )
        return Column(days, pa.array(days, pa.int32()).cast(pa.date32()), UNITS["D"])
    if kind == "time":
        unit = rng.choice(["ms", "us", "ns"])
        ticks = drawn(lambda: rng.randrange(UNITS["D"] // UNITS[unit]))
        bits = pa.time32("ms") if unit == "ms" else pa.time64(unit)
        array = pa.array(ticks, pa.int32() if unit == "ms" else pa.int64()).cast(bits)
        return Column(ticks, array, UNITS[unit], is_instant=False)
    unit = rng.choice(["ms", "us", "ns"])
    grain = rng.choice([1, UNITS["s"], UNITS["h"] // 4, UNITS["D"], UNITS["D"] // 2])
    grain = max(grain // UNITS[unit], 1)
    near = 10**18 // UNITS[unit] // grain
    most = rng.choice([3, near, (2**63 - 2) // grain if kind == "far" else near])
    ticks = drawn(lambda: rng.randint(-most, most) * grain)
    zone = rng.choice([None, "UTC", "Europe/Berlin"])
    return Column(ticks, pa.array(ticks, pa.int64()).cast(pa.timestamp(unit, zone)), UNITS[unit])


def texts(rng: random.Random, rows: int, words: Sequence[str]) -> Column:
    """Random texts, some of them null, in a random Arrow type."""
    nulls = rng.choice([0, 0, 0.1, 0.9, 1])
    drawn = [None if rng.random() < nulls else rng.choice(words) for _ in range(rows)]
    kind = rng.choice([pa.string(), pa.large_string(), pa.binary(), "dictionary", "unused"])
    values = [None if word is None else word.encode() for word in drawn]
    if kind == "dictionary":
        array = pa.array(drawn, pa.string()).dictionary_encode()
    elif kind == "unused":
        # A pandas categorical may have words that no row has.
        known = sorted({word for word in drawn if word is not None} | {"unused"}, reverse=True)
        indices = [None if word is None else known.index(word) for word in drawn]
        array = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(known))
    else:
        array = pa.array(values if kind == pa.binary() else drawn, kind)
    return Column(values, array)


def write(rng: random.Random, path: Path, columns: dict[str, Column]) -> None:
    """Write columns in a random layout."""
    table = pa.table({name: column.array for name, column in columns.items()})
    rows = max(table.num_rows, 1)
    has_nanos = any(pa.types.is_timestamp(c.array.type) and c.tick == 1 for c in columns.values())
    pq.write_table(
        table,
        path,
        row_group_size=rng.choice([rows, rows // 2 + 1, 7]),
        data_page_size=rng.choice([1, 64, 1 << 20]),
        write_batch_size=rng.choice([3, 16, 1024]),
        dictionary_pagesize_limit=rng.choice([16, 1 << 20]),
        use_dictionary=rng.choice([True, True, False]),
        data_page_version=rng.choice(["1.0", "2.0"]),
        compression=rng.choice(["none", "snappy", "zstd", "gzip"]),
        write_page_checksum=rng.random() < 0.3,
        use_deprecated_int96_timestamps=has_nanos and rng.random() < 0.3,
        store_schema=rng.random() < 0.7,
    )


def units(column: Column, unit: str, origin: int, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return the number of units of each value, rounded once."""
    since = origin if column.is_instant else 0
    divide = UNITS[unit]
    return np.array(
        [
            np.nan if ticks is None else nearest(ticks * column.tick - since, divide, dtype)
            for ticks in column.values
        ],
        dtype=dtype,
    )


def nearest(dividend: int, divisor: int, dtype: np.dtype[Any]) -> Any:
    """Return the nearest value of a dtype to a fraction, ties to even."""
    near = dividend / divisor
    if dtype == np.float64:
        return np.float64(near)
    exact = Fraction(dividend, divisor)
    with np.errstate(over="ignore"):
        middle = dtype.type(near)
    around = [
        np.nextafter(middle, dtype.type(-np.inf)),
        middle,
        np.nextafter(middle, dtype.type(np.inf)),
    ]
    bits = np.dtype(f"u{dtype.itemsize}")
    finite = [value for value in around if np.isfinite(value)]
    return min(
        finite,
        key=lambda value: (abs(Fraction(float(value)) - exact), int(value.view(bits)) & 1),
    )


def codes(values: Sequence[bytes | None], known: Sequence[bytes]) -> list[float]:
    """Return the code of each text; -1 where it has none."""
    places = {word: place for place, word in enumerate(known)}
    return [-1 if value is None else places.get(value, -1) for value in values]


def vocabulary(values: Sequence[bytes | None]) -> list[bytes]:
    """Return the different texts in the order of their bytes."""
    return sorted({value for value in values if value is not None})
