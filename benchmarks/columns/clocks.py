"""Timestamps to hours since an origin, as one float64 matrix."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from columns.case import Case

ROWS = 5_000_000
COLUMNS = 4
HOUR = 3_600_000_000
NULLS = 0.01
ORIGIN = "2020-01-01"


def timestamps(folder: Path, scale: float) -> Case:
    """Microseconds, some of them null."""
    rows = int(ROWS * scale)
    path = folder / f"times-{rows}.parquet"
    if not path.exists():
        _write(path, rows)
    contenders = {
        "onecopy": lambda: _ours(path),
        "pandas": lambda: _pandas(path),
        "polars": lambda: _polars(path),
        "pyarrow and NumPy": lambda: _pyarrow(path),
    }
    return Case(f"{rows:,} rows of {COLUMNS} timestamps", contenders)


def _write(path: Path, rows: int) -> None:
    import pyarrow as pa  # noqa: PLC0415 (each contender imports its own)
    import pyarrow.parquet as pq  # noqa: PLC0415

    rng = np.random.default_rng(22)
    table = {}
    for column in range(COLUMNS):
        micros = rng.integers(1_500_000_000_000_000, 1_700_000_000_000_000, rows)
        micros = pa.array(micros, mask=rng.random(rows) < NULLS)
        table[f"t{column}"] = micros.cast(pa.timestamp("us"))
    pq.write_table(pa.table(table), path, use_dictionary=False, compression="snappy")


def _ours(path: Path) -> NDArray[Any]:
    from onecopy import load_training_matrix  # noqa: PLC0415

    return load_training_matrix(path, datetimes=("h", ORIGIN), dtype="float64", fill=None).X


def _hours(since: NDArray[Any]) -> NDArray[Any]:
    """Divide microseconds since the origin once; NaT stays missing."""
    hours = since.astype(np.int64) / HOUR
    hours[np.isnat(since)] = np.nan
    return hours


def _pandas(path: Path) -> NDArray[Any]:
    import pandas as pd  # noqa: PLC0415

    frame = pd.read_parquet(path)
    origin = np.datetime64(ORIGIN, "us")
    return np.stack([_hours(frame[name].to_numpy() - origin) for name in frame], axis=1)


def _polars(path: Path) -> NDArray[Any]:
    import polars as pl  # noqa: PLC0415

    micros = int(np.datetime64(ORIGIN, "us").astype(np.int64))
    since = (pl.all().cast(pl.Int64) - micros) / HOUR
    return pl.read_parquet(path).select(since).to_numpy(order="c")


def _pyarrow(path: Path) -> NDArray[Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    origin = np.datetime64(ORIGIN, "us")
    columns = pq.read_table(path).columns
    return np.stack([_hours(column.to_numpy() - origin) for column in columns], axis=1)
