"""What `inspect` says of the order of rows: random tables against plain Python, and its words."""

import datetime as dt
import itertools
import math
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.parquet_files import write

NAN = float("nan")
DAY = dt.date(2024, 2, 28)
NOON = dt.datetime(2024, 2, 28, 12)  # noqa: DTZ001
DOMAINS = {
    "int8": [-128, -1, 0, 1, 127],
    "int64": [-(2**63), -1, 0, 2**53, 2**53 + 1, 2**63 - 1],
    "uint64": [0, 1, 2**63, 2**64 - 1],
    "float32": [-math.inf, -1.5, -0.0, 0.0, 2.0**-149, math.inf, NAN],
    "float64": [-math.inf, -1.5, -0.0, 0.0, 5e-324, 1e300, math.inf, NAN],
    "bool": [False, True],
    "string": ["", "a", "a\0", "a\0b", "aa", "b", "ä", "\U0001f600"],
    "binary": [b"", b"\0", b"\0\0", b"\xff", b"a", b"\x80"],
    "date32": [DAY + dt.timedelta(days) for days in range(-40000, 40000, 16000)],
    "time64[us]": [dt.time(0), dt.time(0, 0, 0, 1), dt.time(23, 59, 59)],
    "timestamp[us]": [NOON + dt.timedelta(microseconds=n) for n in (-1, 0, 1, 86_400_000_000)],
    "decimal128(20, 3)": [Decimal(n).scaleb(-3) for n in (-(10**19), -1, 0, 1, 1000, 10**19)],
}


def kind_of(name: str) -> pa.DataType:
    if name.startswith("decimal"):
        return pa.decimal128(20, 3)
    special = {"time64[us]": pa.time64("us"), "timestamp[us]": pa.timestamp("us")}
    return special.get(name) or pa.type_for_alias(name)


def comparable(value: Any) -> tuple[Any, ...]:
    """What a value is ordered and told apart by: nulls last, NaN before them."""
    if value is None:
        return (2,)
    if isinstance(value, float):
        return (1,) if math.isnan(value) else (0, value + 0.0)
    return (0, value.encode() if isinstance(value, str) else value)


def known(rows: list[tuple[Any, ...]]) -> tuple[int, int | None, int, int]:
    """Violations, the first of them, runs and groups, one row after the other."""
    keys = [tuple(comparable(value) for value in row) for row in rows]
    falls = [at for at, (one, two) in enumerate(itertools.pairwise(keys), 1) if two < one]
    runs = sum(1 for _ in itertools.groupby(keys))
    return len(falls), falls[0] if falls else None, runs, len(set(keys))


def place(paths: list[Path], at: int) -> onecopy.RowPlace:
    for path in paths:
        metadata = pq.read_metadata(path)
        for number in range(metadata.num_row_groups):
            rows = metadata.row_group(number).num_rows
            if at < rows:
                return onecopy.RowPlace(str(path), number, at)
            at -= rows
    raise AssertionError


def written(rng: random.Random, folder: Path, columns: dict[str, pa.Array]) -> list[Path]:
    """Cut a table into files, each with row groups, encodings and pages of its own."""
    table, paths, start = pa.table(columns), [], 0
    cuts = sorted(rng.sample(range(len(table) + 1), rng.randint(0, min(3, len(table)))))
    for number, end in enumerate([*cuts, len(table)]):
        part = table.slice(start, end - start)
        path = folder / f"part-{number}.parquet"
        layout = {"row_group_size": rng.choice([1, 3, 1000, 5000]), "data_page_size": 100}
        layout |= {"use_dictionary": rng.random() < 0.5, "write_statistics": rng.random() < 0.5}
        paths.append(write(part, path, compression=rng.choice(["none", "zstd"]), **layout))
        start = end
    return paths


@pytest.mark.parametrize("case", range(60))
def test_random_tables(folder: Path, case: int) -> None:
    rng = random.Random(case)
    count = rng.choice([0, 1, 2, 7, 50, 2500])
    columns, values = {}, {}
    for at in range(rng.randint(1, 3)):
        name = rng.choice(list(DOMAINS))
        domain = DOMAINS[name][: rng.randint(1, len(DOMAINS[name]))]
        holes = [None] if rng.random() < 0.5 else []
        values[f"{name} {at}"] = rng.choices(domain + holes, k=count)
        columns[f"{name} {at}"] = kind_of(name)
    rows = list(zip(*values.values(), strict=True))
    if rng.random() < 0.7:
        rows.sort(key=lambda row: [comparable(value) for value in row])
    if rng.random() < 0.3 and rows:
        # Groups that stand together, but not in order.
        groups = [
            list(run) for _, run in itertools.groupby(rows, key=lambda row: [*map(comparable, row)])
        ]
        rng.shuffle(groups)
        rows = [row for group in groups for row in group]
    elif rng.random() < 0.3 and rows:
        rows.insert(rng.randrange(len(rows)), rows.pop(rng.randrange(len(rows))))
    arrays = {
        name: pa.array([row[at] for row in rows], kind)
        for at, (name, kind) in enumerate(columns.items())
    }
    paths = written(rng, folder, arrays)
    found = onecopy.inspect(paths, sorted_by=list(columns)).order
    assert found is not None
    violations, first, runs, groups = known(rows)
    assert (found.violations, found.runs, found.groups) == (violations, runs, groups)
    assert found.first_violation == (None if first is None else place(paths, first))
    assert found.is_sorted == (violations == 0)
    assert found.stands_together == (runs == groups)
    assert found.sorted_by == tuple(columns)


