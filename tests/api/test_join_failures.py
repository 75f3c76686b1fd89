"""Joins that fail as a whole: a damaged table, a limit that is too small."""

from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import write


@pytest.mark.parametrize("damage", ["missing", "cut", "page"])
def test_a_damaged_table_leaves_nothing(folder: Path, tmp_path: Path, damage: str) -> None:
    write(pa.table({"k": list(range(500))}), folder / "source.parquet")
    tables = []
    for at in range(5):
        table = pa.table({"k": list(range(500)), f"a{at}": np.arange(500.0)})
        tables.append(write(table, folder / f"table-{at}.parquet", compression="none"))
    bad = tables[3]
    content = bytearray(bad.read_bytes())
    if damage == "missing":
        bad.unlink()
    else:
        content[: 60 if damage == "page" else 0] = b"" if damage == "cut" else b"\xff" * 60
        bad.write_bytes(content[:-9] if damage == "cut" else content)
    error = FileNotFoundError if damage == "missing" else onecopy.CorruptFileError
    with pytest.raises(error) as caught:
        onecopy.load_training_matrix(
            folder / "source.parquet", join=tables, on="k", out=tmp_path / "train.npy"
        )
    assert bad.name in str(caught.value)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_limit_too_small_for_the_keys_is_refused_before_data_is_read(folder: Path) -> None:
    rows = 2_000_000
    write(pa.table({"k": np.arange(rows)}), folder / "source.parquet")
    write(pa.table({"k": np.arange(rows), "a": np.ones(rows)}), folder / "table.parquet")
    arguments = (folder / "source.parquet",)
    options = {"join": folder / "table.parquet", "on": "k", "memory_limit": "48MB"}
    with pytest.raises(onecopy.MemoryLimitError, match="joining 2000000 rows takes") as caught:
        onecopy.plan(*arguments, **options)
    needed = int(str(caught.value).split("memory_limit=")[1].split()[0])
    assert (caught.value.needed, caught.value.limit) == (needed, 48_000_000)
    m = onecopy.load_training_matrix(*arguments, **(options | {"memory_limit": needed}))
    assert m.X.sum() == rows
    assert m.report.tables[0].keys == "equal"
