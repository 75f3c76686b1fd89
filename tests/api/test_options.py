"""The options as one list: what callers, checkers and the recipe see of it is the same."""

import subprocess
import sys
from dataclasses import is_dataclass, replace
from inspect import Parameter, isclass, signature
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import _choices, _native
from onecopy._arguments import Arguments
from onecopy._options import Options

CALLS = [onecopy.load_training_matrix, onecopy.plan]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3], "label": [0, 1, 0]}), file)
    return file


@pytest.mark.parametrize("call", CALLS)
def test_types_are_those_of_the_signature(call: Any) -> None:
    parameters = signature(call).parameters.values()
    hints = get_type_hints(call)
    assert hints.pop("return") is not None
    assert hints == {parameter.name: parameter.annotation for parameter in parameters}
    assert Parameter.empty not in hints.values()


@pytest.mark.parametrize("call", CALLS)
def test_help_knows_the_call_by_its_name(call: Any) -> None:
    assert call.__module__ == "onecopy._load"
    assert getattr(onecopy, call.__name__) is call
    assert "Parameters\n" in call.__doc__


def test_words_are_those_of_the_types() -> None:
    options = signature(onecopy.plan).parameters
    kinds = {name: option.annotation for name, option in options.items()}
    typed = {name: get_args(kind) for name, kind in kinds.items() if get_origin(kind) is Literal}
    assert typed == {
        "duplicates": _choices.DUPLICATES,
        "keep": _choices.KEEPS,
        "order": _choices.ORDERS,
        "inf": _choices.INFS,
        "target_missing": _choices.TARGET_MISSINGS,
        "overflow": _choices.OVERFLOWS,
        "missing_columns": _choices.MISSING_COLUMNS,
    }
    assert get_args(get_args(_choices.FillRule)[0]) == _choices.STATISTICS


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colums": ["a"]}, "unexpected keyword argument 'colums'; did you mean 'columns'?"),
        (
            {"return_x_y": True},
            "unexpected keyword argument 'return_x_y'; did you mean 'return_X_y'?",
        ),
        ({"zzz": 1}, "unexpected keyword argument 'zzz'"),
    ],
)
def test_unknown_options(call: Any, options: dict[str, Any], message: str, path: Path) -> None:
    with pytest.raises(TypeError) as caught:
        call(path, **options)
    assert str(caught.value) == f"{call.__name__}() got an {message}"


@pytest.mark.parametrize("call", CALLS)
def test_the_source_is_needed_once(call: Any, path: Path) -> None:
    for arguments in ((), (path, ["a"])):
        with pytest.raises(TypeError, match=rf"^{call.__name__}\(\) "):
            call(*arguments)
    with pytest.raises(TypeError, match="multiple values for argument 'source'"):
        call(path, source=path)
    assert call(source=path).shape == (3, 3)


@pytest.mark.parametrize("option", ["columns", "order", "inf", "overflow", "dtype", "fill"])
def test_the_core_refuses_words_that_it_does_not_know(option: str, path: Path) -> None:
    options = Options.from_arguments(Arguments(path))
    assert _native.plan(options).facts()["shape"] == (3, 3)
    with pytest.raises(ValueError, match=f'^{option}: "price" is not one of its values'):
        _native.plan(replace(options, **{option: "price"}))


def test_a_plan_returns_what_the_load_would(path: Path) -> None:
    plan = onecopy.plan(path, target="label", return_X_y=True)
    assert plan.shape == (3, 2)
    X, y = plan.run()  # noqa: N806
    assert X.tolist() == [[1, 1], [3, 2], [5, 3]]
    assert y.tolist() == [0, 1, 0]
    assert isinstance(onecopy.plan(path, target="label").run(), onecopy.TrainingMatrix)


def test_classes_of_public_attributes_are_public() -> None:
    # Some are imported when they are asked for.
    exported = (getattr(onecopy, name) for name in onecopy.__all__)
    public = [value for value in exported if isclass(value)]
    needed = set[str]()
    for kind in public:
        hints = get_type_hints(kind) if is_dataclass(kind) else {}
        for name, hint in hints.items():
            if name.startswith("_"):
                continue
            parts = [hint, *get_args(hint)]
            own = (part for part in parts if getattr(part, "__module__", "").startswith("onecopy"))
            needed.update(part.__name__ for part in own)
    assert {"ColumnReport", "JoinRules", "FileInfo"} <= needed <= set(onecopy.__all__)


TYPED = """
from typing import Any, assert_type
from numpy.typing import NDArray
import onecopy

Arrays = tuple[NDArray[Any], NDArray[Any]]
assert_type(onecopy.load_training_matrix("a", order="F"), onecopy.TrainingMatrix)
assert_type(onecopy.load_training_matrix("a", target="y", return_X_y=True), Arrays)
assert_type(onecopy.plan("a", fill={"a": 1.0}).run(), onecopy.TrainingMatrix)
assert_type(onecopy.plan("a", return_X_y=True).run(), Arrays)

def run(plan: onecopy.Plan) -> onecopy.TrainingMatrix:
    return plan.run()
"""

WRONG = """
import onecopy
onecopy.plan("a", order="K")
onecopy.plan("a", colums=["a"])
onecopy.load_training_matrix("a", ["a"])
onecopy.load_training_matrix("a", threads="all")
onecopy.load_training_matrix()
"""


def checked(folder: Path, code: str) -> set[int]:
    """Lines that mypy refuses."""
    (folder / "code.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "code.py"]
    run = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    errors = [line for line in run.stdout.splitlines() if ": error: " in line]
    assert all(line.startswith("code.py:") for line in errors), run.stdout
    return {int(line.split(":")[1]) for line in errors}


def test_type_checkers_see_each_option(tmp_path: Path) -> None:
    assert checked(tmp_path, TYPED) == set()
    lines = WRONG.splitlines()
    assert checked(tmp_path, WRONG) == {at for at, line in enumerate(lines, 1) if "(" in line}
