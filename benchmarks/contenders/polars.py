"""Polars: with its own expressions, in one piece and streaming, and by way of pandas.

`to_numpy(order="c")` was faster here than `numpy.ascontiguousarray` of the other order.
"""

import numpy as np
import polars as pl

from contenders import Job


def native(job: Job) -> np.ndarray:
    """Read and clean with expressions, each step over all columns at once."""
    frame = pl.read_parquet(job.path, columns=job.features).cast(pl.Float32)
    frame = frame.select(pl.when(pl.all().is_finite()).then(pl.all()))
    frame = frame.select(pl.all().fill_null(pl.all().median()))
    return frame.to_numpy(order="c")


def streaming(job: Job) -> np.ndarray:
    """Clean the same way, lazily, on the streaming engine."""
    values = pl.all().cast(pl.Float32)
    frame = (
        pl.scan_parquet(job.path)
        .select(job.features)
        .select(pl.when(values.is_finite()).then(values))
        .select(pl.all().fill_null(pl.all().median()))
        .collect(engine="streaming")
    )
    return frame.to_numpy(order="c")


def over_pandas(job: Job) -> np.ndarray:
    """Read with Polars, clean with pandas; the cast comes first, so that pandas gets less."""
    frame = pl.read_parquet(job.path, columns=job.features).cast(pl.Float32).to_pandas()
    frame = frame.replace([np.inf, -np.inf], np.nan)
    frame = frame.fillna(frame.median())
    return np.ascontiguousarray(frame.to_numpy())


def bare_read(job: Job) -> pl.DataFrame:
    """Read, and do nothing else."""
    return pl.read_parquet(job.path, columns=job.features)
