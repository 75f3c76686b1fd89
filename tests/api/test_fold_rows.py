"""Which rows are in which fold: random sizes, pages, groups and gaps."""

from itertools import pairwise

import numpy as np
import pytest
from onecopy._folds import Boundaries, FoldRows, fold_rows

CASES = 3_000


def random_case(rng: np.random.Generator) -> tuple[Boundaries, int, str, int]:
    rows = int(rng.integers(2, 4_000))
    step = int(rng.choice([1, 2, 16, 64, 1024]))
    starts = None
    if rng.random() < 0.5:
        inner = rng.choice(np.arange(1, rows), min(int(rng.integers(1, 300)), rows - 1), False)
        starts = np.concatenate([[0], np.sort(inner), [rows]])
    kind = str(rng.choice(["k", "expanding", "sliding"]))
    where = Boundaries(rows, step, int(rng.integers(0, 3)) * 7, starts)
    return where, int(rng.integers(2, 9)), kind, int(rng.choice([0, 0, 1, 40]))


def check(where: Boundaries, kind: str, gap: int, folds: list[FoldRows]) -> bool:
    """Check what holds for all folds; whether their ranges meet where pages begin."""
    held = [fold.valid for fold in folds]
    assert all(low < high for low, high in held)
    assert all(one[1] == next_one[0] for one, next_one in pairwise(held))
    assert held[-1][1] == where.rows
    if where.starts is not None:
        assert all(low in where.starts and high in where.starts for low, high in held)
    for train, (low, high) in folds:
        assert all(0 <= start < stop <= where.rows for start, stop in train)
        assert all(stop <= low - gap or start >= high + gap for start, stop in train)
    if kind == "k":
        assert held[0][0] == 0
        return all(is_paged(where, fold) for fold in folds)
    assert all(len(train) == 1 and train[0][1] == valid[0] - gap for train, valid in folds)
    if kind == "expanding":
        assert all(train[0][0] == 0 for train, _ in folds)
    elif where.starts is None:
        assert len({train[0][1] - train[0][0] for train, _ in folds}) == 1
    return False


def is_paged(where: Boundaries, fold: FoldRows) -> bool:
    """Whether ranges meet where pages begin; if so, few rows are lost to that."""
    ends = [stop for _, stop in fold.train[:-1]] + [start for start, _ in fold.train[1:]]
    return all((where.origin + at) % where.step == 0 for at in ends)


def test_random_folds() -> None:
    rng = np.random.default_rng(25)
    made = paged = 0
    for _ in range(CASES):
        where, k, kind, gap = random_case(rng)
        try:
            folds = fold_rows(where, k, kind, gap)
        except ValueError as error:
            assert "too few" in str(error) or "nothing to train on" in str(error)  # noqa: PT017
            continue
        assert len(folds) == k
        made += 1
        paged += check(where, kind, gap, folds)
    assert made > CASES / 2
    assert paged > CASES / 10


def test_a_group_that_moves_a_boundary_into_the_gap() -> None:
    where = Boundaries(100, starts=np.array([0, 5, 70, 80, 100]))
    assert fold_rows(where, 2, "expanding", 4)[0].train == ((0, 1),)
    with pytest.raises(ValueError, match="too few for 2 folds with a gap of 20"):
        fold_rows(where, 2, "expanding", 20)


@pytest.mark.parametrize("gap", [0, 5, 300])
def test_no_row_is_lost_without_need(gap: int) -> None:
    where = Boundaries(100_000, 64)
    for train, (low, high) in fold_rows(where, 7, "k", gap):
        kept = sum(stop - start for start, stop in train)
        lost = where.rows - kept - (high - low)
        assert lost <= 2 * (gap + 63) if gap else lost == 0
