"""A matrix as NumPy sees it: `numpy.asarray` of it is its `X`."""

from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.preprocessing import StandardScaler


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3], "label": [0, 1, 0]}), file)
    return file


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_a_matrix_is_its_own(path: Path, order: Any) -> None:
    m = onecopy.load_training_matrix(path, exclude="label", order=order)
    assert np.asarray(m) is m.X
    assert np.asanyarray(m) is m.X
    assert np.asarray(m, np.float32) is m.X
    copy = np.array(m)
    assert not np.shares_memory(copy, m.X)
    assert copy.flags.f_contiguous == m.X.flags.f_contiguous
    assert np.array_equal(copy, m.X)
    wide = np.asarray(m, dtype="float64")
    assert (wide.dtype, wide.tolist()) == (np.float64, m.X.tolist())


def test_the_array_protocol_copies_as_told(path: Path) -> None:
    m = onecopy.load_training_matrix(path)
    assert m.__array__() is m.X
    assert m.__array__(copy=False) is m.X
    assert m.__array__("float32", copy=False) is m.X
    assert not np.shares_memory(m.__array__(copy=True), m.X)
    with pytest.raises(ValueError, match="copy"):
        m.__array__(np.float64, copy=False)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        assert np.asarray(m, copy=False) is m.X
        with pytest.raises(ValueError, match="copy"):
            np.asarray(m, np.float64, copy=False)


def test_an_array_of_a_file_is_mapped(path: Path, tmp_path: Path) -> None:
    m = onecopy.load_training_matrix(path, out=tmp_path / "train.npy")
    assert isinstance(m.X, np.memmap)
    assert np.asanyarray(m) is m.X
    assert np.shares_memory(np.asarray(m), m.X)


def test_functions_and_estimators_take_a_matrix(path: Path) -> None:
    m = onecopy.load_training_matrix(path, target="label")
    assert np.mean(m, axis=0).tolist() == [3, 2]
    assert np.add(m, 1).tolist() == (m.X + 1).tolist()
    fitted = StandardScaler().fit(m)
    assert fitted.mean_.tolist() == [3, 2]
