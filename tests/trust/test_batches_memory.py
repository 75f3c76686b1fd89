"""Batches take two buffers, whatever the size of the matrix; files may be ten times the limit."""

from pathlib import Path

import onecopy
import pytest
from dataset import write_dataset
from memory import Child

ROWS, COLUMNS = 400_000, 60
MEGABYTE = 1_000_000
SLACK = 12 * MEGABYTE

SHUFFLED = """
import sys, onecopy
from memory import mark
m = onecopy.TrainingMatrix.open(sys.argv[1])
for batch in m.batches(1024, shuffle=0, buffer="1MB"): break
mark("ready")
rows = sum(len(batch.X) for batch in m.batches(1024, shuffle=1, buffer="16MB"))
mark("done", rows=rows)
"""

SCORED = """
import sys, onecopy
from memory import mark
source, recipe, limit = sys.argv[1:]
options = {"recipe": recipe, "target": "label", "memory_limit": int(limit)}
for batch in onecopy.batches(source, 4096, **options): break
mark("ready")
rows = sum(len(batch.X) for batch in onecopy.batches(source, 4096, **options))
mark("done", rows=rows)
"""

FITTED = """
import sys, onecopy
from memory import mark
onecopy.fit_recipe(sys.argv[1], columns=["feature_000"])
mark("ready")
recipe = onecopy.fit_recipe(sys.argv[1], target="label", buffer="8MB")
mark("done", rows=len(recipe.fill))
"""

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
pytestmark = [pytest.mark.alone, needs_proc]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batches")
    write_dataset(folder / "train", ROWS, COLUMNS, files=1, row_group_rows=100_000)
    out = folder / "train.npy"
    onecopy.load_training_matrix(folder / "train", target="label", out=out)
    return folder


def test_shuffled_batches_take_two_buffers(folder: Path) -> None:
    measured = Child.script(SHUFFLED, str(folder / "train.npy")).run()
    print(f"{measured.peak / MEGABYTE:.1f} MB for two buffers of 16 MB")
    assert measured.facts["rows"] == ROWS
    assert measured.peak <= 2 * 16 * MEGABYTE + SLACK


def test_a_file_ten_times_the_limit_is_scored(folder: Path) -> None:
    limit = 40 * MEGABYTE
    matrix = ROWS * COLUMNS * 4
    measured = Child.script(
        SCORED, str(folder / "train"), str(folder / "train.npy"), str(limit)
    ).run()
    print(f"{measured.peak / MEGABYTE:.1f} MB for {matrix / MEGABYTE:.0f} MB")
    assert measured.facts["rows"] == ROWS
    assert measured.peak <= limit


def test_a_recipe_is_fitted_in_little_memory(folder: Path) -> None:
    measured = Child.script(FITTED, str(folder / "train")).run()
    print(f"{measured.peak / MEGABYTE:.1f} MB to fit a recipe")
    assert measured.facts["rows"] == COLUMNS
    assert measured.peak <= (2 * 8 + 64) * MEGABYTE + SLACK
