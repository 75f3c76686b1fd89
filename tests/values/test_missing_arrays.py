"""DuckDB writes an array that is null as a null for each of its items, which pyarrow refuses."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")


def drawn(rng: np.random.Generator, rows: int, width: int, missing: float) -> list[Any]:
    """Lists of one length, some of them null, some of their items too."""
    values = rng.normal(size=(rows, width)).astype(np.float32)
    gone = rng.random((rows, width)) < missing / 2
    lists = [
        [None if g else float(v) for v, g in zip(*row, strict=True)]
        for row in zip(values, gone, strict=True)
    ]
    return [None if rng.random() < missing else row for row in lists]


def expected(lists: list[Any], width: int) -> np.ndarray:
    rows = [[np.nan] * width if row is None else row for row in lists]
    return np.array(rows, np.float32).reshape(-1, width)


@pytest.mark.parametrize("version", ["V1", "V2"])
@pytest.mark.parametrize("width", [1, 2, 7, 64, 100])
def test_arrays_that_are_null(version: str, width: int, tmp_path: Path) -> None:
    path = tmp_path / "arrays.parquet"
    for case in range(6):
        rng = np.random.default_rng([case, width])
        rows = int(rng.choice([1, 30, 5000]))
        lists = drawn(rng, rows, width, missing=[0.0, 0.1, 0.9, 1.0][case % 4])
        if case == 5:
            lists[rows // 3 :] = [None] * len(lists[rows // 3 :])
        table = pa.table(
            {"v": pa.array(lists, pa.list_(pa.float32(), width)), "place": range(rows)}
        )
        connection = duckdb.connect()
        connection.register("t", table)
        connection.execute(
            f"COPY (SELECT v::FLOAT[{width}] AS v, place FROM t) TO '{path}' "
            f"(FORMAT parquet, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"
        )
        written = pq.read_metadata(path).row_group(0).column(0).num_values
        assert written == width * min(rows, pq.read_metadata(path).row_group(0).num_rows)
        wanted = expected(lists, width)
        if not np.isfinite(wanted).any():
            continue
        m = onecopy.load_training_matrix(path, columns=["v"], fill=None)
        assert m.X.tobytes() == wanted.tobytes()
        late = onecopy.load_training_matrix(
            path, columns=["v"], fill=None, filters=[("place", ">=", rows // 2)]
        )
        assert late.X.tobytes() == wanted[rows // 2 :].tobytes()
