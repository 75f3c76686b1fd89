"""Tables in memory as sources: what they are called, what is refused, and what stays of them."""

import json
from pathlib import Path

import duckdb
import numpy as np
import onecopy
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.c_arrays import Batch, array, schema
from support.frames import OneBatch

TABLE = pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3], "t": ["x", None, "y"]})


def load(source: object, **options: object) -> onecopy.TrainingMatrix:
    return onecopy.load_training_matrix(source, columns=["a", "b"], **options)


@pytest.mark.parametrize(
    "source",
    [
        TABLE,
        TABLE.to_batches()[0],
        TABLE.to_batches(),
        OneBatch(TABLE.to_batches()[0]),
        pl.from_arrow(TABLE),
        TABLE.to_pandas(),
        [TABLE.slice(0, 1), pl.from_arrow(TABLE.slice(1))],
        (TABLE.slice(0, 2), TABLE.slice(2)),
    ],
)
def test_what_hands_out_arrow_data_is_a_source(source: object) -> None:
    found = load(source, passthrough="t")
    assert found.X.tolist() == [[1, 1], [3, 2], [5, 3]]
    assert found.passthrough["t"].tolist() == ["x", None, "y"]


def test_files_and_tables_stand_in_one_list(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "one.parquet")
    found = load([tmp_path, TABLE.slice(1, 1), str(tmp_path / "*.parquet")], fill=None)
    assert found.X[:, 1].tolist() == [1, 2, 3, 2, 1, 2, 3]
    text = str(onecopy.plan([tmp_path, TABLE], columns=["a"]))
    assert "1 files, 1 tables in memory, 2 row groups" in text
    assert "1 tables in memory, 1 batches" in str(onecopy.plan(TABLE, columns=["a"]))


def test_nothing_of_the_source_is_changed() -> None:
    frame = TABLE.to_pandas().set_index("b", drop=False)
    frame.index.name = "key"
    before = frame.copy()
    assert load(frame).feature_names == ["a", "b"]
    assert onecopy.plan(frame, exclude="t").feature_names == ["a", "b"]
    pd.testing.assert_frame_equal(frame, before)


def test_values_stay_alive_and_a_plan_runs_again() -> None:
    values = np.arange(3.0)
    plan = onecopy.plan(pa.table({"a": values, "b": [1, 2, 3]}))
    del values
    assert plan.run().X[:, 0].tolist() == plan.run().X[:, 0].tolist() == [0, 1, 2]


def test_a_large_batch_is_several_row_groups() -> None:
    rows = 600_000
    table = pa.table({"a": np.arange(rows, dtype=np.int32)})
    plan = onecopy.plan(table, dtype="float64")
    assert plan.shape == (rows, 1)
    assert "3 batches" in str(plan)
    assert np.array_equal(plan.run().X[:, 0], np.arange(rows))
    assert plan.read_bytes == plan.run().report.bytes_read == 4 * rows


def test_errors_name_the_table_and_the_batch() -> None:
    with pytest.raises(onecopy.UnsupportedTypeError, match="`t` \\(string\\)"):
        onecopy.load_training_matrix(TABLE)
    with pytest.raises(onecopy.ColumnNotFoundError, match=r"^pyarrow\.Table: .*`c`"):
        load(TABLE, target="c")
    with pytest.raises(onecopy.SchemaMismatchError, match=r"polars\.DataFrame"):
        onecopy.load_training_matrix([TABLE.select(["a"]), pl.from_arrow(TABLE.select(["b"]))])
    broken = Batch(schema(b"l"), array(2, [None, None]))
    with pytest.raises(onecopy.CorruptFileError, match="batch 0, column `x`") as caught:
        onecopy.load_training_matrix(broken)
    assert caught.value.path == "support.Batch"
    assert (caught.value.row_group, caught.value.column) == (0, "x")
    with pytest.raises(onecopy.UnsupportedTypeError, match="batches of columns are expected"):
        onecopy.load_training_matrix(pa.array([1, 2]))


