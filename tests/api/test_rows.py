"""Which rows a load takes and in which order: one plain example of each option."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.parquet_files import split, write
from support.rows_oracle import permutation

NAN = float("nan")
TEN = {"n": list(range(10))}
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(10)]


def load(folder: Path, table: dict[str, Any], /, **options: Any) -> Any:
    path = write(pa.table(table), folder / "in.parquet")
    return onecopy.load_training_matrix(path, **options)


def numbers(m: Any) -> list[float]:
    """The first feature."""
    return m.X[:, 0].tolist()


# Filters


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (("x", ">", 0), [0, 3]),
        (("x", ">=", 0), [0, 3, 4, 5]),
        (("x", "<", 3), [0, 4, 5]),
        (("x", "<=", 1.0), [0, 4, 5]),
        (("x", "=", 0), [4, 5]),
        (("x", "==", -0.0), [4, 5]),
        (("x", "!=", 3), [0, 2, 4, 5]),
        (("x", "==", NAN), []),
        (("x", "!=", NAN), [0, 2, 3, 4, 5]),
        (("x", "in", [1, None]), [0, 1]),
        (("x", "in", [0]), [4, 5]),
        (("x", "not in", [1]), [1, 2, 3, 4, 5]),
        (("x", "not in", [1, None]), [2, 3, 4, 5]),
        (("x", "in", []), []),
        (("x", "is", None), [1]),
        (("x", "is not", None), [0, 2, 3, 4, 5]),
    ],
)
@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("statistics", [True, False])
def test_a_condition(
    folder: Path, condition: tuple[str, str, Any], kept: list[int], statistics: bool
) -> None:
    """Null matches no comparison, NaN only `!=`; a row group that has NaN is not skipped."""
    x = pa.array([1, None, NAN, 3, -0.0, 0], pa.float64())
    table = pa.table({"n": range(6), "x": x})
    for size in (1, 3, 6):
        path = write(table, folder / "in.parquet", row_group_size=size, write_statistics=statistics)
        m = onecopy.load_training_matrix(path, columns=["n"], filters=[condition])
        assert numbers(m) == kept, size


def test_a_row_group_with_nan_between_equal_bounds_is_not_skipped(folder: Path) -> None:
    columns = {"n": [0, 1, 2], "x": [3.0, NAN, 3.0]}
    for condition in (("x", "!=", 3), ("x", "not in", [3])):
        assert numbers(load(folder, columns, columns=["n"], filters=[condition])) == [1]


def test_a_list_is_all_of_them_and_a_list_of_lists_any(folder: Path) -> None:
    assert numbers(load(folder, TEN, filters=[("n", ">", 2), ("n", "<", 5)])) == [3, 4]
    either = [[("n", "<", 2)], [("n", ">", 4), ("n", "<=", 6)]]
    assert numbers(load(folder, TEN, filters=either)) == [0, 1, 5, 6]


def test_a_column_that_is_looked_at_need_not_be_a_feature(folder: Path) -> None:
    columns = {**TEN, "s": list("abcabcabca")}
    m = load(folder, columns, exclude=["s"], filters=[("s", "in", ["a", "c"])])
    assert m.feature_names == ["n"]
    assert numbers(m) == [0, 2, 3, 5, 6, 8, 9]
    assert load(folder, TEN, filters=[("n", ">", 7)]).feature_names == ["n"]


@pytest.mark.parametrize(
    "day", [DAYS[7], "2024-01-08", np.datetime64("2024-01-08"), pd.Timestamp("2024-01-08")]
)
@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us"), pa.timestamp("ns")])
def test_a_day_may_be_written_in_several_ways(folder: Path, day: Any, kind: pa.DataType) -> None:
    columns = {**TEN, "day": pa.array(DAYS, pa.date32()).cast(kind)}
    m = load(folder, columns, columns=["n"], filters=[("day", ">=", day)])
    assert numbers(m) == [7, 8, 9]


def test_numbers_are_compared_exactly(folder: Path) -> None:
    columns = {"n": [0, 1, 2], "wide": [2**53, 2**53 + 1, 2**63 - 1]}
    for condition, kept in (
        (("wide", "==", 2.0**53), [0]),
        (("wide", "<", 2.0**63), [0, 1, 2]),
        (("wide", ">", np.float64(2**53)), [1, 2]),
    ):
        assert numbers(load(folder, columns, columns=["n"], filters=[condition])) == kept
    narrow = {"n": [0, 1], "x": pa.array([0.1, 0.5], pa.float32())}
    assert numbers(load(folder, narrow, columns=["n"], filters=[("x", "in", [0.1, 0.5])])) == [1]


def test_fills_are_those_of_the_rows_that_remain(folder: Path) -> None:
    columns = {"x": [1.0, None, 3.0, 100.0], "y": [1, 1, 1, 0]}
    m = load(folder, columns, target="y", filters=[("y", "=", 1)])
    assert m.X[:, 0].tolist() == [1, 2, 3]
    assert m.y.tolist() == [1, 1, 1]
    assert m.report.rows == 3


def test_what_is_left_out_is_not_refused(folder: Path) -> None:
    """Neither an overflow nor a hole in the target matters in a row that is not taken."""
    columns = {"x": [1.0, 1e300], "y": [1, None]}
    assert load(folder, columns, target="y", filters=[("y", "is not", None)]).y.tolist() == [1]


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
def test_no_row_may_remain(folder: Path) -> None:
    assert load(folder, TEN, filters=[("n", ">", 10)]).X.shape == (0, 1)


def test_row_groups_that_cannot_match_are_skipped(folder: Path) -> None:
    table = pa.table({"n": range(1000), "x": np.arange(1000) % 7})
    path = write(table, folder / "in.parquet", row_group_size=100)
    m = onecopy.load_training_matrix(path, filters=[("n", ">=", 950)])
    assert len(m.X) == 50
    assert m.report.row_groups_skipped == 9
    whole = onecopy.load_training_matrix(path)
    assert whole.report.row_groups_skipped == 0
    assert m.report.bytes_read < whole.report.bytes_read


# Duplicates and samples


@pytest.mark.parametrize(("keep", "kept"), [("first", [0, 1, 2, 3, 5]), ("last", [1, 4, 5, 6, 7])])
def test_of_equal_keys_one_stays(folder: Path, keep: str, kept: list[int]) -> None:
    """Nulls are equal, all NaN, and both zeros."""
    x = pa.array([0.0, 1.0, None, NAN, None, 2.0, -0.0, NAN])
    columns = {"n": list(range(8)), "x": x}
    assert numbers(load(folder, columns, columns=["n"], unique_on=["x"], keep=keep)) == kept


@pytest.mark.parametrize("keep", ["first", "last"])
@pytest.mark.parametrize("swapped", [None, 0, 4_000, 39_998])
def test_sorted_keys_are_held_in_no_set(folder: Path, keep: str, swapped: int | None) -> None:
    """Runs end within row groups, with them, and behind them; nulls are last."""
    rng = np.random.default_rng(5)
    keys = np.sort(rng.integers(0, 15_000, 40_000))
    # A run that is longer than some row groups.
    keys[7_000:11_000] = keys[7_000]
    if swapped is not None:
        keys[[swapped, swapped + 1]] = keys[[swapped + 1, swapped]] + [1, 0]
    texts = pa.array([None if key > 14_990 else f"{key:05}" for key in keys])
    table = pa.table({"n": np.arange(40_000.0), "key": texts, "more": keys // 40_000})
    path = write(table, folder / "in.parquet", row_group_size=1_500)
    filters = [("n", ">=", 3.0)] if swapped != 0 else None
    options = {"columns": ["n"], "filters": filters, "dtype": "float64", "threads": 3}
    m = onecopy.load_training_matrix(path, unique_on=["key", "more"], keep=keep, **options)
    frame = table.to_pandas()
    frame = frame[frame["n"] >= 3] if filters else frame
    expected = frame.drop_duplicates(["key", "more"], keep=keep)["n"]
    assert m.X[:, 0].tolist() == expected.tolist()


def test_sorted_keys_take_no_memory(folder: Path) -> None:
    keys = np.arange(5_000_000)
    path = write(pa.table({"key": keys}), folder / "in.parquet")
    options = {"unique_on": "key", "memory_limit": "64MB", "out": folder / "X.npy"}
    assert onecopy.load_training_matrix(path, **options).X.shape == (5_000_000, 1)
    keys[[-2, -1]] = keys[[-1, -2]]
    path = write(pa.table({"key": keys}), folder / "in.parquet")
    with pytest.raises(onecopy.MemoryLimitError, match="raise memory_limit"):
        onecopy.load_training_matrix(path, **options, overwrite=True)


def test_several_columns_are_one_key(folder: Path) -> None:
    columns = {"n": [0, 1, 2, 3], "a": [1, 1, 2, 1], "s": ["x", "y", "x", "x"]}
    assert numbers(load(folder, columns, columns=["n"], unique_on=["a", "s"])) == [0, 1, 2]
    assert numbers(load(folder, columns, columns=["n"], unique_on="s")) == [0, 1]


def test_a_share_or_a_number_of_rows(folder: Path) -> None:
    """The rows that a seeded permutation puts first, in order; a half rounds to even."""
    hundred = {"n": list(range(100))}
    kept = [row for row, place in enumerate(permutation(100, 7, 1)) if place < 30]
    assert numbers(load(folder, hundred, sample=0.3, seed=7)) == kept
    assert numbers(load(folder, hundred, sample=30, seed=7)) == kept
    assert numbers(load(folder, hundred, sample=30)) != kept
    assert [len(load(folder, TEN, sample=share).X) for share in (0.25, 0.35, 1.0)] == [2, 4, 10]


def test_the_steps_follow_one_another(folder: Path) -> None:
    """Filters, then duplicates, then the sample."""
    columns = {"n": list(range(8)), "a": [1, 1, 2, 2, 3, 3, 4, 4]}
    options = {"filters": [("n", ">", 0)], "unique_on": "a"}
    assert numbers(load(folder, columns, columns=["n"], **options)) == [1, 2, 4, 6]
    assert len(load(folder, columns, columns=["n"], sample=0.5, **options).X) == 2


# Order and groups


def test_rows_in_order(folder: Path) -> None:
    """Ascending, then NaN, then nulls; equal keys stay as they were."""
    x = pa.array([None, 2.0, NAN, 0.0, 2.0, -0.0])
    columns = {"n": list(range(6)), "x": x, "s": list("bababa")}
    assert numbers(load(folder, columns, columns=["n"], sort_by="x")) == [3, 5, 1, 4, 2, 0]
    assert numbers(load(folder, columns, columns=["n"], sort_by=["s", "x"])) == [3, 5, 1, 4, 2, 0]
    assert numbers(load(folder, columns, columns=["n"], sort_by=["s"])) == [1, 3, 5, 0, 2, 4]


def test_rows_in_order_within_each_part(folder: Path) -> None:
    columns = {"n": [3, 1, 2, 0], "at": [0, 0, 1, 1]}
    how = {"split": {"train": None, "test": 1}, "split_by": "at", "sort_by": "n"}
    assert numbers(load(folder, columns, **how)) == [1, 3, 0, 2]


def test_rows_in_a_seeded_disorder(folder: Path) -> None:
    places = permutation(10, 5, 3)
    m = load(folder, TEN, shuffle=True, seed=5)
    assert [numbers(m)[place] for place in places] == list(range(10))
    halves = {"train": [("n", "<", 5)], "test": [("n", ">=", 5)]}
    test = numbers(load(folder, TEN, split=halves, shuffle=True, seed=5).parts["test"])
    assert [test[place] for place in permutation(5, 5, 4)] == [5, 6, 7, 8, 9]


def test_groups_are_ranges(folder: Path) -> None:
    columns = {"n": [0, 1, 2, 3, 4], "g": [7, 3, 7, 3, 3]}
    m = load(folder, columns, group="g", sort_by="g")
    assert list(m.groups.keys) == [3, 7]
    assert m.groups.offsets.tolist() == [0, 3, 5]
    assert m.groups.offsets.dtype == np.int64
    assert list(m.groups.sizes) == [3, 2]
    found = {int(key): m.X[rows, 0].tolist() for key, rows in m.groups}
    assert found == {3: [1, 3, 4], 7: [0, 2]}
    with pytest.raises(ValueError, match="sort_by"):
        _ = load(folder, columns, group="g").groups


# Everywhere the same


OPTIONS: list[dict[str, Any]] = [
    {"filters": [("n", ">", 20), ("s", "!=", "a")]},
    {"unique_on": ["s", "m"], "keep": "last", "shuffle": True},
    {"sample": 0.3, "split": {"train": 0.8, "test": 0.2}, "sort_by": "x"},
    {"split": {"train": 0.5, "test": 0.5}, "split_by": "m"},
]


@pytest.mark.parametrize("options", OPTIONS, ids="-".join)
def test_the_same_bits_for_all_threads_and_files(folder: Path, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    columns = {"n": np.arange(500), "m": rng.integers(0, 20, 500), "x": rng.random(500)}
    table = pa.table({**columns, "s": rng.choice(list("abc"), 500)})
    one = [write(table, folder / "one.parquet")]
    many = [
        write(piece, folder / f"{at}.parquet", row_group_size=37, max_rows_per_page=10)
        for at, piece in enumerate(split(table, [1, 200, 333]))
    ]
    how = {"columns": ["n", "m", "x"], "dtype": "float64", **options}
    found = {
        onecopy.load_training_matrix(paths, threads=threads, **how).X.tobytes()
        for paths in (one, many)
        for threads in (1, 2)
    }
    assert len(found) == 1


# Plans


def test_a_plan_knows_the_rows_and_the_parts(folder: Path) -> None:
    path = write(pa.table(TEN), folder / "in.parquet")
    shares = {"train": 0.8, "test": 0.2}
    plan = onecopy.plan(path, split=shares, filters=[("n", ">=", 5)])
    assert plan.shape == (5, 1)
    assert plan.parts == {"train": 4, "test": 1}
    assert {name: len(part.X) for name, part in plan.run().parts.items()} == plan.parts


def test_a_plan_says_which_columns_it_had_to_read(folder: Path) -> None:
    columns = {**TEN, "when": [datetime(2024, 1, 1 + n) for n in range(10)]}  # noqa: DTZ001
    path = write(pa.table(columns), folder / "in.parquet")

    def told(**options: Any) -> bool:
        text = str(onecopy.plan(path, columns=["n"], **options))
        return any("read" in line and '"when"' in line for line in text.splitlines())

    assert told(filters=[("when", ">", date(2024, 1, 3))])
    assert not told(sample=3)
    assert not told()


@pytest.mark.parametrize("keep", ["first", "last"])
def test_row_groups_without_rows_have_no_keys(tmp_path: Path, keep: str) -> None:
    table = pa.table({"key": [1, 2, 1, 3, 2], "value": [0.0, 1.0, 2.0, 3.0, 4.0]})
    with pq.ParquetWriter(tmp_path / "gaps.parquet", table.schema) as writer:
        for start, stop in [(0, 0), (0, 2), (2, 2), (2, 2), (2, 5), (5, 5)]:
            writer.write_table(table.slice(start, stop - start))
    matrix = onecopy.load_training_matrix(
        tmp_path / "gaps.parquet", unique_on="key", keep=keep, columns=["value"], threads=3
    )
    expected = {"first": [0, 1, 3], "last": [2, 3, 4]}
    assert matrix.X[:, 0].tolist() == expected[keep]
