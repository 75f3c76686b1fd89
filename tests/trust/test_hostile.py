"""Hostile files: none kills a process, hangs, fools or takes memory, and odd good ones are read."""

import base64
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onecopy
import pytest
from hostile import Case, Expected, cases
from support.outcomes import WAYS, Outcome, run
from support.paths import CORPUS

PUBLIC = ("arrow-fuzz", "parquet-testing/bad_data")
CASES = cases()
MOST_BYTES = 64 << 20
# What is refused on account of the columns asked for, or of the memory allowed, is no one file's.
OF_NO_FILE = ("cannot become numbers", "memory_limit is", "drop those rows")
# Of the files that others call bad, these are in order.
READ = {"ARROW-GH-43605.parquet": "indices of 0 bits, which do for a dictionary of one entry"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[Outcome]]:
    """What became of each file of the set, by its threat and name."""
    folder = tmp_path_factory.mktemp("set")
    paths = [folder / f"{at}.parquet" for at in range(len(CASES))]
    for path, case in zip(paths, CASES, strict=True):
        path.write_bytes(case.data)
    owners = [(p, c, way) for p, c in zip(paths, CASES, strict=True) for way in ways(c)]
    began = time.perf_counter()
    outcomes = run([(path, way, case.options) for path, case, way in owners], folder / "out")
    show("the generated set", len(CASES), outcomes, time.perf_counter() - began)
    by_case: dict[tuple[str, str], list[Outcome]] = {}
    for (_, case, _), outcome in zip(owners, outcomes, strict=True):
        by_case.setdefault((case.threat, case.name), []).append(outcome)
    return by_case


def ways(case: Case) -> list[str]:
    """All ways; but what is too much for the memory allowed may be right on a disk, or as a key."""
    is_long = "memory_limit" in case.options
    return [way for way in WAYS if way not in {"file", "join"} or not is_long]


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """What became of the hostile files of public corpora."""
    paths = public_files()
    if not paths:
        pytest.skip("the corpus of public files lies not beside this checkout")
    loads = [(path, way, options(path)) for path in paths for way in WAYS]
    began = time.perf_counter()
    outcomes = run(loads, tmp_path_factory.mktemp("public") / "out")
    show("public fuzz files", len(paths), outcomes, time.perf_counter() - began)
    return outcomes


def options(path: Path) -> dict[str, str]:
    """Take all columns where one of them is known to be bad."""
    return {} if path.parent.name == "bad_data" else {"columns": "numeric"}


def public_files() -> list[Path]:
    found = (path for part in PUBLIC for path in sorted((CORPUS / part).rglob("*")))
    return [path for path in found if path.is_file() and path.suffix not in {".txt", ".md"}]


def show(what: str, files: int, outcomes: list[Outcome], seconds: float) -> None:
    """Print the figures; `pytest -s` lets them through."""
    killed = sum(outcome.is_killed for outcome in outcomes)
    late = sum(outcome.is_late for outcome in outcomes)
    other = sum(bool(o.error) and not o.is_ours for o in outcomes)
    read = sum(outcome.answer is not None for outcome in outcomes if outcome.way == "memory")
    slowest = max(outcome.seconds for outcome in outcomes)
    peak = max(outcome.peak for outcome in outcomes) / 1e6
    print(
        f"\n{what}: {files} files, {len(outcomes)} loads in {seconds:.1f} s: {killed} signals, "
        f"{late} over 5 s, {other} errors that are not ours; {read} files read; "
        f"slowest {slowest:.3f} s, peak {peak:.1f} MB over the start"
    )


def wrongs_of_any(outcome: Outcome) -> Iterator[str]:
    """Tell what no load may do, whatever the file."""
    if outcome.is_killed:
        yield f"killed by signal {outcome.signal}: {outcome.said}"
    if outcome.is_late:
        yield "took longer than 5 s"
    if outcome.error and not outcome.is_ours:
        yield f"raised {outcome.error}: {outcome.message}"
    if "panicked" in outcome.said:
        yield outcome.said
    needed = (outcome.answer or {}).get("bytes", 0)
    if outcome.peak > MOST_BYTES + needed:
        yield f"took {outcome.peak} bytes"
    if outcome.error and not names_the_file(outcome):
        yield f"does not name the file: {outcome.message}"


