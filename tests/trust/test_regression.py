"""Two builds take turns at every case at a tiny size; what is slower or differs is reported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench_data import Shape
from contenders import OURS
from harness import Harness
from regression import Sizes, cases, claims, entrant, exceeded, quartiles, take_turns
from results import Section
from revision import Revision
from rounds import alternate

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")

LITTLE = Sizes(rows=2000, demo_rows=2000, cells=114 * 1000, tables=3, table_rows=500, turns=2)


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("before"), Shape(2000, 114), LITTLE.turns) as harness:
        yield harness


@pytest.mark.parametrize("case", cases(LITTLE))
def test_two_builds_take_turns(harness: Harness, case: str) -> None:
    itself = Revision("0", sys.executable, "0")
    row = take_turns(entrant(harness, cases(LITTLE)[case], LITTLE), itself, LITTLE.turns)
    before, after = row["before"]["rounds"], row["after"]["rounds"]
    assert len(before) == len(after) == LITTLE.turns
    assert row["ratio"]["min"] <= row["ratio"]["median"] <= row["ratio"]["max"]


def test_builds_that_differ_in_a_bit_are_refused(harness: Harness) -> None:
    one = harness.entrant(OURS, Shape(1000, 3))
    other = harness.entrant(OURS, Shape(1000, 3), fill=0)
    assert len(alternate([one, one], 1, identical=True)) == 2
    with pytest.raises(RuntimeError, match="results differ"):
        alternate([one, other], 1, identical=True)


def test_a_ratio_above_the_limit_is_named() -> None:
    assert quartiles([1.0, 3.0, 2.0, 5.0, 4.0]) == {
        "median": 3.0, "min": 1.0, "q1": 2.0, "q3": 4.0, "max": 5.0,
    }  # fmt: skip
    sections = [Section("snappy", {}), Section("none", {})]
    for section, ratio in zip(sections, (1.03, 1.02), strict=True):
        row = {"ratio": {"median": ratio}}
        assert claims(row, None) == []
        section.claims = claims(row, 1.02)
    (line,) = exceeded(sections)
    assert line == "snappy: takes 1.030 times as long as before; the limit is 1.02"
