"""Joined tables against an oracle: keys matched in a dict, values by the rules of any load.

A failure names its seed; `ONECOPY_SEED=<seed> pytest tests/api/test_join.py -k batch0` repeats it.
"""

import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support import join_files, oracle
from support.join_files import JoinSet
from support.parquet_files import chance, one_of

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
BATCHES, SETS, LOADS = 20, 15, 3


def draw_options(rng: np.random.Generator, data: JoinSet) -> dict[str, Any]:
    options = {
        "dtype": one_of(rng, ["float16", "float32", "float64"]),
        "order": one_of(rng, ["C", "F"]),
        "inf": one_of(rng, ["missing", "keep"]),
        "fill": one_of(rng, ["median", "median", "mean", -1.5, None]),
        "overflow": one_of(rng, ["raise", "missing", "clip"]),
        "threads": one_of(rng, [1, 2, 3, None]),
        "duplicates": one_of(rng, ["raise", "first", "last"]),
    }
    if chance(rng, 0.3):
        features = [data.features[i] for i in rng.permutation(len(data.features))]
        options["columns"] = features[: int(rng.integers(1, len(features) + 1))]
    elif chance(rng, 0.3):
        options["exclude"] = [name for name in data.features[1:] if chance(rng, 0.3)]
    return options


def features(data: JoinSet, options: dict[str, Any]) -> list[str]:
    if "columns" in options:
        return options["columns"]
    own = [name for name in data.source[0].table.column_names if name not in data.on]
    tables = [name for name in data.features if name not in own]
    return [name for name in own + tables if name not in options.get("exclude", [])]


def pieces(data: JoinSet, name: str, duplicates: str) -> list[pa.ChunkedArray]:
    """A feature in the rows of the source."""
    if name in data.source[0].table.column_names:
        return [file.table[name] for file in data.source]
    own = [key for file in data.source for key in file.keys]
    table = next(table for table in data.tables if name in table.table.column_names)
    rows = join_files.matches(own, table.keys, duplicates)
    return [join_files.joined(table.table[name], rows)]


def expect(data: JoinSet, options: dict[str, Any]) -> oracle.Expected:
    dtype = np.dtype(options["dtype"])
    rules = {name: options[name] for name in ("inf", "overflow")}
    columns = {}
    for name in features(data, options):
        parts = pieces(data, name, options["duplicates"])
        columns[name] = oracle.clean(parts, dtype, oracle.RULES, options["fill"], **rules)
    over = {name: column.overflowed for name, column in columns.items() if column.overflowed}
    if over and options["overflow"] == "raise":
        raise oracle.Overflow(over)
    return oracle.Expected(dtype, columns)


def load(data: JoinSet, options: dict[str, Any], out: Any) -> onecopy.TrainingMatrix:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", onecopy.EmptyColumnWarning)
        return onecopy.load_training_matrix(
            [file.path for file in data.source],
            join=[table.path for table in data.tables],
            on=data.on,
            out=out,
            overwrite=True,
            **options,
        )


def check(rng: np.random.Generator, data: JoinSet, options: dict[str, Any], folder: Path) -> None:
    duplicated = [t for t in data.tables if join_files.has_duplicates(t.keys)]
    rows = sum(len(file.keys) for file in data.source)
    shape = (rows, len(features(data, options)))
    out = {
        "ram": lambda: None,
        "array": lambda: np.full(shape, 7, options["dtype"], options["order"]),
        "file": lambda: folder / "out.npy",
    }[one_of(rng, ["ram", "array", "file"])]()
    if duplicated and options["duplicates"] == "raise":
        with pytest.raises(onecopy.DuplicateKeyError, match="occurs") as caught:
            load(data, options, out)
        assert caught.value.path in [str(table.path) for table in duplicated]
        return
    try:
        expected = expect(data, options)
    except oracle.Overflow as error:
        counts = error.args[0]
        with pytest.raises(onecopy.CastOverflowError) as caught:
            load(data, options, out)
        for name, count in list(counts.items())[:10]:
            assert f"`{name}` ({count} value" in str(caught.value)
        return
    m = load(data, options, out)
    assert m.feature_names == features(data, options)
    assert oracle.differences(expected, m.X) == []
    assert oracle.report_differences(expected, m.report.columns) == []
    assert m.X.flags[f"{options['order']}_CONTIGUOUS"]
    own = [key for file in data.source for key in file.keys]
    for table, told in zip(data.tables, m.report.tables, strict=True):
        want = join_files.counts(own, table.keys, options["duplicates"])
        assert (told.rows, told.matched, told.unmatched, told.unused) == want
        assert told.path == str(table.path)


@pytest.mark.parametrize("batch", range(BATCHES), ids=lambda batch: f"batch{batch}")
def test_random_tables_equal_the_oracle(tmp_path: Path, batch: int) -> None:
    for seed in range(FIRST_SEED + batch * SETS, FIRST_SEED + (batch + 1) * SETS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rng = np.random.default_rng(seed)
        data = join_files.draw_set(rng, folder, unique=chance(rng, 0.7))
        for _ in range(LOADS):
            options = draw_options(rng, data)
            try:
                check(rng, data, options, tmp_path)
            except Exception as error:
                error.add_note(f"seed {seed}, options {options}")
                raise
        shutil.rmtree(folder)
