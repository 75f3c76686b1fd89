"""Anonymous memory while a load runs in a fresh process, sampled from /proc."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset import write_dataset
from memory import Child, Measurement

MIB = 1 << 20
FREE_BYTES = 12e9
PART_ROWS = 250_000
FEATURES = 114

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
]

LOAD = """
import json, sys
import onecopy
from memory import mark
arguments = json.loads(sys.argv[1])
mark("ready")
matrix = onecopy.load_training_matrix(**arguments)
mark("done", shape=matrix.X.shape, nbytes=matrix.X.nbytes)
"""

REFUSED = """
import json, sys
import onecopy
from memory import mark
mark("ready")
try:
    onecopy.load_training_matrix(**json.loads(sys.argv[1]))
except onecopy.MemoryLimitError as error:
    mark("done", message=str(error))
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that goes away at once: pytest would keep gigabytes of the last three runs."""
    path = tmp_path_factory.mktemp("memory")
    free = shutil.disk_usage(path).free
    if free < FREE_BYTES:
        pytest.skip(f"needs {FREE_BYTES / 1e9:.0f} GB of disk at {path}, {free / 1e9:.1f} are free")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def part(scratch: Path) -> Path:
    """One file of mixed columns, which many names may stand for."""
    folder = scratch / "part"
    return write_dataset(folder, PART_ROWS, FEATURES, row_group_rows=PART_ROWS, files=1)[0]


@pytest.fixture
def out(scratch: Path) -> Iterator[Path]:
    folder = scratch / "out"
    folder.mkdir()
    yield folder / "X.npy"
    shutil.rmtree(folder)


def parts(part: Path, count: int) -> Path:
    """A folder with the same file under many names: large to read, cheap to make."""
    folder = part.parent.parent / f"parts-{count}"
    if not folder.exists():
        folder.mkdir()
        for index in range(count):
            os.link(part, folder / f"part-{index}.parquet")
    return folder


def load(source: Path, out: Path | None = None, **options: object) -> Measurement:
    arguments = {"source": str(source), "out": None if out is None else str(out)} | options
    return Child.script(LOAD, json.dumps(arguments)).run()


def allowance(output: int) -> int:
    """The scratch that the contract allows beside an output."""
    return max(64 * MIB, min(256 * MIB, output // 20))


def check(measurement: Measurement, allowed: int) -> None:
    output = measurement.facts["nbytes"]
    print(
        f"output {output / 1e6:,.0f} MB, peak {measurement.peak / 1e6:,.1f} MB "
        f"of {allowed / 1e6:,.1f} MB allowed, {measurement.seconds:.1f} s"
    )
    assert measurement.peak <= allowed


def test_parts_and_a_shuffle_take_no_second_copy(part: Path) -> None:
    """Beside the matrix there are 8 bytes a row for their order, and the scratch of any load."""
    split = {"train": 0.7, "valid": 0.2, "test": 0.1}
    measurement = load(parts(part, 4), split=split, shuffle=True, unique_on="feature_000")
    output = measurement.facts["nbytes"]
    rows = measurement.facts["shape"][0]
    check(measurement, output + 8 * rows + 24 * PART_ROWS + allowance(output))


def test_a_gigabyte_in_memory(part: Path) -> None:
    measurement = load(parts(part, 9))
    output = measurement.facts["nbytes"]
    assert output > 1e9
    assert measurement.peak > 0.9 * output, "the sampler must see the matrix itself"
    check(measurement, output + allowance(output))


def test_a_file(part: Path, out: Path) -> None:
    measurement = load(parts(part, 6), out)
    assert measurement.facts["nbytes"] > 600e6
    check(measurement, allowance(measurement.facts["nbytes"]))


@pytest.fixture(scope="module")
def giant_row_group(scratch: Path) -> Path:
    rows = 10_000_000
    random = np.random.default_rng(0)
    columns = {}
    for index in range(3):
        columns[f"plain_{index}"] = random.standard_normal(rows, dtype=np.float32)
        columns[f"dictionary_{index}"] = random.integers(0, 1000, rows).astype(np.float32)
        columns[f"plain_{index}"][:: 7 + index] = np.nan
    path = scratch / "giant.parquet"
    dictionary = [name for name in columns if name.startswith("dictionary")]
    pq.write_table(pa.table(columns), path, row_group_size=rows, use_dictionary=dictionary)
    assert pq.ParquetFile(path).num_row_groups == 1
    return path


@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "file"])
def test_one_row_group_of_ten_million_rows(giant_row_group: Path, out: Path, in_file: bool) -> None:
    measurement = load(giant_row_group, out if in_file else None)
    output = measurement.facts["nbytes"]
    check(measurement, allowance(output) + (0 if in_file else output))


def test_seventeen_thousand_columns(scratch: Path) -> None:
    columns, rows = 17_000, 1000
    values = np.random.default_rng(0).standard_normal((columns, rows), dtype=np.float32)
    path = scratch / "wide.parquet"
    pq.write_table(pa.table({f"c{index}": values[index] for index in range(columns)}), path)
    measurement = load(path)
    assert measurement.facts["shape"] == [rows, columns]
    check(measurement, values.nbytes + allowance(values.nbytes))


def test_ten_thousand_row_groups(scratch: Path) -> None:
    rows = 1_000_000
    random = np.random.default_rng(0)
    table = pa.table({name: random.standard_normal(rows) for name in "abc"})
    path = scratch / "row-groups.parquet"
    pq.write_table(table, path, row_group_size=rows // 10_000)
    assert pq.ParquetFile(path).num_row_groups == 10_000
    measurement = load(path)
    output = measurement.facts["nbytes"]
    check(measurement, output + allowance(output))


def test_many_small_files(scratch: Path) -> None:
    part = write_dataset(scratch / "small", 1000, FEATURES, files=1)[0]
    measurement = load(parts(part, 320))
    output = measurement.facts["nbytes"]
    assert measurement.facts["shape"] == [320_000, FEATURES + 1]
    check(measurement, output + allowance(output))


def test_a_file_of_four_gigabytes_within_a_limit(part: Path, out: Path) -> None:
    measurement = load(parts(part, 36), out, memory_limit="256MB")
    assert measurement.facts["nbytes"] > 4e9
    check(measurement, int(256e6))


def number_that_would_do(message: str) -> str:
    """The limit that the message of a refusal offers."""
    found = re.search(r'memory_limit="?([\d.,_]+ ?(?:[kKMGT]i?)?B?)"?', message)
    assert found, message
    return found[1]


@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "file"])
def test_a_limit_too_small_names_one_that_works(part: Path, out: Path, in_file: bool) -> None:
    source = parts(part, 2)
    arguments = {"source": str(source), "out": str(out) if in_file else None}
    refused = Child.script(REFUSED, json.dumps(arguments | {"memory_limit": 100_000})).run()
    message = refused.facts["message"]
    print(message)
    limit = number_that_would_do(message)
    if not in_file:
        assert ".npy" in message
    assert not list(out.parent.iterdir())
    measurement = load(source, out if in_file else None, memory_limit=limit)
    assert measurement.facts["shape"] == [2 * PART_ROWS, FEATURES + 1]


def test_a_refusal_comes_before_any_data_is_read(part: Path, scratch: Path) -> None:
    """All pages are destroyed, the footer is not: whoever read a page would complain of that."""
    content = bytearray(part.read_bytes())
    footer_bytes = int.from_bytes(content[-8:-4], "little") + 8
    content[4:-footer_bytes] = bytes(len(content) - footer_bytes - 4)
    broken = scratch / "broken.parquet"
    broken.write_bytes(content)
    arguments = {"source": str(broken), "memory_limit": "10MB"}
    refused = Child.script(REFUSED, json.dumps(arguments)).run()
    assert "memory_limit" in refused.facts["message"]


@pytest.mark.parametrize("kind", ["in memory", "a file"])
def test_hundreds_of_joined_tables(scratch: Path, out: Path, kind: str) -> None:
    """One table under many names: each has 26 columns of its own, and one in ten is shuffled."""
    folder = scratch / "tables"
    rows = 5000
    if not folder.exists():
        folder.mkdir()
        rng = np.random.default_rng(0)
        keys = np.flatnonzero(rng.random(rows) > 0.03)
        features = {f"f{at}": rng.normal(size=len(keys)) for at in range(26)}
        table = pa.table({"k": keys} | features)
        pq.write_table(table, scratch / "sorted.parquet")
        pq.write_table(table.take(rng.permutation(len(keys))), scratch / "shuffled.parquet")
        pq.write_table(pa.table({"k": np.arange(rows)}), scratch / "source.parquet")
        for at in range(667):
            name = "sorted" if at % 10 else "shuffled"
            os.link(scratch / f"{name}.parquet", folder / f"t{at}.parquet")
    measurement = load(
        scratch / "source.parquet",
        out if kind == "a file" else None,
        join=str(folder),
        on="k",
        prefix="{stem}__",
    )
    output = measurement.facts["nbytes"]
    assert output == rows * 667 * 26 * 4
    owned = output if kind == "in memory" else 0
    check(measurement, owned + allowance(output))
