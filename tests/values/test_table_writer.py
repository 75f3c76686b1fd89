"""What other readers read of a table that was written batch by batch is what went in, and the same
rows make the same bytes however they come.

`ONECOPY_SEED=<seed> pytest tests/values/test_table_writer.py` starts with the
seed that a failure named.
"""

import os
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import onecopy
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.random_tables import NUMBERS, SIMPLE, RandomTable, random_table

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
CHUNKS, EACH = 10, 30


def write(path: Path, batches: Any, **options: Any) -> onecopy.TableWriter:
    with onecopy.TableWriter(path, **options) as writer:
        for batch in batches:
            writer.append(batch)
    return writer


def cut(rng: np.random.Generator, rows: int) -> list[tuple[int, int]]:
    """Where batches begin and end."""
    count = int(rng.choice([1, 2, 5, min(40, rows + 1)]))
    inner = [int(at) for at in rng.integers(0, rows + 1, count - 1)]
    return list(pairwise(sorted([0, rows, *inner])))


def first_of_each_key(table: RandomTable, keys: list[str]) -> list[int]:
    if not keys:
        return list(range(table.rows))
    frame = pd.DataFrame({name: [repr(v) for v in table.cells[name]] for name in keys})
    return np.flatnonzero(~frame.duplicated().to_numpy()).tolist()


def batch_kinds(rng: np.random.Generator, table: pa.Table) -> Iterator[Any]:
    """The same rows as a table, a stream or batches."""
    match int(rng.integers(0, 3)):
        case 0:
            yield table
        case 1:
            yield pa.RecordBatchReader.from_batches(table.schema, table.to_batches(7))
        case _:
            yield from table.to_batches() or [table]


def said(columns: list[list[Any]]) -> str:
    """Values in words in which NaN equals itself."""
    return repr(columns)


def read_by_pyarrow(path: Path, names: list[str]) -> list[list[Any]]:
    read = partial(pq.read_table, path, page_checksum_verification=True)
    return [read(columns=[name])[name].to_pylist() for name in names]


def read_by_polars(path: Path, names: list[str]) -> list[list[Any]]:
    paths = sorted(path.iterdir()) if path.is_dir() else [path]
    return [pl.read_parquet(paths, columns=[name])[name].to_list() for name in names]


def read_by_duckdb(path: Path, names: list[str]) -> list[list[Any]]:
    source = f"{path}/*.parquet" if path.is_dir() else str(path)
    listed = ", ".join(f'"{name}"' for name in names)
    query = f"select {listed} from read_parquet('{source}')"
    rows = duckdb.sql(query).fetchall()
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]


def check_readers(path: Path, expected: RandomTable) -> None:
    names = list(expected.types)
    whole = [expected.arrow()[name].to_pylist() for name in names]
    assert said(read_by_pyarrow(path, names)) == said(whole)
    simple = [name for name in names if expected.types[name] in SIMPLE]
    if simple:
        own = said([whole[names.index(name)] for name in simple])
        read = read_by_polars if expected.rows % 2 else read_by_duckdb
        assert said(read(path, simple)) == own
    numbers = [name for name in names if expected.types[name] in NUMBERS]
    if numbers and expected.rows:
        m = onecopy.load_training_matrix(path, columns=numbers, dtype="float64", fill=None)
        own = np.array([whole[names.index(name)] for name in numbers], dtype=np.float64).T
        assert np.array_equal(m.X, own, equal_nan=True)


def case(rng: np.random.Generator, folder: Path) -> None:
    sizes, shares = [0, 1, 40, 99, 300, 1500, 4000], [0.05, 0.1, 0.4, 0.2, 0.15, 0.07, 0.03]
    rows = int(rng.choice(sizes, p=shares))
    table = random_table(rng, rows, int(rng.integers(0, 3)))
    keys = [name for name in table.types if name.startswith("k")]
    options: dict[str, Any] = {
        "schema": table.arrow().schema,
        "unique_on": keys or None,
        "compression": [None, "zstd", "snappy", "lz4", "gzip"][int(rng.integers(0, 5))],
        "row_group_bytes": int(rng.choice([2_000, 100_000, 1 << 26])),
    }
    if rng.random() < 0.3:
        options["rows_per_file"] = int(rng.integers(20, 1100))
    expected = table.take(first_of_each_key(table, keys))
    one, many = folder / "one.parquet", folder / "many.parquet"
    written = write(one, [table.arrow()], **options)
    assert (written.rows, written.duplicates) == (expected.rows, rows - expected.rows)
    check_readers(one, expected)
    parts = [table.retyped(rng, start, end) for start, end in cut(rng, rows)]
    write(many, [own for part in parts for own in batch_kinds(rng, part)], **options)
    assert contents(many) == contents(one)


