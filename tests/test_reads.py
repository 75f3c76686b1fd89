"""What a load reads of its files: their bytes once, near enough, though many columns take turns."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import load_training_matrix

ROWS = 120_000
# What is foreseen of a page is a guess, and headers are looked for in more than they take.
MORE = 1.08


def columns() -> dict[str, pa.Array]:
    """Make plain values, with nulls and without, and values from large and small dictionaries."""
    random = np.random.default_rng(0)
    made = {}
    for at in range(5):
        missing = random.random(ROWS) < 0.1
        made[f"single_{at}"] = pa.array(random.random(ROWS, dtype=np.float32))
        made[f"double_{at}"] = pa.array(random.standard_normal(ROWS), mask=missing)
        made[f"count_{at}"] = pa.array(random.integers(0, 20_000, ROWS, dtype=np.int32))
        made[f"level_{at}"] = pa.array(random.integers(0, 9, ROWS), mask=missing)
    return made


@pytest.mark.parametrize("codec", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_is_read_once(tmp_path: Path, codec: str, version: str, threads: int) -> None:
    path = tmp_path / "features.parquet"
    pq.write_table(pa.table(columns()), path, compression=codec, data_page_version=version)
    loaded = load_training_matrix(path, threads=threads)
    assert loaded.report.bytes_read < MORE * path.stat().st_size


def test_columns_that_are_left_out_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    pq.write_table(pa.table(columns()), path, compression="none")
    row_group = pq.ParquetFile(path).metadata.row_group(0)
    chunks = [row_group.column(at) for at in range(row_group.num_columns)]
    chosen = [chunk.path_in_schema for chunk in chunks if "single" in chunk.path_in_schema]
    stored = sum(c.total_compressed_size for c in chunks if c.path_in_schema in chosen)
    loaded = load_training_matrix(path, columns=chosen)
    assert loaded.report.bytes_read < MORE * stored
