"""The examples of the README and of the docstrings run as they are."""

import doctest
import pkgutil
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset import write_dataset
from support.paths import ROOT

GUIDES = [ROOT / "docs" / "guide" / "learners.md"]
FENCE = re.compile(r"^```python[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def beside_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with all files that the README reads."""
    write_dataset(tmp_path / "train", 3000, 12, row_group_rows=500, files=3)
    write_dataset(tmp_path / "test", 1000, 12, files=1, seed=1)
    times = pa.array([0, 300, 600], pa.timestamp("ms"))
    (tmp_path / "features").mkdir()
    for name, table in {
        "targets": {"interval_time": times, "y": [0, 1, 0]},
        "features/rain": {"interval_time": times[1:], "rain": [1.0, 2.0]},
        "features/wind": {"interval_time": times[::-1], "wind": [5.0, 6.0, 7.0]},
    }.items():
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme(beside_data: Path) -> None:
    """All blocks run in order, as one session."""
    blocks = list(FENCE.finditer(README))
    assert blocks
    namespace = {"__name__": "readme"}
    for block in blocks:
        # Blank lines in front, so that a traceback names the line of the README.
        lines = README.count("\n", 0, block.start(1))
        code = compile("\n" * lines + block[1], "README.md", "exec")
        exec(code, namespace)
    assert beside_data.exists()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
@pytest.mark.usefixtures("beside_data")
def test_guides(guide: Path) -> None:
    """Each block runs by itself; what it imports may be absent."""
    text = guide.read_text(encoding="utf-8")
    blocks = list(FENCE.finditer(text))
    assert blocks
    for block in blocks:
        for name in re.findall(r"^(?:import|from) (\w+)", block[1], re.MULTILINE):
            if name not in sys.stdlib_module_names and find_spec(name) is None:
                break
        else:
            lines = "\n" * text.count("\n", 0, block.start(1))
            exec(compile(lines + block[1], guide.name, "exec"), {"__name__": "guide"})


def modules() -> list[ModuleType]:
    names = [name for _, name, _ in pkgutil.walk_packages(onecopy.__path__, "onecopy.")]
    return [module for name in ["onecopy", *names] if (module := imported(name)) is not None]


def imported(name: str) -> ModuleType | None:
    """A module; none if it is for a package that is not installed."""
    try:
        return import_module(name)
    except ImportError:
        assert not name.rpartition(".")[2].startswith("_")
        return None


def examples(module: ModuleType) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__)
    return [test for test in found if test.examples]


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__)
@pytest.mark.usefixtures("beside_data")
def test_docstrings(module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in examples(module):
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0, capsys.readouterr().out


def test_the_main_calls_have_examples() -> None:
    shown = {test.name.rsplit(".", 1)[-1] for module in modules() for test in examples(module)}
    assert {"load_training_matrix", "plan", "inspect"} <= shown
