"""Rows that come batch by batch give the bits of one load, whatever the batches are: against loads,
and against pandas and NumPy.

`ONECOPY_SEED=<seed> pytest tests/values/test_writer.py` starts with the seed that a failure named.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import pyarrow as pa
import pytest
from support.parquet_files import Rng, chance, one_of
from support.scale import scaled
from support.streams import STREAMS, drawn_batch, pieces, reader

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
SETS = scaled(40, 400)
pytestmark = [
    pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning"),
    pytest.mark.filterwarnings("ignore::onecopy.PrecisionWarning"),
]


def drawn(rng: Rng, rows: int) -> pa.Table:
    """A table of numbers, texts and times, with gaps or without."""

    def gaps() -> np.ndarray[Any, Any] | None:
        return rng.random(rows) < 0.2 if chance(rng, 0.6) else None

    words = np.array([f"w{at}" for at in range(int(one_of(rng, [1, 3, 40])))])
    values = rng.normal(size=rows) * 10.0 ** rng.integers(-3, 4)
    values[rng.random(rows) < 0.05] = np.nan
    values[rng.random(rows) < 0.05] = np.inf
    return pa.table(
        {
            "x": pa.array(values, mask=gaps()),
            "k": pa.array(rng.integers(-50, 50, rows), mask=gaps()),
            "small": pa.array(rng.integers(0, 9, rows).astype("i1"), mask=gaps()),
            "c": pa.array(rng.choice(words, rows), pa.string(), mask=gaps()),
            "y": rng.integers(0, 3, rows),
            "label": pa.array(rng.choice(words, rows), pa.string()),
            "id": pa.array([f"id {at % 17}" for at in range(rows)], pa.string(), mask=gaps()),
            "n": pa.array(rng.integers(0, 9, rows), mask=gaps()),
            "when": pa.array(rng.integers(0, 10**6, rows).astype("M8[s]"), mask=gaps()),
        }
    )


def drawn_options(rng: Rng) -> dict[str, Any]:
    options: dict[str, Any] = {
        "columns": [["x", "k", "small"], ["x", "c", "k"], ["small", "when", "c"]][rng.integers(3)],
        "fill": one_of(rng, ["median", "mean", None, 7]),
        "dtype": one_of(rng, ["float32", "float64", "float16"]),
        "order": one_of(rng, ["C", "F"]),
        "inf": one_of(rng, ["missing", "keep"]),
        "overflow": one_of(rng, ["missing", "clip"]),
        "target": one_of(rng, [None, "y", "label"]),
        "passthrough": one_of(rng, [(), ["id"], ["id", "n"]]),
        "categories": "codes",
        "memory_limit": one_of(rng, [None, "1GB"]),
        "threads": int(one_of(rng, [1, 2, 3])),
        "datetimes": {"when": "h"},
    }
    if "when" not in options["columns"]:
        del options["datetimes"]
    if chance(rng, 0.3):
        options["unique_on"] = one_of(rng, [["k"], ["id", "k"], "id"])
    if chance(rng, 0.3):
        options["filters"] = [("k", one_of(rng, [">", "<="]), int(rng.integers(-30, 30)))]
    return options


def same(found: onecopy.TrainingMatrix, expected: onecopy.TrainingMatrix) -> None:
    assert found.feature_names == expected.feature_names
    assert found.X.tobytes("A") == expected.X.tobytes("A")
    assert found.X.flags.f_contiguous == expected.X.flags.f_contiguous
    assert (found.y is None) == (expected.y is None)
    if found.y is not None:
        assert found.y.dtype == expected.y.dtype
        assert found.y.tobytes() == expected.y.tobytes()
    assert (found.classes is None) == (expected.classes is None)
    if found.classes is not None:
        assert found.classes.tolist() == expected.classes.tolist()
    for name, array in expected.passthrough.items():
        # As text, because NaN is not equal to itself.
        assert repr(found.passthrough[name].tolist()) == repr(array.tolist()), name
    assert found.recipe == expected.recipe
    assert found.report.columns == expected.report.columns


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SETS))
def test_batches_of_every_kind_give_the_bits_of_a_load(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    table = drawn(rng, int(one_of(rng, [1, 50, 700, 3000])))
    options = drawn_options(rng)
    expected = onecopy.load_training_matrix(table, **options)
    with onecopy.MatrixWriter(tmp_path / "X.npy", **options) as writer:
        for piece in pieces(rng, table):
            writer.append(drawn_batch(rng, piece, tmp_path))
    same(onecopy.TrainingMatrix.open(tmp_path / "X.npy"), expected)
    assert writer.rows == len(expected)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SETS))
def test_streams_give_the_bits_of_a_table(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed + 1_000_000)
    table = drawn(rng, int(one_of(rng, [1, 50, 700, 3000])))
    options = drawn_options(rng)
    if chance(rng, 0.3):
        options |= {"shuffle": True, "seed": int(rng.integers(99))}
    expected = onecopy.load_training_matrix(table, **options)
    stream = STREAMS[one_of(rng, list(STREAMS))](table, int(one_of(rng, [1, 7, 64, 1000])))
    out = one_of(rng, [None, tmp_path / "X.npy"])
    same(onecopy.load_training_matrix(stream, out=out, **options), expected)


def test_one_batch_and_a_thousand_give_the_same_files(tmp_path: Path) -> None:
    table = drawn(np.random.default_rng(5), 4000)
    options = {"columns": ["x", "c"], "target": "label", "passthrough": ["id", "n"]}
    contents = []
    for name, rows in (("one", 4000), ("many", 4)):
        folder = tmp_path / name
        folder.mkdir()
        with onecopy.MatrixWriter(folder / "X.npy", categories="codes", **options) as writer:
            for at in range(0, 4000, rows):
                writer.append(table.slice(at, rows))
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
        told = json.loads(files.pop("X.json"))
        for measured in ("seconds", "peak_scratch", "bytes_read"):
            told["report"].pop(measured)
        contents.append((files, told["report"], told["recipe"]))
    assert contents[0] == contents[1]


def test_the_oracle_is_pandas(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(9000) < 0.1, np.nan, rng.normal(size=9000)),
            "z": rng.integers(0, 99, 9000).astype(float),
            "key": rng.integers(0, 4000, 9000),
        }
    )
    with onecopy.MatrixWriter(tmp_path / "X.npy", unique_on="key", fill={"z": "mean"}) as writer:
        for at in range(0, 9000, 123):
            writer.append(frame[at : at + 123])
    kept = frame.drop_duplicates("key")
    expected = kept.astype(np.float32)
    expected["x"] = expected["x"].fillna(
        np.float32(np.median(expected["x"].dropna().astype(float)))
    )
    assert writer.duplicates == len(frame) - len(kept)
    assert np.array_equal(writer.close().X, expected.to_numpy())


def test_lists_of_numbers_come_in_batches(tmp_path: Path) -> None:
    lists = pa.array([[1.0, 2.0], None, [3.0, None]] * 50, pa.list_(pa.float32()))
    table = pa.table({"v": lists, "a": range(150)})
    expected = onecopy.load_training_matrix(table, passthrough=())
    assert expected.X.shape == (150, 3)
    found = onecopy.load_training_matrix(reader(table, 7))
    assert found.X.tobytes() == expected.X.tobytes()
    with onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
        writer.append(table.slice(0, 1))
        writer.append(table.slice(1, 1))
        writer.append(table.slice(2))
        wrong = pa.table({"v": pa.array([[1.0]], pa.list_(pa.float32())), "a": [1]})
    assert writer.close().X.tobytes() == expected.X.tobytes()
    writer = onecopy.MatrixWriter(tmp_path / "Z.npy")
    writer.append(table)
    with pytest.raises(onecopy.SchemaMismatchError):
        writer.append(wrong)
    with pytest.raises(ValueError, match="nothing is"):
        writer.close()
    assert not (tmp_path / "Z.npy").exists()
