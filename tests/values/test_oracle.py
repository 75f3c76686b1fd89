"""The oracle agrees with hand-computed values, and each of its rules can be seen in the data."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import oracle
from support.oracle import RULES, Rules
from support.parquet_files import directed_columns, draw_data_set, write

OPTIONS = [
    {"dtype": dtype, "inf": inf, "fill": fill, "overflow": overflow}
    for dtype, inf, fill, overflow in product(
        ["float16", "float32", "float64"],
        ["missing", "keep"],
        ["median", "mean", -1.5, None],
        ["raise", "missing", "clip"],
    )
]


def by_reciprocal(value: Decimal) -> float:
    scale = -int(value.as_tuple().exponent)
    return float(int(value.scaleb(scale))) * 10.0**-scale


def truncated(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    nearest = values.astype(dtype)
    away = np.abs(nearest.astype(np.float64)) > np.abs(values.astype(np.float64))
    return np.where(away & np.isfinite(nearest), np.nextafter(nearest, dtype.type(0)), nearest)


def flushed(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    cast = values.astype(dtype)
    return np.where(np.abs(cast) < np.finfo(dtype).tiny, dtype.type(0), cast)


WRONG: dict[str, Rules] = {
    "infinities: the two options swapped": replace(
        RULES, inf_is_missing={"missing": False, "keep": True}
    ),
    "overflow taken for an infinity": replace(
        RULES, overflowed=lambda source, _: np.zeros(len(source), bool)
    ),
    "overflow counted among the infinities": replace(
        RULES, overflowed=lambda _, cast: np.isinf(cast)
    ),
    "clip to infinity": replace(RULES, clip=lambda cast, _: cast),
    "clip without the sign": replace(
        RULES, clip=lambda cast, dtype: np.full_like(cast, np.finfo(dtype).max)
    ),
    "median before the cast": replace(RULES, fit_on=lambda sources, _: np.concatenate(sources)),
    "lower median": replace(RULES, median=lambda v: float(np.sort(v)[(len(v) - 1) // 2])),
    "upper median": replace(RULES, median=lambda v: float(np.sort(v)[len(v) // 2])),
    "median averaged in the dtype": replace(RULES, median=lambda v: float(np.median(v))),
    "mean in the dtype": replace(
        RULES, mean=lambda v: float(np.sum(v, dtype=v.dtype) / v.dtype.type(len(v)))
    ),
    "nulls as zero": replace(RULES, null_is_missing=False),
    "NaN not missing": replace(RULES, nan_is_missing=False),
    "empty columns filled with NaN": replace(RULES, empty=float("nan")),
    "f64 to f16 through f32": replace(
        RULES, cast=lambda v, dtype: v.astype(np.float32).astype(dtype)
    ),
    "integers through f64": replace(
        RULES, cast=lambda v, dtype: v.astype(np.float64).astype(dtype)
    ),
    "decimals by the reciprocal": replace(RULES, decimal=by_reciprocal),
    "decimals through f32": replace(RULES, decimal=lambda d: float(np.float32(d))),
    "cast towards zero": replace(RULES, cast=truncated),
    "subnormals flushed": replace(RULES, cast=flushed),
    "sign of zero lost": replace(RULES, cast=lambda v, dtype: v.astype(dtype) + dtype.type(0)),
}


@pytest.fixture(scope="module")
def directed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One file for each directed column, so that one overflow does not hide the others."""
    folder = tmp_path_factory.mktemp("directed")
    return [
        write(pa.table({name: array}), folder / f"{name}.parquet")
        for name, array in directed_columns().items()
    ]


def outcomes(paths: list[Path], rules: Rules) -> Iterator[tuple[dict[str, Any], Any]]:
    for path, options in product(paths, OPTIONS):
        try:
            yield options, oracle.load([path], [path.stem], rules=rules, **options)
        except oracle.Overflow as error:
            yield options, error.args[0]


def differ(right: Any, wrong: Any) -> bool:
    if isinstance(right, dict) or isinstance(wrong, dict):
        return right != wrong
    return bool(oracle.differences(right, wrong.X))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_noticed(directed: list[Path], name: str) -> None:
    pairs = zip(outcomes(directed, RULES), outcomes(directed, WRONG[name]), strict=True)
    assert any(differ(right, wrong) for (_, right), (_, wrong) in pairs)


