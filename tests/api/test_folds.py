"""Rows, splits and folds of a matrix: views, and two ranges of a file as one array."""

import gc
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import _mapped
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, TimeSeriesSplit

ROWS = 6_000
ROLES = {"target": "y", "weight": "w", "group": "g", "passthrough": ["id", "at"]}


def table(rows: int = ROWS, features: int = 16, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"f{at}": rng.normal(size=rows) for at in range(features)}
    columns["y"] = (columns["f0"] + rng.normal(size=rows) > 0).astype(np.int64)
    columns["w"] = rng.random(rows)
    columns["g"] = np.sort(rng.integers(0, max(rows // 7, 1), rows))
    columns["id"] = pa.array([None if at % 5 == 3 else at for at in range(rows)])
    columns["at"] = np.arange(rows).astype("datetime64[us]")
    return pa.table(columns)


def load(folder: Path, content: pa.Table | None = None, **options: Any) -> onecopy.TrainingMatrix:
    path = folder / "in.parquet"
    pq.write_table(table() if content is None else content, path)
    return onecopy.load_training_matrix(path, **(ROLES | options))


@pytest.fixture
def filed(tmp_path: Path) -> onecopy.TrainingMatrix:
    return load(tmp_path, out=tmp_path / "train.npy")


def same(left: Any, right: Any) -> bool:
    masks = np.array_equal(np.ma.getmaskarray(left), np.ma.getmaskarray(right))
    return (
        masks
        and left.dtype == right.dtype
        and np.ma.getdata(left).tobytes() == np.ma.getdata(right).tobytes()
    )


def arrays(m: onecopy.TrainingMatrix) -> dict[str, Any]:
    named = {"X": m.X, "y": m.y, "weight": m.weight, "group": m.group}
    return named | {f"passed {name}": array for name, array in m.passthrough.items()}


def assert_rows(m: onecopy.TrainingMatrix, whole: onecopy.TrainingMatrix, rows: Any) -> None:
    """A matrix holds rows of another one, in all its arrays."""
    for name, array in arrays(whole).items():
        if array is not None:
            assert same(arrays(m)[name], array[rows]), name


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("in_file", [True, False])
def test_rows_are_views(tmp_path: Path, order: str, in_file: bool) -> None:
    m = load(tmp_path, order=order, out=tmp_path / "train.npy" if in_file else None)
    for start, stop in ((0, 10), (5, 5), (17, None), (-20, -3), (10, 3), (5990, 9999)):
        view = m.rows(start, stop)
        assert_rows(view, m, slice(start, stop))
        assert not len(view) or np.shares_memory(view.X, m.X)
        assert (view.recipe, view.report, view.path) == (m.recipe, m.report, m.path)
    assert_rows(m.rows(100, 200).rows(10, 20), m, slice(110, 120))


def test_a_split_keeps_groups_together(filed: onecopy.TrainingMatrix) -> None:
    train, valid, test = filed.split(0.5, 0.25, 0.25)
    assert len(train) + len(valid) + len(test) == ROWS
    assert_rows(train, filed, slice(0, len(train)))
    assert not set(train.group) & set(valid.group)
    assert not set(valid.group) & set(test.group)
    assert abs(len(train) - ROWS / 2) < 60
    assert [len(part) for part in filed.split(0.5, 0.25, 0.25, keep=None)] == [3000, 1500, 1500]


@pytest.mark.parametrize("shares", [(1.0,), (), (0.5, 0.6), (1.5, -0.5), (0.5, 0.4)])
def test_shares_must_sum_to_one(filed: onecopy.TrainingMatrix, shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="expected two or more shares that sum to 1"):
        filed.split(*shares)


def test_no_part_of_a_split_is_empty(filed: onecopy.TrainingMatrix) -> None:
    with pytest.raises(ValueError, match="part would be empty"):
        filed.rows(0, 1).split(0.5, 0.5)
    with pytest.raises(ValueError, match="groups; keep=None may"):
        filed.rows(0, 2).split(0.5, 0.5)


@pytest.mark.parametrize("features", [1, 3, 16, 61, 1024])
@pytest.mark.parametrize("gap", [0, 70])
def test_folds_of_a_file_are_mapped(tmp_path: Path, features: int, gap: int) -> None:
    rows = 900 if features == 1024 else ROWS
    m = load(tmp_path, table(rows, features), out=tmp_path / "train.npy")
    step = _mapped.row_step(4 * features)
    seen = np.zeros(len(m), dtype=int)
    start = 0
    for fold in m.folds(3, gap=gap, keep=None):
        train, valid = fold
        stop = start + len(valid)
        seen[start:stop] += 1
        kept = np.ones(len(m), dtype=bool)
        kept[max(start - gap, 0) : stop + gap] = False
        held = np.flatnonzero(kept)
        assert_rows(valid, m, slice(start, stop))
        # What is left out beside the gap is less than a page of rows on each side.
        assert len(held) - 2 * step < len(train) <= len(held)
        both = np.concatenate([part.X for part in fold.ranges])
        assert both.tobytes() == train.X.tobytes()
        if gap == 0:
            assert_rows(train, m, held)
        assert train.X.flags.c_contiguous
        assert not train.X.flags.writeable
        assert start % step == 0
        start = stop
    assert seen.tolist() == [1] * len(m)


def test_nothing_stays_mapped(filed: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    def mapped() -> int:
        lines = Path("/proc/self/maps").read_text().splitlines()
        return sum(str(tmp_path / "train.npy") in line for line in lines)

    before = mapped()
    most = 0
    for train, _ in filed.folds(4, keep=None):
        most = max(most, mapped())
        del train
    gc.collect()
    assert (mapped(), most > before) == (before, True)


def test_an_array_outlives_its_matrix(filed: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    fold = filed.folds(3, keep=None)[1]
    expected = np.concatenate([part.X for part in fold.ranges])
    column = fold.train.X[:, 2]
    (tmp_path / "train.npy").unlink()
    del fold
    gc.collect()
    assert column.tobytes() == expected[:, 2].tobytes()


def test_models_equal_those_of_index_copies(filed: onecopy.TrainingMatrix) -> None:
    start = 0
    for train, valid in filed.folds(5, keep=None):
        index = np.delete(np.arange(ROWS), np.s_[start : start + len(valid)])
        start += len(valid)
        ours = LogisticRegression(max_iter=20).fit(train.X, train.y)
        theirs = LogisticRegression(max_iter=20).fit(filed.X[index], filed.y[index])
        assert ours.coef_.tobytes() == theirs.coef_.tobytes()


def test_folds_of_folds_and_parts(tmp_path: Path) -> None:
    options = {"split": {"train": 0.7, "valid": 0.3}, "out": tmp_path / "train.npy"}
    m = load(tmp_path, **options)
    part = m.parts["train"]
    for matrix in (part, m.rows(1001), m.folds(3, keep=None)[1].train):
        for fold in matrix.folds(3, keep=None):
            train, valid = fold
            assert len(train) + len(valid) == len(matrix)
            assert train.X.tobytes() == b"".join(part.X.tobytes() for part in fold.ranges)


def test_groups_are_never_cut(tmp_path: Path) -> None:
    m = load(tmp_path, table(1_400, 1024), out=tmp_path / "train.npy", columns=None)
    for train, valid in m.folds(3):
        assert not set(train.group) & set(valid.group)
    few = load(tmp_path, table(ROWS, 15))
    for fold in few.folds(3):
        held = set(fold.valid.group)
        assert all(not held & set(part.group) for part in fold.ranges)


@pytest.mark.parametrize(("k", "gap"), [(2, 0), (4, 0), (5, 13)])
def test_time_goes_forward_as_in_scikit_learn(tmp_path: Path, k: int, gap: int) -> None:
    m = load(tmp_path, table(1003, 3), group=None)
    for kind in ("expanding", "sliding"):
        first = None
        folds = m.folds(k, kind=kind, gap=gap)
        splits = TimeSeriesSplit(k, gap=gap).split(m.X)
        for fold, (train, valid) in zip(folds, splits, strict=True):
            first = first or len(train)
            assert_rows(fold.train, m, train if kind == "expanding" else train[-first:])
            assert_rows(fold.valid, m, valid)
            assert np.shares_memory(fold.train.X, m.X)


def test_folds_are_the_same_in_memory(tmp_path: Path, filed: onecopy.TrainingMatrix) -> None:
    held = load(tmp_path)
    for ours, others in zip(held.folds(4, keep=None), filed.folds(4, keep=None), strict=True):
        assert same(ours.valid.X, others.valid.X)
        for left, right in zip(ours.ranges, others.ranges, strict=True):
            assert_rows(left, right, slice(None))
            assert np.shares_memory(left.X, held.X)


def test_without_pages_rows_are_divided_evenly(tmp_path: Path) -> None:
    m = load(tmp_path, table(103, 3), group=None)
    for fold, (_, valid) in zip(m.folds(5), KFold(5).split(m.X), strict=True):
        assert_rows(fold.valid, m, valid)


def test_two_ranges_in_memory_are_refused_with_advice(tmp_path: Path) -> None:
    held = load(tmp_path)
    with pytest.raises(
        ValueError, match=r'in memory cannot be mapped .* out="train.npy".*lgb'
    ) as e:
        train, valid = held.folds(3)[0]
    assert "fold.ranges" in str(e.value)
    # With two folds each has one range only.
    for train, valid in held.folds(2):
        assert len(train) + len(valid) == ROWS
    with pytest.raises(ValueError, match='order="C"'):
        load(tmp_path, order="F", out=tmp_path / "f.npy").folds(3)[0].train  # noqa: B018
    short = load(tmp_path, table(900), group=None, out=tmp_path / "short.npy")
    with pytest.raises(ValueError, match="the rows are too few"):
        short.folds(20)[3].train  # noqa: B018


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"k": 1}, ValueError, "k: expected at least 2, found 1"),
        ({"k": 2.5}, TypeError, "k: expected a number of folds, found 2.5"),
        ({"k": 7000}, ValueError, "too few for 7000 folds"),
        ({"k": 3, "kind": "random"}, ValueError, 'kind: expected one of "k", "expanding"'),
        ({"k": 3, "gap": -1}, ValueError, "gap: expected at least 0"),
        ({"k": 2, "gap": 9000}, ValueError, "leaves nothing to train on"),
        ({"k": 3, "gap": 3000, "kind": "sliding"}, ValueError, "too few for 3 folds with a gap"),
        ({"k": 3, "keep": "y"}, ValueError, 'keep: expected "group" or None'),
    ],
)
def test_what_folds_refuse(
    filed: onecopy.TrainingMatrix, options: Any, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        filed.folds(**options)


def test_a_file_of_an_earlier_version(filed: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    expected = np.array(filed.X)
    with (tmp_path / "old.npy").open("wb") as file:
        np.lib.format.write_array(file, expected, (1, 0))
    shutil.move(tmp_path / "old.npy", tmp_path / "train.npy")
    old = onecopy.TrainingMatrix.open(tmp_path / "train.npy")
    assert old.X.offset == 128
    assert same(old.X, expected)
    with pytest.raises(ValueError, match=r"earlier version.*write it again"):
        old.folds(3, keep=None)[0].train  # noqa: B018


def test_a_file_that_was_replaced(filed: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    fold = filed.folds(3, keep=None)[1]
    shutil.copy(tmp_path / "train.npy", tmp_path / "copy.npy")
    os.replace(tmp_path / "copy.npy", tmp_path / "train.npy")  # noqa: PTH105
    with pytest.raises(onecopy.InputChangedError, match="another file has taken its place"):
        fold.train  # noqa: B018
    (tmp_path / "train.npy").unlink()
    with pytest.raises(FileNotFoundError):
        fold.train  # noqa: B018
