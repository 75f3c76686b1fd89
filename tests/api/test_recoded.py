"""`datetimes` and `categories`: what they take, what they refuse, and what is told of them."""

import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import (
    CastOverflowError,
    ColumnNotFoundError,
    CorruptFileError,
    MissingTargetError,
    PrecisionWarning,
    Recipe,
    SchemaMismatchError,
    TrainingMatrix,
    UnsupportedTypeError,
    fit_recipe,
    inspect,
    load_training_matrix,
    plan,
)

DAYS = [date(2020, 1, 1), date(2020, 1, 3), None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    table = {
        "day": pa.array(DAYS),
        "at": pa.array([90, None, 0], pa.timestamp("s")),
        "of_day": pa.array([time(1), time(0, 30), None], pa.time64("us")),
        "lasts": pa.array([timedelta(minutes=3), None, timedelta()], pa.duration("ms")),
        "city": ["Rome", "Oslo", None],
        "code": pa.array([b"\xff", b"a", b"a"]),
        "x": [1.0, 2.0, 3.0],
    }
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def load(*args: Any, **options: Any) -> TrainingMatrix:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        return load_training_matrix(*args, **options)


def test_a_refusal_names_the_options(path: Path) -> None:
    with pytest.raises(UnsupportedTypeError) as raised:
        load(path)
    message = str(raised.value)
    assert "`lasts` (duration[ms])" in message
    assert "datetimes= takes `day`, `at`, `of_day`, `lasts`" in message
    assert "categories= takes `city`, `code`" in message
    assert 'exclude=["day", "at", "of_day", "lasts", "city", "code"]' in message
    assert raised.value.types["city"] == "string"


def test_units_and_codes(path: Path) -> None:
    m = load(path, datetimes="m", categories="codes", fill={"x": 0, "at": 7}, dtype="float64")
    day = 24 * 60 * 18262.0
    assert m.X.tolist() == [
        [day, 1.5, 60, 3, 1, 1, 1],
        [day + 2880, 7, 30, 1.5, 0, 0, 2],
        [day + 1440, 0, 45, 0, -1, 0, 3],
    ]
    assert m.recipe.categories == {"city": ("Oslo", "Rome"), "code": (b"a", b"\xff")}
    assert m.recipe.datetimes["at"] == onecopy.Clock("m")
    assert "4 times, 2 categories" in repr(m.recipe)
    assert Recipe.from_dict(m.recipe.to_dict()) == m.recipe


def test_numeric_columns_are_numbers_and_bools(path: Path) -> None:
    m = load(path, columns="numeric", datetimes="s", categories="codes")
    assert m.feature_names == ["x"]
    assert ("lasts", "duration[ms]") in m.report.skipped


@pytest.mark.parametrize(
    "origin",
    [
        "2020-01-01",
        "2020-01-01T00:00:00Z",
        "2020-01-01T02:00+02:00",
        date(2020, 1, 1),
        datetime(2020, 1, 1),  # noqa: DTZ001 (naive on purpose)
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2020, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        np.datetime64("2020-01-01"),
        np.datetime64("2020-01-01", "ns"),
        np.datetime64("2020", "Y"),
    ],
    ids=repr,
)
def test_an_origin(path: Path, origin: object) -> None:
    m = load(path, columns=["day", "of_day"], datetimes=("D", origin), fill=None, dtype="float64")
    assert m.recipe.datetimes["day"].origin == 1_577_836_800 * 10**9
    assert m.X[0].tolist() == [0, 1 / 24]


def test_an_origin_of_pandas_has_nanoseconds(path: Path) -> None:
    pd = pytest.importorskip("pandas")
    for origin in (pd.Timestamp("2020-01-01T00:00:00.000000001"), "2020-01-01T00:00:00.000000001"):
        m = load(path, columns=["day"], datetimes=("ns", origin), dtype="float64", fill=None)
        assert m.recipe.datetimes["day"].origin == 1_577_836_800 * 10**9 + 1
        assert m.X[0, 0] == -1


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"datetimes": "days"}, ValueError, '"raise", one of "D", "h"'),
        ({"datetimes": ("D", "soon")}, ValueError, "found 'soon'"),
        ({"datetimes": ("D", 5)}, TypeError, "found 5"),
        ({"datetimes": ("D", time(1))}, TypeError, "expected an origin"),
        ({"datetimes": ("D", np.datetime64("NaT"))}, TypeError, "expected an origin"),
        ({"datetimes": ("D", np.datetime64(2**58, "D"))}, ValueError, "too far"),
        ({"datetimes": 3}, TypeError, "datetimes"),
        ({"datetimes": {1: "D"}}, TypeError, "names of columns"),
        ({"datetimes": {"day": "x"}}, ValueError, "datetimes['day']"),
        ({"categories": "city"}, ValueError, "write ['city']"),
        ({"categories": 3}, TypeError, "list of names"),
        ({"categories": ["city", "city"]}, ValueError, "once"),
        ({"categories": ["x"], "exclude": ["city", "code"]}, ValueError, "which is double|float64"),
        ({"datetimes": {"x": "s"}, "columns": ["x"]}, ValueError, "float64"),
        ({"categories": ["town"], "columns": ["x"]}, ColumnNotFoundError, "named by `categories`"),
    ],
    ids=str,
)
def test_what_is_refused(
    path: Path, options: dict[str, Any], error: type[Exception], word: str
) -> None:
    usual = {"datetimes": "D", "categories": "codes"}
    with pytest.raises(error) as raised:
        load(path, **(usual | options))
    assert any(part in str(raised.value) for part in word.split("|")), raised.value


