"""What a load reads of its files: their bytes once, near enough."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import CorruptFileError, load_training_matrix

ROWS = 120_000
# Headers are looked for in more than they take.
MORE = 1.08


def columns() -> dict[str, pa.Array]:
    """Make plain values, with nulls and without, and values from large and small dictionaries."""
    random = np.random.default_rng(0)
    made = {}
    for at in range(5):
        missing = random.random(ROWS) < 0.1 * (1 + at)
        made[f"single_{at}"] = pa.array(random.random(ROWS, dtype=np.float32))
        made[f"double_{at}"] = pa.array(random.standard_normal(ROWS), mask=missing)
        made[f"count_{at}"] = pa.array(random.integers(0, 20_000, ROWS, dtype=np.int32))
        made[f"level_{at}"] = pa.array(random.integers(0, 9, ROWS), mask=missing)
    return made


@pytest.mark.parametrize("codec", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("summed", [False, True])
def test_a_file_is_read_once(tmp_path: Path, codec: str, version: str, *, summed: bool) -> None:
    path = tmp_path / "features.parquet"
    layout = {"data_page_version": version, "write_page_checksum": summed}
    pq.write_table(pa.table(columns()), path, compression=codec, **layout)
    loaded = load_training_matrix(path, threads=2)
    assert loaded.report.bytes_read < MORE * path.stat().st_size


def test_columns_that_are_left_out_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    pq.write_table(pa.table(columns()), path, compression="none")
    row_group = pq.ParquetFile(path).metadata.row_group(0)
    chunks = [row_group.column(at) for at in range(row_group.num_columns)]
    chosen = [chunk.path_in_schema for chunk in chunks if "single" in chunk.path_in_schema]
    stored = sum(c.total_compressed_size for c in chunks if c.path_in_schema in chosen)
    loaded = load_training_matrix(path, columns=chosen, threads=1)
    assert loaded.report.bytes_read < MORE * stored


def test_a_bit_anywhere_in_a_page_of_many_tiles_is_noticed(tmp_path: Path) -> None:
    path, columns = tmp_path / "features.parquet", 6
    values = np.random.default_rng(0).random((columns, ROWS))
    table = pa.table({f"x{at}": pa.array(column) for at, column in enumerate(values)})
    layout = {"data_page_size": 1 << 26, "max_rows_per_page": ROWS, "use_dictionary": False}
    pq.write_table(table, path, compression="none", write_page_checksum=True, **layout)
    np.testing.assert_array_equal(
        load_training_matrix(path, dtype="float64", threads=2).X, values.T
    )
    whole = path.read_bytes()
    row_group = pq.ParquetFile(path).metadata.row_group(0)
    for at in range(columns):
        chunk = row_group.column(at)
        end = chunk.data_page_offset + chunk.total_compressed_size
        for place in (end - 8 * ROWS, end - 5 * ROWS, end - 1):
            damaged = bytearray(whole)
            damaged[place] ^= 1
            path.write_bytes(damaged)
            with pytest.raises(CorruptFileError, match=f"`x{at}`.*checksum"):
                load_training_matrix(path, threads=2)
