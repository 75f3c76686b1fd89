"""Polars: with its own expressions, in one piece and streaming, and by way of pandas.

`to_numpy(order="c")` was faster here than `numpy.ascontiguousarray` of the other order.
"""

from datetime import datetime
from functools import reduce
from operator import and_

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


def _condition(column: str, operator: str, value: object) -> pl.Expr:
    """Make an expression of one filter; text compared with a column of times is a moment."""
    if operator == "in":
        return pl.col(column).is_in(value)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    compare = {">=": pl.Expr.ge, "<": pl.Expr.lt, ">": pl.Expr.gt}[operator]
    return compare(pl.col(column), value)


def _chosen(job: Job) -> pl.Expr:
    """Make one expression of all filters."""
    return reduce(and_, [_condition(*each) for each in job.conditions])


def _filled(frame: pl.DataFrame) -> np.ndarray:
    """Fill data that has no infinities; what is left after a filter is little, so eagerly."""
    frame = frame.cast(pl.Float32).select(pl.all().fill_nan(None))
    return frame.select(pl.all().fill_null(pl.all().median())).to_numpy(order="c")


def filtered(job: Job) -> np.ndarray:
    """Read all rows of the columns, and filter them."""
    needed = dict.fromkeys([*job.features, *(column for column, _, _ in job.conditions)])
    frame = pl.read_parquet(job.path, columns=list(needed))
    return _filled(frame.filter(_chosen(job)).select(job.features))


def scan(job: Job) -> np.ndarray:
    """Filter while scanning."""
    frame = pl.scan_parquet(job.path).filter(_chosen(job)).select(job.features)
    return _filled(frame.collect())


def scan_streaming(job: Job) -> np.ndarray:
    """Filter while scanning, on the streaming engine."""
    frame = pl.scan_parquet(job.path).filter(_chosen(job)).select(job.features)
    return _filled(frame.collect(engine="streaming"))


def lists(job: Job) -> pl.DataFrame:
    """Gather the rows of each group into lists."""
    key = job.options["group"]
    return pl.read_parquet(job.path, columns=[key, *job.features]).group_by(key).agg(pl.all())


def unique(job: Job) -> np.ndarray:
    """Keep the first row of each key."""
    key = job.options["unique_on"]
    frame = pl.read_parquet(job.path, columns=[key, *job.features])
    frame = frame.unique(key, keep="first", maintain_order=True)
    return frame.select(job.features).to_numpy(order="c")
