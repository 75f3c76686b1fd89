"""Recipes: what a load leaves for the next one, on disk and applied to other files."""

import json
import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from onecopy import Recipe
from support.oracle import bits
from support.parquet_files import NAMES, write

pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")

NAN, INF = float("nan"), float("inf")
BASIC = Recipe(("b", "a"), "float64", "F", "keep", "clip", {"b": 0.1, "a": None})
DOCUMENT = {
    "format": "onecopy.recipe",
    "version": 1,
    "feature_names": ["b", "a"],
    "dtype": "float64",
    "order": "F",
    "inf": "keep",
    "overflow": "clip",
    "fill": {"b": 0.1, "a": None},
}


def load(folder: Path, columns: dict[str, Any], /, **options: Any) -> Any:
    path = write(pa.table(columns), folder / "in.parquet")
    return onecopy.load_training_matrix(path, **options)


# What it holds


def test_what_a_load_leaves(folder: Path) -> None:
    columns = {"y": [1, 0, 1], "b": [1.0, 5.0, None], "a": [10, None, 40], "c": [NAN, 2.0, None]}
    fill = {"a": "mean", "c": None}
    m = load(folder, columns, target="y", fill=fill, inf="keep", overflow="missing", order="F")
    assert m.recipe == Recipe(
        feature_names=("b", "a", "c"),
        dtype="float32",
        order="F",
        inf="keep",
        overflow="missing",
        fill={"b": 3.0, "a": 25.0, "c": None},
    )
    assert m.recipe.join is None


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_fills_are_those_of_the_dtype(folder: Path, dtype: str) -> None:
    m = load(folder, {"a": [0.1, 0.2, 0.4, None]}, dtype=dtype, fill="mean")
    assert m.recipe.fill == {"a": m.X[-1, 0].item()}
    assert bits(np.array([m.recipe.fill["a"]], dtype)) == bits(m.X[-1:, 0])


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        BASIC.dtype = "float32"
    assert replace(BASIC, dtype="float32") != BASIC


def test_its_repr_is_one_line() -> None:
    assert repr(BASIC) == (
        "Recipe(2 features, float64, order='F', inf='keep', overflow='clip', 1 fill values)"
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"dtype": "int8"}, "dtype"),
        ({"order": "K"}, "order"),
        ({"inf": "drop"}, "inf"),
        ({"overflow": "ignore"}, "overflow"),
        ({"feature_names": ("a", "a", "b")}, "feature_names"),
        ({"feature_names": ("a",)}, "fill"),
        ({"fill": {"a": 1.0, "b": 2.0, "c": 3.0}}, "fill"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word}: expected"):
        replace(BASIC, **change)


# On disk


def test_its_document() -> None:
    assert BASIC.to_dict() == DOCUMENT
    assert list(BASIC.to_dict()) == list(DOCUMENT)
    assert Recipe.from_dict(DOCUMENT) == BASIC


EXTREMES = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53 + 2, 1 / 3, INF, -INF, None]


@pytest.mark.parametrize("kind", [str, Path])
def test_saved_and_loaded_without_loss(tmp_path: Path, kind: type) -> None:
    names = (*NAMES, "", "new\nline", "\x00")
    recipe = Recipe(names, "float64", "C", "keep", "raise", dict(zip(names, EXTREMES, strict=True)))
    recipe.save(kind(tmp_path / "recipe.json"))
    again = Recipe.load(kind(tmp_path / "recipe.json"))
    assert again == recipe
    assert list(again.fill) == list(names)
    for name, value in recipe.fill.items():
        if value is not None:
            assert math.copysign(1, again.fill[name]) == math.copysign(1, value)


def test_the_file_is_strict_json(tmp_path: Path) -> None:
    replace(BASIC, fill={"b": INF, "a": -INF}).save(tmp_path / "recipe.json")
    text = (tmp_path / "recipe.json").read_bytes().decode("ascii")
    document = json.loads(text, parse_constant=pytest.fail)
    assert document == DOCUMENT | {"fill": {"b": "inf", "a": "-inf"}}
    assert text.endswith("}\n")


def test_save_replaces_a_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text("old")
    BASIC.save(tmp_path / "recipe.json")
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.json"]
    assert Recipe.load(tmp_path / "recipe.json") == BASIC


