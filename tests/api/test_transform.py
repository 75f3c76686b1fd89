"""Serving: what `Recipe.transform` takes and refuses, and the carriers of a recipe."""

import copy
import pickle
import threading
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import onecopy
import pytest
from onecopy import Recipe

NAMES = ("a", "b", "c")
RECIPE = Recipe(NAMES, "float32", "C", "missing", "raise", {"a": 1.0, "b": None, "c": 3.0})
ROW = {"a": 10.0, "b": 20, "c": True}
nan, inf = float("nan"), float("inf")


def served(data: object, **options: Any) -> list[list[float]]:
    matrix = RECIPE.transform(data, **options)
    assert matrix.dtype == np.float32
    return matrix.tolist()


def test_a_dict_is_a_row() -> None:
    assert served(ROW) == [[10, 20, 1]]
    assert served(MappingProxyType(ROW)) == [[10, 20, 1]]
    assert served({**ROW, "other": "text", 5: None}) == [[10, 20, 1]]


@pytest.mark.parametrize(
    "missing", [None, nan, inf, -inf, np.float32(nan), np.datetime64("NaT"), Decimal("NaN")]
)
def test_what_is_missing(missing: Any) -> None:
    if isinstance(missing, np.datetime64):
        pytest.importorskip("pandas")
        missing = __import__("pandas").NaT
    assert served({**ROW, "a": missing}) == [[1, 20, 1]]
    assert np.isnan(served({**ROW, "b": missing})[0][1])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.1), np.float32(0.1)),
        (np.float16(0.1), np.float32(np.float16(0.1))),
        (np.int64(2**40 + 1), np.float32(2**40 + 1)),
        (np.uint64(2**64 - 1), np.float32(2**64)),
        (np.bool_(True), 1),
        (2**63 + 2**39 + 1, np.float32(2**63 + 2**40)),
        (-(2**63), np.float32(-(2**63))),
        (2**100, np.float32(2**100)),
        (Decimal("0.1"), np.float32(0.1)),
        (np.array(5), 5),
    ],
)
def test_numbers_of_all_kinds(value: Any, expected: float) -> None:
    for data in ({**ROW, "a": value}, [{**ROW, "a": value}], [[value, 20, 1]]):
        rows = (
            np.array(data, object) if isinstance(data, list) and isinstance(data[0], list) else data
        )
        assert served(rows) == [[expected, 20, 1]]


@pytest.mark.parametrize(
    "value", ["text", b"bytes", [1, 2], {}, 1j, Fraction(1, 2), np.datetime64("2024"), object()]
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(onecopy.UnsupportedTypeError, match="`b`") as caught:
        RECIPE.transform({**ROW, "b": value})
    assert set(caught.value.types) == {"b"}
    assert caught.value.column == "b" or caught.value.column is None


def test_a_lacking_feature() -> None:
    for data in (
        {"a": 1, "B": 2, "c": 3},
        [ROW, {"a": 1, "B": 2, "c": 3}],
        {"a": [1], "B": [2], "c": [3]},
        np.rec.fromarrays([[1], [2], [3]], names=("a", "B", "c")),
    ):
        with pytest.raises(onecopy.ColumnNotFoundError, match="did you mean `B`") as caught:
            RECIPE.transform(data)
        assert caught.value.suggestion == "B"
        assert caught.value.columns == ("a", "B", "c")
        assert caught.value.path is None
        assert np.isnan(served(data, missing_columns="missing")[-1][1])


def test_overflow() -> None:
    row = {**ROW, "c": 1e300}
    for data in (row, [row], {name: [value] for name, value in row.items()}):
        with pytest.raises(onecopy.CastOverflowError) as caught:
            RECIPE.transform(data)
        assert caught.value.counts == {"c": 1}
        assert served(data, overflow="missing") == [[10, 20, 3]]
        assert served(data, overflow="clip") == [[10, 20, np.finfo(np.float32).max]]
    with pytest.raises(OverflowError, match="`c` is larger than any float64"):
        RECIPE.transform({**ROW, "c": 10**400})


def test_columns_by_name() -> None:
    columns = {"c": [1, 2], "b": np.array([3.0, nan]), "a": (None, 6), "z": ["x", "y"]}
    assert str(served(columns)) == "[[1.0, 3.0, 1.0], [6.0, nan, 2.0]]"
    masked = np.ma.MaskedArray([7, 8], mask=[True, False])
    assert served({"a": masked, "b": [0, 0], "c": [0, 0]}) == [[1, 0, 0], [8, 0, 0]]
    with pytest.raises(ValueError, match="columns of 2 rows each, found one of 3"):
        RECIPE.transform({"a": [1, 2], "b": [1, 2, 3], "c": [1, 2]})
    with pytest.raises(ValueError, match="one value for each row in 'b'"):
        RECIPE.transform({"a": [1, 2], "b": np.ones((2, 2)), "c": [1, 2]})
    exact = {"a": [2**63, -1], "b": [True, None], "c": [Decimal(1), 2]}
    assert str(served(exact)) == f"[[{float(2**63)}, 1.0, 1.0], [-1.0, nan, 2.0]]"


def test_arrays() -> None:
    assert served(np.array([[1, 2, 3]])) == [[1, 2, 3]]
    assert served(np.ma.MaskedArray([[1, 2, 3]], mask=[[1, 1, 0]]), overflow=None)[0][0] == 1
    with pytest.raises(ValueError, match=r"reshape\(1, -1\)"):
        RECIPE.transform(np.ones(3))
    with pytest.raises(ValueError, match=r"shape \(rows, 3\)"):
        RECIPE.transform(np.ones((2, 4)))
    with pytest.raises(onecopy.UnsupportedTypeError):
        RECIPE.transform(np.array([["x", "y", "z"]]))
    assert RECIPE.transform(np.empty((0, 3))).shape == RECIPE.transform([]).shape == (0, 3)


@pytest.mark.parametrize("data", ["text", 5, None, [[1, 2, 3]], [5], iter([])])
def test_other_things_are_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="expected a"):
        RECIPE.transform(data)


