"""Lists of numbers and leaves of structs: each bit as pyarrow and NumPy give it."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support import nested_tables, oracle

CASES = 1000
BATCHES = 20
pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")


def seed() -> int:
    return int(os.environ.get("ONECOPY_SEED", "22"))


def problem(rng: np.random.Generator, path: Path) -> list[str]:
    """What one random file shows that pyarrow and NumPy do not say."""
    rows = int(rng.choice([1, 2, 5, 30, 200], p=[0.1, 0.2, 0.3, 0.3, 0.1]))
    table = nested_tables.draw(rng, rows)
    nested_tables.write(rng, table, path)
    options: dict[str, Any] = {
        "dtype": str(rng.choice(["float32", "float64", "float16"], p=[0.6, 0.3, 0.1])),
        "inf": str(rng.choice(["missing", "keep"])),
        "overflow": str(rng.choice(["missing", "clip"])),
    }
    fills: list[Any] = [None, "median", "mean", -1.5]
    fill = fills[int(rng.integers(0, 4))]
    order = str(rng.choice(["C", "F"]))
    read = nested_tables.flat(table)
    matrix = onecopy.load_training_matrix(
        path, fill=fill, order=order, threads=int(rng.integers(1, 3)), **options
    )
    dtype = np.dtype(options["dtype"])
    columns = {
        name: oracle.clean(
            [column], dtype, oracle.RULES, fill, inf=options["inf"], overflow=options["overflow"]
        )
        for name, column in read.items()
    }
    if matrix.feature_names != list(columns):
        return [f"{matrix.feature_names} are not {list(columns)}"]
    expected = oracle.Expected(dtype, columns)
    found = oracle.differences(expected, matrix.X)
    # The same rows from memory, behind others of their batch.
    behind = pa.concat_tables([table.slice(0, 1), table]).combine_chunks().slice(1)
    in_memory = onecopy.load_training_matrix(behind, fill=fill, order=order, **options)
    if not np.array_equal(oracle.bits(in_memory.X), oracle.bits(matrix.X)):
        found.append("the table in memory gives another matrix")
    if repr(in_memory.report.columns) != repr(matrix.report.columns):
        found.append("the table in memory gives another report")
    return found + oracle.report_differences(expected, matrix.report.columns)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_files(batch: int, tmp_path: Path) -> None:
    for case in range(CASES // BATCHES):
        number = seed() * 1_000_000 + batch * 1000 + case
        found = problem(np.random.default_rng(number), tmp_path / "a.parquet")
        assert found == [], f"case {number}"
