"""A mapped matrix is pickled by its path; one in memory by its values. Opening it to write."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 50_000


def load(folder: Path, **options: Any) -> onecopy.TrainingMatrix:
    rng = np.random.default_rng(1)
    columns = {f"f{at}": rng.normal(size=ROWS) for at in range(8)} | {"y": np.arange(ROWS) % 2}
    pq.write_table(pa.table(columns), folder / "in.parquet")
    return onecopy.load_training_matrix(folder / "in.parquet", target="y", **options)


@pytest.fixture
def filed(tmp_path: Path) -> onecopy.TrainingMatrix:
    split = {"train": 0.8, "valid": 0.2}
    return load(tmp_path, out=tmp_path / "train.npy", split=split)


def again(m: onecopy.TrainingMatrix) -> onecopy.TrainingMatrix:
    content = pickle.dumps(m)
    assert len(content) < 1000
    return pickle.loads(content)


def assert_same(left: onecopy.TrainingMatrix, right: onecopy.TrainingMatrix) -> None:
    assert left.X.tobytes() == right.X.tobytes()
    assert left.y.tobytes() == right.y.tobytes()
    assert (left.report, left.recipe, left.path) == (right.report, right.recipe, right.path)
    assert left.part_rows == right.part_rows


def test_a_mapped_matrix_is_its_path(filed: onecopy.TrainingMatrix) -> None:
    opened = again(filed)
    assert isinstance(opened.X, np.memmap)
    assert_same(opened, filed)


def test_so_are_its_rows(filed: onecopy.TrainingMatrix) -> None:
    fold = filed.folds(3)[1]
    part = filed.parts["valid"]
    views = [filed.rows(5, 500), part, part.rows(3, 77), fold.train, fold.valid, filed.rows(7, 7)]
    for view in views:
        assert_same(again(view), view)
        assert_same(again(again(view)), view)
    assert_same(copy.deepcopy(views[0]), views[0])
    assert_same(copy.copy(views[3]), views[3])


def test_one_in_memory_is_its_values(tmp_path: Path) -> None:
    m = load(tmp_path)
    content = pickle.dumps(m)
    assert len(content) > m.nbytes
    assert_same(pickle.loads(content), m)
    assert_same(pickle.loads(pickle.dumps(m.rows(1, 9))), m.rows(1, 9))


def test_a_matrix_that_was_made_anew_is_another(
    filed: onecopy.TrainingMatrix, tmp_path: Path
) -> None:
    content = pickle.dumps(filed)
    load(tmp_path, out=tmp_path / "train.npy", overwrite=True, sample=0.5)
    with pytest.raises(onecopy.InputChangedError, match="found others in their place") as error:
        pickle.loads(content)
    assert error.value.path == str(tmp_path / "train.npy")


def test_copy_on_write(filed: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    before = (tmp_path / "train.npy").read_bytes()
    m = onecopy.TrainingMatrix.open(tmp_path / "train.npy", mode="c")
    assert m.X.flags.writeable
    assert m.y.flags.writeable
    m.X[3, 2] = 42
    m.rows(0, 5).y[0] = 9
    assert (tmp_path / "train.npy").read_bytes() == before
    assert filed.X[3, 2] != 42
    # What was written is in no file, so it goes with the pickle.
    copied = pickle.loads(pickle.dumps(m))
    assert (copied.X[3, 2], copied.y[0]) == (42, 9)


def test_modes(filed: onecopy.TrainingMatrix, tmp_path: Path) -> None:
    assert not filed.X.flags.writeable
    with pytest.raises(ValueError, match='mode: expected "r" or "c", found \'r\\+\''):
        onecopy.TrainingMatrix.open(tmp_path / "train.npy", mode="r+")
