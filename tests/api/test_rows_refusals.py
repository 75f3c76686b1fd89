"""Choices of rows that are refused: what is wrong, where, and what to do instead."""

from pathlib import Path
from typing import Any

import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import write

NAN = float("nan")
COLUMNS = {
    "n": list(range(10)),
    "price": [float(n) for n in range(10)],
    "city": list("abcdefghij"),
    "day": pa.array(range(19_700, 19_710), pa.date32()),
    "holes": [0, 1, None, 3, None, 5, 6, 7, 8, None],
    "nans": [0.0, NAN, 2.0, None, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
}


@pytest.fixture
def path(folder: Path) -> Path:
    return write(pa.table(COLUMNS), folder / "in.parquet")


def refused(path: Path, match: str, error: type[Exception] = ValueError, **options: Any) -> None:
    """Both a load and a plan say so."""
    for call in (onecopy.load_training_matrix, onecopy.plan):
        with pytest.raises(error, match=match):
            call(path, columns=["n"], **options)


def test_an_operator_that_is_none(path: Path) -> None:
    refused(path, r"filters.*not in.*~", filters=[("n", "~", 1)])
    refused(path, r"filters.*is", filters=[("n", "is", 1)])


@pytest.mark.parametrize("filters", [("n", ">", 1), [("n", ">")], ["n > 1"], [[("n",)]], 3])
def test_filters_of_another_form(path: Path, filters: Any) -> None:
    refused(path, "filters", error=(TypeError, ValueError), filters=filters)


@pytest.mark.parametrize(
    ("option", "options"),
    [
        ("filters", {"filters": [("prise", ">", 1)]}),
        ("unique_on", {"unique_on": ["prise"]}),
        ("sort_by", {"sort_by": "prise"}),
        ("split_by", {"split": {"a": 0.5, "b": 0.5}, "split_by": "prise"}),
        ("split", {"split": {"a": [("prise", "<", 1)], "b": [("n", ">", 5)]}}),
    ],
)
def test_a_column_nearly_named(path: Path, option: str, options: dict[str, Any]) -> None:
    with pytest.raises(onecopy.ColumnNotFoundError, match=r"did you mean.*price") as caught:
        onecopy.load_training_matrix(path, columns=["n"], **options)
    assert option in str(caught.value)
    assert (caught.value.column, caught.value.suggestion) == ("prise", "price")


@pytest.mark.parametrize(
    "condition",
    [
        ("n", ">", "three"),
        ("city", "==", 3),
        ("city", "in", ["a", 3]),
        ("day", ">=", 3),
        ("day", ">=", "yesterday"),
    ],
)
def test_a_constant_of_another_kind(path: Path, condition: tuple[str, str, Any]) -> None:
    refused(path, condition[0], error=(TypeError, ValueError), filters=[condition])


def test_more_rows_than_there_are(path: Path) -> None:
    refused(path, r"sample.*11.*10", sample=11)
    refused(path, r"sample.*4.*3", sample=4, filters=[("n", "<", 3)])


@pytest.mark.parametrize("sample", [1.5, -0.1, -1, True, NAN])
def test_a_sample_that_is_none(path: Path, sample: Any) -> None:
    refused(path, "sample", error=(TypeError, ValueError), sample=sample)


@pytest.mark.parametrize(
    "split",
    [{"a": 0.8, "b": 0.3}, {"a": -0.1, "b": 0.5}, {"a": NAN}, {}, {"a": "half"}, [0.8, 0.2]],
)
def test_shares_that_are_none(path: Path, split: Any) -> None:
    refused(path, "split", error=(TypeError, ValueError), split=split)


def test_cut_points_that_do_not_ascend(path: Path) -> None:
    for cuts in ({"a": None, "b": 5, "c": 3}, {"a": None, "b": 5, "c": 5}, {"a": 3, "b": None}):
        refused(path, "split", split=cuts, split_by="n")


def test_cut_points_of_another_kind(path: Path) -> None:
    cuts = {"a": None, "b": 5}
    refused(path, "day", error=(TypeError, ValueError), split=cuts, split_by="day")


@pytest.mark.parametrize(
    ("named", "options"),
    [
        ("split_by", {"split_by": "n"}),
        ("split_gap", {"split_gap": 1}),
        ("split_gap", {"split": {"a": 0.5, "b": 0.5}, "split_gap": 1}),
        ("split_by", {"split": {"a": None, "b": 5}}),
        ("split_by", {"split": {"a": [("n", "<", 5)]}, "split_by": "n"}),
        ("keep", {"keep": "last"}),
        ("keep", {"unique_on": "n", "keep": "any"}),
        ("shuffle", {"sort_by": "n", "shuffle": True}),
        ("seed", {"sample": 0.5, "seed": -1}),
        ("seed", {"sample": 0.5, "seed": 2**64}),
    ],
)
def test_options_that_do_not_fit(path: Path, named: str, options: dict[str, Any]) -> None:
    refused(path, named, **options)


def test_a_row_in_two_parts(path: Path) -> None:
    both = {"train": [("n", "<", 6)], "test": [("n", ">", 3)]}
    refused(path, r"\b2\b", split=both)
    with pytest.raises(ValueError, match=r"train.*test"):
        onecopy.load_training_matrix(path, split=both, columns=["n"])


@pytest.mark.parametrize(("by", "count"), [("holes", 3), ("nans", 2)])
def test_holes_in_what_rows_are_split_by(path: Path, by: str, count: int) -> None:
    cuts = {"train": None, "test": 5}
    refused(path, rf"{by}.*\b{count}\b|\b{count}\b.*{by}", split=cuts, split_by=by)
    present = {"split": cuts, "split_by": by, "filters": [(by, ">=", 0)]}
    m = onecopy.load_training_matrix(path, columns=["n"], **present)
    assert len(m.X) == 10 - count


def test_holes_in_the_key_of_groups_that_stay_together(path: Path) -> None:
    shares = {"train": 0.5, "test": 0.5}
    refused(path, r"holes.*\b3\b|\b3\b.*holes", split=shares, split_by="holes")
