"""The rules of the contract, one directed case each, and all of them together on directed data."""

from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from hostile.files import sheet
from hostile.footers import ROWS, X
from support import oracle
from support.oracle import bits
from support.parquet_files import directed_columns, write

NAN, INF = float("nan"), float("inf")
QUIET_NAN = {"float16": 0x7E00, "float32": 0x7FC00000, "float64": 0x7FF8 << 48}


def load(folder: Path, table: dict[str, Any], /, **options: Any) -> Any:
    path = write(pa.table(table), folder / "in.parquet")
    return onecopy.load_training_matrix(path, **options)


def load_one(folder: Path, values: Any, kind: pa.DataType | None = None, **options: Any) -> Any:
    """Load one column `a` and give it as a vector."""
    return load(folder, {"a": pa.array(values, kind)}, **options).X[:, 0]


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("name", directed_columns())
def test_directed_data_equal_the_oracle(folder: Path, name: str) -> None:
    """The data in which every rule shows, under every combination of the rules."""
    path = write(pa.table({name: directed_columns()[name]}), folder / "directed.parquet")
    choices = (
        ["float16", "float32", "float64"],
        ["missing", "keep"],
        ["median", "mean", -1.5, None],
        ["raise", "missing", "clip"],
    )
    for dtype, inf, fill, overflow in product(*choices):
        options = {"dtype": dtype, "inf": inf, "fill": fill, "overflow": overflow}
        try:
            expected = oracle.load([path], [name], **options)
        except oracle.Overflow as error:
            with pytest.raises(onecopy.CastOverflowError, match=str(error.args[0][name])):
                onecopy.load_training_matrix(path, **options)
            continue
        m = onecopy.load_training_matrix(path, **options)
        assert oracle.differences(expected, m.X) == [], options
        assert oracle.report_differences(expected, m.report.columns) == [], options


CASTS = [
    ("f64 to f16 in one rounding", [1 + 2.0**-11 + 2.0**-40], pa.float64(), "float16", 0x3C01),
    ("a tie goes to even", [1 + 2.0**-11], pa.float64(), "float16", 0x3C00),
    ("i64 to f32 in one rounding", [2**60 + 2**36 + 1], pa.int64(), "float32", 0x5D800001),
    ("i64 to f32, another", [9007199791611905], pa.int64(), "float32", 0x5A000001),
    ("u64 to f32", [2**63 + 2**39 + 1], pa.uint64(), "float32", 0x5F000001),
    ("u64 to f64", [2**64 - 1], pa.uint64(), "float64", 0x43F0000000000000),
    ("i64 to f64", [2**53 + 1], pa.int64(), "float64", 0x4340000000000000),
    ("the largest half", [65519.99], pa.float64(), "float16", 0x7BFF),
    ("the largest float", [3.4028235677973362e38], pa.float64(), "float32", 0x7F7FFFFF),
    ("the smallest double", [5e-324], pa.float64(), "float64", 1),
    ("a subnormal float", [1e-45], pa.float64(), "float32", 1),
    ("a subnormal half", [6e-8], pa.float32(), "float16", 1),
    ("the sign of zero", [-0.0], pa.float32(), "float64", 1 << 63),
    ("true", [True], pa.bool_(), "float16", 0x3C00),
    ("false", [False], pa.bool_(), "float32", 0),
    ("u8", [255], pa.uint8(), "float32", 0x437F0000),
    ("i8", [-128], pa.int8(), "float32", 0xC3000000),
    ("decimal", [Decimal("0.3")], pa.decimal128(5, 1), "float64", 0x3FD3333333333333),
    ("negative decimal", [Decimal("-0.7")], pa.decimal32(5, 1), "float64", 0xBFE6666666666666),
    ("wide decimal", [Decimal(10**70)], pa.decimal256(76, 0), "float64", 0x4E772EBAD6DDC73D),
]


