"""Folders named key=value: what they are columns for, and what need not be listed or read."""

import random
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.parquet_files import write

NULL = "__HIVE_DEFAULT_PARTITION__"


def plant(folder: Path, name: str, **columns: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(pa.table(columns), path)


@pytest.fixture
def days(folder: Path) -> Path:
    for at, day in enumerate(["2024-01-01", "2024-01-02", "2024-01-10"]):
        for shop in (1, 2, 10):
            name = f"days/day={day}/shop={shop}/p.parquet"
            plant(folder, name, x=[100.0 * at + shop], k=[at + shop])
    return folder / "days"


def test_they_are_no_features_by_themselves(days: Path) -> None:
    for columns in (None, "numeric"):
        assert onecopy.load_training_matrix(days, columns=columns).feature_names == ["x", "k"]


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
def test_they_serve_wherever_they_are_named(days: Path) -> None:
    matrix = onecopy.load_training_matrix(
        days, columns=["shop", "x"], passthrough="day", weight="k", sort_by=["shop", "day"]
    )
    assert matrix.X[:, 0].tolist() == [1, 1, 1, 2, 2, 2, 10, 10, 10]
    assert matrix.X[:, 1].tolist() == [1, 101, 201, 2, 102, 202, 10, 110, 210]
    assert matrix.passthrough["day"].tolist() == ["2024-01-01", "2024-01-02", "2024-01-10"] * 3
    target = onecopy.load_training_matrix(days, target="shop", group="day").y
    assert target.dtype == np.int64
    assert target.tolist() == [1, 2, 10] * 3
    groups = onecopy.load_training_matrix(days, group="day").groups
    assert [*groups.keys] == ["2024-01-01", "2024-01-02", "2024-01-10"]
    once = onecopy.load_training_matrix(days, unique_on="shop", keep="last")
    assert once.X[:, 0].tolist() == [201, 202, 210]
    parts = onecopy.load_training_matrix(
        days, split={"old": None, "new": "2024-01-02"}, split_by="day", columns=["x"]
    ).parts
    assert parts["new"].X[:, 0].tolist() == [101, 102, 110, 201, 202, 210]
    halves = {"a": 0.5, "b": 0.5}
    either = onecopy.load_training_matrix(days, split=halves, split_by="shop", seed=0).parts
    for part in either.values():
        assert len(part) % 3 == 0


def test_keys_of_a_join(days: Path, folder: Path) -> None:
    table = plant(folder, "tables/t.parquet", shop=[10, 1], rent=[7.0, 5.0])
    joined = onecopy.load_training_matrix(days, join=table, on="shop", columns=["rent"], fill=-1)
    assert joined.X[:, 0].tolist() == [5, -1, 7] * 3
    other = plant(folder, "tables/shop=2/u.parquet", k=[1, 2, 3, 4], rent=[1.0, 2.0, 3.0, 4.0])
    joined = onecopy.load_training_matrix(
        days, join=other, on=["k", "shop"], columns=["rent"], fill=-1
    )
    assert joined.X[:, 0].tolist() == [-1, 2, -1, -1, 3, -1, -1, 4, -1]


def test_nulls_and_escapes(folder: Path) -> None:
    texts = ["a/b", "100%", "x=y", "é", "", "%zz", "#"]
    for at, text in enumerate(texts):
        plant(folder, f"t={quote(text, safe='')}/p.parquet", x=[float(at)])
    plant(folder, f"t={NULL}/p.parquet", x=[99.0])
    matrix = onecopy.load_training_matrix(folder, passthrough="t")
    expected = dict(enumerate(texts)) | {99: None}
    found = matrix.passthrough["t"].tolist()
    assert found == [expected[int(x)] for x in matrix.X[:, 0]]
    kept = onecopy.load_training_matrix(folder, filters=[("t", "is", None)])
    assert kept.X.tolist() == [[99]]
    # `not in` keeps nulls, as in pyarrow.
    kept = onecopy.load_training_matrix(folder, filters=[("t", "not in", texts)])
    assert kept.X.tolist() == [[99]]


def test_whole_numbers_and_nulls(folder: Path) -> None:
    for text in ("-3", "007", NULL):
        plant(folder, f"n={text}/p.parquet", x=[1.0])
    matrix = onecopy.load_training_matrix(folder, columns=["n"], fill=None)
    assert np.array_equal(np.sort(matrix.X[:, 0]), [-3, 7, np.nan], equal_nan=True)
    plant(folder, "n=1.5/p.parquet", x=[1.0])
    found = {column.name: column for column in onecopy.inspect(folder).columns}["n"]
    assert (found.type, found.only_named, found.nulls) == ("string", True, 1)
    with pytest.raises(onecopy.UnsupportedTypeError, match="string"):
        onecopy.load_training_matrix(folder, columns=["n"])


def test_a_column_of_the_file_takes_the_value_of_its_folder(folder: Path) -> None:
    """As in pyarrow and Polars: the type of the file, and the value of the folder."""
    for day in (1, 2):
        when = date(2024, 1, day)
        plant(
            folder,
            f"p={day}/day={when}/f.parquet",
            x=[1, 2],
            p=pa.array([7, 8], pa.int8()),
            day=[when] * 2,
        )
    matrix = onecopy.load_training_matrix(folder, target="p", passthrough="day")
    assert matrix.y.dtype == np.int8
    assert matrix.y.tolist() == [1, 1, 2, 2]
    assert matrix.passthrough["day"].dtype == "datetime64[D]"
    kept = onecopy.load_training_matrix(
        folder, columns=["p"], filters=[("day", ">", date(2024, 1, 1))]
    )
    assert kept.X.tolist() == [[2], [2]]


def test_a_source_keeps_what_its_files_say_of_folders_it_names(folder: Path) -> None:
    """As in pandas, pyarrow and Polars."""
    file = plant(folder, "a=6/b=1/p.parquet", a=[1, 2], b=["x", "y"])
    for source in (file, [file], folder / "a=6/b=1", f"{folder}/a=6/b=1/*.parquet"):
        matrix = onecopy.load_training_matrix(source, columns=["a"], passthrough="b")
        assert matrix.X.tolist() == [[1], [2]]
        assert matrix.passthrough["b"].tolist() == ["x", "y"]
        kept = onecopy.load_training_matrix(source, columns=["a"], filters=[("a", "==", 2)])
        assert kept.X.tolist() == [[2]]
    for source in (folder / "a=6", f"{folder}/a=6/*/p.parquet", f"{folder}/./a=6//**"):
        matrix = onecopy.load_training_matrix(source, columns=["a"], passthrough="b")
        assert matrix.X.tolist() == [[1], [2]]
        assert matrix.passthrough["b"].tolist() == ["1", "1"]
    for source in (folder, f"{folder}/*", f"{folder}/*/b=1/p.parquet", f"{folder}/**/*.parquet"):
        assert onecopy.load_training_matrix(source, columns=["a"]).X.tolist() == [[6], [6]]


def test_files_that_are_listed_by_hand_have_their_folders(days: Path) -> None:
    files = sorted(days.glob("day=2024-01-0*/shop=1*/p.parquet"))
    matrix = onecopy.load_training_matrix(files, columns=["shop", "x"], passthrough="day")
    assert matrix.X[:, 0].tolist() == [1, 10, 1, 10]
    kept = onecopy.load_training_matrix(files, filters=[("shop", ">", 1)], passthrough="day")
    assert kept.passthrough["day"].tolist() == ["2024-01-01", "2024-01-02"]


def test_a_folder_that_contradicts_the_type_of_the_file(folder: Path) -> None:
    plant(folder, "p=300/f.parquet", p=pa.array([7], pa.int8()))
    with pytest.raises(onecopy.SchemaMismatchError, match='"300", which is no int8'):
        onecopy.load_training_matrix(folder)


def test_a_file_outside_of_the_folders(days: Path) -> None:
    plant(days, "p.parquet", x=[1.0], k=[1])
    assert len(onecopy.load_training_matrix(days)) == 10
    with pytest.raises(onecopy.ColumnNotFoundError, match="shop"):
        onecopy.load_training_matrix(days, columns=["shop"])
    matrix = onecopy.load_training_matrix(
        days, columns=["shop"], missing_columns="missing", fill=-1
    )
    assert -1 in matrix.X


def test_nothing_below_an_excluded_folder_is_opened(days: Path) -> None:
    (days / "day=2024-01-01/shop=1/p.parquet").write_bytes(b"no Parquet at all")
    with pytest.raises(onecopy.CorruptFileError):
        onecopy.load_training_matrix(days)
    for filters in (
        [("day", ">", "2024-01-01")],
        [("day", ">=", date(2024, 1, 2)), ("x", ">", 0)],
        [("shop", "in", [2, 10])],
        [[("shop", "==", 2), ("day", "<", "2025")], [("shop", ">", 5.5)]],
    ):
        if isinstance(filters[0], tuple) and isinstance(filters[0][2], date):
            with pytest.raises(ValueError, match="text"):
                onecopy.load_training_matrix(days, filters=filters)
            continue
        onecopy.load_training_matrix(days, filters=filters)


def test_filters_that_leave_nothing_still_know_the_columns(days: Path) -> None:
    plan = onecopy.plan(days, filters=[("shop", "==", 77)])
    assert (plan.shape, plan.feature_names) == ((0, 2), ["x", "k"])
    assert len(onecopy.inspect(days).files) == 9


def test_one_of_365_folders_is_opened(folder: Path) -> None:
    for day in range(365):
        path = folder / f"day={day}/p.parquet"
        if day == 200:
            plant(folder, f"day={day}/p.parquet", x=[200.0])
        else:
            path.parent.mkdir()
            path.write_bytes(b"no Parquet at all")
    filters = [("day", "==", 200)]
    for source in (folder, f"{folder}/*/*.parquet", f"{folder}/**/*.parquet"):
        plan = onecopy.plan(source, filters=filters)
        assert plan.run().X.tolist() == [[200]]
    with pytest.raises(onecopy.CorruptFileError):
        onecopy.plan(folder)


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("seed", range(20))
def test_random_folders_against_pyarrow(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    values = {
        "a": rng.sample(["1", "2", "-5", NULL], 3),
        "b": rng.sample(["x y", "7", "é/ü", NULL], 2),
    }
    rows = []
    for a in values["a"]:
        for b in values["b"]:
            count = rng.randrange(1, 4)
            numbers = [rng.random() for _ in range(count)]
            plant(folder, f"a={a}/b={quote(b, safe=' ')}/{rng.randrange(9)}.parquet", x=numbers)
            rows += [
                {"a": None if a == NULL else int(a), "b": None if b == NULL else b, "x": x}
                for x in numbers
            ]
    is_text = any(b not in (NULL, "7") for b in values["b"])
    table = pa.Table.from_pylist(rows, pa.schema({"a": "int64", "b": "string", "x": "float64"}))
    conditions = [
        ("a", rng.choice(["==", "!=", "<", ">="]), rng.choice([1, 2, 0.5])),
        ("a", rng.choice(["in", "not in"]), rng.choice([[1, None], [2, -5]])),
        ("x", "<", rng.random()),
    ]
    if is_text:
        conditions.append(("b", rng.choice(["==", "!=", "<", ">="]), rng.choice(["7", "x y", "z"])))
    for _ in range(10):
        lists = [rng.sample(conditions, rng.randrange(1, 3)) for _ in range(rng.randrange(1, 3))]
        expected = table.filter(pq.filters_to_expression(lists))
        matrix = onecopy.load_training_matrix(
            folder, columns=["x", "a"], filters=lists, fill=None, dtype="float64"
        )
        found = sorted(map(str, matrix.X.tolist()))
        nan = float("nan")
        wanted = [[r["x"], nan if r["a"] is None else float(r["a"])] for r in expected.to_pylist()]
        assert found == sorted(map(str, wanted)), lists