def test_where_a_recipe_cannot_be_saved(tmp_path: Path) -> None:
    for name in ("recipe", "recipe.txt", "recipe.npy"):
        with pytest.raises(ValueError, match=r'^path: expected the path of a "\.json" file'):
            BASIC.save(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        BASIC.save(tmp_path / "absent" / "recipe.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["train.npy", "train.json"])
def test_loaded_from_a_matrix_on_disk(folder: Path, tmp_path: Path, name: str) -> None:
    m = load(folder, {"a": [1.0, None, 4.0]}, out=tmp_path / "train.npy")
    assert Recipe.load(tmp_path / name) == m.recipe
    assert m.recipe.fill == {"a": 2.5}


DAMAGED: list[tuple[dict[str, Any], str]] = [
    ({"format": "onecopy.matrix"}, 'expected the format "onecopy.recipe"'),
    ({"format": None}, 'expected the format "onecopy.recipe"'),
    ({"version": 2}, "expected version 1"),
    ({"version": None}, "expected version 1"),
    ({"feature_names": "ab"}, "feature_names: expected a list of names"),
    ({"feature_names": ["b", 1]}, "feature_names: expected a list of names"),
    ({"feature_names": ["b", "b", "a"]}, "feature_names: expected each name once"),
    ({"feature_names": ["b"]}, "fill: expected exactly one value"),
    ({"fill": [0.1, None]}, "fill: expected an object"),
    ({"fill": {"b": True, "a": None}}, "expected a number, found True"),
    ({"fill": {"b": "infinity", "a": None}}, "expected a number, found 'infinity'"),
    ({"dtype": None}, "dtype: expected one of"),
    ({"order": "A"}, "order: expected one of"),
    ({"join": "k"}, "join: expected an object"),
    ({"join": {}}, "on: expected a list of names"),
    ({"join": {"on": ["k"], "duplicates": "all", "prefix": None}}, "duplicates: expected one of"),
    ({"join": {"on": ["k"], "duplicates": "raise", "prefix": 3}}, "prefix: expected a text"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGED)
def test_a_damaged_document_is_refused(tmp_path: Path, damage: dict[str, Any], words: str) -> None:
    document = DOCUMENT | damage
    with pytest.raises(ValueError, match=words):
        Recipe.from_dict(document)
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=words) as caught:
        Recipe.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000]
)
def test_what_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recipe.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="expected") as caught:
        Recipe.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["absent.json", "absent.npy"])
def test_a_recipe_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Recipe.load(tmp_path / name)
    assert str(caught.value.filename) == str(tmp_path / "absent.json")


# Applied


def test_the_next_files_are_treated_alike(folder: Path) -> None:
    """Names, order, dtype and fills come from the recipe, whatever the files look like."""
    recipe = Recipe(("b", "a"), "float64", "F", "missing", "raise", {"b": 0.1, "a": -7.0})
    columns = {"other": ["x", "y"], "a": pa.array([None, 3], pa.int8()), "b": [INF, None]}
    m = load(folder, columns, recipe=recipe)
    assert m.feature_names == ["b", "a"]
    assert m.X.tolist() == [[0.1, -7.0], [0.1, 3.0]]
    assert (m.X.dtype, m.X.flags.f_contiguous) == (np.float64, True)
    assert m.recipe == recipe


def test_nothing_is_fitted(folder: Path) -> None:
    train = load(folder, {"a": [1.0, 2.0, 9.0, None]})
    for column in ([None, 100.0, 200.0], [100.0, None], [None, -5.0]):
        test = load(folder, {"a": column}, recipe=train)
        assert test.X[column.index(None), 0] == 2.0
        assert test.recipe == train.recipe


def test_no_fill_stays_no_fill(folder: Path) -> None:
    recipe = replace(BASIC, dtype="float32", fill={"b": None, "a": 1.0})
    m = load(folder, {"a": [None, 2.0], "b": [None, 3.0]}, recipe=recipe)
    assert bits(m.X[:, 0]).tolist() == [0x7FC00000, 0x40400000]
    assert m.X[:, 1].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("overflow", "want"), [("missing", 7.0), ("clip", float(np.finfo(np.float32).max))]
)
def test_its_rule_of_overflow_holds(folder: Path, overflow: str, want: float) -> None:
    recipe = Recipe(("a",), "float32", "C", "missing", overflow, {"a": 7.0})
    assert load(folder, {"a": [1e300, 1.0]}, recipe=recipe).X.tolist() == [[want], [1.0]]
    with pytest.raises(onecopy.CastOverflowError):
        load(folder, {"a": [1e300]}, recipe=replace(recipe, overflow="raise"))


