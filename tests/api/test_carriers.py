"""A recipe in other packages: scikit-learn, skops and ONNX, with the bits of `transform`."""

import pickle
from datetime import date
from typing import Any

import numpy as np
import pytest
from onecopy import Clock, Recipe, UnsupportedTypeError

pytest.importorskip("sklearn", minversion="1.6")

from onecopy.sklearn import Cleaner
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

NAMES = ("a", "b", "c")
DTYPES = ("float16", "float32", "float64")
nan, inf = float("nan"), float("inf")


def recipe(**rules: Any) -> Recipe:
    given = {
        "dtype": "float32",
        "order": "C",
        "inf": "missing",
        "overflow": "raise",
        "fill": {"a": 0.1, "b": -2.0, "c": 3.0},
    }
    return Recipe(feature_names=NAMES, **given | rules)


def rows(chance: np.random.Generator, count: int) -> np.ndarray:
    """Values of all magnitudes, some of them missing."""
    values = chance.normal(size=(count, 3)) * 10.0 ** chance.integers(-60, 60, (count, 3))
    values[chance.random((count, 3)) < 0.1] = nan
    values[chance.random((count, 3)) < 0.05] = inf
    values[chance.random((count, 3)) < 0.05] = -inf
    ties = chance.integers(0, 2**24, (count, 3)) * (1 + 2.0**-11)
    return np.where(chance.random((count, 3)) < 0.3, ties, values)


@parametrize_with_checks([Cleaner(), Cleaner(dtype="float64")])
def test_scikit_learn_accepts_the_transformer(estimator: Any, check: Any) -> None:
    check(estimator)


def test_a_cleaner_is_the_recipe() -> None:
    plain = recipe()
    raw = np.clip(rows(np.random.default_rng(1), 500), -1e38, 1e38)
    expected = plain.transform(raw).tobytes()
    cleaner = plain.to_sklearn()
    assert cleaner.transform(raw).tobytes() == expected
    assert cleaner.get_feature_names_out().tolist() == list(NAMES)
    for other in (clone(cleaner), pickle.loads(pickle.dumps(cleaner)), clone(cleaner).fit(raw)):
        assert other.transform(raw).tobytes() == expected
        assert Recipe.from_dict(other.recipe) == plain
    for given in (plain, plain.to_dict()):
        assert Cleaner(given).fit(raw).recipe_ == plain
    with pytest.raises(ValueError, match="features"):
        cleaner.fit(raw[:, :2])
    with pytest.raises(TypeError, match="recipe: expected"):
        Cleaner(5).fit(raw)


def test_a_cleaner_takes_times_and_texts() -> None:
    plain = recipe(
        datetimes={"a": Clock("D")}, categories={"b": ("x", "y")}, fill=dict.fromkeys("abc")
    )
    cells: list[list[Any]] = [[date(1970, 1, 2), "y", 0.5], [None, "z", 1.0]]
    expected = [[1.0, 1.0, 0.5], [nan, nan, 1.0]]
    for given in (
        cells,
        np.array(cells, object),
        [dict(zip(NAMES, row, strict=True)) for row in cells],
    ):
        assert str(plain.to_sklearn().transform(given).tolist()) == str(expected)
    fitted = clone(plain.to_sklearn()).fit(cells)
    assert str(fitted.transform(cells).tolist()) == str(expected)
    assert Recipe.from_dict(fitted.recipe) == plain
    with pytest.raises(UnsupportedTypeError):
        plain.to_sklearn().transform(np.ones((2, 3)))


def test_a_cleaner_takes_frames() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"c": [1, 2], "a": [None, 0.5], "b": [3, 4], "z": ["x", "y"]})
    cleaner = recipe().to_sklearn()
    assert cleaner.transform(frame).tolist() == recipe().transform(frame).tolist()
    fitted = Cleaner().fit(frame[["a", "b"]])
    assert (
        fitted.feature_names_in_.tolist() == fitted.get_feature_names_out().tolist() == ["a", "b"]
    )
    assert fitted.set_output(transform="pandas").transform(frame[["a", "b"]]).columns.tolist() == [
        "a",
        "b",
    ]


def test_a_cleaner_fits_the_medians_of_a_load() -> None:
    chance = np.random.default_rng(2)
    for count in (5, 6, 1000, 30_001):
        raw = np.clip(rows(chance, count), -1e38, 1e38)
        raw[:, 0] = np.sort(raw[:, 0])
        values = raw.astype(np.float32).astype(np.float64)
        values[~np.isfinite(values)] = nan
        expected = np.nan_to_num(np.nanmedian(values, axis=0)).astype(np.float32)
        fills = Cleaner().fit(raw).recipe_.fill
        assert [fills[f"x{at}"] for at in range(3)] == expected.tolist()


