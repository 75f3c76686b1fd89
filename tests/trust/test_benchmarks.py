"""The benchmark runs at a tiny size, and its record and tables have the shape that they promise."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from equality import DifferenceError, compare, compare_across
from headers import headers, switch
from results import Claim, render
from support.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "bench.py"
TINY = {"rows": 3000, "columns": 8, "row-group-rows": 1000, "rounds": 1, "cells": 9600, "wide": 40}
ROWS = {"peers": 3, "reads": 4, "orders": 5, "threads": 2, "shapes": 4, "sizes": 5, "files": 2}

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    """What a tiny run printed, and its record."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, str(SCRIPT), *ROWS, "--label", "tiny"]
    command += [word for name, value in TINY.items() for word in (f"--{name}", str(value))]
    command += ["--folder", str(folder / "data"), "--record", str(folder / "record")]
    # One peer that needs nothing but what the tests need anyway.
    command += ["--only", "hand loop", ".npy"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (folder / "record").glob("*-tiny.json")
    return done.stdout, json.loads(path.read_text())


def test_record_tells_what_it_rests_on(run: tuple[str, dict]) -> None:
    _, record = run
    assert {"processor", "cores", "memory_gb", "system", "huge_pages"} <= set(record["machine"])
    for section in record["sections"].values():
        assert {"onecopy", "numpy", "pyarrow"} <= set(section["packages"])
        assert set(section["project"]) == {"commit", "changed"}
        assert len(section["build"]) == 16
        assert section["settings"]["rows"] == TINY["rows"]


def test_every_section_has_its_rows_and_claims(run: tuple[str, dict]) -> None:
    printed, record = run
    if "needs two cores" in printed:
        record["sections"].pop("threads")
    assert {name: len(section["rows"]) for name, section in record["sections"].items()} == {
        name: rows for name, rows in ROWS.items() if name in record["sections"]
    }
    for section in record["sections"].values():
        assert section["claims"]
        for claim in section["claims"]:
            assert claim["what"] in printed
            assert claim["figure"] > 0
            assert claim["holds"] in {"yes", "bar", "no"}


def test_peers_are_equal_and_sampled(run: tuple[str, dict]) -> None:
    printed, record = run
    for row in record["sections"]["peers"]["rows"]:
        assert row["contender"] in printed
        assert row["one_step_columns"] <= TINY["columns"]
        assert row["seconds"] > 0
        assert row["cold"] > 0
        assert len(row["rounds"]) == TINY["rounds"]
        assert row["nbytes"] == 4 * TINY["rows"] * TINY["columns"]
        times = [point[0] for point in row["curve"]]
        assert times == sorted(times)
        assert times[0] == 0
        assert max(point[1] for point in row["curve"]) == row["peak"]


def test_record_names_no_folder(run: tuple[str, dict]) -> None:
    _, record = run
    text = json.dumps(record)
    assert not any(str(path) in text for path in (SCRIPT.parents[1], Path(sys.prefix)))


def test_a_fill_may_be_one_step_off_and_nothing_else() -> None:
    ours = np.arange(12, dtype=np.float32).reshape(6, 2)
    step = np.nextafter(ours[2, 1], np.float32(np.inf))
    theirs = ours.copy()
    theirs[2, 1] = step
    assert compare(ours, ours) == 0
    assert compare(ours, theirs) == 1
    assert compare_across(ours, ours.astype(np.float64)) == 0
    theirs[3, 1] = np.nextafter(theirs[3, 1], np.float32(np.inf))
    with pytest.raises(DifferenceError, match="column 1"):  # two fills in one column
        compare(ours, theirs)
    for wrong in (np.nan, 5.5, np.inf):
        theirs = ours.copy()
        theirs[4, 0] = wrong
        with pytest.raises(DifferenceError, match="column 0"):
            compare(ours, theirs)
    with pytest.raises(DifferenceError, match="shapes"):
        compare(ours, ours[1:])


def test_a_claim_knows_goal_and_bar() -> None:
    assert [Claim("", figure, 1.0, 1.5).holds for figure in (1.0, 1.5, 1.6)] == ["yes", "bar", "no"]
    assert Claim("", 2.0, 1.8, at_least=True).holds == "yes"
    assert Claim("", 1.7, 1.8, at_least=True).holds == "no"
    lines = render(["a", "figure"], [["long name", "1"], ["b", "2,000"]]).splitlines()
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_checksums_are_switched_off_and_on_in_place(tmp_path: Path, version: str) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"a": np.arange(5000.0), "b": pa.array([1, None] * 2500), "c": [1.5] * 5000})
    layout = {"compression": "none", "data_page_version": version, "use_dictionary": ["b"]}
    pq.write_table(table, path, write_page_checksum=True, **layout)
    whole, found = path.read_bytes(), headers(path)
    last = pq.read_metadata(path).row_group(0).column(2)
    damaged = bytearray(whole)
    damaged[last.data_page_offset + last.total_compressed_size - 1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(onecopy.CorruptFileError, match="checksum"):
        onecopy.load_training_matrix(path)
    switch(path, found, on=False)
    # Nobody sees what is wrong then, and all the rest is as it was.
    assert onecopy.load_training_matrix(path).shape == (5000, 3)
    assert pq.read_table(path, page_checksum_verification=True).num_rows == 5000
    off = path.read_bytes()
    assert off != bytes(damaged)
    assert len(off) == len(whole)
    switch(path, found, on=True)
    assert path.read_bytes() == bytes(damaged)
