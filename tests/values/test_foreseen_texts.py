"""Texts that dictionaries tell before the pour, all or some: codes are those of all rows."""

import os
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import load_training_matrix

SEED = int(os.environ.get("ONECOPY_SEED", "24"))
RUNS = 60


def words(rng: random.Random, rows: int, late: float) -> list[str | None]:
    """Words of a small vocabulary, to which a few come late, and nulls."""
    front = rng.choice(["", "a shop in ", "word_with_a_long_front_"])
    few = [f"{front}{at}" for at in rng.sample(range(60), rng.choice([1, 3, 12]))]
    others = [f"{front}{at}{'é' * (at % 2)}" for at in range(60, 160)]
    until = int(rows * rng.random())
    drawn: list[str | None] = []
    for row in range(rows):
        pool = others if row > until and rng.random() < late else few
        drawn.append(None if rng.random() < 0.05 else rng.choice(pool))
    return drawn


@pytest.mark.parametrize("number", range(RUNS))
def test_codes_are_those_of_all_rows(number: int, tmp_path: Path) -> None:
    rng = random.Random(SEED + number)
    late = rng.choice([0.0, 0.0, 0.02, 0.5])
    columns: dict[str, list[str | None]] = {"a": [], "b": []}
    paths = []
    for file in range(rng.choice([1, 1, 3])):
        rows = rng.choice([500, 2_000, 5_000])
        own = {name: words(rng, rows, late) for name in columns}
        path = tmp_path / f"{file}.parquet"
        pq.write_table(
            pa.table(own),
            path,
            row_group_size=rng.choice([400, 1_500, 5_000]),
            use_dictionary=rng.choice([True, True, True, ["a"], False]),
            dictionary_pagesize_limit=rng.choice([1 << 20, 200]),
            data_page_size=rng.choice([300, 1 << 20]),
            compression=rng.choice(["none", "snappy", "zstd"]),
        )
        paths.append(path)
        for name, values in own.items():
            columns[name] += values
    dtype, order = rng.choice(["float16", "float32", "float64"]), rng.choice("CF")
    m = load_training_matrix(paths, categories="codes", dtype=dtype, order=order)
    for at, (name, values) in enumerate(columns.items()):
        known = sorted({value.encode() for value in values if value is not None})
        assert [text.encode() for text in m.recipe.categories[name]] == known
        codes = {text: code for code, text in enumerate(known)}
        expected = [-1 if value is None else codes[value.encode()] for value in values]
        np.testing.assert_array_equal(m.X[:, at], np.array(expected, dtype))
