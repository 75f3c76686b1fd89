"""Lists in memory and by windows get the bits of a load: rows that are served, batches, recipes."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import nested_tables
from support.oracle import bits

SEED = int(os.environ.get("ONECOPY_SEED", "22"))
WIDTH = 3
pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")


def drawn(kind: str, case: int) -> tuple[np.random.Generator, pa.Table]:
    """A table of two columns of lists and a number."""
    rng = np.random.default_rng([SEED, case, *kind.encode()])
    rows = int(rng.choice([1, 7, 90]))
    kinds = nested_tables.KINDS
    lists = {
        name: nested_tables.lists(rng, rows, WIDTH, kinds[int(rng.integers(0, len(kinds)))])
        for name in ("v", "w")
    }
    table = pa.table({"v": lists["v"], "x": pa.array(rng.normal(size=rows)), "w": lists["w"]})
    return rng, table


def forms(table: pa.Table) -> Iterator[tuple[str, Any]]:
    """The same rows in every form that holds them exactly."""
    yield "arrow table", table
    yield "plain columns", pa.table(nested_tables.flat(table))
    yield "dict of arrow columns", {name: table.column(name) for name in table.column_names}
    rows = table.to_pylist()
    yield "rows", rows
    yield "dict of lists", {name: [row[name] for row in rows] for name in table.column_names}
    if len(rows) == 1:
        yield "one row", rows[0]
    kinds = {table.schema.field(name).type.value_type for name in ("v", "w")}
    if not any(pa.types.is_decimal(kind) for kind in kinds):
        pl = pytest.importorskip("polars")
        yield "polars", pl.from_arrow(table)
        pd = pytest.importorskip("pandas")
        yield "pandas of arrow", table.to_pandas(types_mapper=pd.ArrowDtype)
    found = {name: table.column(name) for name in ("v", "w")}
    if all(
        c.null_count == 0 and c.combine_chunks().flatten().null_count == 0 for c in found.values()
    ):
        whole = {
            name: np.stack([np.array(row, object) for row in c.to_pylist()])
            for name, c in found.items()
        }
        if not any(pa.types.is_decimal(kind) for kind in kinds):
            whole = {
                name: block.astype(table.schema.field(name).type.value_type.to_pandas_dtype())
                for name, block in whole.items()
            }
        yield "blocks", {**whole, "x": table.column("x").to_numpy()}


@pytest.mark.parametrize("batch", range(5))
def test_rows_in_memory(batch: int, tmp_path: Path) -> None:
    for number in range(30):
        rng, table = drawn("rows", batch * 100 + number)
        nested_tables.write(rng, table, tmp_path / "a.parquet")
        m = onecopy.load_training_matrix(
            tmp_path / "a.parquet",
            dtype=str(rng.choice(["float16", "float32", "float64"])),
            fill=["median", None, 1.5][int(rng.integers(0, 3))],
            inf=str(rng.choice(["missing", "keep"])),
            overflow="clip",
        )
        for name, data in forms(table):
            found = m.recipe.transform(data)
            assert np.array_equal(bits(found), bits(np.ascontiguousarray(m.X))), (
                batch,
                number,
                name,
            )


@pytest.mark.parametrize("batch", range(3))
def test_windows(batch: int, tmp_path: Path) -> None:
    for number in range(10):
        rng, table = drawn("windows", batch * 100 + number)
        table = pa.concat_tables([table] * 30)
        nested_tables.write(rng, table, tmp_path / "a.parquet")
        fills: list[Any] = ["median", "mean", {"v": "mean", "w_1": 4.0, "w": None}]
        options: dict[str, Any] = {
            "fill": fills[int(rng.integers(0, 3))],
            "overflow": "missing",
            "dtype": "float32",
        }
        m = onecopy.load_training_matrix(tmp_path / "a.parquet", **options)
        recipe = onecopy.fit_recipe(tmp_path / "a.parquet", buffer=1, **options)
        assert repr(recipe) == repr(m.recipe)
        assert repr(recipe.fill) == repr(m.recipe.fill)
        assert recipe.vectors == {"v": WIDTH, "w": WIDTH}
        found = onecopy.batches(tmp_path / "a.parquet", 17, recipe=recipe)
        whole = np.concatenate([batch.X for batch in found])
        assert np.array_equal(bits(whole), bits(np.ascontiguousarray(m.X)))


@pytest.fixture
def trained(tmp_path: Path) -> onecopy.TrainingMatrix:
    table = pa.table({"v": pa.array([[1.0, None], None, [3.0, 6.0]]), "x": [1, 2, None]})
    pq.write_table(table, tmp_path / "train.parquet")
    return onecopy.load_training_matrix(tmp_path / "train.parquet")


def test_what_a_recipe_refuses(trained: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    recipe = trained.recipe
    with pytest.raises(
        onecopy.SchemaMismatchError, match="a list of 3, and the lists of the recipe"
    ):
        recipe.transform([{"v": [1, 2, 3], "x": 1}])
    with pytest.raises(onecopy.SchemaMismatchError, match="a list of 3"):
        recipe.transform({"v": np.ones((2, 3)), "x": np.ones(2)})
    with pytest.raises(onecopy.UnsupportedTypeError, match="one of lists in the recipe"):
        recipe.transform({"v": "text", "x": 1})
    with pytest.raises(onecopy.ColumnNotFoundError, match="v_0"):
        recipe.transform({"x": 1})
    other = tmp_path / "other.parquet"
    for column, word in (([[1.0, 2.0, 3.0]], "row 0 of the row group"), ([1.0], "2 features")):
        pq.write_table(pa.table({"v": column, "x": [1]}), other)
        with pytest.raises(onecopy.SchemaMismatchError, match=word):
            onecopy.load_training_matrix(other, recipe=trained)
    pq.write_table(pa.table({"v": [[1.0, 2.0]], "x": [[1]]}), other)
    with pytest.raises(onecopy.SchemaMismatchError, match="the recipe has one feature"):
        onecopy.load_training_matrix(other, recipe=trained)


def test_a_damaged_recipe(trained: onecopy.TrainingMatrix) -> None:
    document = trained.recipe.to_dict()
    for wrong in ({"v": 3}, {"v": 10**15}, {"u": 1}, {"v": 0}, {"v": "2"}, [2]):
        with pytest.raises(ValueError, match="vectors: expected"):
            onecopy.Recipe.from_dict(document | {"vectors": wrong})


def test_carriers(trained: onecopy.TrainingMatrix) -> None:
    pytest.importorskip("sklearn")
    raw = np.array([[1.0, np.nan, 1.0], [np.nan, np.nan, 2.0], [3.0, 6.0, np.nan]], np.float32)
    for made in (trained.recipe.to_sklearn(), trained.recipe.to_sklearn(stock=True)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert np.array_equal(made.transform(raw), trained.X)
    names = trained.recipe.to_sklearn().get_feature_names_out()
    assert list(names) == ["v_0", "v_1", "x"]
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    model = trained.recipe.to_onnx().SerializeToString()
    session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"raw": raw.astype(np.float64)})
    assert np.array_equal(found, trained.X)
