"""Filters that skip row groups and pages keep the rows that a look at every value keeps."""

import operator
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.paths import CORPUS

OPERATORS = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WHOLE = 2**53
COLUMNS = 4
LAYOUTS = {
    "statistics": {"write_statistics": True},
    "none": {"write_statistics": False},
    "page indexes": {"write_page_index": True, "data_page_size": 500},
    "small row groups": {"row_group_size": 50},
}


def values(path: Path, name: str, **options: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", onecopy.EmptyColumnWarning)
        options |= {"dtype": "float64", "fill": None, "inf": "keep"}
        return onecopy.load_training_matrix(path, columns=[name], **options).X[:, 0]


def constants(column: np.ndarray) -> list[float]:
    """Values that occur, in the middle and at the ends, and some that do not."""
    present = np.sort(column[np.isfinite(column)])
    if len(present) == 0:
        return [0.0]
    occur = [present[0], present[len(present) // 3], present[len(present) // 2], present[-1]]
    return [*occur, present[0] - 1, present[-1] + 1]


def check(path: Path, name: str, column: np.ndarray) -> None:
    for constant in constants(column):
        for word, compare in OPERATORS.items():
            found = values(path, name, filters=[(name, word, float(constant))])
            kept = column[compare(column, constant)]
            assert found.tobytes() == kept.tobytes(), (path, name, word, constant)


def numbers(path: Path) -> list[tuple[str, np.ndarray]]:
    """Columns of numbers that a `float64` holds exactly, as far as the file is read at all."""
    try:
        facts = onecopy.inspect(path)
    except (onecopy.OnecopyError, OSError):
        return []
    found = []
    for info in facts.columns:
        name = info.name
        if not info.taken or not info.type.startswith(("int", "uint", "float", "double")):
            continue
        try:
            column = values(path, name)
        except (onecopy.OnecopyError, OSError):
            continue
        if not (np.abs(column[np.isfinite(column)]) > WHOLE).any():
            found.append((name, column))
    return found[:COLUMNS]


def test_files_that_nobody_here_wrote() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of public files lies not beside this checkout")
    checked = 0
    for path in sorted(CORPUS.rglob("*.parquet")):
        if path.stat().st_size > 1 << 20:
            continue
        for name, column in numbers(path):
            check(path, name, column)
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(folder: Path, layout: str) -> None:
    rng = np.random.default_rng(0)
    rows = 1000
    columns = {
        "sorted": np.arange(rows),
        "shuffled": rng.permutation(rows).astype(np.float32),
        "special": rng.choice([1.0, -0.0, 0.0, np.nan, np.inf, -np.inf, 7.5], rows),
        "constant": np.full(rows, 3.0),
        "nan": np.where(np.arange(rows) < 500, np.nan, 1.0),
    }
    path = folder / "in.parquet"
    pq.write_table(pa.table(columns), path, **{"row_group_size": 200} | LAYOUTS[layout])
    for name, column in columns.items():
        check(path, name, column.astype(np.float64))
