"""The hand-off to learners: what a load makes for one, what is explained, what it is handed."""

import json
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from learner_lines import LINES, Line
from onecopy._learners import PRESETS, WORDS
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from support.paths import ROOT

ROWS = 4_000
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    columns: dict[str, Any] = {f"f{at}": rng.normal(size=ROWS) for at in range(6)}
    columns["f1"][::50] = np.nan
    columns["label"] = (columns["f0"] > 0).astype(np.int64)
    columns["w"] = rng.random(ROWS)
    columns["g"] = np.sort(rng.integers(0, 300, ROWS))
    pq.write_table(pa.table(columns), tmp_path / "train.parquet")
    return tmp_path / "train.parquet"


def load(path: Path, **options: Any) -> onecopy.TrainingMatrix:
    given = {"target": "label", "exclude": ["w", "g"]} | options
    return onecopy.load_training_matrix(path, **given)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_sets_what_is_not_given(path: Path, word: Any) -> None:
    preset = PRESETS[word]
    m = load(path, for_=word)
    assert (m.recipe.dtype, m.recipe.order) == (preset.dtype, preset.order)
    assert np.isnan(m.X).any() == (preset.fill is None)
    fill = m.recipe.fill["f1"]
    assert (fill is None) == (preset.fill is None)
    planned = onecopy.plan(path, target="label", exclude=["w", "g"], for_=word)
    assert (planned.dtype, planned.order) == (preset.dtype, preset.order)
    # The result is in the recipe, not the word.
    assert word not in json.dumps(m.recipe.to_dict())


def test_what_is_given_stays(path: Path) -> None:
    m = load(path, for_="hist", dtype="float32", fill="mean")
    assert (m.recipe.dtype, m.recipe.fill["f1"] is None) == ("float32", False)
    # Given as the default is given, too.
    m = load(path, for_="catboost", order="C", fill="median")
    assert (m.recipe.order, np.isnan(m.X).any()) == ("C", False)
    m = load(path, for_="catboost", fill={"f1": 0})
    assert (m.recipe.order, m.recipe.fill["f1"]) == ("F", 0)


def test_a_recipe_has_it_already(path: Path) -> None:
    train = load(path, for_="hist")
    test = load(path, recipe=train, for_="linear", exclude=(), target="label")
    assert (test.recipe, str(test.dtype)) == (train.recipe, "float64")
    assert test.X.tobytes() == train.X.tobytes()


@pytest.mark.parametrize(
    ("learner", "word"),
    [
        (RandomForestClassifier, "trees"),
        (ExtraTreesRegressor(), "trees"),
        (DecisionTreeClassifier(), "trees"),
        (HistGradientBoostingRegressor(), "hist"),
        (LogisticRegression(), "linear"),
        (SGDClassifier, "linear"),
        (Ridge(), "linear"),
        (KMeans, "linear"),
        (type("Own", (HistGradientBoostingClassifier,), {}), "hist"),
    ],
)
def test_an_estimator_or_its_class_is_a_word(path: Path, learner: Any, word: Any) -> None:
    ours, words = load(path, for_=learner), load(path, for_=word)
    assert ours.recipe == words.recipe
    assert ours.X.tobytes("A") == words.X.tobytes("A")


@pytest.mark.parametrize(
    "learner", ["forest", 7, GaussianNB(), make_pipeline(LogisticRegression()), object]
)
def test_an_unknown_learner_is_refused_with_advice(path: Path, learner: Any) -> None:
    with pytest.raises(
        ValueError, match=r'for_: expected one of "trees", .* onecopy.peak'
    ) as error:
        load(path, for_=learner)
    assert str(error.value).count("found") == 1
    with pytest.raises(ValueError, match="learner: expected one of"):
        onecopy.explain(load(path), learner)


def test_learners_are_not_imported() -> None:
    code = """
import sys, onecopy
from onecopy._learners import WORDS
for word in WORDS:
    onecopy._learners.choice_of("for_", word)
print(sorted({name.partition(".")[0] for name in sys.modules}))
"""
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    found = set(eval(output.stdout))
    learners = {"sklearn", "lightgbm", "xgboost", "catboost", "torch", "jax", "pandas", "scipy"}
    assert not found & learners


def test_a_plan_counts_the_fit(path: Path) -> None:
    # The matrix of 192 kB and a target beside it; bins, and a sample as float64.
    planned = onecopy.plan(path, target="label", exclude=["w", "g"], for_="hist")
    cells = ROWS * 6
    assert planned.fit_bytes == cells + 8 * cells
    assert "fit      " in str(planned)
    assert "0.4 MB needed, 0.2 MB of it hist" in str(planned)
    assert planned.enough_memory
    copying = onecopy.plan(path, exclude=["w", "g", "label"], for_="hist", dtype="float32")
    assert copying.fit_bytes == cells + 8 * cells + 8 * cells
    plain = onecopy.plan(path)
    assert (plain.fit_bytes, "fit" in str(plain)) == (None, False)
    # What was not measured is not counted.
    assert onecopy.plan(path, for_=Ridge()).fit_bytes is None


