"""What a fit takes beside the matrix: folds of a file copy nothing, the table of learners holds."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from memory import Child, Measurement
from onecopy._learners import WORDS, Facts
from support.paths import ROOT

ROWS, FEATURES = 200_000, 100
FLAT = 8_000_000

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
]

FOLDS = """
import gc, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
import onecopy
from memory import mark
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

path, kind, way, count = sys.argv[1:]
def model():
    if kind == "linear":
        return LogisticRegression(max_iter=2)
    return RandomForestClassifier(n_estimators=2, max_depth=4, n_jobs=2, random_state=0)

small = np.random.default_rng(0).normal(size=(2000, 100)).astype(np.float32)
model().fit(small, np.arange(2000) % 2).predict(small)
m = onecopy.TrainingMatrix.open(path)
gc.collect()
mark("ready")
scores, start = [], 0
for fold in m.folds(int(count)):
    train, valid = fold
    X, y = train.X, train.y
    if way == "copies":
        held = np.arange(start, start + len(valid))
        X, y = np.delete(m.X, held, axis=0), np.delete(m.y, held)
    start += len(valid)
    fitted = model().fit(X, y)
    scores.append(fitted.predict_proba(valid.X[:500]).tolist())
    del train, valid, fold, fitted, X, y
mark("done")
maps = [line for line in open("/proc/self/maps") if path in line]
mark("after", scores=scores, maps=len(maps))
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folds")
    rng = np.random.default_rng(2)
    columns = {f"f{at}": rng.standard_normal(ROWS, dtype=np.float32) for at in range(FEATURES)}
    label = (columns["f0"] + columns["f1"] > 0).astype(np.int64)
    table = pa.table(columns | {"label": label})
    pq.write_table(table, folder / "in.parquet", compression="none", use_dictionary=False)
    onecopy.load_training_matrix(folder / "in.parquet", target="label", out=folder / "train.npy")
    return folder / "train.npy"


def run(path: Path, kind: str, way: str, folds: int = 5) -> Measurement:
    return Child.script(FOLDS, str(path), kind, way, str(folds)).run()


def test_folds_of_a_linear_model_take_a_tenth_of_the_matrix(path: Path) -> None:
    ours, copies = run(path, "linear", "mapped"), run(path, "linear", "copies")
    matrix = ROWS * FEATURES * 4
    print(f"five folds: {ours.peak / 1e6:.1f} MB, by copies {copies.peak / 1e6:.1f} MB")
    assert ours.peak < 0.1 * matrix
    assert copies.peak > 0.7 * matrix
    assert ours.facts["scores"] == copies.facts["scores"]
    # One mapping is that of the matrix itself.
    assert ours.facts["maps"] == 1


def test_folds_of_a_forest_take_what_it_needs_itself(path: Path) -> None:
    ours, copies = run(path, "trees", "mapped", 3), run(path, "trees", "copies", 3)
    need = WORDS["trees"].own_bytes(Facts(ROWS * 2 // 3, FEATURES, "float32", "C", jobs=2))
    targets = 8 * ROWS
    print(f"three folds: {ours.peak / 1e6:.1f} MB, by copies {copies.peak / 1e6:.1f} MB")
    assert need is not None
    # The allocator keeps some of it from fold to fold.
    assert ours.peak < 1.4 * need + targets + FLAT
    assert copies.peak > ours.peak + 0.5 * ROWS * FEATURES * 4
    assert ours.facts["scores"] == copies.facts["scores"]


def test_the_table_of_learners_is_measured(tmp_path: Path) -> None:
    script = ROOT / "benchmarks" / "learners.py"
    sizes = ["--rows", "50000", "--columns", "40", "--folder", str(tmp_path)]
    only = ["--only", "LogisticRegression", "SGD", "--ours"]
    record = tmp_path / "record.json"
    command = [sys.executable, str(script), *sizes, *only, "--record", str(record)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # In memory, in a file, and in an order that is copied.
    assert done.stdout.count("'ok'") == 6
    assert record.exists()
