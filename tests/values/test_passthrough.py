"""Random columns passed through, row by row what pyarrow reads, whatever chooses the rows.

Each load has the number of the row as a feature, so no oracle of rows is needed here: the row of
`X` names the row of the files that the passed values must come from.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.parquet_files import chance, one_of
from support.row_options import draw_choice
from support.row_tables import RowSet, draw_row_set
from support.scale import scaled

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
SETS = scaled(40, 600)
LOADS = 4
KINDS = ["filters", "unique_on", "sample", "shares", "cuts", "sort_by", "shuffle", "everything"]
FACTORS = {"D": 86_400 * 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")

Rng = np.random.Generator


def own_dtype(kind: pa.DataType) -> np.dtype[Any] | None:
    """What the values of an Arrow type are in NumPy; none for the null type."""
    if pa.types.is_null(kind):
        return None
    if pa.types.is_decimal(kind):
        return np.dtype("float64")
    if pa.types.is_date(kind):
        return np.dtype("M8[D]")
    if pa.types.is_timestamp(kind):
        return np.dtype(f"M8[{kind.unit}]")
    if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind) or pa.types.is_string(kind):
        return np.dtype(object)
    return np.dtype(kind.to_pandas_dtype())


def common_dtype(kinds: list[pa.DataType]) -> np.dtype[Any]:
    found = [dtype for dtype in map(own_dtype, kinds) if dtype is not None]
    return np.result_type(*found) if found else np.dtype("float64")


def plain(array: pa.ChunkedArray, dtype: np.dtype[Any]) -> list[Any]:
    """The values of a file, as `tolist` of an array of this dtype gives them; None for a null."""
    kind = array.type
    if dtype.kind == "M":
        unit = "D" if pa.types.is_date(kind) else getattr(kind, "unit", "ns")
        factor = FACTORS[unit] // FACTORS[np.datetime_data(dtype)[0]]
        width = pa.int32() if unit == "D" else pa.int64()
        numbers = [None] * len(array) if pa.types.is_null(kind) else array.cast(width).to_pylist()
        return [None if n is None else n * factor for n in numbers]
    values = array.to_pylist()
    if dtype.kind == "f":
        return [None if value is None else dtype.type(float(value)).item() for value in values]
    return values


def found_list(array: np.ndarray) -> list[Any]:
    if array.dtype.kind == "M":
        least = np.iinfo("int64").min
        return [None if n == least else n for n in array.astype("int64").tolist()]
    values = array.tolist()
    if array.dtype.kind == "f":
        return [None if value != value else value for value in values]  # noqa: PLR0124 (NaN)
    return values


def without_nan(values: list[Any]) -> list[Any]:
    return [None if value != value else value for value in values]  # noqa: PLR0124 (NaN)


def ends_in_zero(texts: Any) -> bool:
    """Whether a text is one that NumPy would shorten in a file."""
    return any(text is not None and text.endswith("\0") for text in texts)


def check(rng: Rng, data: RowSet, stored: list[pa.Table], folder: Path) -> None:
    columns = [*data.keys, "f0", "f1", "w", "g", "k"]
    names = [columns[at] for at in rng.permutation(len(columns))][: int(rng.integers(1, 6))]
    options = draw_choice(rng, data, one_of(rng, KINDS)) | {
        "columns": ["i"],
        "dtype": "float64",
        "passthrough": names,
        "threads": one_of(rng, [1, 2, None]),
        "order": one_of(rng, ["C", "F"]),
    }
    if chance(rng, 0.2):
        options |= {"join": data.tables, "on": "k", "duplicates": "first"}
    out = folder / "out.npy" if chance(rng, 0.4) else None
    try:
        m = onecopy.load_training_matrix(data.paths, **options)
        if out is not None and not ends_in_zero(m.passthrough.get("text", [])):
            m = onecopy.load_training_matrix(data.paths, out=out, overwrite=True, **options)
    except ValueError as error:
        # Rows in two parts or without one, and too few for a sample: for the tests of rows.
        if str(error).startswith(("split", "sample")):
            return
        raise
    rows = m.X[:, 0].astype(int)
    assert list(m.passthrough) == names
    for name in names:
        dtype = common_dtype([file[name].type for file in stored])
        values = [value for file in stored for value in plain(file[name], dtype)]
        expected = [values[row] for row in rows]
        found = m.passthrough[name]
        if dtype.kind in "biu":
            has_mask = None in expected
            assert isinstance(found, np.ma.MaskedArray) == has_mask, name
        if dtype.kind != "O" or m.path is None:
            assert found.dtype == dtype, name
        assert found_list(found) == without_nan(expected), (name, options)
        start = 0
        for part in m.parts.values():
            end = start + len(part)
            assert found_list(part.passthrough[name]) == found_list(found[start:end])
            start = end


def test_random_columns_are_what_pyarrow_reads(tmp_path: Path) -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + SETS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rng = np.random.default_rng([seed, 77])
        data = draw_row_set(rng, folder)
        stored = [pq.ParquetFile(path).read() for path in data.paths]
        for _ in range(LOADS):
            try:
                check(rng, data, stored, folder)
            except Exception as error:
                error.add_note(f"seed {seed}, {data.rows} rows")
                raise
        shutil.rmtree(folder)