@pytest.mark.parametrize(
    ("values", "kind", "dtype", "want"), [c[1:] for c in CASTS], ids=[c[0] for c in CASTS]
)
def test_cast(folder: Path, values: list, kind: pa.DataType, dtype: str, want: int) -> None:
    assert hex(bits(load_one(folder, values, kind, dtype=dtype))[0]) == hex(want)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float32", 1e300),
        ("float32", -3.4028235677973366e38),
        ("float16", 65520.0),
        ("float16", -1e300),
    ],
)
class TestOverflow:
    def test_raise(self, folder, dtype, value) -> None:
        columns = {"fine": [1.0, 2.0], "wide": [value, value / abs(value)]}
        with pytest.raises(onecopy.CastOverflowError) as caught:
            load(folder, columns, dtype=dtype)
        message = str(caught.value)
        assert "wide" in message
        assert "fine" not in message
        assert dtype in message
        assert "overflow=" in message

    def test_missing(self, folder, dtype, value) -> None:
        m = load(folder, {"a": [value, 1.0, 3.0]}, dtype=dtype, overflow="missing")
        assert m.X[:, 0].tolist() == [2.0, 1.0, 3.0]
        assert m.report.columns["a"].overflowed == m.report.columns["a"].filled == 1

    def test_clip(self, folder, dtype, value) -> None:
        m = load(folder, {"a": [value, 1.0, None]}, dtype=dtype, overflow="clip", fill=0)
        largest = np.copysign(np.finfo(dtype).max, np.sign(value).astype(dtype))
        assert m.X[:, 0].tolist() == [largest, 1.0, 0.0]
        assert m.report.columns["a"].overflowed == m.report.columns["a"].filled == 1

    def test_is_no_infinity(self, folder, dtype, value) -> None:
        for inf in ("missing", "keep"):
            with pytest.raises(onecopy.CastOverflowError):
                load_one(folder, [value], dtype=dtype, inf=inf)


def test_overflow_tells_how_many_and_how_large(folder: Path) -> None:
    with pytest.raises(onecopy.CastOverflowError, match=r"3 values.*-1e\+?300"):
        load_one(folder, [1e299, -1e300, 1e299, 1.0])


def test_infinities(folder: Path) -> None:
    values = [INF, 1.0, -INF, 3.0]
    assert load_one(folder, values).tolist() == [2.0, 1.0, 2.0, 3.0]
    assert load_one(folder, values, inf="keep").tolist() == values
    report = load(folder, {"a": values}).report.columns["a"]
    assert (report.pos_infs, report.neg_infs, report.overflowed, report.filled) == (1, 1, 0, 2)


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("dtype", QUIET_NAN)
def test_no_fill_leaves_the_canonical_nan(folder: Path, dtype: str) -> None:
    payloads = np.array([0xFFF8000000000001, 0x7FF0000000000001, 0x7FF8000000000000], np.uint64)
    column = load_one(folder, [*payloads.view(np.float64), None, INF], dtype=dtype, fill=None)
    assert bits(column).tolist() == [QUIET_NAN[dtype]] * 5


@pytest.mark.parametrize(
    ("values", "dtype", "want"),
    [
        ([3.0, 1.0, 2.0], "float32", 2.0),
        ([20.0, 1.0, 10.0, 2.0], "float32", 6.0),
        ([5.0], "float16", 5.0),
        ([3e38, 3e38], "float32", float(np.float32(3e38))),
        ([60000.0, 60000.0], "float16", 60000.0),
        ([1.0, 1 + 2.0**-23], "float32", 1.0),
        ([1 + 0.4 * 2.0**-10, 1 + 1.4 * 2.0**-10], "float16", 1.0),
        ([-5.0, -1.0], "float64", -3.0),
        ([5e-324, 5e-324], "float64", 5e-324),
    ],
)
def test_median(folder: Path, values: list[float], dtype: str, want: float) -> None:
    column = load_one(folder, [*values, None, NAN], dtype=dtype)
    assert column[-2:].tolist() == [want, want]


def test_median_among_kept_infinities(folder: Path) -> None:
    column = load_one(folder, [INF, INF, 1.0, None], inf="keep")
    assert column[-1] == INF


def test_a_fill_for_each_column(folder: Path) -> None:
    columns = {name: [1.0, 2.0, 6.0, None] for name in ("middle", "mean", "number", "nothing")}
    fill = {"mean": "mean", "number": -9, "nothing": None}
    m = load(folder, columns, fill=fill)
    assert m.X[-1, :3].tolist() == [2.0, 3.0, -9.0]
    assert np.isnan(m.X[-1, 3])
    assert [c.fill_value for c in m.report.columns.values()] == [2.0, 3.0, -9.0, None]


