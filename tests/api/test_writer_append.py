"""A finished set goes on: ``mode="a"``. Readers see the old rows or all the new ones."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest

ROLES: dict[str, Any] = {
    "target": "y",
    "weight": "w",
    "group": "g",
    "passthrough": ["t", "n", "d"],
    "categories": ["c"],
}


def table(first: int, rows: int, *, nulls: bool = True) -> pa.Table:
    at = np.arange(first, first + rows)
    gaps = at % 5 == 0 if nulls else np.zeros(rows, bool)
    return pa.table(
        {
            "a": pa.array(at / 3, mask=at % 4 == 0),
            "c": pa.array(np.array(["u", "v", "w"])[at % 3]),
            "y": pa.array(np.array(["no", "yes"])[at % 2]),
            "w": at * 0.5,
            "g": pa.array(np.array(["g1", "g2"])[at // 50 % 2]),
            "t": pa.array([f"text {n % 13}" for n in at], mask=gaps),
            "n": pa.array(at.astype(np.int32), mask=gaps),
            "d": pa.array(at.astype("M8[D]")),
        }
    )


def append(path: Path, *batches: pa.Table, **options: Any) -> onecopy.MatrixWriter:
    with onecopy.MatrixWriter(path, mode="a", **options) as writer:
        for batch in batches:
            writer.append(batch)
    return writer


@pytest.mark.parametrize("first_nulls", [False, True])
def test_rows_come_behind_those_that_are_there(tmp_path: Path, first_nulls: bool) -> None:
    path = tmp_path / "train.npy"
    begun = onecopy.load_training_matrix(table(0, 300, nulls=first_nulls), out=path, **ROLES)
    held = begun.X[:].copy()
    writer = append(path, table(300, 100, nulls=False), table(400, 77))
    found = onecopy.TrainingMatrix.open(path)
    parts = [table(0, 300, nulls=first_nulls), table(300, 100, nulls=False), table(400, 77)]
    whole = pa.concat_tables(parts)
    expected = onecopy.load_training_matrix(
        whole, recipe=begun, **{k: v for k, v in ROLES.items() if k != "categories"}
    )
    assert writer.rows == len(found) == 477
    assert found.X.tobytes() == expected.X.tobytes()
    assert (found.y.tobytes(), found.weight.tobytes()) == (
        expected.y.tobytes(),
        expected.weight.tobytes(),
    )
    assert found.group.tobytes() == expected.group.tobytes()
    for name in ("t", "n", "d"):
        assert found.passthrough[name].tolist() == expected.passthrough[name].tolist(), name
    assert found.recipe == begun.recipe
    assert found.report.rows == 477
    assert found.report.source_rows == 477
    assert found.report.columns["a"].nulls == 120
    # Who has the old rows open keeps them.
    assert np.array_equal(begun.X, held)
    assert len(begun) == 300


def test_nothing_appended_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "train.npy"
    onecopy.load_training_matrix(table(0, 10), out=path, **ROLES)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    assert append(path).rows == 10
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    with pytest.raises(onecopy.ColumnNotFoundError):
        append(path, pa.table({"a": [1.0]}))
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_cannot_go_on_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train.npy"
    with pytest.raises(FileNotFoundError):
        onecopy.MatrixWriter(path, mode="a")
    small = pa.table({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    onecopy.load_training_matrix(small, out=path, order="F")
    with pytest.raises(ValueError, match='order "F"'):
        onecopy.MatrixWriter(path, mode="a")
    onecopy.load_training_matrix(small, out=path, overwrite=True, split={"one": 0.5, "two": 0.5})
    with pytest.raises(ValueError, match="has parts, one, two"):
        onecopy.MatrixWriter(path, mode="a")
    onecopy.load_training_matrix(small, out=path, overwrite=True)
    with pytest.raises(ValueError, match="unique_on: the keys"):
        onecopy.MatrixWriter(path, mode="a", unique_on="a")
    with pytest.raises(ValueError, match="recipe: the set has its own"):
        onecopy.MatrixWriter(path, mode="a", recipe=onecopy.TrainingMatrix.open(path))
    with pytest.raises(ValueError, match="other arrays"):
        append(path, small.append_column("y", pa.array([1, 2])), target="y")


def test_two_who_append_do_not_lose_each_others_rows(tmp_path: Path) -> None:
    path = tmp_path / "train.npy"
    onecopy.load_training_matrix(table(0, 10), out=path, **ROLES)
    one = onecopy.MatrixWriter(path, mode="a")
    append(path, table(10, 5))
    one.append(table(20, 5))
    with pytest.raises(onecopy.InputChangedError):
        one.close()
    assert len(onecopy.TrainingMatrix.open(path)) == 15


READER = """
import sys, onecopy
path, seen = sys.argv[1], set()
for _ in range(int(sys.argv[2])):
    m = onecopy.TrainingMatrix.open(path)
    rows = len(m)
    assert rows % 100 == 0 and len(m.y) == len(m.passthrough["t"]) == rows
    assert m.weight[-1] == (rows - 1) * 0.5, rows
    seen.add(rows)
print(len(seen))
"""


def test_readers_see_old_rows_or_all_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "train.npy"
    onecopy.load_training_matrix(table(0, 100), out=path, **ROLES)
    command = [sys.executable, "-c", READER, str(path), "1000"]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    rows = 100
    while any(reader.poll() is None for reader in readers):
        append(path, table(rows, 60), table(rows + 60, 40))
        rows += 100
    seen = [int(reader.communicate()[0]) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * 4
    assert max(seen) > 1