def names_the_file(outcome: Outcome) -> bool:
    message = outcome.message
    is_of_none = any(part in message for part in OF_NO_FILE) or "X.npy" in message
    return is_of_none or outcome.path.name in message


def wrongs(case: Case, outcome: Outcome) -> Iterator[str]:
    """Tell in what an outcome is not the expected one."""
    yield from wrongs_of_any(outcome)
    if outcome.way not in {"memory", "F", "float16", "file"} or outcome.signal:
        return
    expected = case.expected
    if outcome.answer is None:
        if expected is Expected.GOOD:
            yield f"refused: {outcome.message}"
        elif expected is Expected.EITHER or is_full_disk(case, outcome):
            return
        elif outcome.error != expected.value or case.word not in outcome.message:
            yield f"{expected.value} and {case.word!r} expected, {outcome.error} found: " + (
                outcome.message
            )
    elif expected not in {Expected.GOOD, Expected.EITHER}:
        yield f"read, with the shape {outcome.answer['shape']}"
    elif case.values:
        yield from differences(case, outcome)


def is_full_disk(case: Case, outcome: Outcome) -> bool:
    """Tell whether a file was refused because the disk has no room for what it claims."""
    is_claim = case.expected is not Expected.GOOD and outcome.way == "file"
    return is_claim and outcome.error == "OSError" and "No space left" in outcome.message


def differences(case: Case, outcome: Outcome) -> Iterator[str]:
    answer = outcome.answer or {}
    if answer["names"] != list(case.values):
        yield f"columns {answer['names']}"
    elif "values" in answer and outcome.way != "float16":
        matrix = np.frombuffer(base64.b64decode(answer["values"])).reshape(answer["shape"])
        wanted = [[np.nan if v is None else v for v in values] for values in case.values.values()]
        expected = np.array(wanted, "f8").T
        if matrix.shape != expected.shape or matrix.tobytes() != expected.tobytes():
            yield f"{matrix[:8].tolist()} instead of {expected[:8].tolist()}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.threat}: {case.name}")
def test_what_comes_of_a_file(generated: dict[tuple[str, str], list[Outcome]], case: Case) -> None:
    outcomes = generated[case.threat, case.name]
    found = [f"{o.way}: {wrong}" for o in outcomes for wrong in wrongs(case, o)]
    assert not found, "\n".join(found)


def test_the_set_is_whole() -> None:
    threats = {case.threat for case in CASES}
    assert threats >= {f"T{number}" for number in range(1, 10)}
    assert len(CASES) >= 300
    assert sum(case.expected is Expected.GOOD for case in CASES) >= 60
    assert [case.data for case in cases()] == [case.data for case in CASES]


def test_no_public_file_kills_or_hangs(public: list[Outcome]) -> None:
    found = (f"{o.path.name}, {o.way}: {wrong}" for o in public for wrong in wrongs_of_any(o))
    assert not list(found)


def test_bad_files_of_others_are_refused(public: list[Outcome]) -> None:
    bad = [o for o in public if o.path.parent.name == "bad_data" and o.way == "memory"]
    assert len(bad) >= 8
    assert {o.path.name for o in bad if o.answer} <= READ.keys()


def test_all_ways_agree(public: list[Outcome]) -> None:
    """What one way of loading refuses, no other one reads."""
    by_path: dict[Path, set[bool]] = {}
    for outcome in public:
        if outcome.way in {"memory", "F", "file"}:
            by_path.setdefault(outcome.path, set()).add(outcome.answer is None)
    assert all(len(answers) == 1 for answers in by_path.values())


def test_a_pipe_is_no_file(folder: Path) -> None:
    """Opening a pipe would wait for whoever writes to it."""
    os.mkfifo(folder / "a.parquet")
    with pytest.raises(onecopy.CorruptFileError, match=re.escape("a.parquet: it is a pipe")):
        onecopy.load_training_matrix(folder / "a.parquet")
