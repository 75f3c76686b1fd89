"""The contract of values, written once more with pyarrow and NumPy, slowly and plainly.

Every rule is one field of `Rules`, so that a test can turn a single rule the wrong way round and
see that the comparison notices it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Fill = str | float | None


class Overflow(Exception):  # noqa: N818 - mirrors the name of the rule
    """Finite values became infinite and `overflow="raise"`: column name -> count."""


class Missing(Exception):  # noqa: N818 - likewise
    """A target, weight or group has a hole that may not stay: its name."""


def median(values: np.ndarray) -> float:
    return float(np.median(values.astype(np.float64)))


def mean(values: np.ndarray) -> float:
    """The exact sum, rounded once, over the count; NaN where float64 cannot hold the sum."""
    if np.isinf(values).any():
        return float(np.sum(values, dtype=np.float64))
    try:
        return math.fsum(values.tolist()) / len(values)
    except OverflowError:
        return math.nan


@dataclass(frozen=True)
class Rules:
    """One field for each rule of the contract."""

    decimal: Callable[[Any], float] = float
    cast: Callable[[np.ndarray, np.dtype], np.ndarray] = lambda values, dtype: values.astype(dtype)
    null_is_missing: bool = True
    nan_is_missing: bool = True
    inf_is_missing: Mapping[str, bool] = field(
        default_factory=lambda: {"missing": True, "keep": False}
    )
    overflowed: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda source, cast: (
        np.isfinite(source) & np.isinf(cast)
    )
    clip: Callable[[np.ndarray, np.dtype], np.ndarray] = lambda cast, dtype: np.copysign(
        np.finfo(dtype).max, cast
    )
    fit_on: Callable[[list[np.ndarray], np.ndarray], np.ndarray] = lambda _source, cast: cast
    median: Callable[[np.ndarray], float] = median
    mean: Callable[[np.ndarray], float] = mean
    empty: float = 0.0


RULES = Rules()


@dataclass
class Column:
    """One feature: its values, which cells are missing, and what the report must say."""

    values: np.ndarray
    missing: np.ndarray
    nulls: int
    nans: int
    pos_infs: int
    neg_infs: int
    overflowed: int
    fill: Fill
    fill_value: float | None = None
    empty: bool = False

    @property
    def filled(self) -> int:
        return 0 if self.fill is None else int(self.missing.sum())


@dataclass
class Expected:
    """What a load must give."""

    dtype: np.dtype
    columns: dict[str, Column]

    @property
    def X(self) -> np.ndarray:  # noqa: N802 - scikit-learn's name
        rows = len(next(iter(self.columns.values())).values) if self.columns else 0
        matrix = np.empty((rows, len(self.columns)), self.dtype)
        for j, column in enumerate(self.columns.values()):
            matrix[:, j] = column.values
        return matrix


def decode(array: pa.ChunkedArray, rules: Rules = RULES) -> tuple[np.ndarray, np.ndarray]:
    """Values exactly as stored (zero under a null), and where the nulls are."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    nulls = array.is_null().to_numpy()
    if pa.types.is_null(array.type):
        return np.zeros(len(array)), nulls
    if pa.types.is_decimal(array.type):
        values = [0.0 if v is None else rules.decimal(v) for v in array.to_pylist()]
        return np.array(values, np.float64), nulls
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    dtype = np.dtype(array.type.to_pandas_dtype())
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype)[chunk.offset : chunk.offset + len(chunk)]
        for chunk in array.chunks
        if len(chunk)
    ]
    values = np.concatenate([np.empty(0, dtype), *parts])
    values[nulls] = 0
    return values, nulls


def clean(
    pieces: list[pa.ChunkedArray], dtype: np.dtype, rules: Rules, fill: Fill, **options: str
) -> Column:
    """Cast, find what is missing, fill. The pieces of a column may differ in type."""
    inf, overflow = options["inf"], options["overflow"]
    casts, missings, sources = [], [], []
    counts = np.zeros(5, int)
    for piece in pieces:
        source, null = decode(piece, rules)
        with np.errstate(all="ignore"):
            cast = rules.cast(source, dtype)
        nan = np.isnan(source) & ~null
        positive, negative = source == np.inf, source == -np.inf
        over = rules.overflowed(source, cast) & ~null
        counts += [int(mask.sum()) for mask in (null, nan, positive, negative, over)]
        if overflow == "clip":
            cast[over] = rules.clip(cast[over], dtype)
        missing = np.zeros(len(source), bool)
        missing |= null & rules.null_is_missing
        missing |= nan & rules.nan_is_missing
        missing |= (positive | negative) & rules.inf_is_missing[inf]
        missing |= over & (overflow == "missing")
        casts.append(cast)
        missings.append(missing)
        sources.append(source)
    values, missing = np.concatenate(casts), np.concatenate(missings)
    column = Column(values, missing, *(int(count) for count in counts), fill=fill)
    fit(column, sources, rules)
    return column


def fit(column: Column, sources: list[np.ndarray], rules: Rules) -> None:
    """Learn the fill value of the column and write it into the missing cells."""
    present = rules.fit_on(sources, column.values)[~column.missing]
    column.empty = present.size == 0
    with np.errstate(all="ignore"):
        if column.fill is None:
            value = np.nan
        elif not isinstance(column.fill, str):
            value = column.fill
        elif column.empty:
            value = rules.empty
        else:
            value = {"median": rules.median, "mean": rules.mean}[column.fill](present)
        value = np.nan if math.isnan(value) else value
        cast = np.array(value, np.float64).astype(column.values.dtype)
    column.values[column.missing] = cast
    column.fill_value = None if column.fill is None else float(cast)


