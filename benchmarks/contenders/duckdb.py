"""DuckDB: one query, and its columns put into the matrix."""

import os

import duckdb
import numpy as np
import pyarrow as pa

from contenders import Job


def query(job: Job) -> np.ndarray:
    """Clean into a temporary table, fill it with its medians, and collect the columns.

    The temporary table was faster than one query with a common table expression.
    """
    database = duckdb.connect(config={"threads": len(os.sched_getaffinity(0))})
    cast = {name: f'"{name}"::FLOAT' for name in job.features}
    cleaned = (f'CASE WHEN isfinite({cast[x]}) THEN {cast[x]} END AS "{x}"' for x in job.features)
    medians = (f'median("{name}") AS "{name}"' for name in job.features)
    filled = (f'coalesce(cleaned."{x}", medians."{x}")::FLOAT AS "{x}"' for x in job.features)
    database.execute(
        f"CREATE TEMP TABLE cleaned AS SELECT {', '.join(cleaned)} FROM read_parquet(?)",  # noqa: S608
        [job.path],
    )
    columns = database.execute(
        f"WITH medians AS (SELECT {', '.join(medians)} FROM cleaned) "  # noqa: S608
        f"SELECT {', '.join(filled)} FROM cleaned, medians"
    ).fetchnumpy()
    matrix = np.empty((len(columns[job.features[0]]), len(job.features)), np.float32)
    for index, name in enumerate(job.features):
        matrix[:, index] = columns.pop(name)
    return matrix


def lists(job: Job) -> pa.Table:
    """Gather the rows of each group into lists; what does not fit into memory goes to a file."""
    threads = len(os.sched_getaffinity(0))
    database = duckdb.connect(config={"threads": threads, "temp_directory": job.scratch})
    key = job.options["group"]
    gathered = ", ".join(f'list("{name}") AS "{name}"' for name in job.features)
    statement = f'SELECT "{key}", {gathered} FROM read_parquet(?) GROUP BY "{key}"'  # noqa: S608
    return database.sql(statement, params=[job.path]).to_arrow_table()
