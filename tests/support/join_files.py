"""Random sources and tables to be joined, with the keys of every row known in plain Python.

A key of a row is a tuple of plain values, or None where one of its columns is null. Two rows match
where these are equal; how each file stores them is drawn for each file by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from support.parquet_files import (
    KINDS,
    Rng,
    chance,
    draw_array,
    draw_layout,
    encodings,
    one_of,
    write,
)

Key = tuple[Any, ...] | None

DAY = date(1970, 1, 1)


@dataclass
class JoinFile:
    """One file: its path, its key and its features, row by row."""

    path: Path
    keys: list[Key]
    table: pa.Table


@dataclass
class JoinSet:
    """A source of some files, tables, and the names of the key."""

    on: list[str]
    source: list[JoinFile]
    tables: list[JoinFile]
    features: list[str] = field(default_factory=list)


# Domains: plain values, and the ways in which a file may store them


def integers(rng: Rng) -> tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]:
    low, high, kinds = one_of(
        rng,
        [
            (0, 127, ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]),
            (-128, 127, ["int8", "int16", "int32", "int64"]),
            (-(2**31), 2**31 - 1, ["int32", "int64"]),
            (0, 2**32 - 1, ["uint32", "uint64", "int64"]),
            (-(2**63), 2**63 - 1, ["int64"]),
            (0, 2**64 - 1, ["uint64"]),
            (0, 2**63 - 1, ["uint64", "int64"]),
        ],
    )
    edge = [low, low + 1, high - 1, high, low // 2 + high // 2]
    step = max((high - low) // 600, 1)
    values = list(range(low, high, step))[:600]
    return sorted({*edge, *values}), [lambda v, k=k: pa.array(v, getattr(pa, k)()) for k in kinds]


def dates(_: Rng) -> tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]:
    days = [DAY + timedelta(days=d) for d in range(-40_000, 40_000, 131)]
    return days, [lambda v: pa.array(v, pa.date32())]


def timestamps(rng: Rng) -> tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]:
    """Nanoseconds; those that are no whole unit of a file are not drawn for it."""
    start = int(one_of(rng, [-(10**18), 0, 17 * 10**17]))
    instants = [start + i * int(one_of(rng, [10**6, 10**9, 86_400 * 10**9])) for i in range(300)]
    instants += [instants[0] + 1, instants[1] + 1000, instants[2] + 999_999]
    scales = {"ms": 10**6, "us": 1000, "ns": 1}

    def store(unit: str, zone: str | None) -> Callable[[list[Any]], pa.Array]:
        scale, kind = scales[unit], pa.timestamp(unit, zone)
        return lambda v: pa.array([None if x is None else x // scale for x in v], kind)

    # A file of a coarse unit cannot hold what lies between two of its units.
    coarse = [i for i in instants if i % 10**6 == 0]
    if chance(rng, 0.5):
        return sorted(set(coarse)), [
            store(u, z) for u in scales for z in (None, "UTC", "Asia/Tokyo")
        ]
    return sorted(set(instants)), [store("ns", z) for z in (None, "UTC")]


def decimals(_: Rng) -> tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]:
    values = sorted({Decimal(n) / 100 for n in range(-9000, 9000, 37)} | {Decimal(0)})
    kinds = [
        pa.decimal32(9, 2),
        pa.decimal64(18, 4),
        pa.decimal128(10, 2),
        pa.decimal128(30, 12),
        pa.decimal256(26, 3),
    ]
    return values, [lambda v, k=k: pa.array(v, k) for k in kinds]


def strings(_: Rng) -> tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]:
    values = ["", "a", "a\0", "a\0b", "aa", "b", "€", "列", *(f"key {i:03}" for i in range(200))]
    return sorted(values), [
        lambda v: pa.array(v, pa.string()),
        lambda v: pa.array(v, pa.large_string()),
        lambda v: pa.array([None if x is None else x.encode() for x in v], pa.binary()),
        lambda v: pa.array(v, pa.string()).dictionary_encode(),
    ]


def bools(_: Rng) -> tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]:
    return [False, True], [lambda v: pa.array(v, pa.bool_())]


DOMAINS = [integers, integers, integers, dates, timestamps, timestamps, decimals, strings, strings]


# Files


def draw_set(rng: Rng, folder: Path, *, unique: bool) -> JoinSet:
    """Write a source and 1 to 60 tables; keys are unique in each table where that is asked for."""
    several = int(one_of(rng, [1, 1, 1, 2, 3]))
    drawn = [
        one_of(rng, [*DOMAINS, bools] if several > 1 else DOMAINS)(rng) for _ in range(several)
    ]
    on = ["k", "when €", "c.d"][:several]
    rows = int(one_of(rng, [0, 1, 5, 60, 60, 400]))
    pool = draw_pool(rng, [values for values, _ in drawn], rows)
    nulls = chance(rng, 0.3)
    count = int(rng.integers(20, 61)) if chance(rng, 0.05) else int(rng.integers(1, 6))
    own = draw_keys(rng, pool, rows, unique=chance(rng, 0.6), nulls=nulls)
    if chance(rng, 0.6):
        own = in_order(own)
    cut = rows // 3 if chance(rng, 0.3) else rows
    result = JoinSet(on, [], [])
    for at, keys in enumerate([own[:cut], own[cut:]] if cut < rows else [own]):
        kinds = {f"s{i}": one_of(rng, KINDS) for i in range(3)}
        path = folder / f"source-{at}.parquet"
        result.source.append(write_file(rng, path, on, drawn=drawn, keys=keys, kinds=kinds))
    for at in range(count):
        keys = draw_table_keys(rng, own, pool, unique=unique, nulls=nulls)
        kinds = {f"t{at}_{i}": one_of(rng, KINDS) for i in range(int(one_of(rng, [0, 1, 2, 4])))}
        path = folder / f"table-{at}.parquet"
        result.tables.append(write_file(rng, path, on, drawn=drawn, keys=keys, kinds=kinds))
    result.features = ["s0", "s1", "s2"]
    for table in result.tables:
        result.features += [name for name in table.table.column_names if name not in on]
    return result


def draw_pool(rng: Rng, domains: list[list[Any]], rows: int) -> list[Key]:
    """Different keys, somewhat more than there are rows."""
    wanted = rows + rows // 3 + 2
    keys = {
        tuple(values[rng.integers(len(values))] for values in domains) for _ in range(3 * wanted)
    }
    return sorted(keys)[:wanted]


def draw_keys(rng: Rng, pool: list[Key], rows: int, *, unique: bool, nulls: bool) -> list[Key]:
    if unique:
        keys = [pool[i] for i in rng.permutation(len(pool))[:rows]]
        keys += [pool[rng.integers(len(pool))] for _ in range(rows - len(keys))]
    else:
        keys = [pool[rng.integers(len(pool))] for _ in range(rows)]
    return [None if nulls and chance(rng, 0.1) else key for key in keys]


def draw_table_keys(
    rng: Rng, own: list[Key], pool: list[Key], *, unique: bool, nulls: bool
) -> list[Key]:
    """The same calendar, one with gaps, a shuffled one, or one with keys of no row."""
    kind = one_of(rng, ["same", "same", "gaps", "shuffled", "other", "none"])
    if kind == "none":
        keys = []
    elif kind == "other":
        keys = [pool[i] for i in rng.permutation(len(pool))]
    else:
        keys = list(own)
        if kind != "same":
            keys = [key for key in keys if chance(rng, 0.9)] + pool[:5]
        if kind == "shuffled":
            keys = [keys[i] for i in rng.permutation(len(keys))]
    if unique:
        keys = list(dict.fromkeys(key for key in keys if key is not None))
    if kind == "gaps" and chance(rng, 0.7):
        keys = in_order(keys)
    if nulls and chance(rng, 0.5):
        keys = [key for at, key in enumerate(keys) for key in ([key] if at % 7 else [None, key])]
    return keys


def in_order(keys: list[Key]) -> list[Key]:
    return sorted(k for k in keys if k is not None) + [k for k in keys if k is None]


def write_file(
    rng: Rng,
    path: Path,
    on: list[str],
    *,
    drawn: list[tuple[list[Any], list[Callable[[list[Any]], pa.Array]]]],
    keys: list[Key],
    kinds: dict[str, Any],
) -> JoinFile:
    # A key is null as soon as one of its columns is.
    hole, columns, tame = int(rng.integers(len(on))), {}, chance(rng, 0.7)
    for at, name in enumerate(on):
        plain = [
            (None if at == hole else drawn[at][0][0]) if key is None else key[at] for key in keys
        ]
        columns[name] = one_of(rng, drawn[at][1])(plain)
    columns |= {name: draw_array(rng, len(keys), kind, tame=tame) for name, kind in kinds.items()}
    if chance(rng, 0.5):
        columns = {name: columns[name] for name in rng.permutation(list(columns))}
    table = pa.table(columns)
    layout = draw_layout(rng, table)
    if "column_encoding" in layout:
        layout["column_encoding"] = {
            name: key_encoding(rng, table[name].type, layout) if name in on else encoding
            for name, encoding in layout["column_encoding"].items()
        }
    if chance(rng, 0.2) and not table.schema.metadata:
        layout["use_deprecated_int96_timestamps"] = all(
            f.type == pa.timestamp("ns") for f in table.schema if pa.types.is_timestamp(f.type)
        )
    # The order of features is that of the columns in the file.
    return JoinFile(write(table, path, **layout), keys, table)


def key_encoding(rng: Rng, kind: pa.DataType, layout: dict[str, Any]) -> str:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        return one_of(rng, ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"])
    if pa.types.is_dictionary(kind) or (pa.types.is_timestamp(kind) and kind.unit == "ns"):
        return "PLAIN"
    return one_of(rng, encodings(kind, integer=layout["store_decimal_as_integer"]))


# The oracle


def matches(own: list[Key], keys: list[Key], duplicates: str) -> list[int | None]:
    """For each row of the source its row in a table."""
    rows: dict[Key, int] = {}
    for row, key in enumerate(keys):
        if key is not None and (duplicates == "last" or key not in rows):
            rows[key] = row
    return [None if key is None else rows.get(key) for key in own]


def has_duplicates(keys: list[Key]) -> bool:
    present = [key for key in keys if key is not None]
    return len(set(present)) < len(present)


def joined(column: pa.ChunkedArray, rows: list[int | None]) -> pa.ChunkedArray:
    """A column of a table, as the rows of the source have it."""
    if pa.types.is_null(column.type):
        return pa.chunked_array([pa.nulls(len(rows))])
    values = pa.concat_arrays([*column.chunks, pa.nulls(1, column.type)])
    taken = values.take(
        pa.array([len(values) - 1 if row is None else row for row in rows], pa.int64())
    )
    return pa.chunked_array([taken])


def counts(own: list[Key], keys: list[Key], duplicates: str) -> tuple[int, int, int, int]:
    """Rows, matched, unmatched, unused."""
    found = matches(own, keys, duplicates)
    used = {row for row in found if row is not None}
    matched = sum(row is not None for row in found)
    return len(keys), matched, len(own) - matched, len(keys) - len(used)
