"""The rules of a join, one by one: what is found, what is refused, and what the words say."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import write

Join = Callable[..., onecopy.TrainingMatrix]


@pytest.fixture
def join(folder: Path) -> Join:
    """Write a source and tables, and join them on "k"."""

    def joined(source: Any, *tables: Any, **options: Any) -> onecopy.TrainingMatrix:
        write(pa.table(source), folder / "source.parquet")
        paths = [
            write(pa.table(table), folder / f"table-{at}.parquet")
            for at, table in enumerate(tables)
        ]
        rules = {"on": "k", "fill": None, "dtype": "float64"} | options
        return onecopy.load_training_matrix(folder / "source.parquet", join=paths, **rules)

    return joined


def found(matrix: onecopy.TrainingMatrix) -> list[str]:
    return [table.keys for table in matrix.report.tables]


NAN = np.nan


def test_what_is_noticed_about_keys(join: Join) -> None:
    m = join(
        {"k": [1, 2, 3]},
        {"k": [1, 2, 3], "a": [1.0, 2.0, 3.0]},
        {"k": [0, 2, 3], "b": [9.0, 2.0, 3.0]},
        {"k": [3, 2, 1], "c": [3.0, 2.0, 1.0]},
    )
    assert found(m) == ["equal", "sorted", "unsorted"]
    np.testing.assert_array_equal(m.X, [[1, NAN, 1], [2, 2, 2], [3, 3, 3]])
    table = m.report.tables[1]
    assert (table.rows, table.matched, table.unmatched, table.unused) == (3, 2, 1, 1)
    assert m.feature_names == ["a", "b", "c"]


def test_equal_keys_that_repeat_are_not_taken_for_a_match(join: Join) -> None:
    for keys in ([1, 2, 2], [2, 1, 2]):
        with pytest.raises(onecopy.DuplicateKeyError, match="`k` = 2 occurs 2 times"):
            join({"k": keys}, {"k": keys, "a": [1.0, 2.0, 3.0]})
        m = join({"k": keys}, {"k": keys, "a": [1.0, 2.0, 3.0]}, duplicates="last")
        last = {key: row + 1.0 for row, key in enumerate(keys)}
        assert m.X[:, 0].tolist() == [last[key] for key in keys]


def test_a_source_may_repeat_its_keys(join: Join) -> None:
    m = join({"k": [2, 1, 2, 2]}, {"k": [1, 2], "a": [10.0, 20.0]}, fill="median")
    assert m.X[:, 0].tolist() == [20, 10, 20, 20]
    assert m.recipe.fill == {"a": 20.0}, "the median is that of the joined column"


def test_instants_of_different_units_and_zones_match(join: Join) -> None:
    instants = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in range(3)]
    far = [*instants, datetime(9999, 1, 1, tzinfo=UTC)]
    bare = [instant.replace(tzinfo=None) for instant in instants]
    m = join(
        {"k": pa.array(far, pa.timestamp("us", "UTC"))},
        {"k": pa.array(far, pa.timestamp("ms", "Asia/Tokyo")), "a": [0.0, 1.0, 2.0, 3.0]},
        {"k": pa.array(bare[::-1], pa.timestamp("ns")), "b": [2.0, 1.0, 0.0]},
    )
    np.testing.assert_array_equal(m.X, [[0, 0], [1, 1], [2, 2], [3, NAN]])


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (pa.array([1, -2, 3], pa.int8()), pa.array([1, -2, 3], pa.int64())),
        (
            pa.array([1, 2**63, 2**64 - 1], pa.uint64()),
            pa.array([1, 2**63, 2**64 - 1], pa.uint64()),
        ),
        (pa.array([1, 2, 2**62], pa.uint64()), pa.array([1, 2, 2**62], pa.int64())),
        (pa.array(["a", "b", ""]), pa.array([b"a", b"b", b""])),
        (pa.array([date(1, 1, 1), date(2024, 2, 29), date(1969, 12, 31)]), None),
        (
            pa.array([Decimal("1.50"), Decimal("-0.25"), Decimal("9.00")], pa.decimal64(9, 2)),
            pa.array([Decimal("1.5"), Decimal("-0.25"), Decimal(9)], pa.decimal128(30, 9)),
        ),
        (pa.array([b"0123456789abcdef"[i:] + b"x" * i for i in range(3)], pa.binary(16)), None),
        (pa.array([True, False, None]), None),
    ],
)
def test_types_that_match(join: Join, own: pa.Array, other: pa.Array | None) -> None:
    other = own if other is None else other
    shuffled = other.take(pa.array([2, 0, 1]))
    m = join({"k": own}, {"k": shuffled, "a": [2.0, 0.0, 1.0]})
    expected = [NAN if key is None else row for row, key in enumerate(own.to_pylist())]
    np.testing.assert_array_equal(m.X[:, 0], expected)


def test_a_null_matches_nothing(join: Join) -> None:
    keys = pa.array([None, 1, None], pa.int64())
    m = join({"k": keys}, {"k": pa.array([None, None, 1], pa.int64()), "a": [1.0, 2.0, 3.0]})
    np.testing.assert_array_equal(m.X[:, 0], [NAN, 3, NAN])
    m = join({"k": keys}, {"k": pa.array([1, None], pa.int64()), "a": [1.0, 2.0]})
    np.testing.assert_array_equal(m.X[:, 0], [NAN, 1, NAN])
    with pytest.warns(onecopy.EmptyColumnWarning):
        m = join({"k": pa.nulls(2)}, {"k": pa.nulls(2), "a": [1.0, 2.0]})
    assert np.isnan(m.X).all()


def test_several_columns_are_one_key(join: Join) -> None:
    own = {"k": ["a", "a\0", "a"], "day": [date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 2)]}
    table = {name: values[::-1] for name, values in own.items()} | {"x": [3.0, 2.0, 1.0]}
    m = join(own, table, on=["k", "day"])
    assert m.X[:, 0].tolist() == [1, 2, 3]
    doubled = {name: [*values, values[0]] for name, values in table.items()}
    words = r"`k` = \"a\", `day` = 2024-01-02 occurs 2 times"
    with pytest.raises(onecopy.DuplicateKeyError, match=words):
        join(own, doubled, on=["k", "day"])


# Refusals


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.float16()])
def test_floats_are_no_keys(join: Join, kind: pa.DataType) -> None:
    keys = pa.array(np.array([1, 2], kind.to_pandas_dtype()))
    with pytest.raises(
        onecopy.UnsupportedTypeError, match=r"`k` \(float\d\d\).*last bit"
    ) as caught:
        join({"k": keys}, {"k": keys, "a": [1.0, 2.0]})
    names = {"halffloat": "float16", "float": "float32", "double": "float64"}
    assert caught.value.types == {"k": names.get(str(kind), str(kind))}
    assert (Path(caught.value.path or "").name, caught.value.column) == ("source.parquet", "k")


def test_keys_of_different_kinds_are_refused(join: Join) -> None:
    with pytest.raises(onecopy.SchemaMismatchError, match="text here and integer in") as caught:
        join({"k": [1, 2]}, {"k": ["1", "2"], "a": [1.0, 2.0]})
    error = caught.value
    assert (error.column, error.expected, error.found) == ("k", ("integer",), ("text",))
    assert Path(error.path or "").name == "table-0.parquet"
    assert Path(error.other or "").name == "source.parquet"


def test_a_key_that_is_not_there(join: Join) -> None:
    with pytest.raises(onecopy.ColumnNotFoundError, match="did you mean `K`"):
        join({"k": [1]}, {"K": [1], "a": [1.0]})
    with pytest.raises(onecopy.ColumnNotFoundError, match=r"source\.parquet: there is no column"):
        join({"K": [1]}, {"k": [1], "a": [1.0]})


@pytest.mark.parametrize("order", [1, -1])
def test_keys_that_occur_twice(join: Join, order: int) -> None:
    source = {"k": list(range(6))[::order]}
    keys = [0, 1, 1, 3, 3, 3, 7][::order]
    table = {"k": keys, "a": [float(i) for i in range(7)][::order]}
    with pytest.raises(onecopy.DuplicateKeyError) as caught:
        join(source, table)
    first = "`k` = 1 occurs 2 times" if order == 1 else "`k` = 3 occurs 3 times"
    assert f"{first}; 2 keys occur more than once, in 5 rows" in str(caught.value)
    error = caught.value
    assert (error.key, error.times) == (("`k` = 1", 2) if order == 1 else ("`k` = 3", 3))
    assert (error.keys, error.rows) == (2, 5)
    assert Path(error.path or "").name == "table-0.parquet"
    assert isinstance(error, ValueError)
    for duplicates, values in (("first", (1.0, 3.0)), ("last", (2.0, 5.0))):
        chosen = values if order == 1 else {"first": (2.0, 5.0), "last": (1.0, 3.0)}[duplicates]
        m = join(source, table, duplicates=duplicates)
        by_key = dict(zip(source["k"], m.X[:, 0].tolist(), strict=True))
        assert (by_key[1], by_key[3]) == chosen
        told = m.report.tables[0]
        assert (told.rows, told.matched, told.unmatched, told.unused) == (7, 3, 3, 4)


@pytest.mark.parametrize("keys", [[1, 2, 8, 8], [8, 2, 1, 8]])
def test_keys_that_occur_twice_and_match_nothing(join: Join, keys: list[int]) -> None:
    with pytest.raises(onecopy.DuplicateKeyError, match="`k` = 8 occurs 2 times"):
        join({"k": [1, 2]}, {"k": keys, "a": [1.0, 2.0, 3.0, 4.0]})


@pytest.mark.parametrize("at", [1022, 1023, 1024, 2047])
def test_neighbours_in_different_blocks(join: Join, at: int) -> None:
    """Keys are read 1,024 rows at a time; the first of a block follows the last of another."""
    own = np.arange(3000)
    doubled = own.copy()
    doubled[at + 1] = doubled[at]
    with pytest.raises(onecopy.DuplicateKeyError, match=f"`k` = {at} occurs 2 times"):
        join({"k": own}, {"k": doubled, "a": own * 1.0})
    swapped = own.copy()
    swapped[[at, at + 1]] = swapped[[at + 1, at]]
    m = join({"k": own}, {"k": swapped, "a": swapped * 1.0})
    assert found(m) == ["unsorted"]
    np.testing.assert_array_equal(m.X[:, 0], own)


def test_names_that_occur_twice(join: Join) -> None:
    tables = [{"k": [1], "a": [1.0]}, {"k": [1], "a": [2.0]}]
    with pytest.raises(onecopy.SchemaMismatchError) as caught:
        join({"k": [1]}, *tables)
    for part in ("table-0.parquet", "table-1.parquet", "`a`", 'prefix="{stem}__"'):
        assert part in str(caught.value)
    assert caught.value.column == "a"
    files = (caught.value.path, caught.value.other)
    assert [Path(file or "").name for file in files] == ["table-1.parquet", "table-0.parquet"]
    with pytest.raises(onecopy.SchemaMismatchError, match=r"source\.parquet has a column of this"):
        join({"k": [1], "a": [0]}, tables[0], target="a")
    with pytest.raises(onecopy.SchemaMismatchError, match="table-0"):
        join({"k": [1]}, *tables, columns=["a"])
    m = join({"k": [1], "a": [0.0]}, *tables, prefix="{stem}__")
    assert m.feature_names == ["a", "table-0__a", "table-1__a"]
    assert m.X.tolist() == [[0, 1, 2]]
    assert join({"k": [1], "b": [0.0]}, *tables, exclude="a").feature_names == ["b"]
    with pytest.raises(ValueError, match="prefix: expected text in which"):
        join({"k": [1]}, *tables, prefix="{name}__")


def test_a_target_comes_from_the_source(join: Join) -> None:
    with pytest.raises(ValueError, match=r"target: `y` is in the table .*table-0\.parquet only"):
        join({"k": [1]}, {"k": [1], "y": [1.0], "a": [1.0]}, target="y")
    m = join({"k": [1], "y": [7], "w": [0.5]}, {"k": [1], "a": [1.0]}, target="y", weight="w")
    assert (m.y.tolist(), m.weight.tolist(), m.feature_names) == ([7], [0.5], ["a"])


def test_a_key_can_be_the_group(join: Join) -> None:
    m = join({"k": [5, 6]}, {"k": [6, 5], "a": [1.0, 2.0]}, group="k")
    assert (m.group.tolist(), m.feature_names) == ([5, 6], ["a"])


def test_columns_that_are_not_numbers(join: Join) -> None:
    tables = [{"k": [1], "a": [1.0], "word": ["x"]}]
    with pytest.raises(onecopy.UnsupportedTypeError, match=r"1 of 2 .*`word` \(string\).*exclude="):
        join({"k": [1]}, *tables)
    m = join({"k": [1]}, *tables, columns="numeric")
    assert (m.feature_names, m.report.skipped) == (["a"], [("word", "string")])


def test_columns_in_any_order(join: Join) -> None:
    columns = ["b0", "s1", "a1", "s0", "b1"]
    m = join(
        {"k": [1, 2], "s0": [1.0, 2.0], "s1": [3.0, 4.0]},
        {"k": [2, 1], "a0": [0.0, 0.0], "a1": [6.0, 5.0]},
        {"k": [1, 2], "b0": [7.0, 8.0], "b1": [9.0, 10.0]},
        columns=columns,
    )
    assert m.feature_names == columns
    assert m.X.tolist() == [[7, 3, 5, 1, 9], [8, 4, 6, 2, 10]]
    with pytest.raises(onecopy.ColumnNotFoundError, match="did you mean `a1`") as caught:
        join({"k": [1]}, {"k": [1], "a1": [1.0]}, columns=["A1"])
    assert (caught.value.columns, caught.value.suggestion) == (("k", "a1"), "a1")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"join": None, "on": "k"}, "on: it needs tables"),
        ({"join": None, "on": None, "prefix": "x"}, "prefix: it needs tables"),
        ({"join": None, "on": None, "duplicates": "last"}, "duplicates: it needs tables"),
        ({"on": None}, "on: a join needs the column of its key"),
        ({"on": []}, "on: expected at least one name"),
        ({"join": []}, "join: expected at least one path"),
        ({"duplicates": "drop"}, 'duplicates: expected one of "raise", "first", "last"'),
        ({"columns": ["k"]}, "columns: expected columns that are no keys"),
    ],
)
def test_options_that_make_no_sense(folder: Path, options: dict[str, Any], words: str) -> None:
    path = write(pa.table({"k": [1], "a": [1.0]}), folder / "a.parquet")
    with pytest.raises(ValueError, match=words):
        onecopy.load_training_matrix(path, **({"join": path, "on": "k"} | options))


# Values: what counts is the joined column


def test_only_rows_that_land_are_counted(join: Join) -> None:
    source = {"k": [1, 1, 2, 9, 3]}
    table = {"k": [2, 1, 5, 6, 7, 3], "a": [None, np.inf, -np.inf, NAN, 1e300, 4.0]}
    m = join(source, table, dtype="float32")
    told = m.report.columns["a"]
    assert (told.nulls, told.pos_infs, told.neg_infs, told.nans, told.overflowed) == (2, 2, 0, 0, 0)
    with pytest.raises(onecopy.CastOverflowError, match=r"`a` \(2 values, largest -2e300\)"):
        join({"k": [1, 1, 2]}, {"k": [1, 2, 3], "a": [-2e300, 1.0, 5e300]}, dtype="float32")
    m = join({"k": [1, 1, 2]}, {"k": [1, 2], "a": [-2e300, 1.0]}, dtype="float32", overflow="clip")
    assert m.X[:, 0].tolist() == [np.finfo("f4").min, np.finfo("f4").min, 1]


def test_medians_are_those_of_the_joined_column(join: Join) -> None:
    m = join(
        {"k": [1, 1, 1, 2, 3]}, {"k": [3, 2, 1, 0], "a": [None, 4.0, 1.0, 99.0]}, fill="median"
    )
    assert m.X[:, 0].tolist() == [1, 1, 1, 4, 1]
    with pytest.warns(onecopy.EmptyColumnWarning, match='"a"'):
        assert join({"k": [1]}, {"k": [2], "a": [1.0]}, fill="median").X.tolist() == [[0]]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_tables_longer_than_a_tile(folder: Path, order: str, *, shuffled: bool) -> None:
    rows = 300_000
    rng = np.random.default_rng(0)
    keys = rng.permutation(rows) if shuffled else np.arange(rows)
    keys = keys[keys % 11 > 0]
    table = pa.table({"k": keys, "a": keys * 2.0, "b": pa.array(keys + 0.5, mask=keys % 5 == 0)})
    write(pa.table({"k": np.arange(rows)}), folder / "source.parquet")
    for size in (1 << 20, 70_000):
        write(table, folder / "table.parquet", row_group_size=size)
        m = onecopy.load_training_matrix(
            folder / "source.parquet", join=folder / "table.parquet", on="k", fill=-1, order=order
        )
        own = np.arange(rows)
        there = own % 11 > 0
        np.testing.assert_array_equal(m.X[:, 0], np.where(there, own * 2.0, -1))
        np.testing.assert_array_equal(m.X[:, 1], np.where(there & (own % 5 > 0), own + 0.5, -1))
        assert m.report.columns["b"].nulls == rows - (there & (own % 5 > 0)).sum()


# What remains


def test_a_recipe_joins_the_next_tables_alike(join: Join, tmp_path: Path) -> None:
    table = {"k": [1, 2, 2], "a": [1.0, 3.0, 9.0]}
    rules = {"fill": "median", "prefix": "t__", "duplicates": "first"}
    train = join({"k": [1, 2, 3]}, table, **rules)
    assert train.X[:, 0].tolist() == [1, 3, 2]
    train.recipe.save(tmp_path / "recipe.json")
    recipe = onecopy.Recipe.load(tmp_path / "recipe.json")
    assert recipe == train.recipe
    plain = {"fill": "median", "dtype": "float32", "on": None, "recipe": recipe}
    test = join({"k": [7, 2]}, {"k": [2, 2], "a": [5.0, 6.0]}, **plain)
    assert (test.X[:, 0].tolist(), test.feature_names) == ([2, 5], ["t__a"])
    for option, value in (("prefix", "u__"), ("duplicates", "last"), ("on", "a")):
        with pytest.raises(ValueError, match=f"{option}: the recipe says"):
            join({"k": [7]}, table, **(plain | {option: value}))


def test_a_file_tells_of_its_tables(join: Join, tmp_path: Path) -> None:
    m = join({"k": [1, 2]}, {"k": [2], "a": [1.0]}, out=tmp_path / "train.npy")
    again = onecopy.TrainingMatrix.open(tmp_path / "train.npy")
    assert again.report == m.report
    assert again.recipe == m.recipe
    table = again.report.tables[0]
    assert (table.matched, table.unmatched) == (1, 1)
    for text in (str(m.report), m.report._repr_html_()):
        assert "table-0.parquet" in text
        assert "unmatched" in text


def test_a_plan_tells_of_the_join(folder: Path) -> None:
    write(pa.table({"k": [1, 2], "y": [1, 0]}), folder / "source.parquet")
    for at in range(3):
        write(pa.table({"k": [1], f"a{at}": [1.0]}), folder / f"table-{at}.parquet")
    plan = onecopy.plan(
        folder / "source.parquet", join=folder / "table-*.parquet", on="k", target="y"
    )
    assert (plan.shape, plan.feature_names) == ((2, 3), ["a0", "a1", "a2"])
    assert '3 tables on "k"' in str(plan)
    assert "4 files" in str(plan)
    assert plan.run().report.tables[2].matched == 1