def test_empty_columns_stay(folder: Path) -> None:
    columns = {
        "full": [1.0, 2.0, 3.0],
        "hollow": pa.nulls(3, pa.int32()),
        "null": pa.nulls(3),
        "nan": [NAN, None, INF],
    }
    with pytest.warns(onecopy.EmptyColumnWarning, match="hollow") as caught:
        m = load(folder, columns)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert m.X.tolist() == [[1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]]
    assert m.feature_names == list(columns)
    assert [c.empty for c in m.report.columns.values()] == [False, True, True, True]


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
def test_zero_rows(folder: Path) -> None:
    m = load(folder, {"a": pa.array([], pa.int8()), "b": pa.array([], pa.float64())})
    assert m.X.shape == (0, 2)
    assert m.X.dtype == np.float32


@pytest.mark.parametrize("order", ["C", "F"])
def test_order_of_columns_and_memory(folder: Path, order: str) -> None:
    m = load(folder, {"a": [1, 2], "b": [3, 4], "c": [5, 6]}, columns=["c", "a"], order=order)
    assert m.X.tolist() == [[5, 1], [6, 2]]
    assert m.X.flags[f"{order}_CONTIGUOUS"]
    assert m.X.ctypes.data % 64 == 0


def test_an_array_of_the_caller(folder: Path) -> None:
    out = np.full((3, 2), -1, np.float64)
    m = load(folder, {"a": [1, None, 3], "b": [4.0, 5.0, 6.0]}, dtype="float64", out=out)
    assert np.shares_memory(m.X, out)
    assert out.tolist() == [[1, 4], [2, 5], [3, 6]]


def test_a_plan_tells_the_shape_and_does_it(folder: Path) -> None:
    path = write(pa.table({"a": [1, 2], "b": [1.5, None], "s": ["x", "y"]}), folder / "a.parquet")
    plan = onecopy.plan(path, exclude=["s"], dtype="float64")
    assert (plan.shape, plan.feature_names, plan.output_bytes) == ((2, 2), ["a", "b"], 32)
    assert plan.run().X.tolist() == [[1, 1.5], [2, 1.5]]


def test_targets_weights_and_groups_keep_their_dtype(folder: Path) -> None:
    columns = {
        "a": [1.0, None],
        "label": pa.array([1, 0], pa.int8()),
        "half": pa.array(np.array([0.5, INF], np.float16)),
        "weight": pa.array([2**63 + 1, 3], pa.uint64()),
        "group": [True, False],
    }
    roles = {"target": "label", "weight": "weight", "group": "group"}
    m = load(folder, columns, exclude=["half"], **roles)
    assert (m.y.dtype, m.weight.dtype, m.group.dtype) == (np.int8, np.uint64, np.bool_)
    assert m.y.tolist() == [1, 0]
    assert m.weight.tolist() == [2**63 + 1, 3]
    assert m.group.tolist() == [True, False]
    assert m.X.tolist() == [[1.0], [1.0]]
    assert load(folder, columns, columns=["a"], target="half").y.tolist() == [0.5, INF]


def test_several_targets_share_a_dtype(folder: Path) -> None:
    columns = {
        "a": [1, 2],
        "i": pa.array([3, 4], pa.int32()),
        "f": pa.array([0.5, 1], pa.float32()),
    }
    m = load(folder, columns, target=["f", "i"])
    assert m.y.dtype == np.result_type(np.float32, np.int32)
    assert m.y.tolist() == [[0.5, 3], [1, 4]]
    assert load(folder, columns, columns=["a"], target=["i"]).y.shape == (2, 1)


@pytest.mark.parametrize("hole", [None, NAN])
def test_a_missing_target_is_refused_or_kept(folder: Path, hole: float | None) -> None:
    columns = {"a": [1, 2, 3], "y": pa.array([1.5, hole, INF], pa.float32())}
    with pytest.raises(onecopy.MissingTargetError, match="1"):
        load(folder, columns, target="y")
    kept = load(folder, columns, target="y", target_missing="keep")
    assert bits(kept.y).tolist() == [0x3FC00000, QUIET_NAN["float32"], 0x7F800000]