def test_out_is_filled() -> None:
    out = np.zeros((2, 3), np.float32)
    assert RECIPE.transform([ROW, ROW], out=out) is out
    assert out.tolist() == [[10, 20, 1]] * 2
    with pytest.raises(ValueError, match="out: expected a writeable array"):
        RECIPE.transform(ROW, out=out)
    with pytest.raises(ValueError, match="dtype"):
        RECIPE.transform(ROW, out=np.zeros((1, 3)))
    with pytest.raises(ValueError, match="already borrowed"):
        RECIPE.transform(out, out=out)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        RECIPE.transform([ROW, ROW], out=out)
    with pytest.raises(TypeError, match="out: expected an array"):
        RECIPE.transform(ROW, out="x.npy")  # type: ignore[arg-type]
    turned = np.zeros((3, 2), np.float32).T
    assert RECIPE.transform(np.ones((2, 3)), out=turned).tolist() == [[1, 1, 1]] * 2


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="missing_columns"):
        RECIPE.transform(ROW, missing_columns="no")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="overflow"):
        RECIPE.transform(ROW, overflow="no")  # type: ignore[arg-type]


def test_a_recipe_stays_plain_after_it_served() -> None:
    RECIPE.transform(ROW)
    for other in (pickle.loads(pickle.dumps(RECIPE)), copy.copy(RECIPE), copy.deepcopy(RECIPE)):
        assert other == RECIPE
        later = {"join", "datetimes", "categories", "classes", "vectors"}
        assert vars(other).keys() == {*RECIPE.to_dict(), *later} - {"format", "version"}
        assert other.transform(ROW).tolist() == RECIPE.transform(ROW).tolist()


def test_threads_share_a_recipe() -> None:
    rows = [{"a": float(at), "b": at, "c": None} for at in range(200)]
    expected = RECIPE.transform(rows).tobytes()
    found: list[bytes] = []

    def work() -> None:
        found.extend(RECIPE.transform(rows).tobytes() for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 200


CODED = Recipe(
    ("day", "city", "x"),
    "float64",
    "C",
    "missing",
    "raise",
    {"day": 0.5, "city": -1.0, "x": None},
    datetimes={"day": onecopy.Clock("h", 86_400 * 10**9)},
    categories={"city": ("Oslo", "Rome")},
)


def coded(day: object, city: object) -> list[float]:
    row: list[float] = CODED.transform({"day": day, "city": city, "x": 7})[0, :2].tolist()
    return row


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(1970, 1, 3), 24),
        (datetime(1970, 1, 2, 0, 30), 0.5),  # noqa: DTZ001 (naive on purpose)
        (datetime(1970, 1, 2, 2, tzinfo=UTC), 2),
        (datetime(1970, 1, 2, 2, tzinfo=timezone(timedelta(hours=2))), 0),
        (np.datetime64("1970-01-02T03", "h"), 3),
        (np.datetime64("1971", "Y"), 364 * 24),
        # What is no instant has no origin.
        (time(1, 30), 1.5),
        (timedelta(days=-1), -24),
        (np.timedelta64(90, "m"), 1.5),
        (None, 0.5),
        (nan, 0.5),
        (np.datetime64("NaT"), 0.5),
        (np.timedelta64("NaT"), 0.5),
    ],
)
def test_times_of_all_kinds(day: object, hours: float) -> None:
    assert coded(day, "Oslo") == [hours, 0]
    rows = np.array([[day, "Rome", 0.0]], object)
    assert CODED.transform(rows)[0, :2].tolist() == [hours, 1]


