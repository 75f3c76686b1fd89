"""`group=` of any type: codes of texts, times, numbers; groups against pandas."""

import datetime as dt
import json
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

WORDS = [
    "",
    "a",
    "a\0",
    "a\0\0",
    "a\0b",
    "aa",
    "Z",
    "ä",
    "€uro",
    "\U0001f600",
    "x" * 300,
    "x" * 299,
]


def parts_of(rng: random.Random, folder: Path, table: pa.Table) -> list[Path]:
    """Cut a table into files, each with row groups, encodings and a type of text of its own."""
    cuts = sorted(rng.sample(range(len(table) + 1), rng.randint(0, min(3, len(table)))))
    paths, start = [], 0
    for number, end in enumerate([*cuts, len(table)]):
        part = table.slice(start, end - start)
        kind = rng.choice([pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
        if pa.types.is_string(part.schema.field("g").type):
            part = part.set_column(part.schema.get_field_index("g"), "g", part["g"].cast(kind))
        layout = {"row_group_size": rng.choice([1, 3, 1000, 5000]), "data_page_size": 200}
        layout |= {
            "use_dictionary": rng.random() < 0.5,
            "compression": rng.choice(["none", "zstd"]),
        }
        paths.append(write(part, folder / f"part-{number}.parquet", **layout))
        start = end
    return paths


def frame(rng: random.Random, count: int) -> pd.DataFrame:
    words = WORDS[: rng.randint(1, len(WORDS))]
    if rng.random() < 0.3:
        words = [f"key {rng.randrange(10**6)}" for _ in range(count)] or words
    return pd.DataFrame(
        {"g": rng.choices(words, k=count), "x": [float(at) for at in range(count)]},
    ).astype({"g": object})


def table_of(data: pd.DataFrame) -> pa.Table:
    return pa.table({"g": pa.array(list(data["g"]), pa.string()), "x": data["x"].to_numpy()})


def texts(m: onecopy.TrainingMatrix) -> list[str]:
    assert m.group is not None
    assert m.group_keys is not None
    assert m.group.dtype == np.int64
    return list(m.group_keys[m.group])


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("case", range(40))
def test_codes_are_in_the_order_of_bytes(folder: Path, case: int) -> None:
    rng = random.Random(case)
    data = frame(rng, rng.choice([0, 1, 2, 30, 3000]))
    paths = parts_of(rng, folder, table_of(data))
    out = folder.parent / "train.npy" if rng.random() < 0.5 else None
    options: dict[str, Any] = {"dtype": "float64", "out": out, "threads": rng.choice([1, 3])}
    rows = data
    if rng.random() < 0.4:
        options["filters"] = [("x", "<", len(data) / 2)]
        rows = rows[rows["x"] < len(data) / 2]
    options |= rng.choice([{}, {"shuffle": True}, {"sort_by": "g"}, {"sort_by": ["g", "x"]}])
    m = onecopy.load_training_matrix(paths, group="g", **options)
    want = sorted(set(rows["g"]), key=str.encode)
    assert list(m.group_keys) == want
    assert m.feature_names == ["x"]
    by_row = dict(zip(rows["x"], rows["g"], strict=True))
    assert texts(m) == [by_row[x] for x in m.X[:, 0]]
    if "shuffle" not in options and "sort_by" not in options:
        assert m.X[:, 0].tolist() == rows["x"].tolist()
    if "sort_by" in options:
        sizes = rows.groupby("g").size()
        assert list(m.groups.keys) == want
        assert m.groups.sizes.tolist() == [sizes[word] for word in want]
        for key, run in m.groups:
            assert m.X[run, 0].tolist() == rows["x"][rows["g"] == key].tolist()
    if out:
        again = onecopy.TrainingMatrix.open(out)
        assert list(again.group_keys) == want
        assert np.array_equal(np.load(out.with_name("train.group.npy")), m.group)


@pytest.mark.parametrize("case", range(20))
def test_samples_and_splits(folder: Path, case: int) -> None:
    rng = random.Random(case)
    data = frame(rng, 2000)
    paths = parts_of(rng, folder, table_of(data))
    options: dict[str, Any] = {"dtype": "float64", "seed": case}
    options |= rng.choice([{}, {"sample": 0.3}, {"sample": 77}])
    options |= rng.choice([{"split_by": "g"}, {}]) | {"split": {"train": 0.6, "test": 0.4}}
    options |= rng.choice([{}, {"shuffle": True}, {"sort_by": "g"}])
    m = onecopy.load_training_matrix(paths, group="g", **options)
    by_row = dict(zip(data["x"], data["g"], strict=True))
    assert texts(m) == [by_row[x] for x in m.X[:, 0]]
    assert list(m.group_keys) == sorted({by_row[x] for x in m.X[:, 0]}, key=str.encode)
    for part in m.parts.values():
        assert texts(part) == [by_row[x] for x in part.X[:, 0]]
        if "sort_by" in options:
            found = {key: part.X[rows, 0].tolist() for key, rows in part.groups}
            own = data[data["x"].isin(part.X[:, 0])]
            assert found == {key: rows["x"].tolist() for key, rows in own.groupby("g")}


def test_the_same_codes_however_files_are_cut(folder: Path) -> None:
    data = frame(random.Random(1), 3000)
    found = []
    for case in range(4):
        home = folder / str(case)
        home.mkdir()
        paths = parts_of(random.Random(case), home, table_of(data))
        found.append(onecopy.load_training_matrix(paths, group="g", threads=1 + case).group)
    assert all(np.array_equal(found[0], other) for other in found)


def test_a_join_leaves_groups_as_they_are(folder: Path) -> None:
    source = {"k": [3, 1, 2, 1], "g": ["b", "b", "a", "a"], "x": [1.0, 2.0, 3.0, 4.0]}
    left = write(pa.table(source), folder / "source.parquet")
    right = write(pa.table({"k": [1, 2, 3], "z": [10.0, 20.0, 30.0]}), folder / "table.parquet")
    m = onecopy.load_training_matrix(left, join=right, on="k", group="g")
    assert texts(m) == source["g"]
    assert m.X.tolist() == [[1, 30], [2, 10], [3, 20], [4, 10]]
    assert [(key, rows.start, rows.stop) for key, rows in m.groups] == [("b", 0, 2), ("a", 2, 4)]
    m = onecopy.load_training_matrix(left, join=right, on="k", group="g", sort_by="g")
    assert list(m.groups.keys) == ["a", "b"]
    assert m.X.tolist() == [[3, 20], [4, 10], [1, 30], [2, 10]]


def test_groups_that_do_not_stand_together(folder: Path) -> None:
    path = write(pa.table({"g": ["b", "a", "b"], "x": [1.0, 2.0, 3.0]}), folder / "in.parquet")
    m = onecopy.load_training_matrix(path, group="g")
    assert m.group.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match=r"group 'b' do not stand together .*row 2\); sort them"):
        _ = m.groups


@pytest.mark.parametrize(
    "values", [["a", None, None], [None, b"\xff", None], [dt.date(2024, 1, 1), None, None]]
)
def test_nulls_are_refused(folder: Path, values: list[Any]) -> None:
    path = write(pa.table({"g": values, "x": [1.0, 2.0, 3.0]}), folder / "in.parquet")
    with pytest.raises(onecopy.MissingTargetError, match="2 missing values") as caught:
        onecopy.load_training_matrix(path, group="g", target_missing="keep")
    assert (caught.value.array, caught.value.nulls) == ("group", {"g": 2})
    assert "target_missing" not in str(caught.value)
    filters = [("g", "is not", None)]
    assert len(onecopy.load_training_matrix(path, group="g", filters=filters)) == 1


def test_bytes_that_are_no_text(folder: Path) -> None:
    values = [b"\xff", b"a", b"", b"a\0"]
    path = write(pa.table({"g": values, "x": [1.0] * 4}), folder / "in.parquet")
    for out in (None, folder.parent / "train.npy"):
        m = onecopy.load_training_matrix(path, group="g", out=out)
        assert list(m.group_keys) == [b"", b"a", b"a\0", b"\xff"]
        assert m.group.tolist() == [3, 1, 0, 2]
    fixed = pa.table({"g": pa.array([b"bb", b"aa"], pa.binary(2)), "x": [1.0, 2.0]})
    m = onecopy.load_training_matrix(write(fixed, folder / "fixed.parquet"), group="g")
    assert (list(m.group_keys), m.group.tolist()) == (["aa", "bb"], [1, 0])


TYPED = [
    (pa.array([dt.date(2024, 1, 2), dt.date(1969, 1, 1)]), "datetime64[D]"),
    (pa.array([1_704_164_400_000_000, -1], pa.timestamp("us")), "datetime64[us]"),
    (pa.array([dt.time(3), dt.time(1)], pa.time64("us")), "timedelta64[us]"),
    (pa.array([2, 1], pa.uint16()), "uint16"),
    (pa.array([True, False]), "bool"),
    (pa.array([Decimal("2.5"), Decimal("1.5")]), "float64"),
    (pa.array([2.5, 1.5], pa.float32()), "float32"),
    (pa.array(["z", "y"]), "int64"),
]


@pytest.mark.parametrize(("values", "dtype"), TYPED, ids=[str(values.type) for values, _ in TYPED])
def test_every_type(folder: Path, values: pa.Array, dtype: str) -> None:
    rows = pa.array([0, 0, 1, 1, 1])
    path = write(pa.table({"g": values.take(rows), "x": np.arange(5.0)}), folder / "in.parquet")
    plan = onecopy.plan(path, group="g")
    assert f'"g": (5,) {dtype}' in str(plan)
    assert ("codes of texts" in str(plan)) == pa.types.is_string(values.type)
    for out in (None, folder.parent / "train.npy"):
        m = onecopy.load_training_matrix(path, group="g", out=out)
        assert m.group.dtype == dtype
        assert plan.output_bytes == m.X.nbytes + m.group.nbytes
        keys = m.groups.keys
        want = values.to_numpy(zero_copy_only=False)
        if "timedelta" in dtype:
            want = [np.timedelta64(3, "h"), np.timedelta64(1, "h")]
        assert [key == value for key, value in zip(keys, want, strict=True)] == [True, True]
        assert m.groups.sizes.tolist() == [2, 3]
        m = onecopy.load_training_matrix(path, group="g", sort_by="g")
        assert m.groups.sizes.tolist() == [3, 2]


def test_into_an_array(folder: Path) -> None:
    path = write(pa.table({"g": ["b", "a"], "x": [1.0, 2.0]}), folder / "in.parquet")
    m = onecopy.load_training_matrix(path, group="g", out=np.empty((2, 1), np.float32))
    assert texts(m) == ["b", "a"]


def test_the_description_has_the_texts(folder: Path) -> None:
    path = write(pa.table({"g": ["b", "ä", "b"], "x": [1.0, 2.0, 3.0]}), folder / "in.parquet")
    out = folder.parent / "train.npy"
    onecopy.load_training_matrix(path, group="g", out=out)
    description = out.with_suffix(".json")
    document = json.loads(description.read_text())
    assert document["groups"] == {"text": ["b", "ä"]}
    document["groups"] = {"text": [1]}
    description.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="groups"):
        onecopy.TrainingMatrix.open(out)


