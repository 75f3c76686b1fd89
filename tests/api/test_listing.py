"""The listing of sources against Python's own `glob`, `os.walk` and `sorted`, on drawn trees."""

import fnmatch
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onecopy import _native
from support.listing_oracle import listed, natural
from support.scale import scaled

NAMES = [
    "a", "b", "A", "10", "2", "02", "part-1", "part-10", "part-2", "x.parquet", "y.parquet",
    "10.parquet", "9.parquet", "z.PQ", "w.parq", "k.txt", ".hidden", ".h.parquet", "_tmp",
    "_m.parquet", "[a].parquet", "é.parquet", "a-b.parquet", "]", "!x.parquet", "^", "a b.parquet",
    "\udcff.parquet", "\U0001f600.parquet", "\ufb01", "*.parquet", "back\\slash.parquet",
]  # fmt: skip
PIECES = [
    "*", "?", "**", "*.parquet", "*.*", "[a-z]*", "[!a]*", "[]]", "[!]]", "[a", "[^a]*", ".*",
    "[0-9]*", "[2-1]*", "[a-]*", "[--9]*", "part-?", "part-[12]*", "*[!t]", "**x", "x*", "_*",
    "[\\]*", "[.]*", "", ".", "*/..", "?*?", "*-*", "[é-ï]*", "[[]a].parquet", "[*]*", "[!*]*",
]  # fmt: skip


def list_paths(sources: list[str], option: str) -> list[str]:
    return _native.Origins(sources, option).paths


def plant(folder: Path, rng: random.Random, depth: int = 0) -> None:
    """Draw a tree of files, folders and links to files, some of them broken."""
    for name in rng.sample(NAMES, rng.randint(0, 7 if depth else 12)):
        path = folder / name
        what = rng.random()
        if what < 0.55:
            path.write_bytes(b"")
        elif what < 0.85 and depth < 3:
            path.mkdir()
            plant(path, rng, depth + 1)
        elif what < 0.9:
            path.symlink_to(path.name)
        else:
            files = [place for place in folder.iterdir() if place.is_file()]
            path.symlink_to(rng.choice([*files, Path("absent")]))


def link(home: Path, rng: random.Random) -> None:
    """Draw one link to a folder. Two that lead back are followed in 2 ** 40 ways."""
    folders = [home, *(place for place in home.rglob("*") if place.is_dir())]
    path, target = rng.choice(folders) / "link", rng.choice(folders)
    path.symlink_to(rng.choice([target, os.path.relpath(target, path.parent)]))


def shut(home: Path, rng: random.Random) -> None:
    """Make a folder unreadable now and then, in one of three ways."""
    folders = [place for place in home.rglob("*") if place.is_dir() and not place.is_symlink()]
    if folders and rng.random() < 0.3:
        rng.choice(folders).chmod(rng.choice([0, 0o444, 0o111]))


def draw_source(rng: random.Random, existing: list[str]) -> str:
    """Draw a path of a tree, or one that may have wildcards and may match."""
    if existing and rng.random() < 0.2:
        return rng.choice(existing)
    pieces = [rng.choice(NAMES if rng.random() < 0.2 else PIECES) for _ in range(rng.randint(1, 4))]
    # Links that lead back make "**" many times as long for each one more.
    while pieces.count("**") > 1:
        pieces.remove("**")
    return rng.choice(["/", "/", "/", "//"]).join(pieces).lstrip("/") or "*"


def outcome(call: object, *arguments: object) -> object:
    """What a listing gives, or which error."""
    try:
        return call(*arguments)
    except PermissionError as error:
        # The first of those that may not be read is found by chance.
        return type(error), error.errno, error.filename is not None
    except OSError as error:
        return type(error), error.errno, error.filename


def free(folder: Path) -> None:
    """Make all folders readable again, so that they can be removed."""
    for path, below, _ in os.walk(folder):
        for name in below:
            if not (Path(path) / name).is_symlink():
                (Path(path) / name).chmod(0o755)


def test_drawn_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(20)
    met: Counter[str] = Counter()
    for number in range(scaled(25, 1000)):
        home = tmp_path / str(number)
        home.mkdir()
        plant(home, rng)
        link(home, rng)
        existing = [str(place.relative_to(home)) for place in home.rglob("*")]
        shut(home, rng)
        monkeypatch.chdir(home)
        for _ in range(60):
            source = draw_source(rng, existing)
            if rng.random() < 0.3:
                source = f"{home}/{source}"
            expected = outcome(listed, source)
            found = outcome(list_paths, [source], "source")
            if expected == []:
                expected = (FileNotFoundError, 2, source)
            assert found == expected, (number, source)
            met["errors" if isinstance(expected, tuple) else f"{min(len(expected), 3)} files"] += 1
        free(home)
    print(dict(met))
    assert min(met.values()) > 10


names = st.text(st.sampled_from("ab019[]!-^*?.~&|\\é\udcff \n"), max_size=7)


@settings(deadline=None, max_examples=scaled(200, 20_000))
@given(pattern=names, name=names.filter(lambda name: name not in {"", ".", ".."}))
@example("[!-a]", "-")
@example("[c-b-a]", "-")
@example("[]-a]", "^")
@example("[&&~~||]", "|")
@example("*", "\n")
def test_patterns(tmp_path_factory: pytest.TempPathFactory, pattern: str, name: str) -> None:
    if not any(c in pattern for c in "*?[") or pattern == "**":
        return
    folder = tmp_path_factory.mktemp("pattern")
    (folder / name).write_bytes(b"")
    is_hidden = name.startswith(".") and not pattern.startswith(".")
    found = outcome(list_paths, [f"{folder}/{pattern}"], "source")
    expected = fnmatch.fnmatchcase(name, pattern) and not is_hidden
    assert (found == [f"{folder}/{name}"]) == (expected or pattern == name)


@settings(deadline=None, max_examples=scaled(200, 20_000))
@given(
    st.lists(st.text(st.sampled_from("ab0129-_é\udcff\ue000\U0001f600"), min_size=1, max_size=6))
)
def test_natural_order(tmp_path_factory: pytest.TempPathFactory, drawn: list[str]) -> None:
    folder = tmp_path_factory.mktemp("order")
    for name in drawn:
        (folder / f"x{name}.pq").write_bytes(b"")
    expected = sorted({f"{folder}/x{name}.pq" for name in drawn}, key=natural)
    found = outcome(list_paths, [str(folder)], "source")
    assert found == (expected or (FileNotFoundError, 2, str(folder)))
