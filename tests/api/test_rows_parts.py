"""Parts of a matrix by shares, whole groups, cut points and filters: one plain example of each."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
from support.parquet_files import write
from support.rows_oracle import permutation

TEN = {"n": list(range(10))}
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(10)]


def load(folder: Path, table: dict[str, Any], /, **options: Any) -> Any:
    path = write(pa.table(table), folder / "in.parquet")
    return onecopy.load_training_matrix(path, **options)


def numbers(m: Any) -> list[float]:
    """The first feature."""
    return m.X[:, 0].tolist()


def test_shares_of_the_rows(folder: Path) -> None:
    shares = {"train": 0.8, "valid": 0.1, "test": 0.1}
    m = load(folder, {"n": list(range(100)), "y": list(range(100))}, target="y", split=shares)
    assert list(m.parts) == ["train", "valid", "test"]
    assert [len(part.X) for part in m.parts.values()] == [80, 10, 10]
    assert "parts 'train' 80, 'valid' 10, 'test' 10" in repr(m)
    places = permutation(100, 0, 2)
    assert numbers(m.parts["train"]) == [row for row in range(100) if places[row] < 80]
    assert sorted(numbers(m)) == list(range(100))
    assert m.y.tolist() == numbers(m)


def test_a_part_is_a_matrix_of_views(folder: Path) -> None:
    columns = {"a": [1.0, None, 3.0, 9.0], "y": [0, 1, 0, 1], "w": [1.0] * 4, "g": [1, 1, 2, 2]}
    roles = {"target": "y", "weight": "w", "group": "g"}
    m = load(folder, columns, split={"train": [("g", "=", 1)], "test": [("g", "=", 2)]}, **roles)
    test = m.parts["test"]
    assert isinstance(test, onecopy.TrainingMatrix)
    assert (test.X.tolist(), test.y.tolist(), test.group.tolist()) == ([[3], [9]], [0, 1], [2, 2])
    for own, whole in ((test.X, m.X), (test.y, m.y), (test.weight, m.weight)):
        assert np.shares_memory(own, whole)
    assert test.feature_names == m.feature_names == ["a"]


def test_fills_are_fitted_on_the_first_part_alone(folder: Path) -> None:
    columns = {"n": [0, 1, 2, 3, 4], "x": [1.0, None, 3.0, 100.0, None]}
    cuts = {"train": None, "test": 3}
    m = load(folder, columns, split=cuts, split_by="n", fill="mean")
    assert m.parts["train"].X[:, 1].tolist() == [1, 2, 3]
    assert m.parts["test"].X[:, 1].tolist() == [100, 2]
    assert m.recipe.fill["x"] == m.report.columns["x"].fill_value == 2
    again = load(folder, columns, recipe=m.recipe, filters=[("n", ">=", 3)])
    assert again.X[:, 1].tolist() == [100, 2]


def test_shares_that_are_less_than_one_leave_rows_out(folder: Path) -> None:
    m = load(folder, TEN, split={"train": 0.5, "test": 0.2})
    assert [len(part.X) for part in m.parts.values()] == [5, 2]
    assert m.X.shape == (7, 1)


def test_whole_groups_go_to_one_part(folder: Path) -> None:
    """By the key alone, so it stays where it is when other rows come."""
    user = np.random.default_rng(0).integers(0, 2000, 10_000)
    how = {"split": {"train": 0.7, "test": 0.3}, "split_by": "user"}
    m = load(folder, {"user": user}, **how)
    parts = [set(numbers(part)) for part in m.parts.values()]
    assert len(m.X) == 10_000
    assert parts[0].isdisjoint(parts[1])
    # Five standard deviations of 2,000 draws.
    assert abs(len(parts[0]) / len(parts[0] | parts[1]) - 0.7) < 0.052
    other = load(folder, {"user": pa.array(range(1999, -1, -1), pa.int16())}, **how)
    assert parts[0] <= set(numbers(other.parts["train"]))
    assert parts[1] <= set(numbers(other.parts["test"]))
    reseeded = load(folder, {"user": user}, **how, seed=1)
    assert set(numbers(reseeded.parts["train"])) != parts[0]


def test_each_part_from_its_point_on(folder: Path) -> None:
    columns = {**TEN, "day": pa.array(DAYS, pa.date32())}
    cuts = {"train": None, "valid": date(2024, 1, 6), "test": date(2024, 1, 9)}
    how = {"columns": ["n"], "split": cuts, "split_by": "day"}
    m = load(folder, columns, **how)
    assert [numbers(part) for part in m.parts.values()] == [[0, 1, 2, 3, 4], [5, 6, 7], [8, 9]]
    near = load(folder, columns, **how, split_gap=timedelta(days=2))
    assert [numbers(part) for part in near.parts.values()] == [[0, 1, 2, 3], [5, 6], [8, 9]]


def test_parts_by_filters(folder: Path) -> None:
    parts = {"train": [("n", "<", 3)], "test": [[("n", "=", 5)], [("n", ">", 8)]]}
    m = load(folder, TEN, split=parts)
    assert [numbers(part) for part in m.parts.values()] == [[0, 1, 2], [5, 9]]


def test_a_file_knows_its_parts(folder: Path, tmp_path: Path) -> None:
    m = load(folder, TEN, split={"train": 0.8, "test": 0.2}, out=tmp_path / "m.npy")
    again = onecopy.TrainingMatrix.open(tmp_path / "m.npy")
    assert list(again.parts) == ["train", "test"]
    for name, part in again.parts.items():
        assert numbers(part) == numbers(m.parts[name])
        assert np.shares_memory(part.X, again.X)
