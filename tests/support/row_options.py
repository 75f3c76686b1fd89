"""Random options that choose rows, fit for the tables of `row_tables`."""

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from support.parquet_files import Rng, chance, one_of
from support.row_tables import RowSet
from support.row_values import DAY

Options = dict[str, Any]

COMPARISONS = ["=", "==", "!=", "<", "<=", ">", ">="]
SEEDS = [0, 1, 7, 2**32 + 3, 2**63 + 5, 2**64 - 1]
SHARES = [
    {"train": 0.8, "valid": 0.1, "test": 0.1},
    {"train": 0.5, "test": 0.5},
    {"train": 0.6, "test": 0.25},
    {"only": 0.35},
    {str(fold): 0.2 for fold in range(5)},
    {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3},
    {"a": 0.05, "b": 0.95},
]
CUTTABLE = ["int", "big", "day", "at", "cost", "double", "single", "i", "k"]
HASHABLE = ["int", "big", "day", "at", "cost", "flag", "text", "k", "g"]


# Constants


def a_value(rng: Rng, data: RowSet, name: str) -> Any:
    """A plain value of a column; None where it has none."""
    present = [value for value in data.source.columns[name] if value is not None]
    return one_of(rng, present) if present else None


def written(rng: Rng, value: Any, kind: pa.DataType) -> Any:
    """A plain value, or one near it, in a form that a filter takes."""
    if pa.types.is_timestamp(kind):
        return instant(rng, value, aware=kind.tz is not None)
    if pa.types.is_date(kind):
        return day(rng, value)
    return one_of(rng, near(value))


