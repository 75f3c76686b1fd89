"""The documents: every example runs, every message is what is shown, every page can be reached."""

import inspect
import pathlib
import re
import shutil
from pathlib import Path

import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy._cli.completion import commands_of
from onecopy._cli.main import parser
from support.docs_data import looks_like, write_examples
from support.paths import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MESSAGE = re.compile(r"^```python\n(.*?)^```\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TREE = re.compile(r"```\{toctree\}\n(.*?)```", re.DOTALL)
MESSAGES = DOCS / "messages.md"
# The guide of learners needs them installed; tests/api/test_docs.py runs it.
RUN_HERE = [page for page in PAGES if page not in {MESSAGES, DOCS / "guide" / "learners.md"}]


def name(path: Path) -> str:
    return str(path.relative_to(DOCS))


@pytest.fixture
def beside_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_examples(tmp_path)
    times = pa.array([0, 300, 300], pa.timestamp("ms"))
    twice = pa.table({"interval_time": times, "snow": [1.0, 2.0, 3.0]})
    pq.write_table(twice, tmp_path / "twice.parquet")
    pq.write_table(pa.table({"a": [1.0, 2.0]}), tmp_path / "changing.parquet")
    empty = pa.table({"a": [1.0, 2.0], "nothing": pa.array([None, None], pa.float32())})
    pq.write_table(empty, tmp_path / "empty.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(text: str, start: int, code: str, page: Path, namespace: dict[str, object]) -> None:
    # Blank lines in front, so that a traceback names the line of the page.
    lines = text.count("\n", 0, start)
    exec(compile("\n" * lines + code, name(page), "exec"), namespace)


@pytest.mark.parametrize("page", RUN_HERE, ids=name)
@pytest.mark.usefixtures("beside_data")
def test_examples(page: Path) -> None:
    """All blocks of a page run in order, as one session."""
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": page.stem}
    for block in FENCE.finditer(text):
        if "sklearn" in block[1]:
            pytest.importorskip("sklearn")
        run(text, block.start(1), block[1], page, namespace)


TEXT = MESSAGES.read_text(encoding="utf-8")
SHOWN = list(MESSAGE.finditer(TEXT))


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown[2].partition(":")[0])
@pytest.mark.usefixtures("beside_data")
def test_a_message(shown: re.Match[str]) -> None:
    namespace: dict[str, object] = {"onecopy": onecopy, "pathlib": pathlib, "shutil": shutil}
    found = "nothing"
    try:
        run(TEXT, shown.start(1), shown[1], MESSAGES, namespace)
    except Exception as error:  # noqa: BLE001 (whatever is raised is compared)
        found = f"{type(error).__name__}: {error}"
    assert looks_like(found, shown[2].strip()), f"shown:\n{shown[2]}\nfound:\n{found}"


def test_every_error_and_warning_has_a_message() -> None:
    kinds = {
        name
        for name in onecopy.__all__
        if inspect.isclass(kind := getattr(onecopy, name)) and issubclass(kind, Exception)
    }
    shown = {shown[2].partition(":")[0] for shown in SHOWN}
    # A defect cannot be shown, and bases are never raised.
    assert kinds - shown == {"InternalError", "OnecopyError", "OnecopyWarning"}
    assert all(f"## {kind}" in TEXT or f"`{kind}`" in TEXT for kind in kinds)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_within_the_site(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [link[1] for link in LINK.finditer(text) if "://" not in link[1]]
    broken = [target for target in targets if not (page.parent / target).exists()]
    assert broken == []


def test_every_page_is_in_the_contents() -> None:
    listed = {DOCS / "index.md"}
    for page in PAGES:
        for tree in TREE.finditer(page.read_text(encoding="utf-8")):
            entries = [line for line in tree[1].split() if not line.startswith(":")]
            listed |= {page.parent / f"{entry}.md" for entry in entries if entry[0].isalnum()}
    assert {page for page in PAGES if page.suffix == ".md"} == {
        page for page in listed if page.exists()
    }


def test_the_reference_lists_all_that_is_public() -> None:
    text = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^   (\w+)$", text, re.MULTILINE)) == set(onecopy.__all__) - {
        "__version__"
    }


def test_the_guide_of_the_command_line_has_all_commands() -> None:
    text = (DOCS / "guide" / "command_line.md").read_text(encoding="utf-8")
    for command in commands_of(parser()):
        assert f"`{command.name}" in text
