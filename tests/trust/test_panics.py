"""Panics in the core, made on demand: none gets out, and nothing is left.

They need a core that was built to panic, which `ONECOPY_POISONED` names: `make trust-panics`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.paths import ROOT

POISONED = os.environ.get("ONECOPY_POISONED", "")

pytestmark = pytest.mark.skipif(not POISONED, reason="needs a core that panics: make trust-panics")

CALLS = {
    "footers": [
        "onecopy.load_training_matrix(path)",
        "onecopy.plan(path)",
        "onecopy.inspect(path)",
    ],
    "pour": ["onecopy.load_training_matrix(path)", "onecopy.plan(path).run()"],
    "fill": ["onecopy.load_training_matrix(path)"],
    "targets": ["onecopy.load_training_matrix(path, target='y')"],
    "keys": ["onecopy.load_training_matrix(path, join=path, on='k', prefix='t.')"],
    "write": ["onecopy.load_training_matrix(path, out=out)"],
    "load": [
        "onecopy.load_training_matrix(path)",
        "onecopy.load_training_matrix(path, out=np.empty((1000, 3), 'f4'))",
        "onecopy.load_training_matrix(path, out=out, target='y')",
    ],
}
CHILD = """
import os, sys
import numpy as np
import onecopy
path, out, call, place = sys.argv[1:]
os.environ["ONECOPY_POISON"] = place
try:
    eval(call)
except onecopy.InternalError as error:
    assert isinstance(error, onecopy.OnecopyError)
    assert f"poisoned at {place}" in str(error), error
    assert "report it" in str(error), error
else:
    raise SystemExit("no panic was met")
del os.environ["ONECOPY_POISON"]
eval(call)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, its core built to panic."""
    package = tmp_path_factory.mktemp("site") / "onecopy"
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "python" / "onecopy", package, ignore=ignored)
    shutil.copy(POISONED, package / "_native.abi3.so")
    return package.parent


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    holes = np.where(rng.random(1000) < 0.5, np.nan, rng.random(1000))
    columns = {"k": np.arange(1000), "x": holes, "y": rng.random(1000)}
    path = tmp_path_factory.mktemp("poison") / "train.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=100)
    return path


@pytest.mark.parametrize(
    ("place", "call"), [(place, call) for place, calls in CALLS.items() for call in calls]
)
def test_a_panic_is_an_internal_error(
    site: Path, path: Path, tmp_path: Path, place: str, call: str
) -> None:
    """The call raises, a file leaves nothing behind, and the next call works."""
    out = tmp_path / "X.npy"
    program = CHILD.replace("else:", f"    assert not os.listdir({str(tmp_path)!r})\nelse:", 1)
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(path), str(out), call, place],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr
