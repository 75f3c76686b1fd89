"""Lists and structs: what they become, what they are called, and what is refused of them."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import SchemaMismatchError, TrainingMatrix, UnsupportedTypeError, load_training_matrix

EMB = pa.array([[1, 2], None, [5, None]], pa.list_(pa.float32()))
AT = pa.array([{"lat": 1.0, "of": {"n": 7}}, None, {"lat": None, "of": None}])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"emb": EMB, "at": AT, "x": [1, 2, 3]}), tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def file(folder: Path, name: str = "b", **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def test_names_and_values(path: Path) -> None:
    m = load_training_matrix(path)
    assert m.feature_names == ["emb_0", "emb_1", "at.lat", "at.of.n", "x"]
    assert m.X.tolist() == [[1, 2, 1, 7, 1], [3, 2, 1, 7, 2], [5, 2, 1, 7, 3]]
    assert m.report.vectors == {"emb": 2}
    assert m.report.columns["emb_1"].nulls == 2
    again = load_training_matrix(pq.read_table(path))
    assert np.array_equal(again.X, m.X)
    assert again.recipe == m.recipe


def test_columns_and_exclude_take_names_of_structs(path: Path) -> None:
    for source in (path, pq.read_table(path)):
        m = load_training_matrix(source, columns=["x", "at"])
        assert m.feature_names == ["x", "at.lat", "at.of.n"]
        assert load_training_matrix(source, columns=["at.of"]).feature_names == ["at.of.n"]
        assert load_training_matrix(source, exclude=["at", "emb"]).feature_names == ["x"]
        assert load_training_matrix(source, exclude="at.of", columns="numeric").feature_names == [
            "at.lat",
            "x",
        ]
        with pytest.raises(onecopy.ColumnNotFoundError):
            load_training_matrix(source, columns=["at."])


def test_fills_of_a_field_and_of_an_item(path: Path) -> None:
    m = load_training_matrix(path, columns=["emb"], fill={"emb": -1, "emb_1": "mean"})
    assert m.X.tolist() == [[1, 2], [-1, 2], [5, 2]]
    assert m.recipe.fill == {"emb_0": -1, "emb_1": 2}
    with pytest.raises(onecopy.ColumnNotFoundError, match="emb_2"):
        load_training_matrix(path, columns=["emb"], fill={"emb_2": 0})


def test_times_and_texts_in_structs(tmp_path: Path) -> None:
    kind = pa.struct({"day": pa.date32(), "city": pa.string(), "lasts": pa.duration("ms")})
    rows = [{"day": date(1970, 1, 2), "city": "b", "lasts": 1500}, None, {"city": "a"}]
    path = file(tmp_path, s=pa.array(rows, kind))
    for source in (path, pq.read_table(path)):
        options: dict[str, Any] = {"categories": ["s.city"], "fill": {"s.day": 0, "s.lasts": 0}}
        m = load_training_matrix(source, datetimes={"s.day": "D", "s.lasts": "s"}, **options)
        assert m.feature_names == ["s.day", "s.city", "s.lasts"]
        assert m.X.tolist() == [[1, 1, 1.5], [0, -1, 0], [0, 0, 0]]
        assert m.recipe.categories == {"s.city": ("a", "b")}
        with pytest.raises(UnsupportedTypeError, match=r"datetimes= takes `s.day`, `s.lasts`"):
            load_training_matrix(source)
        kept = load_training_matrix(source, columns=["s.day"], datetimes="D", passthrough="s.city")
        assert kept.passthrough["s.city"].tolist() == ["b", None, "a"]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pa.array([["a"]]), "list<string>"),
        (pa.array([[0]], pa.list_(pa.timestamp("ms"))), "list<timestamp[ms]>"),
        (pa.array([[0]], pa.list_(pa.duration("ms"))), "list<duration[ms]>"),
    ],
    ids=str,
)
def test_lists_of_others_are_refused_whatever_the_options(
    tmp_path: Path, column: pa.Array, kind: str
) -> None:
    path = file(tmp_path, a=column, x=[1])
    for source in (path, pq.read_table(path)):
        for options in ({}, {"datetimes": "s", "categories": "codes"}):
            with pytest.raises(UnsupportedTypeError, match=r'exclude=\["a"\]') as raised:
                load_training_matrix(source, **options)
            assert raised.value.types == {"a": kind}


def test_lists_of_other_lengths(tmp_path: Path) -> None:
    ragged = file(tmp_path, "ragged", v=[[1.0, 2.0], [3.0]])
    with pytest.raises(SchemaMismatchError, match="row 1 of the row group has a list of 1 number"):
        load_training_matrix(ragged)
    with pytest.raises(SchemaMismatchError, match=r"row 1 .* a list of 1 number"):
        load_training_matrix(pq.read_table(ragged))
    empty = file(tmp_path, "empty", v=[[1.0, 2.0], []])
    with pytest.raises(SchemaMismatchError, match=r"row 1 .* a list of no numbers"):
        load_training_matrix(empty)
    for name, rows in (("2", [[1.0, 2.0]]), ("3", [[1.0, 2.0, 3.0]])):
        file(tmp_path, name, v=rows)
    with pytest.raises(SchemaMismatchError, match=r"3\.parquet.*more than 2 numbers"):
        load_training_matrix([tmp_path / "2.parquet", tmp_path / "3.parquet"])
    for rows in ([None, None], [[], []]):
        none = file(tmp_path, "none", v=pa.array(rows, pa.list_(pa.float32())))
        with pytest.raises(UnsupportedTypeError, match="none of its lists has a number"):
            load_training_matrix(none)


def test_files_that_differ(tmp_path: Path) -> None:
    vectors = file(tmp_path, "1", v=pa.array([[1, 2], None], pa.list_(pa.int8())), x=[1, 2])
    wide = file(tmp_path, "2", v=pa.array([[3.5, None]], pa.large_list(pa.float64())), x=[3])
    m = load_training_matrix([vectors, wide], fill=0)
    assert m.X.tolist() == [[1, 2, 1], [0, 0, 2], [3.5, 0, 3]]
    nothing = file(tmp_path, "3", v=pa.nulls(1), x=[4])
    m = load_training_matrix([vectors, nothing], fill=0)
    assert m.X.tolist() == [[1, 2, 1], [0, 0, 2], [0, 0, 4]]
    lacking = file(tmp_path, "4", x=[5])
    m = load_training_matrix([vectors, lacking], fill=0, missing_columns="missing")
    assert m.X.tolist() == [[1, 2, 1], [0, 0, 2], [0, 0, 5]]
    m = load_training_matrix([vectors, pq.read_table(wide)], fill=0)
    assert m.X.tolist() == [[1, 2, 1], [0, 0, 2], [3.5, 0, 3]]
    number = file(tmp_path, "5", v=[1], x=[6])
    with pytest.raises(SchemaMismatchError, match="int64 here and list<int8>"):
        load_training_matrix([vectors, number])


def test_names_that_would_be_there_twice(tmp_path: Path) -> None:
    path = file(tmp_path, v=[[1, 2]], v_1=[3])
    with pytest.raises(SchemaMismatchError, match="two columns of the matrix would be named `v_1`"):
        load_training_matrix(path)
    assert load_training_matrix(path, exclude="v_1").feature_names == ["v_0", "v_1"]


def test_a_list_is_no_target_key_or_condition(path: Path) -> None:
    for options in ({"target": "emb"}, {"weight": "emb"}, {"group": "emb"}):
        with pytest.raises(UnsupportedTypeError, match="emb"):
            load_training_matrix(path, **options)
    for options in ({"sort_by": "emb"}, {"unique_on": "emb"}, {"filters": [("emb", "=", 1)]}):
        with pytest.raises(onecopy.OnecopyError, match="emb"):
            load_training_matrix(path, **options)
    m = load_training_matrix(path, target="at.of.n", target_missing="drop", columns=["x"])
    assert m.y is not None
    assert m.y.tolist() == [7]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("columns", [["emb"], ["x", "emb"]])
def test_outputs(path: Path, tmp_path: Path, order: Any, columns: list[str]) -> None:
    m = load_training_matrix(path, columns=columns, order=order)
    out = np.empty(m.X.shape, np.float32, order)
    assert load_training_matrix(path, columns=columns, order=order, out=out).X is out
    assert np.array_equal(out, m.X)
    load_training_matrix(path, columns=columns, order=order, out=tmp_path / "m.npy")
    opened = TrainingMatrix.open(tmp_path / "m.npy")
    assert np.array_equal(opened.X, m.X)
    assert opened.report.vectors == m.report.vectors == {"emb": 2}
    assert "emb" in str(m.report)