def test_a_missing_integer_target_cannot_be_kept(folder: Path) -> None:
    columns = {"a": [1, 2], "y": pa.array([1, None], pa.int64())}
    for target_missing in ("raise", "keep"):
        with pytest.raises(onecopy.MissingTargetError):
            load(folder, columns, target="y", target_missing=target_missing)


def test_return_x_and_y(folder: Path) -> None:
    X, y = load(folder, {"a": [1, 2], "y": [3, 4]}, target="y", return_X_y=True)  # noqa: N806
    assert (X.tolist(), y.tolist()) == ([[1], [2]], [3, 4])


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("how", ["recipe", "matrix", "path"])
def test_a_test_set_gets_the_fills_of_the_training_set(
    folder: Path, tmp_path: Path, how: str
) -> None:
    columns = {"b": [1.0, 5.0, None], "a": [10.0, None, 30.0], "e": pa.nulls(3, pa.float64())}
    train = load(folder, {**columns, "y": [1, 0, 1]}, target="y", order="F", dtype="float64")
    train.recipe.save(tmp_path / "recipe.json")
    recipe = {"recipe": train.recipe, "matrix": train, "path": tmp_path / "recipe.json"}[how]
    later = {"e": [7.0, None], "a": [None, 1.0], "b": [None, None], "other": ["x", "y"]}
    test = load(folder, later, recipe=recipe)
    assert test.feature_names == ["b", "a", "e"]
    assert test.X.tolist() == [[3.0, 20.0, 7.0], [3.0, 1.0, 0.0]]
    assert test.X.dtype == np.float64
    assert test.X.flags.f_contiguous
    assert test.recipe == train.recipe == onecopy.Recipe.load(tmp_path / "recipe.json")


def test_missing_columns(folder: Path) -> None:
    write(pa.table({"a": [1.0, 3.0], "b": [5.0, 7.0]}), folder / "1.parquet")
    write(pa.table({"a": [2.0], "c": ["extra"]}), folder / "2.parquet")
    m = onecopy.load_training_matrix(folder, columns=["b", "a"], missing_columns="missing")
    assert m.X.tolist() == [[5, 1], [7, 3], [6, 2]]
    assert m.report.columns["b"].filled == 1


def test_numeric_columns(folder: Path) -> None:
    columns = {
        "i": [1],
        "s": ["x"],
        "b": [True],
        "t": pa.array([1], pa.timestamp("us")),
        "f": [0.5],
    }
    m = load(folder, columns, columns="numeric")
    assert m.feature_names == ["i", "b", "f"]
    assert [name for name, _ in m.report.skipped] == ["s", "t"]


def test_encrypted_columns_are_left_out(folder: Path) -> None:
    path = folder / "in.parquet"
    path.write_bytes(sheet(X, X.but(name="secret", encrypted=True)))
    m = onecopy.load_training_matrix(path, columns="numeric")
    assert m.X[:, 0].tolist() == ROWS
    assert m.report.skipped == [("secret", "encrypted")]
    with pytest.raises(onecopy.UnsupportedTypeError, match=r'\(encrypted\).*exclude=\["secret"\]'):
        onecopy.load_training_matrix(path)


def test_types_may_differ_between_files(folder: Path) -> None:
    """Each file is cast from what it holds, never by way of a common type."""
    wide = 2**60 + 2**36 + 1
    write(pa.table({"a": pa.array([wide, None], pa.int64()), "b": [1, 2]}), folder / "1.parquet")
    write(pa.table({"b": [0.5], "a": pa.array([True])}), folder / "2.parquet")
    write(pa.table({"a": [Decimal("0.5")], "b": pa.nulls(1)}), folder / "3.parquet")
    m = onecopy.load_training_matrix(folder, fill=-1)
    assert bits(m.X[:1, 0])[0] == 0x5D800001
    assert m.X[1:, 0].tolist() == [-1, 1, 0.5]
    assert m.X[:, 1].tolist() == [1, 2, 0.5, -1]


def test_extra_columns_do_not_matter_to_a_list(folder: Path) -> None:
    write(pa.table({"a": [1], "x": ["x"]}), folder / "1.parquet")
    write(pa.table({"y": [[1]], "a": [2]}), folder / "2.parquet")
    assert onecopy.load_training_matrix(folder, columns=["a"]).X.tolist() == [[1], [2]]