def test_files_may_differ_in_units_and_not_in_kind(tmp_path: Path) -> None:
    ticks = pa.array([86_400])
    units = {"ms": 10**3, "us": 10**6, "ns": 10**9}
    for unit, factor in units.items():
        column = pa.array([86_400 * factor]).cast(pa.timestamp(unit))
        pq.write_table(pa.table({"at": column}), tmp_path / f"{unit}.parquet")
    m = load([tmp_path / f"{unit}.parquet" for unit in units], datetimes="D", dtype="float64")
    assert m.X.ravel().tolist() == [1, 1, 1]
    pq.write_table(pa.table({"at": ticks}), tmp_path / "number.parquet")
    with pytest.raises(SchemaMismatchError, match="int64 here and timestamp"):
        load([tmp_path / "ms.parquet", tmp_path / "number.parquet"], datetimes="D")


def test_a_step_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.warns(PrecisionWarning, match="'at' has steps of 0.00195312 D"):
        m = load_training_matrix(
            path, columns=["at"], datetimes=("D", "1900-01-01"), out=tmp_path / "m.npy"
        )
    assert m.report.steps == [("at", 2**-9, "D")]
    assert "cannot all tell apart" in str(m.report)
    assert TrainingMatrix.open(tmp_path / "m.npy").report.steps == m.report.steps
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_training_matrix(path, columns=["day"], datetimes="D")
        load_training_matrix(path, columns=["at"], datetimes="ms", dtype="float64")


def test_times_too_large_for_the_dtype_overflow(path: Path) -> None:
    with pytest.raises(CastOverflowError) as raised:
        load(path, columns=["day"], datetimes="s", dtype="float16")
    assert raised.value.counts == {"day": 2}
    m = load(path, columns=["day"], datetimes="s", dtype="float16", overflow="clip")
    assert m.X.ravel().tolist() == [65504] * 3


