"""Inputs that change while they are read: the answer is that of one state of the file, or an error,
and never a mixture and never a signal.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.scale import scaled

ROWS, COLUMNS = 60_000, 24
HONEST = (onecopy.InputChangedError, onecopy.CorruptFileError, FileNotFoundError)


def table(version: int) -> pa.Table:
    """A table whose every value tells its version."""
    columns = {f"c{at}": np.arange(ROWS) % 1000 + 2000.0 * version for at in range(COLUMNS)}
    return pa.table({"k": np.arange(ROWS)} | columns)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Two files of one length: nothing but the values differs."""
    folder = tmp_path_factory.mktemp("versions")
    contents = []
    for version in range(2):
        path = folder / f"{version}.parquet"
        layout = {"compression": "none", "use_dictionary": False, "row_group_size": ROWS // 8}
        pq.write_table(table(version), path, data_page_size=1 << 14, **layout)
        contents.append(path.read_bytes())
    assert len(contents[0]) == len(contents[1])
    return contents


def truncate(path: Path, content: bytes) -> None:
    os.truncate(path, random.Random(len(content)).randrange(len(content)))


def overwrite(path: Path, content: bytes) -> None:
    """Write over the file where it lies, piece by piece, as a careless writer does."""
    with path.open("r+b", buffering=0) as file:
        for start in range(0, len(content), 1 << 18):
            file.write(content[start : start + (1 << 18)])


def replace(path: Path, content: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(content)
    other.replace(path)


def remove(path: Path, _: bytes) -> None:
    path.unlink()


def version_of(X: np.ndarray) -> int:  # noqa: N803
    """The version of a matrix whose columns are all of one; a mixture fails."""
    found = {version for version in range(2) if np.array_equal(X, expected(version))}
    assert found, "a mixture was loaded"
    return found.pop()


def expected(version: int) -> np.ndarray:
    column = np.arange(ROWS, dtype=np.float32) % 1000 + np.float32(2000 * version)
    return np.repeat(column[:, None], COLUMNS, axis=1)


def plain(path: Path, _: Path) -> np.ndarray:
    return onecopy.load_training_matrix(path, exclude=["k"], threads=2).X


def to_file(path: Path, folder: Path) -> np.ndarray:
    out = folder / "X.npy"
    try:
        matrix = onecopy.load_training_matrix(
            path, exclude=["k"], threads=2, out=out, overwrite=True
        )
    except HONEST:
        assert [left.name for left in folder.iterdir() if ".partial" in left.name] == []
        raise
    return np.array(matrix.X)


def joined(path: Path, folder: Path) -> np.ndarray:
    """The file that changes is a table; its rows come in the order of the source."""
    source = folder / "source.parquet"
    if not source.exists():
        pq.write_table(pa.table({"k": np.arange(ROWS)}), source)
    return onecopy.load_training_matrix(source, join=[path], on="k", threads=2).X


def joined_to(path: Path, folder: Path) -> np.ndarray:
    """The file that changes is the source that a table is joined to."""
    keys = folder / "keys.parquet"
    if not keys.exists():
        pq.write_table(pa.table({"k": np.arange(ROWS)[::-1], "z": np.zeros(ROWS)}), keys)
    X = onecopy.load_training_matrix(path, join=[keys], on="k", threads=2).X  # noqa: N806
    assert (X[:, -1] == 0).all()
    return X[:, :-1]


@pytest.mark.parametrize("change", [truncate, overwrite, replace, remove])
@pytest.mark.parametrize("load", [plain, to_file, joined, joined_to])
def test_a_change_at_a_random_moment(
    versions: list[bytes],
    tmp_path: Path,
    load: Callable[[Path, Path], np.ndarray],
    change: Callable[[Path, bytes], None],
) -> None:
    path = tmp_path / "in.parquet"
    path.write_bytes(versions[0])
    load(path, tmp_path)
    began = time.monotonic()
    load(path, tmp_path)
    whole = time.monotonic() - began
    moments, met = random.Random(3), Counter()
    count = scaled(12, 200)
    for _ in range(count):
        path.write_bytes(versions[0])
        delay = moments.uniform(0, 1.1 * whole)
        thread = threading.Timer(delay, change, (path, versions[1]))
        thread.start()
        try:
            met[f"version {version_of(load(path, tmp_path))}"] += 1
        except HONEST as error:
            met[type(error).__name__] += 1
        finally:
            thread.join()
    print(f"{count} times {change.__name__} within {whole * 1000:.0f} ms: {dict(met)}")