def test_a_plan_that_does_not_suffice_for_the_fit(path: Path, monkeypatch: Any) -> None:
    planned = onecopy.plan(path, for_="xgboost")
    monkeypatch.setattr(type(planned), "fit_bytes", 1 << 60)
    assert not planned.enough_memory
    assert "NOT enough" in str(planned)


def test_explain_says_what_is_copied(path: Path) -> None:
    m = load(path)
    found = onecopy.explain(m, HistGradientBoostingClassifier(early_stopping=True))
    cells = ROWS * 6
    assert [copy.what for copy in found.copies] == ["X as float64", "X in two parts"]
    assert [copy.bytes for copy in found.copies] == [8 * cells, 8 * cells]
    assert found.matrix_bytes == 4 * cells
    assert found.peak_bytes == 4 * cells + 16 * cells + 9 * cells
    assert found.advised_bytes == 8 * cells + 9 * cells
    for part in (
        "HistGradientBoostingClassifier (as of scikit-learn",
        "4,000 x 6 float32",
        "X_val",
    ):
        assert part in str(found)
    # A word stands for the documented call.
    assert onecopy.explain(load(path, for_="hist"), "hist").copies == ()
    small = onecopy.explain(m.rows(0, 10), HistGradientBoostingClassifier)
    assert [copy.what for copy in small.copies] == ["X as float64"]


@pytest.mark.parametrize(
    ("learner", "options", "copied"),
    [
        ("trees", {}, 0),
        ("trees", {"order": "F"}, 0),
        ("trees", {"dtype": "float64"}, 4),
        ("trees", {"dtype": "float16"}, 4),
        ("hist", {"dtype": "float64"}, 0),
        ("hist", {}, 8),
        ("linear", {"dtype": "float64"}, 0),
        ("linear", {"order": "F"}, 4),
        ("linear", {"dtype": "float16"}, 8),
        ("lightgbm", {"order": "F"}, 0),
        ("lightgbm", {"dtype": "float16"}, 4),
        ("xgboost", {"order": "F"}, 0),
        ("xgboost", {"dtype": "float16"}, 4),
        ("catboost", {"order": "F", "dtype": "float64"}, 0),
        ("catboost", {}, 4),
        ("torch", {"dtype": "float16", "order": "F"}, 0),
        ("jax", {}, 0),
    ],
)
def test_what_is_copied(path: Path, learner: Any, options: Any, copied: int) -> None:
    found = onecopy.explain(load(path, **options), learner)
    assert sum(copy.bytes for copy in found.copies) == copied * ROWS * 6
    assert ("as advised" in str(found)) == bool(copied)


