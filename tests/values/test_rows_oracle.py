"""The oracle of rows agrees with pyarrow, pandas and hand-computed rows; each rule can be seen."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support import oracle, row_matrix, rows_oracle
from support.row_options import CHOICES, draw_choice
from support.row_tables import RowSet, draw_row_set
from support.row_values import Source
from support.rows_oracle import COMPARISONS, RULES, Chosen, Refused, RowRules, choose

NAN, INF = float("nan"), float("inf")
SETS = 40


def rows(columns: dict[str, Any], **options: Any) -> list[int]:
    return choose(Source([pa.table(columns)]), options).rows


def parts(columns: dict[str, Any], **options: Any) -> dict[str, list[int]]:
    return choose(Source([pa.table(columns)]), options).parts


# The permutation


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 16, 17, 64, 65, 100, 255, 256, 257, 1000])
def test_it_is_a_permutation(n: int) -> None:
    for seed in (0, 1, 2**64 - 1):
        assert sorted(rows_oracle.permutation(n, seed, 1)) == list(range(n))


def test_it_is_this_one() -> None:
    """What the documentation says, so that others find the same rows."""
    assert rows_oracle.round_keys(0, 0)[:2] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]
    assert rows_oracle.permutation(10, 0, 1) == [3, 7, 4, 8, 2, 1, 5, 0, 9, 6]
    assert rows_oracle.permutation(10, 7, 3) == [0, 3, 6, 1, 2, 7, 4, 8, 9, 5]


def test_it_is_fair() -> None:
    """Of 400 seeds about as many send each row to each place."""
    counts = np.zeros((20, 20), int)
    for seed in range(400):
        counts[range(20), rows_oracle.permutation(20, seed, 1)] += 1
    expected = 400 / 20
    assert ((counts - expected) ** 2 / expected).sum() < 19 * 19 + 5 * np.sqrt(2 * 19 * 19)


# Filters, duplicates and order against pyarrow and pandas

EXACT = {
    "x": pa.array([1.0, None, NAN, 3.0, -0.0, 0.0, INF, -INF]),
    "n": pa.array([1, None, 2, 3, -4, 0, 5, 3], pa.int32()),
    "s": pa.array(["a", None, "", "b", "a\0", "€", "b", "aa"]),
    "d": pa.array([0, None, 1, 19000, -1, 7, 7, 2], pa.date32()),
}


def expression(name: str, op: str, value: Any) -> pc.Expression:
    column = pc.field(name)
    if op in {"in", "not in"}:
        found = column.isin(pa.array(value, EXACT[name].type))
        return found if op == "in" else ~found
    if op in {"is", "is not"}:
        return column.is_null() if op == "is" else column.is_valid()
    return COMPARISONS[op](column, value)


@pytest.mark.parametrize("name", EXACT)
def test_filters_are_those_of_pyarrow(name: str) -> None:
    """All but -0 and NaN as members, which pyarrow compares by their bits."""
    table = pa.table(EXACT | {"i": range(8)})
    values = [value for value in EXACT[name].to_pylist() if value is not None]
    members = [value for value in values if value not in {0.0, NAN} and value == value]  # noqa: PLR0124
    cases = [(op, value) for op in COMPARISONS for value in values]
    cases += [(op, some) for op in ("in", "not in") for some in ([], [None], members[:2])]
    cases += [("not in", [*members[1:], None]), ("in", [None, *members]), ("is", None)]
    for op, value in [*cases, ("is not", None)]:
        want = table.filter(expression(name, op, value))["i"].to_pylist()
        assert rows(EXACT, filters=[(name, op, value)]) == want, (op, value)


def test_filters_by_hand() -> None:
    """Where pyarrow refuses, rounds, or compares bits: numbers are compared exactly."""
    wide = {"a": pa.array([2**53, 2**53 + 1, None, 2**63 - 1], pa.int64())}
    assert rows(wide, filters=[("a", "==", 2.0**53)]) == [0]
    assert rows(wide, filters=[("a", ">", 2.0**53)]) == [1, 3]
    assert rows(wide, filters=[("a", "<", 2.0**63)]) == [0, 1, 3]
    assert rows(wide, filters=[("a", "in", [2.0**53, 0.5])]) == [0]
    unsigned = {"a": pa.array([0, 2**64 - 1], pa.uint64())}
    assert rows(unsigned, filters=[("a", ">", -1)]) == [0, 1]
    narrow = {"a": pa.array([0.1, 0.5], pa.float32())}
    assert rows(narrow, filters=[("a", "in", [0.1, 0.5])]) == [1]
    zeros = {"a": [0.0, -0.0, NAN, None]}
    assert rows(zeros, filters=[("a", "in", [-0.0])]) == [0, 1]
    assert rows(zeros, filters=[("a", "in", [NAN])]) == [2]
    assert rows(zeros, filters=[("a", "not in", [NAN, 0])]) == [3]
    either = [[("a", "==", 0), ("a", "is not", None)], [("a", "is", None)]]
    assert rows(zeros, filters=either) == [0, 1, 3]


@pytest.mark.parametrize("keep", ["first", "last"])
def test_duplicates_are_those_of_pandas(keep: str) -> None:
    rng = np.random.default_rng(5)
    x = [[1.0, NAN, None, -0.0, 0.0, 2.5][n] for n in rng.integers(6, size=80)]
    columns = {"x": pa.array(x), "s": pa.array(rng.integers(3, size=80).astype(str))}
    # pandas takes NaN for null, so the frame has a column that tells them apart.
    frame = pd.DataFrame({"x": pd.Series(x, dtype=float), "null": [v is None for v in x]})
    frame["s"] = columns["s"].to_pylist()
    want = frame.drop_duplicates(keep=keep).index.tolist()
    assert rows(columns, unique_on=["x", "s"], keep=keep) == want


def test_order_is_that_of_pandas() -> None:
    rng = np.random.default_rng(6)
    x = [[1.0, None, -0.0, 0.0, -INF, INF][n] for n in rng.integers(6, size=80)]
    columns = {"s": pa.array(rng.integers(3, size=80).astype(str)), "x": pa.array(x)}
    frame = pd.DataFrame({name: array.to_pylist() for name, array in columns.items()})
    want = frame.sort_values(["s", "x"], kind="stable", na_position="last").index.tolist()
    assert rows(columns, sort_by=["s", "x"]) == want
    assert rows({"x": [None, NAN, INF, None, 1.0, NAN]}, sort_by="x") == [4, 2, 1, 5, 0, 3]


# Parts by hand


def test_parts_by_hand() -> None:
    ten = {"n": list(range(10))}
    shares = parts(ten, split={"a": 0.25, "b": 0.5, "c": 0.25})
    assert [len(part) for part in shares.values()] == [2, 6, 2]
    assert parts(ten, split={"a": None, "b": 4, "c": 7}, split_by="n", split_gap=2) == {
        "a": [0, 1, 2],
        "b": [4, 5],
        "c": [7, 8, 9],
    }
    assert parts(ten, split={"a": 3, "b": 9}, split_by="n") == {"a": [3, 4, 5, 6, 7, 8], "b": [9]}
    by_filters = {"low": [("n", "<", 2)], "odd": [[("n", "=", 5)], [("n", "=", 7)]]}
    assert parts(ten, split=by_filters) == {"low": [0, 1], "odd": [5, 7]}
    with pytest.raises(Refused, match="2"):
        parts(ten, split={"a": [("n", "<", 5)], "b": [("n", ">", 2)]})
    with pytest.raises(Refused, match="2"):
        parts({"n": [1.0, NAN, None]}, split={"a": None, "b": 1}, split_by="n")


# A rule turned round


def first_half_up(value: float) -> int:
    return int(np.floor(value + 0.5))


def swapped(n: int, seed: int, purpose: int) -> list[int]:
    return rows_oracle.permutation(n, seed, 3 - purpose if purpose < 3 else purpose)


def inverse(n: int, seed: int, purpose: int) -> list[int]:
    return np.argsort(rows_oracle.permutation(n, seed, purpose)).tolist()


def by_bits(value: Any, wanted: list[Any]) -> bool:
    return repr(value) in map(repr, wanted)


def rounded(compare: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    whole = all(isinstance(v, int | float) for v in (value, wanted))
    return compare(float(value), float(wanted)) if whole else compare(value, wanted)


def nulls_first(value: Any) -> Any:
    return (-1, 0) if value is None else rows_oracle.sort_key(value)


WRONG: dict[str, RowRules] = {
    "duplicates dropped before the filters": replace(
        RULES, steps=("unique_on", "filters", "sample")
    ),
    "sampled before duplicates are dropped": replace(
        RULES, steps=("filters", "sample", "unique_on")
    ),
    "sampled before the filters": replace(RULES, steps=("sample", "filters", "unique_on")),
    "> as >=": replace(RULES, compare={**COMPARISONS, ">": COMPARISONS[">="]}),
    "null matches a comparison": replace(RULES, null_matches=True),
    "not in drops nulls": replace(
        RULES, not_member=lambda v, w: v is not None and not rows_oracle.member(v, w)
    ),
    "null is never a member": replace(
        RULES, member=lambda v, w: v is not None and rows_oracle.member(v, w)
    ),
    "members by their bits": replace(RULES, member=by_bits),
    "NaN is null": replace(RULES, is_null=lambda v: v is None or rows_oracle.is_nan(v)),
    "numbers compared as float64": replace(
        RULES, compare={op: partial(rounded, compare) for op, compare in COMPARISONS.items()}
    ),
    "first and last swapped": replace(RULES, first={"first": False, "last": True}),
    "keys by their bits": replace(RULES, unique_key=repr),
    "nulls are NaN": replace(RULES, unique_key=lambda v: None if rows_oracle.is_nan(v) else v),
    "halves rounded up": replace(RULES, round=first_half_up),
    "counts rounded down": replace(RULES, round=int),
    "sample and split by one permutation": replace(RULES, permutation=swapped),
    "the inverse permutation": replace(RULES, permutation=inverse),
    "a sample in drawn order": replace(RULES, in_order=False),
    "a cut point belongs to the part before": replace(RULES, reached=COMPARISONS[">"]),
    "a gap that takes its end along": replace(RULES, near=COMPARISONS["<="]),
    "nulls first": replace(RULES, sort_key=nulls_first),
    "sorted over all parts": replace(RULES, sort_in_parts=False),
    "unstable": replace(RULES, stable=False),
    "shuffled the other way round": replace(RULES, to_place=False),
    "each part shuffled alike": replace(RULES, part_purpose=0),
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[RowSet, dict[str, Any]]]:
    """Data sets and options of each kind."""
    folder, found = tmp_path_factory.mktemp("drawn"), []
    for seed in range(SETS):
        rng = np.random.default_rng(seed)
        data = draw_row_set(rng, folder)
        found += [(data, draw_choice(rng, data, kind)) for kind in CHOICES for _ in range(4)]
    return found


def outcomes(drawn: list[tuple[RowSet, dict[str, Any]]], rules: RowRules) -> Iterator[Any]:
    for data, options in drawn:
        try:
            yield choose(data.source, options, rules, homes=lambda key: str(hash(key) % 3)).parts
        except Refused as error:
            yield str(error)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_noticed(drawn: list[tuple[RowSet, dict[str, Any]]], name: str) -> None:
    pairs = zip(outcomes(drawn, RULES), outcomes(drawn, WRONG[name]), strict=True)
    assert any(right != wrong for right, wrong in pairs)


def test_the_right_rules_agree_with_themselves(drawn: list[tuple[RowSet, dict[str, Any]]]) -> None:
    pairs = zip(outcomes(drawn, RULES), outcomes(drawn, RULES), strict=True)
    assert not any(right != again for right, again in pairs)


def test_a_leak_between_parts_is_noticed() -> None:
    """Fills fitted on all parts differ from those of the first part."""
    pieces = [pa.chunked_array([[1.0, None, 3.0, 100.0]])]
    chosen = Chosen({"train": [0, 1, 2], "test": [3]})
    rules = {"inf": "missing", "overflow": "raise"}
    right = row_matrix.feature(pieces, chosen, "float32", "mean", **rules)
    wrong = row_matrix.feature(pieces, chosen, "float32", "mean", leak=True, **rules)
    assert right.fill_value == 2
    matrices = [oracle.Expected(np.dtype("float32"), {"a": column}) for column in (right, wrong)]
    assert oracle.differences(matrices[0], matrices[1].X) != []


def test_a_wrong_row_is_noticed(tmp_path: Path) -> None:
    """Two rows that changed places are a difference."""
    data = draw_row_set(np.random.default_rng(8), tmp_path)
    chosen = choose(data.source, {"shuffle": True})
    right = row_matrix.matrix(data.files, [], chosen, ["i"], {})
    assert data.rows > 1
    assert oracle.differences(right, right.X) == []
    assert oracle.differences(right, right.X[::-1]) != []


def test_ranges_follow_one_another() -> None:
    ranges = Chosen({"a": [4, 2], "b": [], "c": [1]}).ranges
    assert list(ranges.values()) == [slice(0, 2), slice(2, 2), slice(2, 3)]
    assert all(before.stop == after.start for before, after in pairwise(ranges.values()))