def test_lists_and_other_kinds_are_refused(folder: Path) -> None:
    path = write(pa.table({"g": [[1], [2]], "x": [1.0, 2.0]}), folder / "in.parquet")
    with pytest.raises(onecopy.UnsupportedTypeError):
        onecopy.load_training_matrix(path, group="g")
    other = [
        write(pa.table({"g": values, "x": [1.0]}), folder / f"{at}.parquet")
        for at, values in enumerate([["a"], [1]])
    ]
    with pytest.raises(onecopy.SchemaMismatchError):
        onecopy.load_training_matrix(other, group="g")
    lacking = write(pa.table({"x": [1.0]}), folder / "lacking.parquet")
    with pytest.raises(onecopy.ColumnNotFoundError, match="every file needs"):
        onecopy.load_training_matrix([other[0], lacking], group="g")


def test_many_texts(folder: Path) -> None:
    """More than are sorted at a time; what they take beside the output is leased."""
    rng = np.random.default_rng(0)
    words = np.array([f"{number:x}" for number in rng.permutation(100_000)], dtype=object)
    table = pa.table({"g": pa.array(words), "x": np.arange(100_000.0)})
    path = write(table, folder / "in.parquet", row_group_size=20_000)
    m = onecopy.load_training_matrix(path, group="g")
    order = np.argsort(words)
    assert list(m.group_keys) == list(words[order])
    assert np.array_equal(m.group[order], np.arange(100_000))
    assert m.groups.sizes.max() == 1


def test_a_memory_limit_counts_texts(folder: Path) -> None:
    words = [f"{number:0200}" for number in range(100_000)]
    table = pa.table({"g": words, "x": np.arange(100_000.0)})
    path = write(table, folder / "in.parquet", use_dictionary=False, row_group_size=5000)
    with pytest.raises(onecopy.MemoryLimitError, match="raise memory_limit") as caught:
        onecopy.load_training_matrix(path, group="g", memory_limit="24MB")
    assert caught.value.needed > 0
    m = onecopy.load_training_matrix(path, group="g", memory_limit="100MB")
    assert len(m.groups) == 100_000


def test_a_group_can_be_passed_through(folder: Path) -> None:
    path = write(pa.table({"g": ["b", "a", "b"], "x": [1.0, 2.0, 3.0]}), folder / "in.parquet")
    m = onecopy.load_training_matrix(path, group="g", passthrough="g", sort_by="g")
    assert texts(m) == list(m.passthrough["g"]) == ["a", "b", "b"]
    assert pq.read_table(path)["g"].to_pylist() == ["b", "a", "b"]