def test_what_is_sorted_by_a_load_is_sorted(folder: Path) -> None:
    """The order is that of `sort_by=`."""
    rng = np.random.default_rng(0)
    values = np.where(rng.random(3000) < 0.1, np.nan, rng.integers(0, 50, 3000) / 4)
    keys = pa.array(values, mask=rng.random(3000) < 0.1)
    path = write(pa.table({"a": keys, "row": np.arange(3000)}), folder / "in.parquet")
    m = onecopy.load_training_matrix(path, columns=["row"], sort_by="a", dtype="float64")
    sorted_rows = pa.table({"a": keys, "row": np.arange(3000)}).take(m.X[:, 0].astype(int))
    again = write(sorted_rows, folder / "sorted.parquet", row_group_size=700)
    order = onecopy.inspect(again, sorted_by="a").order
    assert order is not None
    assert order.is_sorted
    assert order.groups == order.runs == pd.Series(keys.to_pandas()).nunique() + 2
    assert not onecopy.inspect(path, sorted_by="a").order.is_sorted


def test_files_with_other_widths_units_and_scales(folder: Path) -> None:
    one = {"a": pa.array([-1, 3], pa.int8()), "t": pa.array([0, 1], pa.timestamp("ms"))}
    two = {"a": pa.array([3, 2**60], pa.int64()), "t": pa.array([1000, 0], pa.timestamp("us"))}
    paths = [
        write(pa.table(one), folder / "1.parquet"),
        write(pa.table(two), folder / "2.parquet"),
    ]
    order = onecopy.inspect(paths, sorted_by=["a", "t"]).order
    assert (order.is_sorted, order.groups) == (True, 3)
    order = onecopy.inspect(paths, sorted_by="t").order
    assert (order.violations, order.first_violation) == (1, onecopy.RowPlace(str(paths[1]), 0, 1))
    assert (order.runs, order.groups, order.stands_together) == (3, 2, False)


def test_only_the_columns_of_the_key_are_read(folder: Path) -> None:
    table = pa.table({"a": list(range(1000)), "s": ["x"] * 1000})
    path = write(table, folder / "in.parquet", use_dictionary=False)
    start = pq.read_metadata(path).row_group(0).column(1).data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    assert onecopy.inspect(path, sorted_by="a").order.is_sorted
    with pytest.raises(onecopy.CorruptFileError):
        onecopy.inspect(path, sorted_by="s")


def test_without_names_nothing_is_read(folder: Path) -> None:
    path = write(pa.table({"a": [1]}), folder / "in.parquet")
    assert onecopy.inspect(path).order is None


def test_names_that_do_not_exist(folder: Path) -> None:
    path = write(pa.table({"price": [1]}), folder / "in.parquet")
    with pytest.raises(
        onecopy.ColumnNotFoundError, match=r"`prise`, named by `sorted_by`"
    ) as caught:
        onecopy.inspect(path, sorted_by="prise")
    assert (caught.value.suggestion, caught.value.columns) == ("price", ("price",))
    other = write(pa.table({"cost": [1]}), folder / "other.parquet")
    with pytest.raises(
        onecopy.ColumnNotFoundError, match=r"other\.parquet.*every file needs"
    ) as caught:
        onecopy.inspect([path, other], sorted_by="price")
    assert "missing_columns" not in str(caught.value)


@pytest.mark.parametrize(
    ("names", "error"),
    [([], ValueError), (["a", "a"], ValueError), (3, TypeError), ([3], TypeError)],
)
def test_names_that_are_none(folder: Path, names: Any, error: type[Exception]) -> None:
    path = write(pa.table({"a": [1]}), folder / "in.parquet")
    with pytest.raises(error, match="sorted_by"):
        onecopy.inspect(path, sorted_by=names)


def test_columns_that_have_no_order(folder: Path) -> None:
    path = write(pa.table({"a": [[1]]}), folder / "in.parquet")
    with pytest.raises(onecopy.UnsupportedTypeError, match="cannot give rows an order"):
        onecopy.inspect(path, sorted_by="a")
    paths = [path, write(pa.table({"a": [1]}), folder / "2.parquet")]
    kinds = [
        write(pa.table({"b": v}), folder / f"b{at}.parquet") for at, v in enumerate([[1], ["1"]])
    ]
    with pytest.raises(onecopy.SchemaMismatchError):
        onecopy.inspect(kinds, sorted_by="b")
    assert paths


def test_words(folder: Path) -> None:
    path = write(
        pa.table({"a": [1, 1, 2, 1], "b": [3, 1, 1, 0]}), folder / "in.parquet", row_group_size=3
    )
    found = onecopy.inspect(path, sorted_by="a")
    words = (
        'not sorted by "a": 1 rows are less than the row before, the first is row 0 of row group 1 '
        f"in {path}; 2 groups in 3 runs: they do not stand together"
    )
    assert str(found).splitlines()[-1] == str(found.order) == words
    assert "2 groups in 3 runs" in found._repr_html_()
    found = onecopy.inspect(path, sorted_by=["b"])
    assert "3 groups, each stands together" in str(found)
    file = write(pa.table({"a": [1, 1, 2]}), folder / "sorted.parquet")
    assert (
        str(onecopy.inspect(file, sorted_by="a").order)
        == 'sorted by "a"; 2 groups, each stands together'
    )