def test_a_pipeline_serves_what_a_model_was_trained_on() -> None:
    plain = recipe()
    raw = np.clip(rows(np.random.default_rng(3), 300), -1e30, 1e30)
    clean = plain.transform(raw)
    model = RandomForestRegressor(n_estimators=3, random_state=0).fit(clean, clean[:, 0])
    served = make_pipeline(plain.to_sklearn(), model)
    assert served.predict(raw).tolist() == model.predict(clean).tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_stock_imputer_has_the_same_bits(dtype: str) -> None:
    plain = recipe(dtype=dtype, fill={"a": 0.5, "b": -2.0, "c": 3.0})
    raw = np.random.default_rng(4).normal(size=(200, 3)).astype(dtype)
    raw[::3, 1] = nan
    stock = plain.to_sklearn(stock=True)
    assert type(stock).__module__.startswith("sklearn.impute")
    assert stock.transform(raw).tobytes() == plain.transform(raw).tobytes()
    with pytest.raises(ValueError, match='leaves NaN in "b"'):
        recipe(fill={"a": 0.0, "b": None, "c": 1.0}).to_sklearn(stock=True)
    with pytest.raises(ValueError, match="keeps them"):
        recipe(inf="keep").to_sklearn(stock=True)


def test_skops_takes_both(tmp_path: Any) -> None:
    skops = pytest.importorskip("skops.io")
    raw = np.array([[1.0, nan, 3.0], [nan, 5.0, inf]])
    plain = recipe(fill={"a": 1.0, "b": None, "c": 0.25})
    skops.dump(plain.to_sklearn(), tmp_path / "own.skops")
    assert skops.get_untrusted_types(file=tmp_path / "own.skops") == ["onecopy.sklearn.Cleaner"]
    own = skops.load(tmp_path / "own.skops", trusted=["onecopy.sklearn.Cleaner"])
    assert own.transform(raw).tobytes() == plain.transform(raw).tobytes()
    skops.dump(recipe().to_sklearn(stock=True), tmp_path / "stock.skops")
    assert skops.get_untrusted_types(file=tmp_path / "stock.skops") == ["numpy.dtype"]
    stock = skops.load(tmp_path / "stock.skops", trusted=["numpy.dtype"])
    finite = np.nan_to_num(raw, posinf=1.0, nan=nan).astype(np.float32)
    assert stock.transform(finite).tobytes() == recipe().transform(finite).tobytes()


def run(model: Any, raw: np.ndarray) -> np.ndarray:
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    found: np.ndarray = session.run(None, {name: raw})[0]
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("inf_rule", ["missing", "keep"])
@pytest.mark.parametrize("overflow", ["missing", "clip"])
def test_onnx_has_the_same_bits(dtype: str, inf_rule: str, overflow: str) -> None:
    pytest.importorskip("onnx")
    raw = rows(np.random.default_rng(5), 2000)
    with np.errstate(over="ignore"):
        given = raw.astype(np.float32) if dtype == "float16" else raw
    for fill in ({"a": 0.5, "b": None, "c": -1.0}, dict.fromkeys(NAMES, 0.1)):
        plain = recipe(dtype=dtype, inf=inf_rule, overflow=overflow, fill=fill)
        expected = plain.transform(given)
        found = run(plain.to_onnx(), given)
        assert found.dtype == expected.dtype
        assert np.array_equal(np.isnan(found), np.isnan(expected))
        kept = ~np.isnan(expected)
        assert found[kept].tobytes() == expected[kept].tobytes()


def test_onnx_merges_with_a_model() -> None:
    onnx = pytest.importorskip("onnx")
    converter = pytest.importorskip("skl2onnx")
    plain = recipe()
    raw = np.clip(rows(np.random.default_rng(6), 200), -1e30, 1e30)
    clean = plain.transform(raw)
    model = RandomForestRegressor(n_estimators=3, random_state=0).fit(clean, np.tanh(clean[:, 0]))
    converted = converter.to_onnx(model, clean[:1])
    opset = next(entry.version for entry in converted.opset_import if entry.domain == "")
    cleaning = plain.to_onnx(opset=opset)
    cleaning.ir_version = converted.ir_version
    merged = onnx.compose.merge_models(
        cleaning, converted, io_map=[("X", converted.graph.input[0].name)]
    )
    assert np.allclose(run(merged, raw).ravel(), model.predict(clean), atol=1e-5)
