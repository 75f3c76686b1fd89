"""Columns that are passed through: as they are, row by row beside the matrix."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import load_training_matrix, plan

DAY = dt.date(2024, 1, 1)
NOON = dt.datetime(2024, 1, 1, 12)  # noqa: DTZ001 (a naive one)


def write(path: Path, columns: dict[str, Any], **layout: Any) -> Path:
    table = pa.table({"x": pa.array(range(3), pa.int32()), **columns})
    pq.write_table(table, path, **layout)
    return path


def passed(path: Path, names: Any, **options: Any) -> dict[str, np.ndarray]:
    return load_training_matrix(path, passthrough=names, **options).passthrough


# Types


def stamps(unit: str, zone: str | None = None) -> pa.Array:
    return pa.array([NOON, None, NOON], pa.timestamp(unit, zone))


def moments(unit: str) -> np.ndarray:
    return np.array([NOON, "NaT", NOON], f"M8[{unit}]")


def objects(*values: Any) -> np.ndarray:
    return np.array(values, object)


CLOCKS = [dt.time(1), None, dt.time(0)]
TYPES: dict[str, tuple[pa.Array, np.ndarray]] = {
    "i8": (pa.array([1, -2, 3], pa.int8()), np.array([1, -2, 3], "int8")),
    "u64": (pa.array([1, 2**64 - 1, 3], pa.uint64()), np.array([1, 2**64 - 1, 3], "uint64")),
    "half": (pa.array(np.array([1, 2.5, -0.0], "f2")), np.array([1, 2.5, -0.0], "f2")),
    "single": (pa.array([1, None, np.inf], pa.float32()), np.array([1, np.nan, np.inf], "f4")),
    "flag": (pa.array([True, False, True]), np.array([True, False, True])),
    "cost": (pa.array([Decimal("0.1"), None, Decimal(7)]), np.array([0.1, np.nan, 7.0])),
    "day": (pa.array([DAY, None, DAY]), np.array([DAY, "NaT", DAY], "M8[D]")),
    "ms": (stamps("ms"), moments("ms")),
    "us": (stamps("us", "UTC"), moments("us")),
    "ns": (stamps("ns"), moments("ns")),
    "clock": (pa.array(CLOCKS, pa.time32("ms")), np.array([3_600_000, "NaT", 0], "m8[ms]")),
    "fine": (pa.array(CLOCKS, pa.time64("us")), np.array([3_600_000_000, "NaT", 0], "m8[us]")),
    "text": (pa.array(["a", None, "Größe €"]), objects("a", None, "Größe €")),
    "code": (pa.array(["a", None, "a"]).dictionary_encode(), objects("a", None, "a")),
    "raw": (pa.array([b"a", None, b"\0\xff\0"]), objects(b"a", None, b"\0\xff\0")),
    "uuid": (pa.array([b"ab", None, b"c\0"], pa.binary(2)), objects(b"ab", None, b"c\0")),
    "nothing": (pa.nulls(3), np.array([np.nan] * 3)),
}


@pytest.mark.parametrize("name", TYPES)
def test_each_type_keeps_its_own_dtype(name: str, tmp_path: Path) -> None:
    array, expected = TYPES[name]
    m = load_training_matrix(write(tmp_path / "x.parquet", {name: array}), passthrough=[name])
    found = m.passthrough[name]
    assert m.feature_names == ["x"]
    assert type(found) is np.ndarray
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    if expected.dtype == object:
        assert [type(value) for value in found] == [type(value) for value in expected]


def test_int96_is_nanoseconds(tmp_path: Path) -> None:
    when = pa.array([NOON, None, NOON - dt.timedelta(days=30_000)], pa.timestamp("us"))
    layout = {"use_deprecated_int96_timestamps": True}
    for n, dictionary in enumerate([True, False]):
        path = write(tmp_path / f"{n}.parquet", {"t": when}, use_dictionary=dictionary, **layout)
        found = passed(path, "t")["t"]
        assert found.dtype == "M8[ns]"
        np.testing.assert_array_equal(found, when.cast(pa.timestamp("ns")).to_numpy(False))


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.bool_()])
def test_integers_and_bools_with_nulls_are_masked(kind: pa.DataType, tmp_path: Path) -> None:
    array = pa.array([1, None, 0], pa.int64()).cast(kind)
    found = passed(write(tmp_path / "x.parquet", {"n": array}), "n")["n"]
    assert isinstance(found, np.ma.MaskedArray)
    assert found.dtype == ("bool" if kind == pa.bool_() else str(kind))
    assert found.tolist() == [1, None, 0]
    filtered = passed(tmp_path / "x.parquet", "n", filters=[("n", "is not", None)])["n"]
    assert type(filtered) is np.ndarray
    assert filtered.tolist() == [1, 0]


def test_units_of_several_files_become_the_finest(tmp_path: Path) -> None:
    for n, unit in enumerate(["ms", "ns", "us"]):
        write(tmp_path / f"{n}.parquet", {"t": pa.array([NOON] * 3, pa.timestamp(unit))})
    write(tmp_path / "3.parquet", {"t": pa.array([DAY] * 3)})
    found = passed(tmp_path, "t")["t"]
    assert found.dtype == "M8[ns]"
    assert found.tolist() == np.array([NOON] * 9 + [DAY] * 3, "M8[ns]").tolist()


def test_a_time_that_the_finest_unit_cannot_hold_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "0.parquet", {"t": pa.array([-(10**13)] * 3, pa.timestamp("ms"))})
    write(tmp_path / "1.parquet", {"t": pa.array([NOON] * 3, pa.timestamp("ns"))})
    with pytest.raises(onecopy.UnsupportedTypeError, match="too far from 1970"):
        passed(tmp_path, "t")


def test_types_of_several_files_have_one_in_common(tmp_path: Path) -> None:
    write(tmp_path / "0.parquet", {"n": pa.array([1, 2, 3], pa.int8()), "s": pa.nulls(3)})
    write(tmp_path / "1.parquet", {"n": pa.nulls(3), "s": pa.array(["a", "b", None])})
    write(tmp_path / "2.parquet", {"n": pa.array([300] * 3, pa.int16()), "s": pa.array(["c"] * 3)})
    found = passed(tmp_path, ["s", "n"])
    assert list(found) == ["s", "n"]
    assert found["n"].dtype == "int16"
    assert found["n"].tolist() == [1, 2, 3, None, None, None, 300, 300, 300]
    assert found["s"].tolist() == [None, None, None, "a", "b", None, "c", "c", "c"]


def test_a_file_may_lack_the_column(tmp_path: Path) -> None:
    write(tmp_path / "0.parquet", {"n": pa.array([1, 2, 3]), "s": pa.array(["a", "b", "c"])})
    write(tmp_path / "1.parquet", {})
    with pytest.raises(onecopy.ColumnNotFoundError, match="missing_columns"):
        passed(tmp_path, "n")
    with pytest.raises(onecopy.ColumnNotFoundError, match="missing_columns"):
        passed(tmp_path, "s")
    found = passed(tmp_path, ["n", "s"], missing_columns="missing")
    assert found["n"].tolist() == [1, 2, 3, None, None, None]
    assert found["s"].tolist() == ["a", "b", "c", None, None, None]


# Targets, weights and groups of times


def test_a_target_of_times_is_datetime64(tmp_path: Path) -> None:
    columns = {"d": pa.array([DAY] * 3), "t": pa.array([NOON] * 3, pa.timestamp("us"))}
    path = write(tmp_path / "x.parquet", columns)
    m = load_training_matrix(path, target="d", group="t")
    assert m.y is not None
    assert m.group is not None
    assert (m.y.dtype, m.group.dtype) == ("M8[D]", "M8[us]")
    assert m.groups.keys.tolist() == [NOON]
    both = load_training_matrix(path, target=["d", "t"], out=tmp_path / "m.npy")
    assert both.y is not None
    assert both.y.dtype == "M8[us]"
    assert both.y.tolist() == [[NOON - dt.timedelta(hours=12), NOON]] * 3
    with pytest.raises(ValueError, match="numbers and times"):
        load_training_matrix(path, target=["d", "x"], columns=["t"])


def test_a_missing_time_is_a_missing_target(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"d": pa.array([DAY, None, DAY])})
    with pytest.raises(onecopy.MissingTargetError, match="1 null"):
        load_training_matrix(path, target="d")
    dropped = load_training_matrix(path, target="d", target_missing="drop")
    assert dropped.y is not None
    assert dropped.y.tolist() == [DAY, DAY]


# Rows


def test_it_follows_the_rows(tmp_path: Path) -> None:
    rows = np.arange(1000)
    columns = {
        "x": rows.astype("int32"),
        "id": [f"row {n}" if n % 7 else None for n in rows],
        "n": pa.array([int(n) if n % 5 else None for n in rows]),
        "at": pa.array(rows, pa.timestamp("ms")),
        "k": -rows % 17,
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet", row_group_size=300)
    orders: list[dict[str, Any]] = [{}, {"shuffle": True}, {"sort_by": ["k", "id"]}]
    choices: list[dict[str, Any]] = [
        {},
        {"filters": [("x", ">=", 500)]},
        {"split": {"a": 0.5, "b": 0.0, "c": 0.3}, "sample": 0.9},
        {"unique_on": "k", "keep": "last"},
    ]
    for n, (order, choice) in enumerate((o, c) for o in orders for c in choices):
        for out in (None, tmp_path / f"{n}.npy"):
            options = order | choice | {"out": out, "columns": ["x"]}
            m = load_training_matrix(
                tmp_path / "x.parquet", passthrough=["id", "n", "at"], **options
            )
            number = m.X[:, 0].astype(int).tolist()
            assert m.passthrough["id"].tolist() == [f"row {n}" if n % 7 else None for n in number]
            assert m.passthrough["n"].tolist() == [n if n % 5 else None for n in number]
            assert m.passthrough["at"].astype("int64").tolist() == number
            start = 0
            for part in m.parts.values():
                end = start + len(part)
                for name, array in part.passthrough.items():
                    assert array.tolist() == m.passthrough[name][start:end].tolist()
                    assert np.shares_memory(array, m.passthrough[name]) or start == end
                start = end


def test_a_join_leaves_the_rows_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"k": ["c", "a", "b"]})
    pq.write_table(pa.table({"k": ["a", "b", "c"], "v": [1, 2, 3]}), tmp_path / "t.parquet")
    m = load_training_matrix(path, join=tmp_path / "t.parquet", on="k", passthrough="k")
    assert m.feature_names == ["x", "v"]
    assert m.X[:, 1].tolist() == [3, 1, 2]
    assert m.passthrough["k"].tolist() == ["c", "a", "b"]


# Options


def test_none_is_passed_through_by_default(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {})
    assert passed(path, ()) == passed(path, []) == {}


def test_roles(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"g": [1, 1, 2], "y": [0, 1, 0]})
    kept = load_training_matrix(path, group="g", passthrough="g", sort_by="g", columns=["x"])
    assert kept.passthrough["g"].tolist() == [1, 1, 2]
    for role in ({"target": "y"}, {"weight": "y"}, {"columns": ["x", "y"]}):
        with pytest.raises(ValueError, match="passthrough: expected columns that have no other"):
            plan(path, passthrough=["g", "y"], **role)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="each name once"):
        plan(path, passthrough=["g", "g"])
    with pytest.raises(TypeError, match="passthrough: expected a list of names"):
        plan(path, passthrough=3)  # type: ignore[call-overload]
    with pytest.raises(onecopy.ColumnNotFoundError, match=r"named by `passthrough`.*mean `y`"):
        plan(path, passthrough="Y")


def test_what_has_no_array_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"l": [["a"], ["b"], ["c"]]})
    with pytest.raises(onecopy.UnsupportedTypeError, match=r"`l` .list<string>."):
        plan(path, passthrough="l")


LISTS: dict[str, tuple[pa.Array, np.ndarray]] = {
    "ints": (pa.array([[1, 2], [3, 4], [5, 6]]), np.array([[1, 2], [3, 4], [5, 6]])),
    "floats": (
        pa.array([[1, None], None, [5, 6]], pa.list_(pa.float32())),
        np.array([[1, np.nan], [np.nan, np.nan], [5, 6]], "f4"),
    ),
    "times": (
        pa.array([[NOON, None], None, [NOON, NOON]], pa.large_list(pa.timestamp("ms"))),
        np.array([[NOON, "NaT"], ["NaT", "NaT"], [NOON, NOON]], "M8[ms]"),
    ),
    "lasts": (
        pa.array([[1, None], None, [3, 4]], pa.list_(pa.duration("us"), 2)),
        np.array([[1, "NaT"], ["NaT", "NaT"], [3, 4]], "m8[us]"),
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_arrays_of_two_dimensions(name: str, tmp_path: Path) -> None:
    array, expected = LISTS[name]
    path = write(tmp_path / "x.parquet", {name: array})
    found = passed(path, name)[name]
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    passed(path, name, out=tmp_path / "m.npy")
    opened = onecopy.TrainingMatrix.open(tmp_path / "m.npy").passthrough[name]
    np.testing.assert_array_equal(opened, expected)
    from_memory = load_training_matrix(pq.read_table(path), passthrough=name)
    np.testing.assert_array_equal(from_memory.passthrough[name], expected)


def test_lists_of_integers_with_nulls_are_masked(tmp_path: Path) -> None:
    array = pa.array([[1, None], None, [5, 6]], pa.list_(pa.int16()))
    found = passed(write(tmp_path / "x.parquet", {"l": array}), "l")["l"]
    assert (found.dtype, found.shape) == (np.int16, (3, 2))
    assert found.tolist() == [[1, None], [None, None], [5, 6]]


def test_kinds_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "0.parquet", {"a": ["a", "b", "c"], "t": [1, 2, 3]})
    write(tmp_path / "1.parquet", {"a": [b"a", b"b", b"c"], "t": [DAY] * 3})
    for name in ("a", "t"):
        with pytest.raises(onecopy.SchemaMismatchError, match="no NumPy array holds both"):
            plan(tmp_path, passthrough=name, columns=["x"])


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    broken = pa.array([b"a", b"\xff", b"c"]).view(pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, broken.buffers())
    path = write(tmp_path / "x.parquet", {"s": text})
    with pytest.raises(onecopy.CorruptFileError, match="UTF-8") as caught:
        passed(path, "s")
    assert caught.value.column == "s"


def test_a_plan_tells_of_it(tmp_path: Path) -> None:
    columns = {"s": ["a", "b", "c"], "t": pa.array([NOON] * 3, pa.timestamp("us")), "y": [1, 2, 3]}
    path = write(tmp_path / "x.parquet", columns)
    planned = plan(path, passthrough=["s", "t", "y"])
    assert '"s" text, "t" datetime64[us], "y" int64; texts take about' in str(planned)
    assert planned.feature_names == ["x"]
    m = planned.run()
    assert 'passthrough "s", "t", "y"' in repr(m)


def test_memory_that_texts_do_not_fit_is_refused(tmp_path: Path) -> None:
    table = pa.table({"x": range(300_000), "s": [f"{n:0200}" for n in range(300_000)]})
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(onecopy.MemoryLimitError, match="texts"):
        passed(tmp_path / "x.parquet", "s", memory_limit="40MB")
    assert len(passed(tmp_path / "x.parquet", "s", memory_limit="400MB")["s"]) == len(table)


# Files


def test_files(tmp_path: Path) -> None:
    columns = {name: array for name, (array, _) in TYPES.items() if name != "raw"}
    columns["m"] = pa.array([1, None, 3])
    columns["a.b ä"] = pa.array([b"a", b"", b"ccc"])
    path = write(tmp_path / "x.parquet", columns)
    m = load_training_matrix(path, passthrough=list(columns), out=tmp_path / "m.npy")
    in_memory = load_training_matrix(path, passthrough=list(columns))
    for found in (m, onecopy.TrainingMatrix.open(tmp_path / "m.npy")):
        assert list(found.passthrough) == list(columns)
        for name, array in found.passthrough.items():
            expected = in_memory.passthrough[name]
            np.testing.assert_array_equal(array.tolist(), expected.tolist())
            if expected.dtype != object:
                assert array.dtype == expected.dtype
            plain = np.load(tmp_path / f"m.{name}.npy", mmap_mode="r")
            np.testing.assert_array_equal(np.asarray(plain), np.asarray(array))
    kinds = {name: m.passthrough[name].dtype.str for name in ("text", "uuid", "a.b ä", "us")}
    assert kinds == {"text": "<U7", "uuid": "|V2", "a.b ä": "|S3", "us": "<M8[us]"}
    masks = {file.name for file in tmp_path.glob("*.mask.npy")}
    assert masks == {f"m.{name}.mask.npy" for name in ("text", "code", "uuid", "m")}


def test_empty_files(tmp_path: Path) -> None:
    columns = {"s": pa.array([], pa.string()), "n": pa.array([], pa.int8())}
    pq.write_table(pa.table({"x": pa.array([], pa.int8()), **columns}), tmp_path / "x.parquet")
    with pytest.warns(onecopy.EmptyColumnWarning):
        m = load_training_matrix(
            tmp_path / "x.parquet", passthrough=["s", "n"], out=tmp_path / "m.npy"
        )
    assert m.passthrough["s"].tolist() == m.passthrough["n"].tolist() == []


@pytest.mark.parametrize("name", ["y", "weight", "group", "json", "a/b", "a\0b", "", "x.mask"])
def test_names_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "in.parquet", {name: [1, 2, 3], "feature": [1, 2, 3]})
    with pytest.raises(ValueError, match="a file of its own"):
        plan(path, passthrough=["x", name], out=tmp_path / "m.npy")
    assert list(passed(path, ["x", name])) == ["x", name]


@pytest.mark.parametrize("value", ["a\0", b"a\0"])
def test_a_zero_at_the_end_is_for_memory_only(value: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"s": [value] * 3})
    assert passed(path, "s")["s"].tolist() == [value] * 3
    with pytest.raises(onecopy.UnsupportedTypeError, match="ends in a zero"):
        passed(path, "s", out=tmp_path / "m.npy")
    assert not list(tmp_path.glob("m*"))


def test_a_damaged_description_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"s": ["a", "b", "c"]})
    load_training_matrix(path, passthrough="s", out=tmp_path / "m.npy")
    text = (tmp_path / "m.json").read_text()
    for old, new in (('"s"', '"../s"'), ('"<U1"', '"O"'), ('"name": "s"', '"other": "s"')):
        assert old in text
        (tmp_path / "m.json").write_text(text.replace(old, new))
        with pytest.raises(ValueError, match="description of a matrix"):
            onecopy.TrainingMatrix.open(tmp_path / "m.npy")
    (tmp_path / "m.json").write_text(text)
    (tmp_path / "m.s.npy").unlink()
    with pytest.raises(FileNotFoundError):
        onecopy.TrainingMatrix.open(tmp_path / "m.npy")


def test_into_an_array_of_the_caller(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"s": ["a", None, "c"], "n": [1, None, 3]})
    out = np.empty((3, 1), "float32")
    found = passed(path, ["n", "s"], out=out)
    assert found["s"].tolist() == ["a", None, "c"]
    assert found["n"].tolist() == [1, None, 3]