def test_more_texts_than_the_dtype_has_codes(tmp_path: Path) -> None:
    words = [f"{at:05}" for at in range(2049)]
    pq.write_table(pa.table({"word": words}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"`word` has 2049 different texts, .* float16 .* 2048"):
        load(tmp_path / "a.parquet", categories="codes", dtype="float16")
    # A window has some of them, a recipe may come from elsewhere.
    with pytest.raises(ValueError, match=r"`word` has 2049 different texts, .* float16 .* 2048"):
        fit_recipe(tmp_path / "a.parquet", categories="codes", dtype="float16", buffer="1KB")
    m = load(tmp_path / "a.parquet", categories="codes")
    assert m.X[:, 0].tolist() == list(range(2049))
    with pytest.raises(
        ValueError, match=r"`word` has 2049 different texts, .* pass dtype=\"float32"
    ):
        Recipe.from_dict(m.recipe.to_dict() | {"dtype": "float16"})


@pytest.mark.parametrize(
    ("fill", "expected"),
    [("median", -1), (5, -1), ({"city": 7}, 7), ({"city": "median"}, 0.5), ({"city": None}, None)],
)
def test_a_fill_of_unknown_texts(path: Path, fill: Any, expected: float | None) -> None:
    m = load(path, columns=["city"], categories=["city"], fill=fill)
    found = m.X[:, 0].tolist()
    assert found[:2] == [1, 0]
    assert found[2] == expected or (expected is None and np.isnan(found[2]))
    again = load(path, recipe=m)
    assert np.array_equal(again.X, m.X, equal_nan=True)


def test_a_recipe_decides(path: Path) -> None:
    m = load(path, columns=["day", "city"], datetimes=("D", "2020-01-01"), categories="codes")
    for option, value in (("datetimes", "D"), ("categories", "codes")):
        with pytest.raises(ValueError, match=f"{option}: the recipe"):
            load(path, recipe=m, **{option: value})
    document = m.recipe.to_dict() | {"categories": {"city": {"text": ["b", "a"]}}}
    with pytest.raises(ValueError, match="in the order of their bytes"):
        Recipe.from_dict(document)
    with pytest.raises(ValueError, match="names of features only"):
        Recipe.from_dict(m.recipe.to_dict() | {"datetimes": {"other": {"unit": "D"}}})


def test_a_recipe_is_of_texts_and_times(path: Path, tmp_path: Path) -> None:
    m = load(path, columns=["day", "city"], datetimes="D", categories="codes")
    pq.write_table(pa.table({"day": pa.array(DAYS), "city": [1, 2, 3]}), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="`city`, which is int64"):
        load(tmp_path / "b.parquet", recipe=m)


@pytest.mark.parametrize("is_split", [False, True])
def test_tables_in_memory_become_the_same(path: Path, is_split: bool) -> None:
    table = pq.read_table(path)
    city = table["city"].dictionary_encode()
    tables = [table, table.set_column(table.schema.get_field_index("city"), "city", city)]
    options: dict[str, Any] = {"datetimes": ("m", "2020-01-01"), "categories": "codes"}
    if is_split:
        options["split"] = {"train": [("x", ">", 1)], "test": [("x", "<=", 1)]}
    m = load(path, **options)
    for other in tables:
        found = load(other, **options)
        assert np.array_equal(found.X, m.X)
        assert found.recipe == m.recipe
        assert np.array_equal(load(other, recipe=m, split=options.get("split")).X, m.X)


def test_text_targets_have_classes(path: Path, tmp_path: Path) -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0], "label": ["dog", "cat", "dog"]})
    pq.write_table(table, tmp_path / "b.parquet")
    m = load(tmp_path / "b.parquet", target="label", out=tmp_path / "m.npy")
    assert m.y is not None
    assert (m.y.dtype, m.y.tolist()) == (np.int64, [1, 0, 1])
    assert m.classes is not None
    assert m.classes[m.y].tolist() == ["dog", "cat", "dog"]
    opened = TrainingMatrix.open(tmp_path / "m.npy")
    assert opened.classes is not None
    assert opened.classes.dtype.kind == "U"
    assert opened.classes.tolist() == ["cat", "dog"]
    pq.write_table(pa.table({"x": [1.0], "label": ["dog"]}), tmp_path / "c.parquet")
    assert load(tmp_path / "c.parquet", target="label", recipe=m).y.tolist() == [1]
    pq.write_table(pa.table({"x": [1.0], "label": ["cow"]}), tmp_path / "c.parquet")
    with pytest.raises(UnsupportedTypeError, match='the recipe has no class "cow"'):
        load(tmp_path / "c.parquet", target="label", recipe=m)
    with pytest.raises(MissingTargetError):
        load(path, columns=["x"], target="city")
    dropped = load(path, columns=["x"], target="city", target_missing="drop")
    assert dropped.y.tolist() == [1, 0]


def test_plan_and_inspect_tell(path: Path) -> None:
    text = str(plan(path, datetimes=("h", "2020-01-01"), categories=["city"], exclude="code"))
    assert "h since 2020-01-01" in text
    assert '"city": texts are learned' in text
    m = load(path, datetimes="h", categories=["city"], exclude="code")
    assert "the texts of the recipe" in str(plan(path, recipe=m))
    reasons = {column.name: column.reason for column in inspect(path).columns}
    assert reasons["lasts"] == "it is a duration, which datetimes= takes"
    assert "categories= takes it" in str(reasons["city"])


def test_text_that_is_none_is_damage(tmp_path: Path) -> None:
    pq.write_table(pa.table({"t": ["abc", "def"]}), tmp_path / "a.parquet", compression="none")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(data.replace(b"abc", b"\xff\xfe\xfd", 1))
    with pytest.raises(CorruptFileError, match="UTF-8"):
        load(tmp_path / "a.parquet", categories="codes")


def test_durations_pass_through(path: Path) -> None:
    passed = load(path, columns=["x"], passthrough=["lasts", "of_day"]).passthrough["lasts"]
    assert passed.dtype == np.dtype("m8[ms]")
    assert passed[0] == np.timedelta64(180_000, "ms")
    assert np.isnat(passed[1])


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
def test_a_table_without_a_type_has_no_texts_and_no_times() -> None:
    some = pa.table({"city": ["b", "a"], "day": pa.array(DAYS[:2]), "x": [1.0, 2.0]})
    none = pa.table({"city": pa.nulls(2), "day": pa.nulls(2), "x": [3.0, 4.0]})
    options: dict[str, Any] = {"fill": {"day": None}, "datetimes": "D", "categories": "codes"}
    m = load([none, some], **options)
    assert m.X[:, 0].tolist() == [-1, -1, 1, 0]
    assert np.isnan(m.X[:2, 1]).all()
    assert np.array_equal(load([some, none], recipe=m).X, m.X[[2, 3, 0, 1]], equal_nan=True)
    assert np.array_equal(load(none, recipe=m).X, m.X[:2], equal_nan=True)
    assert np.array_equal(m.recipe.transform(none), m.X[:2], equal_nan=True)
