"""The benchmark of batches runs at a tiny size."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "bench_batches.py"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_every_section_but_those_of_others(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--quick", "--rows", "20000", "--columns", "12"]
    command += ["--folder", str(tmp_path), "--only", "latency", "lightgbm"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "dict of 60" in run.stdout
    assert "LightGBM" in run.stdout or "left out" in run.stdout