def test_explain_of_files_and_plans(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "train.npy"
    planned = onecopy.plan(path, target="label", exclude=["w", "g"], out=out, for_="xgboost")
    before, after = onecopy.explain(planned, "xgboost"), onecopy.explain(planned.run(), "xgboost")
    assert str(before) == str(after)
    assert (before.matrix_bytes, "in a file" in str(before)) == (0, True)
    jax = onecopy.explain(onecopy.TrainingMatrix.open(out), "jax")
    assert jax.copies[0].fix == 'TrainingMatrix.open(path, mode="c")'
    assert onecopy.explain(onecopy.TrainingMatrix.open(out, mode="c"), "jax").copies == ()
    assert "not measured" in str(onecopy.explain(planned, Ridge()))
    with pytest.raises(TypeError, match="expected a TrainingMatrix or a Plan"):
        onecopy.explain(np.zeros((3, 2)), "trees")


def test_missing_values_cost_xgboost_more(path: Path) -> None:
    filled, gaps = (onecopy.explain(load(path, fill=fill), "xgboost") for fill in ("median", None))
    assert gaps.peak_bytes - filled.peak_bytes == 3 * ROWS * 6
    assert 'fill="median"' in str(gaps)


def test_what_counts_as_missing(tmp_path: Path) -> None:
    infinite = tmp_path / "infinite.parquet"
    values = {"a": [1.0, np.inf, 3.0], "b": [1e300, 2.0, 3.0]}
    pq.write_table(pa.table(values), infinite)
    for options, missing in (
        ({"inf": "keep", "overflow": "clip"}, False),
        ({"inf": "missing", "overflow": "clip"}, True),
        ({"inf": "keep", "overflow": "missing"}, True),
        ({"inf": "missing", "overflow": "missing", "fill": "median"}, False),
    ):
        m = onecopy.load_training_matrix(infinite, **({"fill": None} | options))
        found = onecopy.explain(m, "xgboost")
        assert np.isnan(m.X).any() == missing
        assert ("values are missing" in str(found)) == missing


def handed(m: onecopy.TrainingMatrix, learner: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return m.arguments(learner)


def test_arguments_are_plain_arrays(path: Path) -> None:
    roles = {"weight": "w", "group": "g", "exclude": ()}
    m = load(path, for_="lightgbm", **roles)
    given = handed(m, "lightgbm")
    assert list(given) == ["data", "label", "weight", "group", "feature_name"]
    assert given["data"] is m.X
    assert given["feature_name"] == m.feature_names
    assert given["group"].sum() == ROWS
    assert given["group"].tolist() == m.group_sizes.tolist()
    assert list(handed(load(path), "trees")) == ["X", "y"]
    assert list(handed(load(path, weight="w", exclude="g"), LogisticRegression())) == [
        "X",
        "y",
        "sample_weight",
    ]
    with pytest.raises(ValueError, match="takes single arrays"):
        m.arguments("torch")


def test_groups_of_xgboost_ascend(path: Path) -> None:
    m = load(path, group="g", exclude="w")
    assert handed(m, "xgboost")["qid"] is m.group
    turned = replace(m, group=m.group[::-1].copy())
    ids = handed(turned, "xgboost")["qid"]
    assert (np.diff(ids) >= 0).all()
    assert np.bincount(ids).tolist() == turned.group_sizes.tolist()


def test_weights_of_xgboost_are_those_of_groups(path: Path) -> None:
    m = load(path, group="g", weight="w", exclude=())
    with pytest.raises(ValueError, match=r"one weight for each group, and row \d+"):
        m.arguments("xgboost")
    m.weight[:] = m.group
    given = handed(m, "xgboost")
    assert given["weight"].tolist() == m.groups.keys.tolist()


def test_groups_that_come_back_are_named(path: Path) -> None:
    m = load(path, group="f0", exclude=["w", "g"])
    m.group[10] = m.group[3]
    with pytest.raises(ValueError, match="begin anew in row 10"):
        m.arguments("lightgbm")


def test_rows_of_columns_are_a_frame_for_catboost(path: Path) -> None:
    m = load(path, for_="catboost")
    assert handed(m, "catboost")["data"] is m.X
    view = m.rows(100, 3000)
    given = handed(view, "catboost")
    assert isinstance(given["data"], pd.DataFrame)
    assert np.shares_memory(given["data"].to_numpy(), m.X)
    assert given["data"].columns.tolist() == m.feature_names
    assert "feature_names" not in given


@pytest.mark.parametrize(
    ("learner", "options", "match"),
    [
        ("catboost", {}, r'CatBoost will copy 96.0 kB .* use for_="catboost"'),
        ("hist", {}, r'X as float64 \(takes float64 only\): use dtype="float64"'),
        ("lightgbm", {"dtype": "float16"}, "X as float32"),
        (SGDClassifier, {"order": "F"}, 'use order="C"'),
    ],
)
def test_a_copy_is_warned_of(path: Path, learner: Any, options: Any, match: str) -> None:
    m = load(path, **options)
    with pytest.warns(onecopy.CopyWarning, match=match) as caught:
        m.arguments(learner)
    assert caught[0].filename == __file__


def test_rows_of_columns_are_warned_of(path: Path) -> None:
    view = load(path, order="F", dtype="float64").rows(5, 500)
    for learner in ("lightgbm", "hist"):
        with pytest.warns(onecopy.CopyWarning, match="rows of order F"):
            view.arguments(learner)
    assert handed(view, "xgboost")["data"] is view.X


def test_positions_and_values_by_name(path: Path) -> None:
    m = load(path)
    assert m.positions(["f3", "f0"]) == [3, 0]
    assert m.positions([]) == []
    assert m.in_order({"f1": 1, "f5": -1}) == [0, 1, 0, 0, 0, -1]
    assert m.in_order({"f1": "c"}, default="q") == list("qcqqqq")
    with pytest.raises(onecopy.ColumnNotFoundError, match="did you mean 'f3'") as error:
        m.positions(["f33"])
    assert (error.value.column, error.value.suggestion) == ("f33", "f3")
    with pytest.raises(TypeError, match="expected a list of names"):
        m.positions("f3")


def test_group_sizes_need_a_group(path: Path) -> None:
    with pytest.raises(ValueError, match="name its column with group="):
        load(path).group_sizes  # noqa: B018


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.learner)
def test_the_line_of_the_readme(
    path: Path, tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"| `{line.code}` |" in README
    pytest.importorskip(line.module)
    monkeypatch.chdir(tmp_path)
    m = load(path, for_=line.word, out=tmp_path / "train.npy")
    train, valid = m.split(0.8, 0.2)
    scope = {"m": m, "train": train, "valid": valid, "TrainingMatrix": onecopy.TrainingMatrix}
    with warnings.catch_warnings():
        # Those of learners are theirs; a copy of ours is none of them.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", onecopy.CopyWarning)
        fitted = eval(line.code, line.namespace() | scope)
    if hasattr(fitted, "predict") and hasattr(fitted, "classes_"):
        assert (fitted.predict(valid.X) == valid.y).mean() > 0.8


def test_every_word_has_its_line() -> None:
    assert {line.word for line in LINES} == set(WORDS)
    for line in LINES:
        assert f'| `for_="{line.word}"` |' in README
