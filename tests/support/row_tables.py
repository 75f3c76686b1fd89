"""Random tables whose rows are to be chosen: keys of all kinds, features, roles, joined tables.

The keys of a row are drawn once, as plain values; how each file stores them is drawn for each file.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from support import join_files
from support.parquet_files import (
    INTEGERS,
    KINDS,
    NAN_PAYLOADS,
    Rng,
    chance,
    draw_array,
    draw_layout,
    one_of,
    split,
    write,
)
from support.row_matrix import Joined
from support.row_values import DAY, NANOS, Source

Store = Callable[[list[Any]], pa.Array]
Domain = tuple[list[Any], list[Store]]

NUMBERS = ["int", "big", "flag", "single", "double", "cost"]
# Values of which no two differ in less than a number can hold, so that a gap is no matter of taste.
QUARTERS = [n / 4 for n in range(-20, 21)]


@dataclass
class RowSet:
    """Files, what is in them, and what may be done with their columns.

    `keys` are the columns to choose rows by, `features` those that a matrix can take. There are
    always a key `k` to join on, a target `y`, a weight `w`, a group `g` and the row's number `i`.
    """

    paths: list[Path]
    files: list[pa.Table]
    keys: list[str]
    features: list[str]
    tables: list[Path]
    joined: list[Joined]

    @cached_property
    def source(self) -> Source:
        return Source(self.files)

    @property
    def rows(self) -> int:
        return self.source.rows


# Domains: plain values, and the ways in which a file may store them


def of_type(kind: pa.DataType) -> Store:
    return lambda values: pa.array(values, kind)


def integers(rng: Rng) -> Domain:
    low, kinds = one_of(rng, [(0, INTEGERS), (-128, INTEGERS[:4]), (0, ["uint8", "int16"])])
    near = [low, low + 1, *range(20, 40), 126, 127]
    return near, [of_type(getattr(pa, kind)()) for kind in kinds]


def big(rng: Rng) -> Domain:
    """Where float64 cannot tell neighbours apart, and at both ends."""
    kind, high = one_of(rng, [("int64", 2**63), ("uint64", 2**64)])
    values = [0, 1, 2**24 + 1, 2**53 - 1, 2**53, 2**53 + 1, 2**62, 2**62 + 1, high - 2, high - 1]
    negative = [-(2**63), -(2**63) + 1, -(2**53) - 1, -1] if kind == "int64" else [2**63, 2**63 + 1]
    return values + negative, [of_type(getattr(pa, kind)())]


def doubles(_: Rng) -> Domain:
    special = [0.0, -0.0, 0.1, 1e300, -1e300, 5e-324, 2.0**53, float(np.float32(0.1))]
    values = [*QUARTERS, *special, np.inf, -np.inf, *quiet_nans()]
    return values, [of_type(pa.float64())]


def singles(rng: Rng) -> Domain:
    values = [*QUARTERS, 0.0, -0.0, float(np.float32(0.1)), np.inf, -np.inf, *quiet_nans()]
    drift = [pa.float32(), pa.float64()] if chance(rng, 0.3) else [pa.float32()]
    return values, [of_type(kind) for kind in drift]


def quiet_nans() -> list[float]:
    """NaN of several payloads and both signs."""
    bits = np.array(NAN_PAYLOADS["float64"][:2], np.uint64)
    return [np.nan, *bits.view(np.float64).tolist()]


def flags(_: Rng) -> Domain:
    return [False, True], [of_type(pa.bool_())]


def texts(rng: Rng) -> Domain:
    values, _ = join_files.strings(rng)
    stores = [of_type(pa.string()), of_type(pa.large_string())]
    return values[:30], [*stores, lambda v: pa.array(v, pa.string()).dictionary_encode()]


def days(_: Rng) -> Domain:
    first = dt.date(2023, 12, 20)
    values = [first + dt.timedelta(days=n) for n in range(30)]
    return [*values, dt.date(1969, 12, 31), dt.date(1, 1, 1)], [of_type(pa.date32())]


def instants(rng: Rng) -> Domain:
    """Nanoseconds; whole seconds where a file may store seconds."""
    zone = one_of(rng, [None, "UTC"])
    fine = chance(rng, 0.5)
    start = 19_720 * DAY
    values = [start + n * DAY // 4 for n in range(30)] + [-1_000_000_000, 0]
    values += [start + n for n in (1000, 2000, 999_999_000)] if fine else []

    def store(unit: str) -> Store:
        scale, kind = NANOS[unit], pa.timestamp(unit, zone)
        return lambda v: pa.array([None if n is None else n // scale for n in v], kind)

    return values, [store(unit) for unit in (["us", "ns"] if fine else list(NANOS))]


def costs(rng: Rng) -> Domain:
    values, _ = join_files.decimals(rng)
    kinds = [pa.decimal32(9, 2), pa.decimal64(18, 4), pa.decimal128(30, 12)]
    middle = len(values) // 2
    return values[middle - 15 : middle + 15], [of_type(kind) for kind in kinds]


DOMAINS: dict[str, Callable[[Rng], Domain]] = {
    "int": integers,
    "big": big,
    "single": singles,
    "double": doubles,
    "flag": flags,
    "text": texts,
    "day": days,
    "at": instants,
    "cost": costs,
}


def draw_key(rng: Rng, values: list[Any], rows: int) -> list[Any]:
    """Plain values in some pattern, under some rate of nulls; in order they can be skipped."""
    pattern = one_of(rng, ["random", "few", "runs", "sorted", "sorted"])
    pool = [one_of(rng, values) for _ in range(3)] if pattern == "few" else values
    drawn = [int(n) for n in rng.integers(len(pool), size=rows)]
    if pattern == "runs":
        drawn = [drawn[row // 7] for row in range(rows)]
    found = [pool[n] for n in drawn]
    if pattern == "sorted":
        found.sort(key=lambda value: (value != value, value))  # noqa: PLR0124 (NaN come last)
    nulls = one_of(rng, [0, 0, 0, 0.1, 0.5])
    return [None if chance(rng, nulls) else value for value in found]


# Files


def draw_row_set(rng: Rng, folder: Path) -> RowSet:
    """Write 1 to 4 files of up to some hundred rows in all, and up to 3 tables to be joined."""
    rows = int(one_of(rng, [0, 1, 2, 9, 40, 40, 40, 120, 120, 120, 300, 300]))
    keys = [name for name in DOMAINS if chance(rng, 0.6)] or ["int"]
    domains = {name: DOMAINS[name](rng) for name in keys}
    plain = {name: draw_key(rng, values, rows) for name, (values, _) in domains.items()}
    own = [int(n) for n in rng.permutation(rows + rows // 5)[:rows]]
    plain["k"] = sorted(own) if chance(rng, 0.5) else own
    kinds = {f"f{at}": one_of(rng, KINDS) for at in range(2)}
    tame = chance(rng, 0.7)
    beside = pa.table({n: draw_array(rng, rows, kind, tame=tame) for n, kind in kinds.items()})
    for name, array in roles(rng, rows).items():
        beside = beside.append_column(name, array)
    count = int(one_of(rng, [1, 1, 2, 3, 4]))
    cuts = sorted(int(n) for n in rng.integers(0, rows + 1, size=count - 1))
    stores = {name: stored for name, (_, stored) in domains.items()} | {"k": [of_type(pa.int64())]}
    files, paths, start = [], [], 0
    for at, piece in enumerate(split(beside, cuts)):
        table = with_keys(rng, piece, plain, stores, start)
        start += len(piece)
        files.append(table)
        paths.append(write(table, folder / f"part-{at}.parquet", **layout(rng, table)))
    tables, joined = draw_tables(rng, folder, plain["k"])
    features = [*(name for name in keys if name in NUMBERS), *kinds, "i"]
    return RowSet(paths, files, keys, features, tables, joined)


def roles(rng: Rng, rows: int) -> dict[str, pa.Array]:
    """The number of the row, a target, a weight and a group that is in order or not."""
    group = rng.integers(0, rows // 4 + 1, rows)
    return {
        "i": pa.array(range(rows), pa.int32()),
        "y": pa.array(rng.integers(-5, 5, rows), one_of(rng, [pa.int8(), pa.int64()])),
        "w": pa.array(rng.random(rows), pa.float32()),
        "g": pa.array(np.sort(group) if chance(rng, 0.5) else group, pa.int32()),
    }


def with_keys(
    rng: Rng, piece: pa.Table, plain: dict[str, list[Any]], stores: dict[str, list[Store]], at: int
) -> pa.Table:
    """The rows of a file; a column without nulls may be a required one."""
    for name, values in plain.items():
        array = one_of(rng, stores[name])(values[at : at + len(piece)])
        required = array.null_count == 0 and chance(rng, 0.5)
        piece = piece.append_column(pa.field(name, array.type, nullable=not required), array)
    return piece


def layout(rng: Rng, table: pa.Table) -> dict[str, Any]:
    """How the file is written; small row groups and pages, and all that pruning goes by."""
    drawn = draw_layout(rng, table)
    if chance(rng, 0.3):
        drawn["row_group_size"] = int(one_of(rng, [1, 5, 16])) if len(table) < 50 else 20
    if chance(rng, 0.3):
        able = [name for name in table.column_names if name in DOMAINS and name != "flag"]
        drawn["bloom_filter_options"] = {name: {"ndv": 30, "fpp": 0.05} for name in able}
    return drawn


def draw_tables(rng: Rng, folder: Path, own: list[Any]) -> tuple[list[Path], list[Joined]]:
    """Tables with unique keys: some of the source, some that it does not have."""
    paths, joined = [], []
    for at in range(int(rng.integers(1, 4))):
        others = [len(own) * 2 + n for n in range(3)]
        keys = [key for key in [*own, *others] if chance(rng, 0.9)]
        keys = sorted(keys) if chance(rng, 0.5) else [keys[n] for n in rng.permutation(len(keys))]
        columns = {
            f"t{at}_{n}": draw_array(rng, len(keys), one_of(rng, KINDS), tame=True)
            for n in range(2)
        }
        table = pa.table({"k": pa.array(keys, pa.int64()), **columns})
        paths.append(write(table, folder / f"table-{at}.parquet", **draw_layout(rng, table)))
        joined.append(Joined(table, [(key,) for key in keys]))
    return paths, joined
