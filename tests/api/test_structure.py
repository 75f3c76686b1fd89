"""The Python package stays a tree of small files: imports point down, so there is no circle."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.paths import ROOT

PACKAGE = ROOT / "python" / "onecopy"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60

# What users import by themselves, each with the package that it is for.
LEARNERS = {"dask", "lightgbm", "ray", "sklearn", "torch", "xgboost"}

# The lowest first; a file imports from lower floors only.
FLOORS = [
    {"_native"},
    {"_choices", "_errors", "_render", "_json", "_files", "_frames", "_pool", "_progress"}
    | {"_constants", "_array_batch", "_column_report"},
    {"_gather", "_lists", "_remote", "_lakes"},
    {"_remote.failures", "_lakes.lake"},
    {"_remote.network", "_lakes.dataset", "_lakes.delta", "_lakes.iceberg"},
    {"_remote.stores"},
    {"_remote.systems"},
    {"_remote.address"},
    {"_remote.listing"},
    {"_remote.objects"},
    {"_sources", "_cuts", "_columns", "_groups", "_mapped", "_learner", "_peak", "_versions"}
    | {"_figure", "_histograms", "_cards", "_cards.frame"},
    {"_learners", "_texts", "_times"},
    {"_cards.drawing"},
    {"_cards.columns"},
    {"_cards.parts"},
    {"_checks", "_onnx", "_report", "_serve"},
    {"_blocks", "_inspect", "_join", "_recode"},
    {"_batches"},
    {"_folds", "_recipe"},
    {"_description", "_fit", "_views"},
    {"_matrix"},
    {"_arguments", "_finished"},
    {"_rows", "_shard"},
    {"_options"},
    {"_run"},
    {"_table_writer", "_windows", "_writer"},
    {"_shares"},
    {"_plan"},
    {"_explain", "_load", "_dask_files", "_dask_plan"},
    {"_dask_tasks"},
    {"__init__"},
    LEARNERS,
    {"_cli", "_cli.bench", "_cli.values", "_cli.completion", "_cli.output"},
    {"_cli.options", "_cli.bench.ways", "_cli.bench.turns"},
    {"_cli.failures", "_cli.bench.worker", "_cli.bench.picture"},
    {"_cli.look", "_cli.pour", "_cli.versions"},
    {"_cli.verify", "_cli.bench.command"},
    {"_cli.main"},
    {"__main__"},
]


def module(path: Path) -> str:
    """The name of a file below the package."""
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def floor(name: str) -> int:
    return next((at for at, names in enumerate(FLOORS) if name in names), -1)


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of all modules that are imported, wherever that is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            own = module == "onecopy"
            yield from (f"onecopy.{name.name}" for name in node.names) if own else [module]


def upward(name: str, tree: ast.AST) -> list[str]:
    """What a file imports that is not on a lower floor."""
    own = (module for module in imported(tree) if module.startswith(("onecopy", ".")))
    names = (module.partition("onecopy.")[2] for module in own)
    return [other for other in names if not 0 <= floor(other) < floor(name)]


def foreign(tree: ast.Module) -> list[str]:
    """What is imported with the package and is neither its own, nor Python's, nor NumPy's."""
    top = (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    names = (module.partition(".")[0] for node in top for module in imported(node))
    return [name for name in names if name not in sys.stdlib_module_names | {"numpy", "onecopy"}]


def long(tree: ast.AST) -> dict[str, int]:
    """Functions with too many lines, docstrings not counted."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= first.end_lineno - first.lineno + 1
            if lines > MOST_LINES_OF_A_FUNCTION:
                found[node.name] = lines
    return found


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_file_has_its_floor() -> None:
    names = {module(path) for path in FILES} | {"_native"}
    floors = [name for floor in FLOORS for name in floor]
    assert sorted(floors) == sorted(names)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_point_down(path: Path) -> None:
    assert upward(module(path), parsed(path)) == []


@pytest.mark.parametrize("path", FILES, ids=module)
def test_only_numpy_is_imported_with_the_package(path: Path) -> None:
    own = {path.stem} & LEARNERS
    assert set(foreign(parsed(path))) <= own


@pytest.mark.parametrize("path", FILES, ids=module)
def test_files_are_short_and_say_what_they_are(path: Path) -> None:
    tree = parsed(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert ast.get_docstring(tree)
    assert long(tree) == {}


@pytest.mark.parametrize(
    "line",
    [
        "from onecopy._plan import Plan",
        "from onecopy import _plan as plan",
        "import onecopy._plan",
        "def f():\n    from onecopy._plan import Plan",
        "from onecopy._matrix import TrainingMatrix",
        "from onecopy import Plan",
        "from ._render import quoted",
        "import onecopy",
    ],
)
def test_an_upward_import_is_found(line: str) -> None:
    assert len(upward("_matrix", ast.parse(line))) == 1


def test_a_downward_import_is_none() -> None:
    assert upward("_matrix", ast.parse("from onecopy._render import quoted")) == []


def test_a_foreign_import_is_found() -> None:
    assert foreign(ast.parse("import pandas.core\nimport os, numpy.typing")) == ["pandas"]
    assert foreign(ast.parse("def f():\n    import pandas")) == []


def test_a_long_function_is_found() -> None:
    lines = "    x = 1\n" * MOST_LINES_OF_A_FUNCTION
    assert long(ast.parse(f"def f():\n{lines}")) == {"f": MOST_LINES_OF_A_FUNCTION + 1}
    documented = (
        f'def f():\n    """{"line" * 3}\n\n    more\n    """\n' + lines[len("    x = 1\n") :]
    )
    assert long(ast.parse(documented)) == {}