def near(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [value, np.bool_(value)]
    if isinstance(value, int):
        exact = np.uint64(value) if value >= 2**63 else np.int64(value)
        return [value, value, exact, max(value - 1, -(2**63)), value + 0.5, float(value)]
    if isinstance(value, float):
        narrow = [np.float32(value)] if abs(value) < 1e30 or math.isinf(value) else []
        return [value, value, np.float64(value), value * 1.01, -0.0, 0, 2, math.nan, *narrow]
    if isinstance(value, Decimal):
        return [value, value + Decimal("0.001"), int(value), float(value)]
    return [value, value, value + "\0", value[:-1], np.str_(value)]


def day(rng: Rng, value: int) -> Any:
    whole = dt.date(1970, 1, 1) + dt.timedelta(days=value // DAY)
    ways: list[Callable[[], Any]] = [lambda: whole, whole.isoformat]
    if whole.year > 1700:
        noon = dt.datetime(whole.year, whole.month, whole.day, 12)  # noqa: DTZ001 (a naive one)
        ways += [lambda: np.datetime64(whole), lambda: pd.Timestamp(whole), lambda: noon]
    return one_of(rng, ways)()


def instant(rng: Rng, value: int, *, aware: bool) -> Any:
    stamp = pd.Timestamp(value, unit="ns", tz="UTC" if aware else None)
    whole = stamp.floor("us").to_pydatetime()
    if aware:
        return one_of(
            rng, [stamp, whole, stamp.tz_convert("Asia/Tokyo"), whole - dt.timedelta(hours=1)]
        )
    text = whole.date().isoformat()
    return one_of(rng, [stamp, stamp.to_datetime64(), whole, whole.date(), text])


# Filters


def predicate(rng: Rng, data: RowSet) -> tuple[str, str, Any]:
    name = one_of(rng, [*data.keys, *data.keys, "i", "g", "y"])
    kind = data.files[0].schema.field(name).type
    value = a_value(rng, data, name)
    if value is None or chance(rng, 0.1):
        return name, one_of(rng, ["is", "is not"]), None
    if chance(rng, 0.7):
        return name, one_of(rng, COMPARISONS), written(rng, value, kind)
    several = [written(rng, a_value(rng, data, name), kind) for _ in range(rng.integers(0, 5))]
    several += [None] if chance(rng, 0.2) else []
    return name, one_of(rng, ["in", "not in"]), one_of(rng, [list, tuple])(several)


def conjunction(rng: Rng, data: RowSet) -> list[tuple[str, str, Any]]:
    return [predicate(rng, data) for _ in range(one_of(rng, [1, 1, 2, 3]))]


def filters(rng: Rng, data: RowSet) -> Options:
    if chance(rng, 0.6):
        return {"filters": conjunction(rng, data)}
    return {"filters": [conjunction(rng, data) for _ in range(one_of(rng, [1, 2, 3]))]}


# The other choices


def names(rng: Rng, pool: list[str]) -> str | list[str]:
    some = [pool[at] for at in rng.permutation(len(pool))[: one_of(rng, [1, 1, 2, 3])]]
    return some[0] if len(some) == 1 and chance(rng, 0.5) else some


def unique_on(rng: Rng, data: RowSet) -> Options:
    keep = {} if chance(rng, 0.3) else {"keep": one_of(rng, ["first", "last"])}
    return {"unique_on": names(rng, [*data.keys, "g", "y"])} | keep


def sample(rng: Rng, data: RowSet) -> Options:
    share = one_of(rng, [0.1, 0.25, 0.5, 1 / 3, 0.75, 1.0])
    return {"sample": share if chance(rng, 0.6) else int(rng.integers(1, data.rows // 2 + 2))}


def shares(rng: Rng, _: RowSet) -> Options:
    return {"split": dict(one_of(rng, SHARES))}


def hashed(rng: Rng, data: RowSet) -> Options:
    by = one_of(rng, [name for name in HASHABLE if name in data.source.columns])
    return {"split": dict(one_of(rng, SHARES)), "split_by": by}


def cuts(rng: Rng, data: RowSet) -> Options:
    by = one_of(rng, [name for name in CUTTABLE if name in data.source.columns])
    kind = data.files[0].schema.field(by).type
    values = [v for v in data.source.columns[by] if v is not None and abs(v) < math.inf]
    # Sets of one row have one value, and perhaps none.
    points = sorted({one_of(rng, values) for _ in range(rng.integers(1, 4))}) if values else []
    found: list[Any] = [point(value, kind) for value in points]
    # Floats without a None might be shares.
    if not found or pa.types.is_floating(kind) or chance(rng, 0.8):
        found.insert(0, None)
    options: Options = {"split": {f"part{at}": cut for at, cut in enumerate(found)}, "split_by": by}
    if len(found) > 1 and chance(rng, 0.5):
        options["split_gap"] = gap(rng, kind)
    return options


def point(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_date(kind):
        return dt.date(1970, 1, 1) + dt.timedelta(days=value // DAY)
    if pa.types.is_timestamp(kind):
        return pd.Timestamp(value, unit="ns", tz=kind.tz)
    return value


def gap(rng: Rng, kind: pa.DataType) -> Any:
    """A length that some distances equal; not so of floats, where rounding would decide."""
    if pa.types.is_temporal(kind):
        hours = [24, 48, 240] if pa.types.is_date(kind) else [6, 12, 24]
        return dt.timedelta(hours=one_of(rng, hours))
    if pa.types.is_decimal(kind):
        return Decimal("0.37")
    return one_of(rng, [0.3, 1.3]) if pa.types.is_floating(kind) else int(one_of(rng, [1, 2, 5]))


def by_filters(rng: Rng, data: RowSet) -> Options:
    """Parts that do not meet, and now and then some that may."""
    if chance(rng, 0.2):
        return {"split": {name: conjunction(rng, data) for name in ("train", "test")}}
    cut, width = int(rng.integers(0, data.rows + 1)), int(rng.integers(0, 5))
    before, after = [("i", "<", cut)], [("i", ">=", cut + width)]
    middle = [("i", ">=", cut), ("i", "<", cut + width)]
    some = {"before": before, "after": [after], "middle": middle}
    return {"split": {name: some[name] for name in rng.permutation(list(some))[:2].tolist()}}


def sort_by(rng: Rng, data: RowSet) -> Options:
    return {"sort_by": names(rng, [*data.keys, "g", "y", "i"])}


def shuffle(_: Rng, __: RowSet) -> Options:
    return {"shuffle": True}


SPLITS = [shares, hashed, cuts, by_filters]


def everything(rng: Rng, data: RowSet) -> Options:
    """Some of all choices at once."""
    options: Options = {}
    for draw in (filters, unique_on, sample, one_of(rng, SPLITS), one_of(rng, [sort_by, shuffle])):
        if chance(rng, 0.6):
            options |= draw(rng, data)
    return options


CHOICES: dict[str, Callable[[Rng, RowSet], Options]] = {
    "filters": filters,
    "unique_on": unique_on,
    "sample": sample,
    "shares": shares,
    "hashed": hashed,
    "cuts": cuts,
    "by_filters": by_filters,
    "sort_by": sort_by,
    "shuffle": shuffle,
    "everything": everything,
}


def draw_choice(rng: Rng, data: RowSet, kind: str) -> Options:
    """Options of one kind, and a seed."""
    seed = {} if chance(rng, 0.3) else {"seed": one_of(rng, SEEDS)}
    return CHOICES[kind](rng, data) | seed