def test_its_rule_of_infinities_holds(folder: Path) -> None:
    recipe = Recipe(("a",), "float32", "C", "keep", "raise", {"a": 7.0})
    assert load(folder, {"a": [INF, None]}, recipe=recipe).X.tolist() == [[INF], [7.0]]
    recipe = replace(recipe, inf="missing")
    assert load(folder, {"a": [INF, None]}, recipe=recipe).X.tolist() == [[7.0], [7.0]]


FORMS: dict[str, Callable[[Any, Path], Any]] = {
    "recipe": lambda m, _: m.recipe,
    "matrix": lambda m, _: m,
    "opened": lambda _, home: onecopy.TrainingMatrix.open(home / "train.npy"),
    "json": lambda _, home: home / "train.json",
    "npy": lambda _, home: str(home / "train.npy"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_recipe(folder: Path, tmp_path: Path, form: str) -> None:
    m = load(folder, {"a": [1.0, None, 4.0], "b": [1, 2, 3]}, out=tmp_path / "train.npy")
    recipe = FORMS[form](m, tmp_path)
    assert load(folder, {"b": [9], "a": pa.nulls(1)}, recipe=recipe).X.tolist() == [[2.5, 9]]


def test_roles_are_given_anew(folder: Path) -> None:
    train = load(folder, {"a": [1.0, 3.0], "y": [0, 1]}, target="y")
    columns = {"a": [None, 5.0], "y": [7, 8], "w": [0.5, 1.0]}
    test = load(folder, columns, recipe=train)
    assert (test.y, test.weight) == (None, None)
    test = load(folder, columns, recipe=train, target="y", weight="w")
    assert (test.y.tolist(), test.weight.tolist()) == ([7, 8], [0.5, 1.0])
    assert test.X.tolist() == [[2.0], [5.0]]


def test_a_feature_that_is_gone(folder: Path) -> None:
    """Refused, or all its values are missing in the files that lack it."""
    train = load(folder, {"a": [1.0, 3.0], "b": [4.0, 6.0]})
    with pytest.raises(onecopy.ColumnNotFoundError, match=r"column .b. not found"):
        load(folder, {"a": [1.0]}, recipe=train)
    write(pa.table({"a": [1.0], "b": [2.0]}), folder / "later.parquet")
    test = onecopy.load_training_matrix(folder, recipe=train, missing_columns="missing")
    assert test.X.tolist() == [[1.0, 5.0], [1.0, 2.0]]


@pytest.mark.parametrize(
    "option",
    [
        {"columns": ["b", "a"]},
        {"exclude": ["c"]},
        {"dtype": "float16"},
        {"order": "C"},
        {"inf": "missing"},
        {"overflow": "missing"},
        {"fill": "mean"},
        {"fill": 0},
        {"fill": {"a": 1.0}},
    ],
)
def test_options_that_the_recipe_settles(folder: Path, option: dict[str, Any]) -> None:
    """What says otherwise is refused; a default that says otherwise is not seen as said."""
    name = next(iter(option))
    if option in ({"order": "C"}, {"inf": "missing"}):
        m = load(folder, {"a": [1.0], "b": [INF]}, recipe=BASIC, **option)
        assert m.X.flags.f_contiguous
        assert m.X.tolist() == [[INF, 1.0]]
        return
    with pytest.raises(ValueError, match=f"^{name}: the recipe"):
        load(folder, {"a": [1.0], "b": [2.0]}, recipe=BASIC, **option)


def test_options_that_agree_with_the_recipe(folder: Path) -> None:
    options = {"dtype": "float64", "order": "F", "inf": "keep", "overflow": "clip"}
    m = load(folder, {"a": [1.0], "b": [None]}, recipe=BASIC, fill={"b": 0.1, "a": None}, **options)
    assert m.X.tolist() == [[0.1, 1.0]]


@pytest.mark.parametrize("recipe", [3, ["a"], {"a": 1.0}, DOCUMENT])
def test_what_is_no_recipe(folder: Path, recipe: object) -> None:
    with pytest.raises(TypeError, match=r"^recipe: expected a Recipe, "):
        load(folder, {"a": [1.0]}, recipe=recipe)
