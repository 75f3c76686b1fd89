"""The notebooks run from top to bottom, and what is committed with them is what they show."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.paths import ROOT

EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
PROCESS = ROOT / "tests" / "support" / "notebook_process.py"
CARDS = ["Inspection", "Plan", "TrainingMatrix", "Report"]
LARGEST = 100_000
SECONDS = 300
# Folders of a machine, and what a kernel says of itself when it fails or warns.
MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|tmp|usr|var|opt|mnt|work|Users)/|site-packages|\.py:\d"
)


def cells(notebook: Path) -> list[dict[str, Any]]:
    document = json.loads(notebook.read_text(encoding="utf-8"))
    return [cell for cell in document["cells"] if cell["cell_type"] == "code"]


def required(notebook: Path) -> list[str]:
    """The packages that a notebook imports."""
    code = "\n".join("".join(cell["source"]) for cell in cells(notebook))
    found = re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)
    return sorted({*found} - {"onecopy", "grid_data"})


def outputs(cell: dict[str, Any]) -> dict[str, Any]:
    """What a cell shows, in the words of the process that runs it."""
    values = [output for output in cell["outputs"] if "data" in output]
    return {
        "prints": any(output["output_type"] == "stream" for output in cell["outputs"]),
        "shows": sorted(values[0]["data"]) if values else [],
    }


def test_there_is_one_for_each_learner() -> None:
    assert {"scikit_learn", "lightgbm", "xgboost", "pytorch"} == {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_committed(notebook: Path, tmp_path: Path) -> None:
    for package in required(notebook):
        if find_spec(package) is None:
            pytest.skip(f"{notebook.name} needs {package}")
    folder = tmp_path / "empty"
    folder.mkdir()
    beside = [str(EXAMPLES), *filter(None, [os.getenv("PYTHONPATH")])]
    process = subprocess.run(
        [sys.executable, PROCESS, notebook, tmp_path / "answer.json"],
        check=False,
        cwd=folder,
        # Beside other tests, threads that wait for each other cost more than they give.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(beside), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert process.returncode == 0, process.stderr
    found = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert found == [outputs(cell) for cell in cells(notebook)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_as_it_ran(notebook: Path) -> None:
    """In one go, without a failure or a warning, and with the cards of the package."""
    text = notebook.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    code = cells(notebook)
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    every = [output for cell in code for output in cell["outputs"]]
    assert {output["output_type"] for output in every} == {"stream", "execute_result"}
    assert {output["name"] for output in every if "name" in output} == {"stdout"}
    pages = ["".join(output["data"].get("text/html", "")) for output in every if "data" in output]
    for title in CARDS:
        opened = '<div class="oc-card"><div class="oc-title">'
        assert any(f"{opened}{title}" in page for page in pages), f"no card of a {title}"
    assert MACHINE.findall(text) == []


@pytest.mark.parametrize(
    "text", ["/home/me/data", '"/tmp/x.parquet"', "lib/site-packages/numpy", "File cell.py:3"]
)
def test_a_path_of_a_machine_is_found(text: str) -> None:
    assert MACHINE.search(text)
    assert not MACHINE.search("data/readings, kW/h, https://example.org/home/x, 3/work")


def test_the_data_are_what_the_notebooks_say(tmp_path: Path) -> None:
    """Sorted by time; with gaps, an infinity, an unknown station and targets that are missing."""
    code = "import sys; from grid_data import write_grid; write_grid(sys.argv[1], 2, 8)"
    for name in ("once", "again"):
        subprocess.run([sys.executable, "-c", code, tmp_path / name], cwd=EXAMPLES, check=True)
    once, again = (pq.read_table(tmp_path / name / "readings") for name in ("once", "again"))
    assert once.equals(again)
    frame = once.to_pandas()
    assert frame["time"].is_monotonic_increasing
    assert frame["next_load"].isna().any()
    assert (frame["next_load"].isna() == frame["alarm"].isna()).all()
    for name in ("sky", "temperature", "wind", "load"):
        assert 0 < frame[name].isna().mean() < 0.1
    assert (frame["power_factor"] == float("inf")).any()
    known = pq.read_table(tmp_path / "once" / "stations.parquet")["station"].to_pylist()
    assert set(frame["station"]) - set(known) == {"S007"}
    # What is foretold is the load an hour later.
    station = frame[frame["station"] == "S000"].reset_index(drop=True)
    later = station["load"].shift(-4)
    both = later.notna() & station["next_load"].notna()
    assert both.any()
    assert (later == station["next_load"])[both].all()