@pytest.mark.parametrize(
    ("source", "way_out"),
    [
        (pa.RecordBatchReader.from_batches(TABLE.schema, TABLE.to_batches()), r"\.read_all\(\)"),
        (duckdb.sql("select 1 as a"), r"\.to_arrow_table\(\)"),
        (pl.LazyFrame({"a": [1]}), r"\.collect\(\)"),
    ],
)
def test_what_has_no_length_is_no_table_of_a_join(source: object, way_out: str) -> None:
    for call in (onecopy.load_training_matrix, onecopy.plan):
        with pytest.raises(TypeError, match=way_out):
            call(TABLE, join=source, on="a")
        with pytest.raises(TypeError, match=way_out):
            call(TABLE, join=[TABLE, source], on="a")
    with pytest.raises(TypeError, match=way_out):
        onecopy.inspect(source)


def test_a_table_of_a_query_is_a_source() -> None:
    table = duckdb.sql("select i::double as a, i % 3 as b from range(5000) t(i)").to_arrow_table()
    assert load(table, dtype="float64").X[:, 0].tolist() == list(range(5000))


def test_dates_are_refused_as_in_files_and_pass_beside() -> None:
    table = pa.table(
        {"a": [1], "d": pa.array([9], pa.date32()), "s": pa.array([1500], pa.duration("ms"))}
    )
    with pytest.raises(onecopy.UnsupportedTypeError, match="date"):
        onecopy.load_training_matrix(table.select(["a", "d"]))
    with pytest.raises(onecopy.UnsupportedTypeError, match=r"duration\[ms\]"):
        onecopy.load_training_matrix(table.select(["a", "s"]))
    found = onecopy.load_training_matrix(table, columns=["a"], passthrough=["d", "s"])
    assert found.passthrough["d"].tolist() == table["d"].to_pylist()
    assert found.passthrough["s"].tolist() == table["s"].to_pylist()


def test_tables_are_joined(tmp_path: Path) -> None:
    days = pa.table({"day": [3, 1, 2], "label": [1, 0, 1]})
    wind = pa.table({"day": [1, 2, 3], "wind": [4.0, 5.0, 6.0]})
    pq.write_table(pa.table({"day": [3, 1], "rain": [0.5, 1.5]}), tmp_path / "rain.pq")
    found = onecopy.load_training_matrix(
        days, join=[pl.from_arrow(wind), tmp_path / "rain.pq"], on="day", target="label"
    )
    assert found.feature_names == ["wind", "rain"]
    assert found.X.tolist() == [[6.0, 0.5], [4.0, 1.5], [5.0, 1.0]]
    assert [table.matched for table in found.report.tables] == [3, 2]
    with pytest.raises(ValueError, match=r"prefix: .*pyarrow\.Table has none"):
        onecopy.load_training_matrix(days, join=wind, on="day", prefix="{stem}_", target="label")


def test_what_was_loaded_is_in_the_json(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "one.parquet")
    load([TABLE, tmp_path / "one.parquet"], out=tmp_path / "x.npy")
    sources = json.loads((tmp_path / "x.json").read_text())["sources"]
    assert sources[0] == {"memory": "pyarrow.Table", "bytes": sources[0]["bytes"]}
    assert sources[1]["path"] == str(tmp_path / "one.parquet")
    again = onecopy.TrainingMatrix.open(tmp_path / "x.npy")
    assert np.array_equal(again.X[:3], again.X[3:])


def test_a_table_is_inspected() -> None:
    found = onecopy.inspect(TABLE.slice(0, 3), sorted_by="b")
    assert [file.path for file in found.files] == ["pyarrow.Table"]
    assert [(c.name, c.type, c.nulls, c.taken) for c in found.columns] == [
        ("a", "float64", 1, True),
        ("b", "int64", 0, True),
        ("t", "string", 1, False),
    ]
    assert found.order is not None
    assert found.order.is_sorted


def test_a_recipe_treats_a_table_like_the_files_before(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "one.parquet")
    recipe = load(tmp_path / "one.parquet").recipe
    found = onecopy.load_training_matrix(TABLE.slice(1), recipe=recipe)
    assert found.X.tolist() == [[3, 2], [5, 3]]