def load(
    paths: list[Any],
    features: list[str],
    *,
    dtype: str = "float32",
    inf: str = "missing",
    fill: Fill | Mapping[str, Fill] = "median",
    overflow: str = "raise",
    rules: Rules = RULES,
) -> Expected:
    """The features of the files, one after the other; a column absent from a file is all null."""
    target = np.dtype(dtype)
    tables = [read(path, features) for path in paths]
    columns = {}
    for name in features:
        pieces = [t[name] if name in t.column_names else no_values(t.num_rows) for t in tables]
        rule = fill.get(name, "median") if isinstance(fill, Mapping) else fill
        columns[name] = clean(pieces, target, rules, rule, inf=inf, overflow=overflow)
    if overflow == "raise" and (
        over := {n: c.overflowed for n, c in columns.items() if c.overflowed}
    ):
        raise Overflow(over)
    return Expected(target, columns)


def read(path: Any, names: list[str]) -> pa.Table:
    """Those of the columns that the file has; its page checksums are verified."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read(columns=[name for name in names if name in file.schema_arrow.names])


def no_values(rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows)])


def extras(paths: list[Any], names: str | list[str], missing: str = "raise") -> np.ndarray:
    """Targets, weights or groups in the NumPy dtype they have in common, nulls as NaN if kept."""
    listed = [names] if isinstance(names, str) else names
    columns = [[target(path, name) for path in paths] for name in listed]
    common = np.result_type(*(values for parts in columns for values, _ in parts))
    for name, parts in zip(listed, columns, strict=True):
        met = any((nulls | np.isnan(values)).any() for values, nulls in parts)
        if met and (missing == "raise" or common.kind != "f"):
            raise Missing(name)
    arrays = []
    for parts in columns:
        with np.errstate(invalid="ignore"):  # a signalling NaN says so when it is cast
            array = np.concatenate([values.astype(common) for values, _ in parts])
        nulls = np.concatenate([nulls for _, nulls in parts])
        if nulls.any():
            array[nulls] = np.nan
        arrays.append(array)
    return arrays[0] if isinstance(names, str) else np.column_stack(arrays)


def target(path: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values in their own dtype, and which are null."""
    column = read(path, [name])[name]
    values, nulls = decode(column)
    return (values.astype(bool) if pa.types.is_boolean(column.type) else values), nulls


def bits(array: np.ndarray) -> np.ndarray:
    """The same cells as unsigned integers."""
    return array.view(f"u{array.dtype.itemsize}")


def differences(expected: Expected, actual: np.ndarray) -> list[str]:
    """What separates a matrix from the expected one; empty when every promise is kept."""
    rows = len(next(iter(expected.columns.values())).values) if expected.columns else 0
    if actual.dtype != expected.dtype or actual.shape != (rows, len(expected.columns)):
        return [
            f"{actual.dtype}{actual.shape}, not {expected.dtype}{(rows, len(expected.columns))}"
        ]
    found = []
    for j, (name, column) in enumerate(expected.columns.items()):
        got, kept = actual[:, j], ~column.missing
        wrong = np.flatnonzero((bits(got) != bits(column.values)) & kept)
        if wrong.size:
            i = wrong[0]
            found.append(
                f"{name}[{i}] is {got[i]!r}, not {column.values[i]!r} ({wrong.size} cells)"
            )
        if column.missing.any() and (problem := fill_difference(column, got[column.missing])):
            found.append(f"{name}: {problem}")
    return found


def report_differences(expected: Expected, reported: Mapping[str, Any]) -> list[str]:
    """What separates the report of each column from the expected counts and fill."""
    if list(reported) != list(expected.columns):
        return [f"reported {list(reported)}, not {list(expected.columns)}"]
    found = []
    for name, column in expected.columns.items():
        for count in ("nulls", "nans", "pos_infs", "neg_infs", "overflowed", "filled", "empty"):
            want, got = getattr(column, count), getattr(reported[name], count)
            if want != got:
                found.append(f"{name}: {count} is {got}, not {want}")
        want, got = column.fill_value, reported[name].fill_value
        if want is None or got is None:
            same = want is got
        else:
            with np.errstate(over="ignore"):
                pair = np.array([want, got], np.float64).astype(expected.dtype)
            same = fill_problem(column.fill, pair[0], pair[1]) is None
        if not same:
            found.append(f"{name}: fill_value is {got!r}, not {want!r}")
    return found


def fill_difference(column: Column, got: np.ndarray) -> str | None:
    """Compare what the missing cells hold, which is one and the same value."""
    if (bits(got) != bits(got)[0]).any():
        return f"filled with several values: {np.unique(got)[:5]}"
    return fill_problem(column.fill, column.values[column.missing][0], got[0])


def fill_problem(fill: Fill, want: np.floating, got: np.floating) -> str | None:
    """Compare two fill values; open are a zero's sign and the last bit of a mean."""
    if bits(np.array([want]))[0] == bits(np.array([got]))[0]:
        return None
    if fill == "median" and (want == got == 0 or (np.isnan(want) and np.isnan(got))):
        return None
    if fill == "mean" and (np.isnan(want) or nearly(float(want), float(got))):
        return None
    if fill == "mean" and got == np.nextafter(want, got):
        return None
    return f"filled with {got!r}, not {want!r}"


def nearly(want: float, got: float) -> bool:
    """A mean is promised to 1e-12 relative, before it is rounded to the dtype."""
    return abs(got - want) <= 1e-12 * abs(want)
