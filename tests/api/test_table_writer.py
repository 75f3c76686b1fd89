"""The writer of tables: what it takes, what it refuses, what it leaves, threads and pools."""

import decimal
import threading
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import onecopy
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.pools import POOLS
from support.streams import reader

TABLE = pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3], "t": ["x", None, "y"]})


def written(path: Path, *batches: Any, **options: Any) -> pa.Table:
    with onecopy.TableWriter(path, **options) as writer:
        for batch in batches:
            writer.append(batch)
    return pq.read_table(path)


def fail(path: Path, batch: Any, **options: Any) -> None:
    """Leave a writer by an exception."""
    writer = onecopy.TableWriter(path, **options)
    writer.append(batch)
    error = RuntimeError("left")
    with pytest.raises(RuntimeError, match="left"), writer:
        raise error


def of_number(number: int) -> dict[str, Any]:
    return {"n": np.full(10, number), "t": [f"{number}-{at}" for at in range(10)]}


def test_batches_of_every_kind_are_taken(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    pq.write_table(TABLE, tmp_path / "parts" / "part.parquet")
    batches = [
        TABLE,
        TABLE.to_batches()[0],
        reader(TABLE, 2),
        pl.from_arrow(TABLE),
        pl.from_arrow(TABLE).lazy(),
        pl.from_arrow(TABLE).lazy().limit(0),
        duckdb.from_arrow(TABLE),
        TABLE.to_pandas().set_index(np.array([7, 8, 9])),
        {"t": ["x", None, "y"], "b": [1, 2, 3], "a": np.ma.array([1, 0, 5.0], mask=[0, 1, 0])},
        str(tmp_path / "parts" / "part.parquet"),
        tmp_path / "parts",
        str(tmp_path / "parts" / "*.parquet"),
        TABLE.slice(1, 0),
    ]
    found = written(tmp_path / "t.parquet", *batches)
    assert found.schema == TABLE.schema
    assert found.to_pylist() == TABLE.to_pylist() * 11 or np.isnan(found["a"][19].as_py())
    assert found.num_rows == 33


@pytest.mark.parametrize(
    ("batch", "column", "what"),
    [
        ({"a": [1.0], "t": ["x"]}, "b", "lacks the column"),
        (TABLE.append_column("z", TABLE["a"]), "z", "has also the column"),
        (TABLE.set_column(1, "b", pa.array(["1", "2", "3"])), "b", "found Utf8"),
        (TABLE.set_column(2, "t", pa.array([1, 2, 3])), "t", "found Int64"),
        (TABLE.set_column(2, "t", pa.array([b"1", b"", b""])), "t", "found Binary"),
        (TABLE.set_column(1, "b", pa.array([True, False, True])), "b", "found Boolean"),
        (pa.table([[1.0], [1], ["x"], [2]], names=["a", "b", "t", "b"]), "b", "two columns"),
    ],
)
def test_other_columns_are_refused_by_name(
    tmp_path: Path, batch: Any, column: str, what: str
) -> None:
    with onecopy.TableWriter(tmp_path / "t.parquet") as writer:
        writer.append(TABLE)
        with pytest.raises(onecopy.SchemaMismatchError, match=what) as caught:
            writer.append(batch)
        assert caught.value.column == column
        writer.append(TABLE)
    assert pq.read_table(tmp_path / "t.parquet").num_rows == 6


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (pa.array([1], pa.int8()), pa.array([300])),
        (pa.array([1]), pa.array([1.5])),
        (pa.array([1]), pa.array([float("nan")])),
        (pa.array([1.5]), pa.array([2**53 + 1])),
        (pa.array([1.5], pa.float32()), pa.array([0.1])),
        (pa.array([1], pa.uint64()), pa.array([-1])),
        (pa.array([1], pa.timestamp("ms")), pa.array([1], pa.timestamp("ns"))),
        (pa.array([1], pa.timestamp("ns")), pa.array([2**60], pa.timestamp("s"))),
        (pa.array([decimal.Decimal("1.5")]), pa.array([decimal.Decimal("1.55")])),
        (pa.array([b"abc"], pa.binary(3)), pa.array([b"ab"])),
        (pa.array([[1]], pa.list_(pa.int8())), pa.array([[1, 300]])),
        (pa.array([{"p": 1}], pa.struct({"p": pa.int8()})), pa.array([{"p": 300}])),
        (pa.array([[1, 2]], pa.list_(pa.int64(), 2)), pa.array([[1, 2, 3]])),
    ],
)
def test_a_value_that_would_change_ends_the_writer(
    tmp_path: Path, first: pa.Array, later: pa.Array
) -> None:
    writer = onecopy.TableWriter(tmp_path / "t.parquet")
    writer.append(pa.table({"ok": [1], "v": first}))
    with pytest.raises(onecopy.SchemaMismatchError) as caught:
        writer.append(pa.table({"ok": [1], "v": later}))
    assert caught.value.column == "v"
    with pytest.raises(ValueError, match="begin anew"):
        writer.append(pa.table({"ok": [1], "v": first}))
    with pytest.raises(ValueError, match="begin anew"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (pa.array([1]), pa.array([7.0])),
        (pa.array([1.5]), pa.array([7], pa.int8())),
        (pa.array([1.5]), pa.array([float("nan")], pa.float32())),
        (pa.array([1], pa.int8()), pa.array([None])),
        (pa.array([1], pa.timestamp("ms")), pa.array([5_000_000], pa.timestamp("ns"))),
        (pa.array([1], pa.timestamp("ms", "UTC")), pa.array([5], pa.timestamp("s", "Asia/Tokyo"))),
        (pa.array([decimal.Decimal("1.5")]), pa.array([decimal.Decimal("2.50")])),
        (
            pa.array([[1]], pa.list_(pa.int8())),
            pa.array([[7, None], None], pa.large_list(pa.int64())),
        ),
        (
            pa.array([{"p": 1, "q": "x"}]),
            pa.array([{"q": "y", "p": 2}], pa.struct({"q": pa.string(), "p": pa.int8()})),
        ),
    ],
)
def test_values_that_stay_are_cast(tmp_path: Path, first: pa.Array, later: pa.Array) -> None:
    one, other = pa.table({"v": first}), pa.table({"v": later})
    found = written(tmp_path / "t.parquet", one, other)
    expected = one["v"].to_pylist() + other.cast(one.schema)["v"].to_pylist()
    if not pa.types.is_struct(first.type):
        assert repr(found["v"].to_pylist()) == repr(expected)
    else:
        assert found["v"].to_pylist() == [{"p": 1, "q": "x"}, {"p": 2, "q": "y"}]
    assert found.schema.field("v").type.id == first.type.id


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (pa.array([pa.MonthDayNano([1, 2, 3])]), "Parquet has no type"),
        (
            pa.UnionArray.from_dense(
                pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([1])]
            ),
            "no type",
        ),
        (pa.array([{}], pa.struct([])), "Parquet has no type"),
    ],
)
def test_types_without_a_place_are_refused(tmp_path: Path, column: pa.Array, what: str) -> None:
    with pytest.raises(onecopy.UnsupportedTypeError, match=what) as caught:
        written(tmp_path / "t.parquet", pa.table({"ok": [1], "v": column}))
    assert caught.value.column == "v"
    assert list(tmp_path.iterdir()) == []


