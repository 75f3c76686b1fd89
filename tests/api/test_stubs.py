"""The stubs agree with the module, and the public call with what is promised."""

import inspect
import subprocess
import sys
from inspect import Parameter
from pathlib import Path

import onecopy
import pytest
from support.paths import ROOT

# The promise, written out once more on purpose: a default that changes must change here too.
OPTIONS = {
    "columns": None,
    "exclude": (),
    "target": None,
    "weight": None,
    "group": None,
    "passthrough": (),
    "join": None,
    "on": None,
    "duplicates": "raise",
    "prefix": None,
    "filters": None,
    "unique_on": None,
    "keep": "first",
    "sample": None,
    "split": None,
    "split_by": None,
    "split_gap": None,
    "sort_by": None,
    "shuffle": False,
    "seed": 0,
    "rows": None,
    "shard": None,
    "gather": None,
    "dtype": "float32",
    "order": "C",
    "inf": "missing",
    "target_missing": "raise",
    "fill": "median",
    "overflow": "raise",
    "datetimes": "raise",
    "categories": "raise",
    "missing_columns": "raise",
    "recipe": None,
    "for_": None,
    "out": None,
    "overwrite": False,
    "memory_limit": None,
    "threads": None,
    "storage_options": None,
    "filesystem": None,
    "progress": None,
    "return_X_y": False,
}

# Modules for packages that need not be installed.
ALLOWED = [
    "--ignore-unused-allowlist",
    f"--allowlist={ROOT / 'tests' / 'support' / 'stubtest.txt'}",
]

ERRORS = {
    "ColumnNotFoundError": ValueError,
    "UnsupportedTypeError": TypeError,
    "SchemaMismatchError": Exception,
    "CorruptFileError": ValueError,
    "CastOverflowError": OverflowError,
    "MissingTargetError": ValueError,
    "InputChangedError": OSError,
    "MemoryLimitError": MemoryError,
    "DuplicateKeyError": ValueError,
    "InternalError": Exception,
}


@pytest.mark.parametrize("call", [onecopy.load_training_matrix, onecopy.plan])
def test_every_option_with_its_default(call: object) -> None:
    source, *options = inspect.signature(call).parameters.values()
    assert (source.name, source.default) == ("source", Parameter.empty)
    assert {option.name: option.default for option in options} == OPTIONS
    assert [option.name for option in options] == list(OPTIONS)
    assert {option.kind for option in options} == {Parameter.KEYWORD_ONLY}


def test_inspect_takes_a_source_and_names() -> None:
    parameters = inspect.signature(onecopy.inspect).parameters
    assert list(parameters) == ["source", "sorted_by", "storage_options", "filesystem"]
    assert parameters["sorted_by"].default is None


# The same for the calls that serve rows and give batches.
CALLS = {
    onecopy.batches: {"rows": 65_536, "buffer": "64MB"},
    onecopy.fit_recipe: {"buffer": "64MB"},
    onecopy.TrainingMatrix.batches: {
        "rows": 65_536,
        "shuffle": None,
        "epoch": 0,
        "shard": (0, 1),
        "drop_last": None,
        "buffer": "64MB",
    },
    onecopy.Recipe.transform: {"missing_columns": "raise", "overflow": None, "out": None},
    onecopy.Recipe.to_sklearn: {"stock": False},
    onecopy.Recipe.to_onnx: {"opset": None},
}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__qualname__)
def test_the_defaults_of_other_calls(call: object) -> None:
    parameters = inspect.signature(call).parameters.values()
    given = {p.name: p.default for p in parameters if p.default is not Parameter.empty}
    assert given == CALLS[call]


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_is_also_the_built_in_that_fits(name: str) -> None:
    error = getattr(onecopy, name)
    assert issubclass(error, onecopy.OnecopyError)
    assert issubclass(error, ERRORS[name])


def test_everything_public_is_listed() -> None:
    public = {
        name
        for name in dir(onecopy)
        if not name.startswith("_") and not inspect.ismodule(getattr(onecopy, name))
    }
    assert public == set(onecopy.__all__) - {"__version__"}


def test_stubtest(tmp_path: Path) -> None:
    # In an empty folder, so that mypy finds the installed package and nothing else.
    run = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "onecopy", *ALLOWED],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