@pytest.mark.parametrize(
    ("city", "code"),
    [
        ("Oslo", 0),
        (b"Rome", 1),
        (np.str_("Rome"), 1),
        ("rome", -1),
        ("", -1),
        (None, -1),
        (nan, -1),
    ],
)
def test_texts_of_all_kinds(city: object, code: float) -> None:
    assert coded(None, city) == [0.5, code]
    assert CODED.transform([{"day": None, "city": city, "x": 1}])[0, 1] == code


def test_columns_of_times_and_texts() -> None:
    x = [1.0, 2.0]
    days = np.array(["1970-01-02", "NaT"], "M8[ms]")
    for day in (days, days.astype("M8[D]"), list(days), days.astype(">M8[s]"), days.astype(object)):
        for city in (["Rome", "Oslo"], np.array(["Rome", "Oslo"]), np.array([b"Rome", b"Oslo"])):
            found = CODED.transform({"day": day, "city": city, "x": x})
            assert found.tolist() == [[0, 1, 1], [0.5, 0, 2]]
    hidden = np.ma.MaskedArray(days, mask=[True, False])
    given = {"day": hidden, "city": np.ma.MaskedArray(["Rome", "Oslo"], mask=[False, True]), "x": x}
    assert CODED.transform(given).tolist() == [[0.5, 1, 1], [0.5, -1, 2]]
    rows = np.rec.fromarrays([days, np.array(["Rome", "Bonn"]), x], names=("day", "city", "x"))
    assert CODED.transform(rows).tolist() == [[0, 1, 1], [0.5, -1, 2]]
    pd = pytest.importorskip("pandas")
    for zone in (None, "UTC", "Asia/Tokyo"):
        day = pd.Series(days).dt.tz_localize("UTC").dt.tz_convert(zone)
        for kind in ("category", object, "string"):
            frame = pd.DataFrame(
                {"x": x, "day": day, "city": pd.Series(["Rome", None], dtype=kind)}
            )
            assert CODED.transform(frame).tolist() == [[0, 1, 1], [0.5, -1, 2]]
    stamp = pd.Timestamp("1970-01-02T00:00:00.000000036")
    assert coded(stamp, pd.NA) == [1e-11, -1]
    assert coded(pd.Timedelta(90, "min"), "x")[0] == 1.5
    assert coded(pd.NaT, "x")[0] == 0.5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"city": 5}, r"expected texts in `city`, as the recipe says, found int"),
        ({"city": [5, 6]}, r"expected texts in `city`, as the recipe says, found int64"),
        ({"city": 1.5}, r"expected texts in `city`, as the recipe says, found float"),
        ({"city": date(1970, 1, 1)}, "expected texts in `city`, as the recipe says, found date"),
        ({"day": 5}, "expected dates, times, timestamps or durations in `day`.*found int"),
        ({"day": "1970-01-01"}, "durations in `day`, as the recipe says, found str"),
        ({"day": [1.5, nan]}, "durations in `day`, as the recipe says, found float64"),
        ({"day": True}, "durations in `day`, as the recipe says, found bool"),
        (
            {"day": np.datetime64(5, "ps")},
            "durations in `day`, as the recipe says, found datetime64",
        ),
        ({"day": np.array([5], "M8[as]")}, r"`day`, as the recipe says, found datetime64\[as\]"),
        ({"x": "text"}, r"1 of 3 columns cannot become numbers: `x` \(str\)"),
        ({"x": np.array([5], "M8[s]")}, r"cannot become numbers: `x` \(datetime64\[s\]\)"),
    ],
)
def test_what_the_recipe_does_not_have_is_refused(row: dict[str, Any], message: str) -> None:
    is_column = isinstance(next(iter(row.values())), list | np.ndarray)
    usual = {"day": None, "city": None, "x": 0.0}
    count = len(next(iter(row.values()))) if is_column else 1
    given = {name: [value] * count if is_column else value for name, value in usual.items()}
    with pytest.raises(onecopy.UnsupportedTypeError, match=message) as caught:
        CODED.transform(given | row)
    (name,) = row
    assert set(caught.value.types) == {name}
    assert caught.value.column == name


def test_numbers_are_no_times_and_no_texts() -> None:
    for rows in (np.ones((2, 3)), np.ma.MaskedArray(np.ones((2, 3)), mask=False)):
        with pytest.raises(onecopy.UnsupportedTypeError, match="`day`"):
            CODED.transform(rows)
    with pytest.raises(UnicodeEncodeError):
        coded(None, "\ud800")


def test_other_carriers_refuse_times_and_texts() -> None:
    for call in (CODED.to_onnx, lambda: CODED.to_sklearn(stock=True)):
        with pytest.raises(ValueError, match=r'texts in "day", "city"; .* recipe\.transform\(\)'):
            call()
