"""The programs of the guide for several machines, each started as its first line says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.paths import ROOT

PAGE = (ROOT / "docs" / "guide" / "machines.md").read_text(encoding="utf-8")
PROGRAM = re.compile(r"^```py\n# (\S+), for `(.*?)`\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {name: (command, code) for name, command, code in PROGRAM.findall(PAGE)}
NEEDS = {
    "torchrun.py": "torch",
    "mpi.py": "mpi4py",
    "spark.py": "pyspark",
    "ray_train.py": "ray",
    "dask_xgboost.py": "distributed",
}
BOUND = 240


@pytest.fixture
def home(tmp_path: Path) -> Path:
    rng, rows = np.random.default_rng(23), 6_001
    table = pa.table(
        {
            "a": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
            "b": rng.normal(size=rows),
            "label": rng.integers(0, 2, rows),
        }
    )
    (tmp_path / "train").mkdir()
    pq.write_table(table, tmp_path / "train" / "0.parquet", row_group_size=1_000)
    return tmp_path


def started(command: str) -> list[str]:
    """The command, with the programs of this environment."""
    words = command.split()
    beside = Path(sys.executable).parent
    found = shutil.which(words[0], path=str(beside)) or shutil.which(words[0])
    if words[0] == "mpirun":
        words[1:1] = ["--allow-run-as-root", "--oversubscribe"]
    first = sys.executable if words[0] == "python" else found
    assert first is not None
    return [first, *(sys.executable if word == "python" else word for word in words[1:])]


@pytest.mark.parametrize("name", NEEDS)
def test_programs_of_the_guide(home: Path, name: str) -> None:
    pytest.importorskip(NEEDS[name])
    command, code = PROGRAMS[name]
    (home / name).write_text(code.replace("TRAIN", str(home / "train")), encoding="utf-8")
    run = subprocess.run(
        started(command),
        cwd=home,
        env=os.environ | {"PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4_000:] + run.stderr[-4_000:]
    if 'recipe.json"' in code:
        one = onecopy.load_training_matrix(home / "train", target="label")
        assert onecopy.Recipe.load(home / "recipe.json") == one.recipe
    if name == "mpi.py":
        shares = [onecopy.TrainingMatrix.open(home / f"share-{rank}.npy") for rank in range(2)]
        assert np.concatenate([share.X for share in shares]).tobytes() == one.X.tobytes()