def contents(path: Path) -> list[bytes]:
    paths = sorted(path.iterdir()) if path.is_dir() else [path]
    return [own.read_bytes() for own in paths]


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_read_is_what_went_in(tmp_path: Path, chunk: int) -> None:
    for number in range(EACH):
        seed = FIRST_SEED + chunk * EACH + number
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            case(np.random.default_rng(seed), folder)
        except Exception as error:
            error.add_note(f"ONECOPY_SEED={seed}")
            raise


def test_large_rows_are_cut_by_their_bytes_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lengths = rng.choice([10, 30_000, 3_000_000], 300, p=[0.5, 0.48, 0.02])
    texts = pa.array(["x" * int(length) for length in lengths])
    lists = pa.array([[at] * int(at % 5) for at in range(300)])
    table = pa.table({"t": texts, "l": lists})
    write(tmp_path / "one.parquet", [table])
    write(tmp_path / "rows.parquet", [table.slice(at, 1) for at in range(300)])
    write(tmp_path / "some.parquet", [table.slice(at, 77) for at in range(0, 300, 77)])
    assert pq.read_table(tmp_path / "one.parquet").equals(table)
    assert contents(tmp_path / "one.parquet") == contents(tmp_path / "rows.parquet")
    assert contents(tmp_path / "one.parquet") == contents(tmp_path / "some.parquet")


def test_row_groups_are_closed_by_bytes_and_pruned_by_filters(tmp_path: Path) -> None:
    rows = 200_000
    table = pa.table({"n": np.arange(rows), "x": np.random.default_rng(1).random(rows)})
    path = tmp_path / "t.parquet"
    write(path, [table], row_group_bytes=1 << 20, compression=None)
    meta = pq.read_metadata(path)
    sizes = [meta.row_group(at).total_byte_size for at in range(meta.num_row_groups)]
    assert len(sizes) > 2
    assert all(0.8 < size / (1 << 20) < 1.5 for size in sizes[:-1]), sizes
    column = meta.row_group(0).column(0)
    assert column.has_column_index
    assert column.has_offset_index
    plan = onecopy.plan(path, filters=[("n", "<", 1000)])
    assert plan.shape == (1000, 2)
    assert onecopy.load_training_matrix(path, filters=[("n", "<", 1000)]).X.shape == (1000, 2)
    assert plan.row_groups_skipped == len(sizes) - 1


def test_row_groups_are_closed_by_the_memory_that_they_take(tmp_path: Path) -> None:
    # Numbers that are all different take more memory in dictionaries than bytes in the file.
    rng = np.random.default_rng(2)
    table = pa.table({f"c{at}": rng.integers(0, 1 << 60, 20_000) for at in range(100)})
    path = tmp_path / "t.parquet"
    write(path, [table], memory_limit="64MiB", compression=None)
    meta = pq.read_metadata(path)
    sizes = [meta.row_group(at).total_byte_size for at in range(meta.num_row_groups)]
    assert max(sizes) < 12 << 20, sizes


def test_keys_are_equal_whatever_their_types(tmp_path: Path) -> None:
    batches = [
        {"id": np.array([1, 2], "i1"), "t": ["a", "b"]},
        {"t": ["a", "c", "a"], "id": np.array([1, 1, 2], "u2")},
        pa.table({"id": pa.array([2, None, None]), "t": pa.array(["b", "b", "b"])}),
        pl.DataFrame({"t": ["c", "d"], "id": [1, 1]}, schema_overrides={"t": pl.Categorical}),
    ]
    path = tmp_path / "t.parquet"
    writer = write(path, batches, unique_on=["id", "t"])
    found = pq.read_table(path).to_pylist()
    assert [(row["id"], row["t"]) for row in found] == [
        *((1, "a"), (2, "b"), (1, "c"), (2, "a"), (None, "b"), (1, "d")),
    ]
    assert (writer.rows, writer.duplicates) == (6, 4)
