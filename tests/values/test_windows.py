"""Straight from files, window by window: the rows of one load, and the fills of one load."""

import threading
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 20_011


def table(chance: np.random.Generator, rows: int, *, plain: bool = False) -> pa.Table:
    """Columns of several kinds: random, sorted, constant, empty, and with gaps."""
    columns: dict[str, Any] = {
        "normal": chance.normal(size=rows),
        "sorted": np.sort(chance.normal(size=rows)),
        "falling": -np.arange(rows),
        "same": np.full(rows, 7),
        "few": chance.integers(0, 3, rows),
        "wide": chance.integers(-(2**62), 2**62, rows),
    }
    arrays = {
        name: pa.array(values, mask=chance.random(rows) < 0.1) for name, values in columns.items()
    }
    arrays["late"] = pa.array(np.where(np.arange(rows) < rows // 2, np.nan, columns["normal"]))
    if not plain:
        arrays["empty"] = pa.nulls(rows, pa.float64())
    arrays["label"] = pa.array(np.arange(rows))
    arrays["name"] = pa.array([f"r{at % 97}" for at in range(rows)])
    return pa.table(arrays)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files with row groups of several lengths, one of them without rows."""
    folder = tmp_path_factory.mktemp("windows")
    whole = table(np.random.default_rng(3), ROWS)
    cuts = [0, 5000, 5000, 12_345, ROWS]
    for at, (start, stop) in enumerate(pairwise(cuts)):
        size = [700, 5000, 4096, 20_000][at]
        part = whole.slice(start, stop - start)
        pq.write_table(
            part, folder / f"part-{at}.parquet", row_group_size=size, data_page_size=3000
        )
    return folder


OPTIONS: list[dict[str, Any]] = [
    {"target": "label"},
    {"target": "label", "filters": [("few", "==", 1)]},
    {"target": "label", "sample": 0.3, "dtype": "float64"},
    {"unique_on": "few", "columns": ["wide", "same"], "target": "label"},
    {
        "columns": ["normal"],
        "target": "label",
        "weight": "few",
        "target_missing": "drop",
        "dtype": "float16",
        "overflow": "missing",
    },
    {"target": "label", "order": "F", "passthrough": ["name"], "inf": "keep"},
]


def tail(options: dict[str, Any]) -> dict[str, Any]:
    """What makes the text column no feature, and masks no weight."""
    kept = {key: value for key, value in options.items() if key != "weight"}
    if "columns" not in kept and "passthrough" not in kept:
        kept["exclude"] = "name"
    return kept


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("rows", "buffer"), [(1000, "1KB"), (777, "300KB"), (65_536, "64MB")])
def test_batches_are_the_rows_of_a_load(source: Path, options: Any, rows: int, buffer: str) -> None:
    options = tail(options)
    whole = onecopy.load_training_matrix(source, **options)
    rules = {
        key: value
        for key, value in options.items()
        if key not in {"columns", "exclude", "dtype", "order", "inf", "overflow"}
    }
    batches = onecopy.batches(source, rows, recipe=whole.recipe, buffer=buffer, **rules)
    assert batches.shape == whole.shape
    assert batches.feature_names == whole.feature_names
    for _ in range(2):
        found = list(batches)
        assert [len(batch) for batch in found[:-1]] == [rows] * (len(batches) - 1)
        assert np.concatenate([batch.X for batch in found]).tobytes() == whole.X.tobytes()
        assert np.concatenate([batch.y for batch in found]).tobytes() == whole.y.tobytes()
        for name, values in whole.passthrough.items():
            parts = [batch.passthrough[name] for batch in found]
            assert np.concatenate(parts).tolist() == values.tolist()
        assert all(batch.recipe is whole.recipe for batch in found)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("fill", ["median", "mean", {"sorted": "mean", "few": 5, "same": None}])
@pytest.mark.parametrize("buffer", ["1KB", "900KB", "64MB"])
def test_a_recipe_is_that_of_a_load(source: Path, options: Any, fill: Any, buffer: str) -> None:
    options = tail(options)
    if isinstance(fill, dict) and "columns" in options:
        fill = {options["columns"][0]: "mean"}
    with warnings.catch_warnings(record=True) as expected:
        warnings.simplefilter("always")
        whole = onecopy.load_training_matrix(source, fill=fill, **options)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        recipe = onecopy.fit_recipe(source, fill=fill, buffer=buffer, **options)
    assert recipe == whole.recipe
    assert list(recipe.fill) == list(whole.recipe.fill)
    assert [str(warning.message) for warning in found] == [str(w.message) for w in expected]


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("seed", range(30))
def test_random_recipes(seed: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(seed)
    rows = int(chance.choice([1, 2, 63, 1000, 6000]))
    pq.write_table(
        table(chance, rows), tmp_path / "a.parquet", row_group_size=int(chance.integers(1, 3000))
    )
    options: dict[str, Any] = {
        "exclude": ["label", "name"],
        "dtype": str(chance.choice(["float16", "float32", "float64"])),
        "overflow": str(chance.choice(["missing", "clip"])),
        "fill": str(chance.choice(["median", "mean"])),
    }
    expected = onecopy.load_training_matrix(tmp_path / "a.parquet", **options).recipe
    assert onecopy.fit_recipe(tmp_path / "a.parquet", buffer="1KB", **options) == expected


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
def test_a_join_is_done_window_by_window(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    key = chance.permutation(9000)
    pq.write_table(pa.table({"k": key, "y": key % 2, "own": key / 3}), tmp_path / "rows.parquet")
    right = {"k": np.arange(0, 9000, 2), "there": np.arange(0, 9000, 2) / 7}
    pq.write_table(pa.table(right), tmp_path / "right.parquet")
    join = {"join": tmp_path / "right.parquet", "on": "k", "target": "y"}
    whole = onecopy.load_training_matrix(tmp_path / "rows.parquet", **join)
    recipe = onecopy.fit_recipe(tmp_path / "rows.parquet", buffer="10KB", **join)
    assert recipe == whole.recipe
    found = list(
        onecopy.batches(tmp_path / "rows.parquet", 500, buffer="20KB", recipe=recipe, **join)
    )
    assert np.concatenate([batch.X for batch in found]).tobytes() == whole.X.tobytes()


def test_no_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    assert list(onecopy.batches(tmp_path / "a.parquet", fill=0)) == []
    with pytest.warns(onecopy.EmptyColumnWarning):
        recipe = onecopy.fit_recipe(tmp_path / "a.parquet")
    assert recipe.fill == {"a": 0.0}


def test_the_thread_ends_with_its_iterator(source: Path) -> None:
    before = set(threading.enumerate())
    batches = onecopy.batches(source, 100, fill=0, exclude="name", buffer="50KB")
    passed = iter(batches)
    next(passed)
    assert len(set(threading.enumerate()) - before) == 1
    del passed
    assert not set(threading.enumerate()) - before


def test_an_error_comes_with_its_window(tmp_path: Path) -> None:
    values = np.zeros(5000)
    values[4000] = 1e300
    pq.write_table(pa.table({"a": values}), tmp_path / "a.parquet")
    passed = iter(onecopy.batches(tmp_path / "a.parquet", 500, fill=0, buffer="1KB"))
    assert sum(len(next(passed)) for _ in range(8)) == 4000
    with pytest.raises(onecopy.CastOverflowError, match="`a`"):
        next(passed)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ValueError, "fit_recipe"),
        ({"fill": {"few": 1}}, ValueError, "the median is that of all rows"),
        ({"out": "x.npy"}, TypeError, "unexpected keyword argument 'out'"),
        ({"split": {"a": 1.0}, "fill": 0}, TypeError, "'split'"),
        ({"fll": 0}, TypeError, "did you mean 'fill'"),
        ({"rows": 0, "fill": 0}, ValueError, "rows: expected 1 or more"),
        ({"group": "name", "fill": 0}, ValueError, "passthrough="),
    ],
)
def test_what_cannot_be_is_refused(source: Path, options: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        onecopy.batches(source, **({"exclude": "name"} if "group" not in options else {}) | options)


@pytest.mark.parametrize("option", ["recipe", "out", "sort_by", "return_X_y"])
def test_a_recipe_is_fitted_to_rows_as_they_are(source: Path, option: str) -> None:
    with pytest.raises(TypeError, match=option):
        onecopy.fit_recipe(source, **{option: None})


def recoded(rows: int, seed: int) -> pa.Table:
    """Texts that come late, texts of a target, and times, each with gaps."""
    chance = np.random.default_rng(seed)
    gaps = chance.random(rows) < 0.1
    at = np.arange(rows)
    city = np.where(at < rows // 2, at % 7, at % 41)
    return pa.table(
        {
            "city": pa.array([f"city {own}" for own in city], mask=gaps),
            "code": pa.array([bytes([own % 3 + 253]) for own in at], mask=gaps),
            "day": pa.array(at - 99, pa.int32(), mask=gaps).cast(pa.date32()),
            "x": pa.array(chance.normal(size=rows), mask=gaps),
            "label": [["no", "yes", "perhaps"][min(own // (rows // 3 + 1), 2)] for own in at],
        }
    )


@pytest.mark.parametrize("options", [{}, {"filters": [("x", ">", 0)]}, {"columns": ["x", "city"]}])
@pytest.mark.parametrize(
    "fill", ["median", {"city": "median", "x": "mean"}, {"city": None, "x": 0}, {"city": 5}]
)
def test_codes_are_those_of_all_rows(options: Any, fill: Any, tmp_path: Path) -> None:
    for at in range(2):
        whole = recoded(3000, at)
        pq.write_table(whole, tmp_path / f"{at}.parquet", row_group_size=700 + at)
    given = {
        "target": "label",
        "categories": "codes",
        "datetimes": {"day": ("h", "2020-01-01")} if "columns" not in options else "raise",
        "fill": fill,
        "dtype": "float64",
        **options,
    }
    matrix = onecopy.load_training_matrix(tmp_path, **given)
    for buffer in ("1KB", "64MB"):
        recipe = onecopy.fit_recipe(tmp_path, buffer=buffer, **given)
        assert recipe == matrix.recipe
        assert recipe.classes == ("no", "perhaps", "yes")
        rules = {key: given[key] for key in ("target", "filters") if key in given}
        batches = onecopy.batches(tmp_path, 999, buffer=buffer, recipe=recipe, **rules)
        found = list(batches)
        assert np.concatenate([batch.X for batch in found]).tobytes() == matrix.X.tobytes()
        assert np.concatenate([batch.y for batch in found]).tobytes() == matrix.y.tobytes()


def test_codes_of_joined_texts_are_those_of_all_rows(tmp_path: Path) -> None:
    key = np.random.default_rng(1).permutation(4000)
    pq.write_table(pa.table({"k": key, "x": key / 7}), tmp_path / "rows.parquet")
    right = {"k": np.arange(0, 4000, 2), "city": [f"c{at % 53}" for at in range(2000)]}
    pq.write_table(pa.table(right), tmp_path / "right.parquet")
    given: dict[str, Any] = {"join": tmp_path / "right.parquet", "on": "k", "categories": "codes"}
    whole = onecopy.load_training_matrix(tmp_path / "rows.parquet", **given)
    recipe = onecopy.fit_recipe(tmp_path / "rows.parquet", buffer="1KB", **given)
    assert recipe == whole.recipe
    join = {"join": given["join"], "on": "k"}
    found = onecopy.batches(tmp_path / "rows.parquet", 700, recipe=recipe, buffer="1KB", **join)
    assert np.concatenate([batch.X for batch in found]).tobytes() == whole.X.tobytes()


def test_batches_refuse_codes_that_are_not_known(tmp_path: Path) -> None:
    pq.write_table(recoded(50, 0), tmp_path / "a.parquet")
    given: dict[str, Any] = {"datetimes": "D", "fill": None}
    with pytest.raises(ValueError, match=r"categories: codes of texts .*fit_recipe"):
        onecopy.batches(tmp_path, categories="codes", exclude="label", **given)
    columns = {"columns": ["x"], "fill": 0}
    with pytest.raises(ValueError, match=r"target: codes of texts .*fit_recipe"):
        onecopy.batches(tmp_path, target="label", **columns)
    with pytest.raises(ValueError, match=r"group: codes of texts .* passthrough="):
        onecopy.batches(tmp_path, group="label", **columns)


def test_a_step_is_told_where_there_is_no_matrix(tmp_path: Path) -> None:
    at = pa.array(np.arange(3000) * 10**15, pa.timestamp("ns"))
    pq.write_table(pa.table({"at": at}), tmp_path / "a.parquet")
    with pytest.warns(onecopy.PrecisionWarning) as expected:
        onecopy.load_training_matrix(tmp_path, datetimes="ns")
    with pytest.warns(onecopy.PrecisionWarning) as found:
        recipe = onecopy.fit_recipe(tmp_path, datetimes="ns", buffer="1KB")
    assert [str(own.message) for own in found] == [str(own.message) for own in expected]
    with pytest.warns(onecopy.PrecisionWarning) as found:
        assert len(list(onecopy.batches(tmp_path, 100, recipe=recipe, buffer="1KB"))) == 30
    assert len(found) == 1
    assert found[0].filename == __file__
