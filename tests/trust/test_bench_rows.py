"""The benchmark of rows runs at a tiny size; its data and comparisons are what they promise."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rows.facts import describe
from rows.tables import Events, Keys, Sources, written
from support.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "bench_rows.py"
TINY = {
    "event-rows": 30_000,
    "event-columns": 8,
    "rows": 3000,
    "columns": 12,
    "group-rows": 20_000,
    "key-rows": 4000,
    "seeds": 1,
    "rounds": 1,
}
# The rows of ours alone; peers add theirs where they are installed.
OURS = {
    "week": 1, "weeks": 5, "symbols": 1, "everything": 3,
    "split": 2, "orders": 3, "groups": 2, "duplicates": 1,
}  # fmt: skip
NO_CLAIMS = {"weeks"}

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    """What a tiny run printed, and its record."""
    folder = tmp_path_factory.mktemp("bench-rows")
    command = [sys.executable, str(SCRIPT), "--quick", "--label", "tiny"]
    command += [word for name, value in TINY.items() for word in (f"--{name}", str(value))]
    command += ["--folder", str(folder / "data"), "--record", str(folder / "record")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (folder / "record").glob("*-tiny.json")
    return done.stdout, json.loads(path.read_text())


@needs_proc
def test_every_section_has_its_rows(run: tuple[str, dict]) -> None:
    printed, record = run
    assert list(record["sections"]) == list(OURS)
    for name, section in record["sections"].items():
        ours = [row for row in section["rows"] if row.get("kind", "ours") == "ours"]
        assert len(ours) == OURS[name]
        assert not [line for line in section["skipped"] if "differ" in line]
        for row in section["rows"]:
            assert row["what"] in printed
            assert row["ratio"] > 0
            assert len(row["rounds"]) == TINY["rounds"]
        assert bool(section["claims"]) == (name not in NO_CLAIMS)
        for claim in section["claims"]:
            assert claim["what"] in printed
            # Times of so little data are no evidence, but memory is little in any case.
            assert claim["holds"] == "yes" or "times faster" in claim["what"]


@needs_proc
def test_rows_are_those_that_were_asked_for(run: tuple[str, dict]) -> None:
    _, record = run
    sections = {name: section["rows"] for name, section in record["sections"].items()}
    chosen = [row["chosen"] for row in sections["weeks"]]
    assert chosen[-1] == TINY["event-rows"]
    for weeks, rows in zip((1, 2, 4, 8), chosen, strict=False):
        assert abs(rows - weeks * 7 / 365 * TINY["event-rows"]) <= 1
    assert sections["week"][0]["facts"]["shape"] == [chosen[0], TINY["event-columns"]]
    assert sections["split"][1]["facts"]["parts"] == {"train": 2400, "valid": 300, "test": 300}
    assert sections["duplicates"][0]["distinct"] == TINY["key-rows"] // 2
    assert all(row["facts"]["groups"]["count"] > 20 for row in sections["groups"][1:])


@needs_proc
def test_record_names_no_folder(run: tuple[str, dict]) -> None:
    _, record = run
    text = json.dumps(record)
    assert not any(str(path) in text for path in (ROOT, Path(sys.prefix)))


def test_a_matrix_is_described_by_its_rows() -> None:
    matrix = np.random.default_rng(0).random((1000, 3), dtype=np.float32)
    expected = describe(matrix)
    assert expected["shape"] == [1000, 3]
    assert describe(matrix[::-1]) == expected
    assert describe((matrix[500:], matrix[:500])) == expected
    doubled, mixed, swapped = matrix.copy(), matrix.copy(), matrix[:, ::-1]
    doubled[1] = doubled[0]
    mixed[:2, 0] = mixed[1::-1, 0]
    for other in (doubled, mixed, swapped, matrix[1:]):
        assert describe(other)["bits"] != expected["bits"]


def test_lists_are_described_whatever_the_order_of_keys() -> None:
    first = {"key": [7, 3], "a": [[1.0, 2.0], [3.0]], "b": [[4.0, 5.0], [6.0]]}
    again = {"key": [3, 7], "a": [[3.0], [1.0, 2.0]], "b": [[6.0], [4.0, 5.0]]}
    turned = {"key": [3, 7], "a": [[3.0], [2.0, 1.0]], "b": [[6.0], [5.0, 4.0]]}
    mixed = {"key": [3, 7], "a": [[3.0], [2.0, 1.0]], "b": [[6.0], [4.0, 5.0]]}
    first, again, turned, mixed = (
        describe(pa.table(each))["groups"] for each in (first, again, turned, mixed)
    )
    assert again == first
    assert turned["digest"] == first["digest"]
    assert turned["order"] != first["order"]
    assert mixed["digest"] != first["digest"]


def test_data_are_what_they_say(tmp_path: Path) -> None:
    def table(recipe: Events | Sources | Keys) -> pa.Table:
        return pq.read_table(written(tmp_path, recipe, print))

    events = table(Events(2500, 9, row_group_rows=1000))
    times = events["time"].cast(pa.int64()).to_numpy()
    assert (np.diff(times) >= 0).all()
    for name in ("score", "feature_007"):
        assert events[name].null_count == 0
        assert np.isfinite(events[name].to_numpy()).all()
    sources = table(Sources(30_000))
    assert len(sources) == 30_000
    keys = sources["src"].to_numpy()
    assert (np.diff(keys) >= 0).all()
    assert (np.diff(sources["time"].to_numpy()) > 0).all()
    _, sizes = np.unique(keys, return_counts=True)
    assert sizes[:-1].min() >= 10
    assert sizes.max() <= 1000
    texts = [table(Keys(3000, seed))["key"].to_pylist() for seed in (0, 1)]
    for each in texts:
        assert len(set(each)) == 1500
        assert {len(text) for text in each} == {60}
    assert not set(texts[0]) & set(texts[1])


def test_data_are_written_once(tmp_path: Path) -> None:
    words: list[str] = []
    path = written(tmp_path, Keys(100, 0), words.append)
    assert written(tmp_path, Keys(100, 0), words.append) == path
    assert len(words) == 1