def test_a_schema_decides_types_and_nulls(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("b", pa.int16(), nullable=False), pa.field("t", pa.string())])
    found = written(tmp_path / "t.parquet", {"t": ["x"], "b": [1]}, schema=schema)
    assert found.schema == schema
    assert written(tmp_path / "none.parquet", schema=schema).schema == schema
    with pytest.raises(onecopy.SchemaMismatchError, match="nulls") as caught:
        written(tmp_path / "u.parquet", pa.table({"t": ["x"], "b": [None]}), schema=schema)
    assert caught.value.column == "b"
    with pytest.raises(TypeError, match="__arrow_c_schema__"):
        onecopy.TableWriter(tmp_path / "v.parquet", schema={"a": "int"})


@pytest.mark.parametrize(
    ("options", "error", "what"),
    [
        ({"keep": "last"}, ValueError, "keep"),
        ({"compression": "lzo"}, ValueError, "compression"),
        ({"memory_limit": "1MB"}, onecopy.MemoryLimitError, "memory_limit"),
        (
            {"memory_limit": "100MB", "row_group_bytes": "90MB"},
            onecopy.MemoryLimitError,
            "row_group",
        ),
        ({"rows_per_file": 0}, ValueError, "rows_per_file"),
        ({"rows_per_file": 1.5}, TypeError, "rows_per_file"),
        ({"unique_on": []}, ValueError, "unique_on"),
        ({"unique_on": "z"}, onecopy.ColumnNotFoundError, "z"),
        ({"unique_on": "l"}, onecopy.UnsupportedTypeError, "l"),
    ],
)
def test_options_are_checked(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        written(tmp_path / "t.parquet", pa.table({"a": [1], "l": [[1]]}), **options)
    assert list(tmp_path.iterdir()) == []


def test_names_that_exist_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    written(path, {"a": [1]})
    for options in ({}, {"rows_per_file": 1}):
        with pytest.raises(FileExistsError, match="overwrite=True"):
            onecopy.TableWriter(path, **options)
    fail(path, {"a": [2]}, overwrite=True)
    assert pq.read_table(path)["a"].to_pylist() == [1]
    assert written(path, {"a": [3]}, overwrite=True)["a"].to_pylist() == [3]
    assert [own.name for own in tmp_path.iterdir()] == ["t.parquet"]


def test_a_folder_has_files_of_so_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "parts"
    batches = [{"n": np.arange(at, at + 30)} for at in range(0, 300, 30)]
    assert written(path, *batches, rows_per_file=70)["n"].to_pylist() == list(range(300))
    names = [f"part-{at:05}.parquet" for at in range(5)]
    assert sorted(own.name for own in path.iterdir()) == names
    assert [pq.read_metadata(path / name).num_rows for name in names] == [70, 70, 70, 70, 20]
    fail(path, {"n": [1, 2, 3]}, rows_per_file=2, overwrite=True)
    assert len(list(path.iterdir())) == 5
    found = written(path, {"n": [1, 2]}, rows_per_file=2, overwrite=True)
    assert found["n"].to_pylist() == [1, 2]
    assert [own.name for own in tmp_path.iterdir()] == ["parts"]
    assert len(list(path.iterdir())) == 1


def test_a_writer_that_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    writer = onecopy.TableWriter(path)
    assert repr(writer) == f"TableWriter('{path}', 0 rows, open)"
    writer.append({"a": [1, 2]})
    assert not path.exists()
    assert writer.close() == writer.close() == path
    assert repr(writer) == f"TableWriter('{path}', 2 rows, closed)"
    with pytest.raises(ValueError, match="closed"):
        writer.append({"a": [1]})
    with pytest.raises(ValueError, match="no batch was appended"):
        onecopy.TableWriter(tmp_path / "none.parquet").close()
    assert [own.name for own in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize("pool", POOLS)
def test_pools_make_batches(tmp_path: Path, pool: Any) -> None:
    with pool() as executor, onecopy.TableWriter(tmp_path / "t.parquet") as writer:
        writer.append_from(executor, of_number, range(20), in_flight=3)
    found = pq.read_table(tmp_path / "t.parquet")
    assert found["n"].to_pylist() == [number for number in range(20) for _ in range(10)]


def test_threads_append_whole_batches(tmp_path: Path) -> None:
    with onecopy.TableWriter(tmp_path / "t.parquet", unique_on="t") as writer:
        threads = [
            threading.Thread(target=lambda: [writer.append(of_number(n)) for n in range(20)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = pq.read_table(tmp_path / "t.parquet")
    assert (writer.rows, writer.duplicates) == (200, 600)
    assert sorted(found["t"].to_pylist()) == sorted(t for n in range(20) for t in of_number(n)["t"])


def test_files_that_cannot_be_taken(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    (tmp_path / "day=1").mkdir()
    pq.write_table(TABLE, tmp_path / "day=1" / "a.parquet")
    with onecopy.TableWriter(tmp_path / "t.parquet") as writer:
        with pytest.raises(onecopy.CorruptFileError):
            writer.append(tmp_path / "bad.parquet")
        with pytest.raises(ValueError, match="day"):
            writer.append(str(tmp_path / "*" / "*.parquet"))
        with pytest.raises(FileNotFoundError):
            writer.append(tmp_path / "absent.parquet")
        with pytest.raises(TypeError, match="found ndarray"):
            writer.append(np.zeros(3))
        writer.append(TABLE)
    assert pq.read_table(tmp_path / "t.parquet").equals(TABLE)
