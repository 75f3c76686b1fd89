"""Every page of a table has the checksum of its bytes, by which readers see a bit that flipped."""

import zlib
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import onecopy
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.page_headers import DATA_ONE, DICTIONARY, PageThere, pages

CODECS = [None, "zstd", "snappy", "lz4", "gzip"]
ROWS = 60_000


def rows(count: int = ROWS) -> pa.Table:
    """Few texts, many texts, numbers, lists, structs and nothing but nulls."""
    rng = np.random.default_rng(24)
    at = np.arange(count)
    lists = [None if row % 11 == 0 else list(range(row % 5)) for row in range(count)]
    return pa.table(
        {
            "n": at,
            "x": rng.normal(size=count),
            "few": pa.array([None if row % 9 == 0 else f"é{row % 20}" for row in range(count)]),
            "many": pa.array([f"the text of row {row}" for row in range(count)]),
            "list": pa.array(lists, pa.list_(pa.int32())),
            "struct": pa.array([{"p": row % 7, "q": None} for row in range(count)]),
            "null": pa.nulls(count, pa.float32()),
        }
    )


def write(path: Path, *batches: pa.Table, **options: Any) -> Path:
    with onecopy.TableWriter(path, **options) as writer:
        for batch in batches:
            writer.append(batch)
    return path


def flipped(path: Path, page: PageThere) -> Path:
    """A copy of a file, with one bit near the end of a page turned."""
    data = bytearray(path.read_bytes())
    assert page.end - page.body > 8
    data[page.end - 8] ^= 1
    other = path.with_name("flipped.parquet")
    other.write_bytes(data)
    return other


@pytest.mark.parametrize("codec", CODECS)
def test_every_page_has_the_checksum_of_its_bytes(tmp_path: Path, codec: str | None) -> None:
    table = rows()
    options: dict[str, Any] = {"compression": codec, "row_group_bytes": 700_000}
    path = write(tmp_path / "t.parquet", table, **options)
    data, found = path.read_bytes(), pages(path)
    assert pq.read_metadata(path).num_row_groups > 2
    assert {page.kind for page in found} == {DATA_ONE, DICTIONARY}
    dictionaries = {page.column.split(".")[0] for page in found if page.kind == DICTIONARY}
    assert {"few", "many", "n", "list", "struct"} <= dictionaries
    for page in found:
        assert page.checksum == zlib.crc32(data[page.body : page.end]), page
    assert pq.read_table(path, page_checksum_verification=True).equals(table)
    assert pl.read_parquet(path).equals(pl.from_arrow(table))
    assert duckdb.read_parquet(str(path)).to_arrow_table().to_pylist() == table.to_pylist()
    numbers = onecopy.load_training_matrix(path, columns=["n", "x"], dtype="float64").X
    assert np.array_equal(numbers, np.c_[table["n"], table["x"]])


def test_the_same_rows_make_the_same_file(tmp_path: Path) -> None:
    table = rows(20_000)
    one = write(tmp_path / "one.parquet", table, row_group_bytes=200_000)
    parts = [table.slice(at, 777) for at in range(0, table.num_rows, 777)]
    many = write(tmp_path / "many.parquet", *parts, row_group_bytes=200_000)
    assert one.read_bytes() == many.read_bytes()


def test_filters_find_the_pages_that_have_their_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", rows())
    assert pq.read_metadata(path).num_row_groups == 1
    assert sum(page.column == "n" and page.kind == DATA_ONE for page in pages(path)) > 2
    for low in (0, 20_000, 41_000, ROWS - 5):
        filters = [("n", ">=", low), ("n", "<", low + 5)]
        columns = ["n", "struct.p"]
        m = onecopy.load_training_matrix(path, columns=columns, filters=filters, dtype="float64")
        expected = [[row, row % 7] for row in range(low, low + 5)]
        assert m.X.tolist() == expected
        assert pl.scan_parquet(path).filter(pl.col("n").is_between(low, low + 4)).select(
            pl.col("n"), pl.col("struct").struct.field("p")
        ).collect().rows() == [tuple(row) for row in expected]


@pytest.mark.parametrize("codec", [None, "zstd"])
@pytest.mark.parametrize(("column", "kind"), [("x", DATA_ONE), ("n", DICTIONARY)])
def test_a_bit_that_flips_is_seen(
    tmp_path: Path, codec: str | None, column: str, kind: int
) -> None:
    path = write(tmp_path / "t.parquet", rows().select(["n", "x"]), compression=codec)
    page = next(page for page in pages(path) if (page.column, page.kind) == (column, kind))
    damaged = flipped(path, page)
    with pytest.raises(onecopy.CorruptFileError, match="checksum of a page"):
        onecopy.load_training_matrix(damaged, columns=[column])
    with pytest.raises(OSError, match="CRC checksum verification failed"):
        pq.read_table(damaged, columns=[column], page_checksum_verification=True)
    with (
        pytest.raises(onecopy.CorruptFileError, match="CRC"),
        onecopy.TableWriter(tmp_path / "again.parquet") as writer,
    ):
        writer.append(damaged)
    if codec is None:
        # Nothing else could see it.
        assert pq.read_table(damaged, columns=[column]).num_rows == ROWS
