"""Write a target file and many feature files that share its key, for the benchmarks of the join."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

KEY = "interval_time"
TARGET_NAMES = [f"y{i:02}" for i in range(56)]
FEATURES_A_TABLE = 25.5
ABSENT, NULLS, INFINITE = 0.03, 0.02, 0.0005
SHUFFLED = 10


def write_tables(folder: Path, tables: int, rows: int, features: float = FEATURES_A_TABLE) -> None:
    """Write the targets and the tables, in which some keys are missing and some are shuffled."""
    rng = np.random.default_rng(0)
    (folder / "features").mkdir(parents=True)
    times = pa.array(1_600_000_000_000_000 + np.arange(rows) * 300_000_000, pa.timestamp("us"))
    targets = {name: rng.normal(size=rows) for name in TARGET_NAMES}
    pq.write_table(pa.table({KEY: times} | targets), folder / "targets.parquet")
    made = 0
    for at in range(tables):
        count = int((at + 1) * features) - made
        kept = np.flatnonzero(rng.random(rows) >= ABSENT)
        if (at + 1) % SHUFFLED == 0:
            rng.shuffle(kept)
        columns = {KEY: times.take(pa.array(kept))}
        for column in range(count):
            values = rng.normal(size=len(kept))
            values[rng.random(len(kept)) < INFINITE] = np.inf
            nulls = rng.random(len(kept)) < NULLS
            columns[f"f{made + column:05}"] = pa.array(values, mask=nulls)
        made += count
        path = folder / "features" / f"table-{at:04}.parquet"
        pq.write_table(pa.table(columns), path, compression="snappy")


def written(
    folder: Path,
    tables: int,
    rows: int,
    features: float = FEATURES_A_TABLE,
    *,
    say: Callable[[str], None],
) -> Path:
    """Return the folder of such tables, written below another one if they are not there yet."""
    target = folder / f"{tables}x{rows}x{features:g}"
    if not target.exists():
        say(f"writing {tables} tables of {rows:,} rows ...")
        draft = folder / "unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        write_tables(draft, tables, rows, features)
        os.sync()  # else the first measurement would share the disk with the writing
        draft.rename(target)
    return target
