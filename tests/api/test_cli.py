"""The command line: options made from those of a load, exit codes, messages, completion."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy._arguments import Arguments
from onecopy._cli.completion import SHELLS, commands_of, script
from onecopy._cli.failures import CODES, code_of, message_of
from onecopy._cli.main import main, parser
from onecopy._cli.options import PYTHON_ONLY, flag, given_options
from onecopy._cli.output import coloured
from onecopy._cli.values import condition

# Each option of a load: what is written on the command line, and what the call is given.
GIVEN = {
    "columns": (["a,b", "c"], ["a", "b", "c"]),
    "exclude": (["a"], "a"),
    "target": (["y"], "y"),
    "weight": (["w"], "w"),
    "group": (["g"], "g"),
    "passthrough": (["id,day"], ["id", "day"]),
    "join": (["features/*.parquet"], "features/*.parquet"),
    "on": (["k,l"], ["k", "l"]),
    "duplicates": (["first"], "first"),
    "prefix": (["{stem}__"], "{stem}__"),
    "filters": (["a >= 2", "b in x,y"], [("a", ">=", 2), ("b", "in", ["x", "y"])]),
    "unique_on": (["k"], "k"),
    "keep": (["last"], "last"),
    "sample": (["0.5"], 0.5),
    "split": (["train=0.8,test=0.2"], {"train": 0.8, "test": 0.2}),
    "split_by": (["user"], "user"),
    "split_gap": (["7D"], timedelta(days=7)),
    "sort_by": (["a,b"], ["a", "b"]),
    "shuffle": (None, True),
    "seed": (["7"], 7),
    "rows": (["1000:2000"], slice(1000, 2000)),
    "shard": (["0,3"], (0, 3)),
    "dtype": (["float16"], "float16"),
    "order": (["F"], "F"),
    "inf": (["keep"], "keep"),
    "target_missing": (["drop"], "drop"),
    "fill": (["a=0,b=mean"], {"a": 0, "b": "mean"}),
    "overflow": (["clip"], "clip"),
    "datetimes": (["day=D,at=s"], {"day": "D", "at": "s"}),
    "categories": (["city,code"], ["city", "code"]),
    "missing_columns": (["missing"], "missing"),
    "recipe": (["recipe.json"], "recipe.json"),
    "for_": (["hist"], "hist"),
    "out": (["x.npy"], "x.npy"),
    "overwrite": (None, True),
    "memory_limit": (["512MB"], "512MB"),
    "threads": (["2"], 2),
    "storage_options": (["region=eu-west-1"], {"region": "eu-west-1"}),
}


def parsed(name: str, texts: list[str] | None) -> object:
    words = ["plan", "src"]
    for text in texts or []:
        words += [flag(name), text]
    if texts is None:
        words.append(flag(name))
    return given_options(parser().parse_args(words))


def test_every_option_of_a_load_is_tried_here() -> None:
    assert set(GIVEN) == {option.name for option in fields(Arguments)} - PYTHON_ONLY


@pytest.mark.parametrize("name", GIVEN)
def test_an_option(name: str) -> None:
    texts, expected = GIVEN[name]
    assert parsed(name, texts) == {name: expected}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("columns", "numeric", "numeric"),
        ("columns", '["a,b", "c"]', ["a,b", "c"]),
        ("target", "a,b", ["a", "b"]),
        ("sample", "1000", 1000),
        ("rows", "10:", slice(10, None)),
        ("shard", "(1, 2)", (1, 2)),
        ("fill", "median", "median"),
        ("fill", "0", 0),
        ("fill", "-1.5", -1.5),
        ("fill", "None", None),
        ("fill", '{"a": None}', {"a": None}),
        ("split", '{"train": None, "test": "2024-07-01"}', {"train": None, "test": "2024-07-01"}),
        ("split", "train=None,test=2024-07-01", {"train": None, "test": "2024-07-01"}),
        ("split_gap", "3", 3),
        ("datetimes", "s", "s"),
        ("datetimes", '("h", "2020-01-01")', ("h", "2020-01-01")),
        ("datetimes", '{"day": ("h", "2020-01-01")}', {"day": ("h", "2020-01-01")}),
        ("categories", "codes", "codes"),
        ("memory_limit", "1000", 1000),
        (
            "filters",
            '[[("a", "=", 1)], [("b", "is", None)]]',
            [[("a", "=", 1)], [("b", "is", None)]],
        ),
    ],
)
def test_a_value(name: str, text: str, expected: object) -> None:
    value = parsed(name, [text])[name]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a>3", ("a", ">", 3)),
        ("my column <= -1.5", ("my column", "<=", -1.5)),
        ("day >= 2024-01-01", ("day", ">=", "2024-01-01")),
        ("name = '7'", ("name", "=", "7")),
        ("x is None", ("x", "is", None)),
        ("x is not None", ("x", "is not", None)),
        ("x not in 1, 2", ("x", "not in", [1, 2])),
        ("x in ['a,b']", ("x", "in", ["a,b"])),
        ("instance != in", ("instance", "!=", "in")),
    ],
)
def test_a_condition(text: str, expected: object) -> None:
    assert condition(text) == expected


def test_options_have_help_and_python_spelling(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["convert", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert end.value.code == 0
    for name in GIVEN:
        assert flag(name) in shown
    assert "The most that the call may allocate" in shown
    assert all(f"{code} {meaning}" in shown for code, meaning in CODES.items())
    assert parser().parse_args(["plan", "src", "--sort_by", "a"]).sort_by == ["a"]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    table = pa.table({"a": [1.0, None, 3.0], "b": [1, 2, 3], "s": ["x", "y", "z"], "y": [0, 1, 0]})
    pq.write_table(table, tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def out_of(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    return capsys.readouterr().out


def test_a_conversion_is_the_load(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["t.parquet", "--exclude", "s", "--target", "y", "--fill", "mean"]
    shown = json.loads(out_of(capsys, "convert", *words, "-o", "t.npy", "--json"))
    expected = onecopy.load_training_matrix(file, exclude="s", target="y", fill="mean")
    assert np.array_equal(np.load("t.npy"), expected.X)
    assert np.array_equal(np.load("t.y.npy"), expected.y)
    assert shown["shape"] == [3, 2]
    assert shown["report"]["columns"]["a"]["filled"] == 1


def test_json_of_every_command(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be taken: --exclude '[\"s\"]'" in out_of(capsys, "inspect", str(file))
    found = json.loads(out_of(capsys, "inspect", str(file), "--sorted-by", "b", "--json"))
    assert found["rows"] == 3
    assert found["order"]["is_sorted"]
    planned = json.loads(out_of(capsys, "plan", str(file), "--exclude", "s", "--json"))
    assert planned["shape"] == [3, 3]
    assert planned["enough_memory"]
    out_of(capsys, "convert", str(file), "--exclude", "s", "-o", "t.npy")
    verified = json.loads(out_of(capsys, "verify", "t.npy", str(file), "--json"))
    assert verified["same"]
    assert json.loads(out_of(capsys, "versions", "--json"))["onecopy"] == onecopy.__version__


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("role", ["X", "y"])
def test_verify_finds_one_turned_bit(
    file: Path, capsys: pytest.CaptureFixture[str], order: str, role: str
) -> None:
    words = ["--exclude", "s", "--target", "y"]
    out_of(capsys, "convert", "t.parquet", "-o", "t.npy", "--order", order, *words)
    out_of(capsys, "verify", "t.npy", "t.parquet", "--target", "y")
    array = np.load("t.npy" if role == "X" else "t.y.npy", mmap_mode="r+")
    array.reshape(-1, order="A").view(np.uint8)[array.itemsize] ^= 1
    array.flush()
    shown = out_of(capsys, "verify", "t.npy", "t.parquet", "--target", "y", "--json", code=4)
    (difference,) = json.loads(shown)["differences"]
    assert (difference["array"], difference["values"]) == (role, 1)
    # The second value in memory: of a row in C order, and of a column in F order.
    place = {"X": (0, "b") if order == "C" else (1, "a"), "y": (1, None)}[role]
    assert (difference["row"], difference["column"]) == place
    assert sorted(path.name for path in file.parent.glob(".onecopy*")) == []


def test_verify_finds_other_rows_and_columns(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out_of(capsys, "convert", file.name, "-o", "t.npy", "--exclude", "s")
    shown = out_of(capsys, "verify", "t.npy", "t.parquet", "--filters", "b > 1", code=4)
    assert "X: expected shape (2, 3), float32, found shape (3, 3), float32" in shown
    shown = out_of(capsys, "verify", "t.npy", "t.parquet", "--columns", "a,b", code=4)
    assert "feature names: expected a, b, found a, b, y" in shown


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["plan", "none.parquet"], 1, "none.parquet: No such file or directory"),
        (["plan", "t.parquet"], 1, "--exclude '[\"s\"]'"),
        (
            ["plan", "t.parquet", "--exclude", "s", "--keep", "last"],
            2,
            "name them with --unique-on",
        ),
        (["plan", "t.parquet", "--exclude", "s", "--memory-limit", "1kB"], 3, "--memory-limit "),
        (["convert", "t.parquet", "--exclude", "s", "-o", "t.txt"], 2, '".npy" file'),
    ],
)
@pytest.mark.usefixtures("file")
def test_a_failure_is_one_line_and_a_code(
    words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("onecopy: error: ")
    assert message in err
    assert "Traceback" not in err
    with pytest.raises(Exception, match=r".+"):
        main([*words, "--debug"])


def test_codes_of_errors() -> None:
    assert code_of(onecopy.InternalError("x")) == 70
    assert code_of(KeyError("x")) == 70
    assert "--debug" in message_of(KeyError("x"))
    assert code_of(OSError(28, "full")) == 3
    assert code_of(onecopy.CorruptFileError("x")) == 1


def test_a_warning_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pq.write_table(pa.table({"a": pa.array([None, None], pa.float32())}), tmp_path / "t.parquet")
    assert main(["convert", str(tmp_path / "t.parquet"), "-o", str(tmp_path / "t.npy")]) == 0
    err = capsys.readouterr().err
    assert err.startswith("onecopy: warning: 1 of 1 columns hold no value")
    assert err.count("\n") == 1


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onecopy", *words],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


def test_a_process_keeps_results_and_messages_apart(file: Path) -> None:
    run = process("convert", str(file), "--exclude", "s", "-o", "t.npy", "--progress", "--json")
    assert run.returncode == 0
    assert json.loads(run.stdout)["shape"] == [3, 3]
    assert "pour" in run.stderr
    assert "\x1b" not in process("versions").stdout


def test_ctrl_c_is_quiet(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("onecopy._cli.look.inspect", interrupted)
    assert main(["inspect", str(file)]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_pipe_that_closes_is_quiet(file: Path) -> None:
    command = f"{sys.executable} -m onecopy inspect {file} --json; echo $? >&2"
    run = subprocess.run(
        ["bash", "-c", f"({command}) | true"], check=False, capture_output=True, text=True
    )
    assert run.stderr.strip() in {"141", "0"}


def test_colours_only_where_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured("x", "1", Terminal()) == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("x", "1", Terminal()) == "x"


def test_import_brings_neither_the_command_line_nor_cards() -> None:
    late = "('onecopy._cli', 'onecopy._cards', 'argparse')"
    code = f"import onecopy, sys; print(any(n.startswith({late}) for n in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "False"


ASK = {
    "bash": "source {}; COMP_WORDS=(onecopy convert --inf ''); COMP_CWORD=3; _onecopy; "
    "echo ${{COMPREPLY[@]}}; COMP_WORDS=(onecopy convert --memo); COMP_CWORD=2; _onecopy; "
    "echo ${{COMPREPLY[@]}}",
    "zsh": "autoload -U compinit; compinit -D -u; source {}; whence -w _onecopy; "
    "echo missing keep --memory-limit",
    "fish": "source {}; complete -C 'onecopy convert --inf '; complete -C 'onecopy convert --memo'",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_completion(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = out_of(capsys, "completion", shell)
    commands = commands_of(parser())
    assert written == script(shell, commands)
    for command in commands:
        assert command.name in written
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(written, encoding="utf-8")
    run = subprocess.run(
        [shell, "-c", ASK[shell].format(file)], check=True, capture_output=True, text=True
    )
    assert run.stderr == ""
    assert {"missing", "keep", "--memory-limit"} <= set(run.stdout.split())