def test_the_right_rules_agree_with_themselves(directed: list[Path]) -> None:
    pairs = zip(outcomes(directed, RULES), outcomes(directed, RULES), strict=True)
    assert not any(differ(right, again) for (_, right), (_, again) in pairs)


def load_one(folder: Path, array: pa.Array, **options: Any) -> oracle.Column:
    path = write(pa.table({"a": array}), folder / "one.parquet")
    return oracle.load([path], ["a"], **options).columns["a"]


@pytest.mark.parametrize(
    ("array", "dtype", "want"),
    [
        (pa.array([1 + 2.0**-11 + 2.0**-40]), "float16", 0x3C01),
        (pa.array([2**60 + 2**36 + 1]), "float32", 0x5D800001),
        (pa.array([9007199791611905]), "float32", 0x5A000001),
        (pa.array([65519.99]), "float16", 0x7BFF),
        (pa.array([5e-324]), "float64", 1),
        (pa.array([1e-45]), "float32", 1),
        (pa.array([-0.0]), "float16", 0x8000),
        (pa.array([True]), "float32", 0x3F800000),
        (pa.array([2**64 - 1], pa.uint64()), "float64", 0x43F0000000000000),
        (pa.array([Decimal("0.3")], pa.decimal128(5, 1)), "float64", 0x3FD3333333333333),
    ],
)
def test_casts_by_hand(folder: Path, array: pa.Array, dtype: str, want: int) -> None:
    assert oracle.bits(load_one(folder, array, dtype=dtype).values)[0] == want


@pytest.mark.parametrize(
    ("values", "dtype", "fill", "want"),
    [
        ([1.0, 2.0, 10.0, None], "float32", "median", 2.0),
        ([1.0, 2.0, 10.0, 20.0, None], "float32", "median", 6.0),
        ([3e38, 3e38, None], "float32", "median", float(np.float32(3e38))),
        ([60000.0, 60000.0, None], "float16", "median", 60000.0),
        ([1.0, 1 + 2.0**-23, None], "float32", "median", 1.0),
        ([None, None], "float32", "median", 0.0),
        ([None, None], "float32", -7.0, -7.0),
        ([1.0, 2.0, None], "float64", "mean", 1.5),
    ],
)
def test_fills_by_hand(folder: Path, values: list, dtype: str, fill: Any, want: float) -> None:
    column = load_one(folder, pa.array(values, pa.float64()), dtype=dtype, fill=fill)
    assert column.values[-1] == want == column.fill_value


def test_no_fill_is_the_canonical_nan(folder: Path) -> None:
    for dtype, want in {"float16": 0x7E00, "float32": 0x7FC00000, "float64": 0x7FF8 << 48}.items():
        payload = np.array([0xFFF8000000000123], np.uint64).view(np.float64)
        column = load_one(folder, pa.array(payload), dtype=dtype, fill=None)
        assert oracle.bits(column.values)[0] == want


def test_the_mean_is_the_exact_one() -> None:
    values = np.random.default_rng(1).normal(0, 1e10, 5000)
    exact = float(sum(map(Fraction, values.tolist())) / 5000)
    assert oracle.nearly(exact, oracle.mean(values))


def test_the_generator_writes_what_pyarrow_reads(tmp_path: Path) -> None:
    """Every kind of column comes up, and every data set can be loaded by the oracle."""
    kinds, files = set(), 0
    for seed in range(150):
        folder = tmp_path / str(seed)
        folder.mkdir()
        data = draw_data_set(np.random.default_rng(seed), folder)
        expected = oracle.load(data.paths, data.features, overflow="missing")
        assert expected.X.shape == (data.rows, len(data.features))
        kinds |= {str(field.type) for path in data.paths for field in pq.read_schema(path)}
        files += len(data.paths)
    assert files > 200
    assert {"bool", "null", "halffloat", "uint64", "decimal256(76, 3)", "string"} <= kinds
