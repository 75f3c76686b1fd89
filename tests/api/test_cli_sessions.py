"""The sessions in a terminal that the documents show, run as they are."""

from pathlib import Path

import pytest
from dataset import write_dataset
from onecopy._cli.main import main
from support.docs_data import Step, looks_like, steps, write_examples
from support.paths import ROOT

GUIDE = (ROOT / "docs" / "guide" / "command_line.md").read_text(encoding="utf-8")
STEPS = list(steps(GUIDE))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    write_examples(folder, 600, 2)
    for file in (folder / "train").iterdir():
        file.unlink()
    write_dataset(folder / "train", 6000, 4, row_group_rows=1000, files=2)
    return folder


@pytest.mark.parametrize("step", STEPS, ids=lambda step: " ".join(step.words[:3]))
def test_a_session(
    step: Step, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    assert step.words[0] == "onecopy"
    try:
        code = main(step.words[1:])
    except SystemExit as end:
        code = end.code
    out, err = capfd.readouterr()
    if step.words[1] == "versions":
        out = "\n".join(out.splitlines()[:5])
    assert code == step.code, out + err
    assert looks_like(out + err, step.shown), f"shown:\n{step.shown}\nfound:\n{out + err}"


def test_every_command_has_a_session() -> None:
    shown = {step.words[1] for step in STEPS}
    assert shown == {"inspect", "plan", "convert", "join", "verify", "bench", "versions"}
