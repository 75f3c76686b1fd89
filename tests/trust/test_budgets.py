"""Budgets: a load with a memory_limit stays within it, or is refused with the number that would do;
and a control group that is little larger never kills it.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from memory import Child, Measurement
from support.memory_cases import MEMORY_CASES, numbers
from support.scale import WHOLE

MIB = 1 << 20
BUDGETS = [64 * MIB, 128 * MIB, 512 * MIB, 4096 * MIB] if WHOLE else [64 * MIB]
# Those that strain most, where time is short.
CHOSEN = [
    "17,000 columns",
    "a giant dictionary",
    "many small files",
    "300 tables",
    "unique texts, sorted",
]
TOLERANCE = 1.10
# What an interpreter with NumPy and a little more needs beside the budget.
BESIDE = 64 * MIB
GROUPS = Path("/sys/fs/cgroup/memory")

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
]

LOAD = """
import json, os, sys, warnings
arguments, group = json.loads(sys.argv[1])
if group:
    open(group + "/cgroup.procs", "w").write(str(os.getpid()))
import onecopy
from memory import mark
warnings.simplefilter("ignore")
mark("ready")
try:
    matrix = onecopy.load_training_matrix(**arguments)
except onecopy.MemoryLimitError as error:
    mark("done", refusal=str(error))
else:
    mark("done", nbytes=matrix.X.nbytes)
"""


@pytest.fixture(scope="module", params=MEMORY_CASES if WHOLE else CHOSEN)
def memory_case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, object]]:
    """The options of a load whose files go away as soon as they have served."""
    made = MEMORY_CASES[request.param]
    folder = tmp_path_factory.mktemp("memory_case")
    yield made.write(folder) | made.options
    shutil.rmtree(folder)


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "X.npy"
    shutil.rmtree(tmp_path)


@pytest.fixture
def group() -> Iterator[Path]:
    """A memory control group of this test's own."""
    path = GROUPS / f"onecopy-{os.getpid()}"
    try:
        path.mkdir()
    except OSError as error:
        pytest.skip(f"needs the right to make memory control groups: {error}")
    yield path
    path.rmdir()


def run(options: dict[str, object], group: Path | None = None) -> Measurement:
    told = json.dumps([options, str(group) if group else None])
    return Child.script(LOAD, told).run()


def number_that_would_do(message: str, budget: int) -> int:
    """The limit that a refusal offers. How large a page is shows only when it is read."""
    if found := re.search(r"memory_limit=(\d+)", message):
        return int(found[1])
    found = re.search(r"raise memory_limit by (\d+) bytes", message)
    assert found, message
    return budget + int(found[1])


def check(options: dict[str, object], budget: int) -> str:
    """Hold a load against its budget, and against those that its refusals name: the first before
    anything is read, another one only where a page turns out to be larger than most.
    """
    wanted = budget
    for kind in ["memory_limit", "one page or dictionary", "nothing else"]:
        measurement = run(options | {"memory_limit": wanted})
        refusal = measurement.facts.get("refusal")
        if refusal is None:
            break
        assert wanted == budget or kind in refusal, refusal
        number = number_that_would_do(refusal, wanted)
        assert number > wanted, refusal
        wanted = number
    assert measurement.peak <= TOLERANCE * wanted, f"{measurement.peak:,} of {wanted:,} bytes"
    refused = f"{budget / MIB:.0f} refused, " if wanted > budget else ""
    return f"{refused}{measurement.peak / MIB:.0f} of {wanted / MIB:.0f}"


@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "file"])
def test_a_budget_is_kept(memory_case: dict[str, object], out: Path, in_file: bool) -> None:
    told = []
    for budget in BUDGETS:
        options = memory_case | ({"out": str(out), "overwrite": True} if in_file else {})
        told.append(check(options, budget))
    print(f"peak / budget in MiB: {'; '.join(told)}")


def test_a_small_control_group_kills_nobody(
    memory_case: dict[str, object], out: Path, group: Path
) -> None:
    budget = 64 * MIB
    options = memory_case | {"out": str(out), "overwrite": True, "memory_limit": budget}
    refusal = run(options).facts.get("refusal")
    if refusal is not None:
        budget = number_that_would_do(refusal, budget)
        options["memory_limit"] = budget
    (group / "memory.limit_in_bytes").write_text(str(budget + BESIDE))
    measurement = run(options, group)
    assert "refusal" not in measurement.facts
    most = int((group / "memory.max_usage_in_bytes").read_text())
    print(
        f"{measurement.facts['nbytes'] / MIB:.0f} MiB to a file with a budget of "
        f"{budget / MIB:.0f}: {most / MIB:.0f} of {(budget + BESIDE) / MIB:.0f} MiB in the group"
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows in many small groups, so that a load needs little; a table to join, and few rows."""
    folder = tmp_path_factory.mktemp("small")
    rows = 120_000
    columns = numbers(7, rows) | {"k": np.random.default_rng(0).permutation(rows)}
    pq.write_table(pa.table(columns), folder / "many.parquet", row_group_size=500)
    pq.write_table(pa.table({"k": np.arange(rows)}), folder / "keys.parquet")
    few = {name: column[:1000] for name, column in columns.items()}
    pq.write_table(pa.table(few), folder / "few.parquet", compression="zstd")
    return folder


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("threads", [1, 3, 64])
def test_the_number_that_a_refusal_names_does(
    small: Path, out: Path, dtype: str, threads: int
) -> None:
    many, few, keys = (str(small / f"{name}.parquet") for name in ("many", "few", "keys"))
    for options in [
        {"source": many},
        {"source": many, "order": "F"},
        {"source": many, "fill": "mean"},
        {"source": many, "target": "c0", "weight": "c1", "target_missing": "keep"},
        {"source": many, "columns": ["c3"]},
        {"source": keys, "join": many, "on": "k"},
        {"source": few},
    ]:
        for place in [{}, {"out": out, "overwrite": True}]:
            asked = options | place | {"dtype": dtype, "threads": threads, "overflow": "clip"}
            with pytest.raises(onecopy.MemoryLimitError) as refusal:
                onecopy.load_training_matrix(**asked, memory_limit=1)
            number = number_that_would_do(str(refusal.value), 1)
            plain = onecopy.load_training_matrix(**asked)
            tight = onecopy.load_training_matrix(**asked, memory_limit=number)
            assert np.array_equal(plain.X, tight.X)
