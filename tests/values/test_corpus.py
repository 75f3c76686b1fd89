"""Files that nobody here wrote: the numbers in them equal pyarrow's, and bad ones are refused."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import oracle
from support.paths import CORPUS

HOSTILE = ("arrow-fuzz/", "parquet-testing/bad_data/")
BROKEN = ("/broken/", "/afl/")

DUCKDB = "real/duckdb+duckdb/data/parquet-testing"

# Files that pyarrow does not open at all, and why. They may be refused or read.
NOT_OPENED = {
    "parquet-testing/data/incorrect_map_schema.parquet": "a map with optional keys",
    "real/Teradata+kylo/core/file-metadata/file-metadata-core/src/test/resources/test.parquet": (
        "a map with optional keys"
    ),
    "real/facebookincubator+velox/velox/dwio/parquet/tests/examples/row_map_array.parquet": (
        "a map with optional keys"
    ),
    f"{DUCKDB}/bigdecimal.parquet": "a decimal of 77 digits",
}
# Columns that pyarrow does not read, and why. They may be refused or read.
NOT_READ = {
    (f"{DUCKDB}/decimal/byte_array_decimal_empty_value.parquet", "value"): "a decimal of 0 bytes",
}
# Damage that the contract does not let pass, whether or not pyarrow minds.
REFUSED = {
    "parquet-testing/data/datapage_v1-corrupt-checksum.parquet": "a page with a wrong checksum",
    "parquet-testing/data/rle-dict-uncompressed-corrupt-checksum.parquet": "the same",
    "parquet-testing/data/repeated_no_annotation.parquet": "footer: 0 rows, pages: 6",
    f"{DUCKDB}/parquet_column_num_values_mismatch.parquet": "footer: 8 rows, pages: 0",
}


def find(*, hostile: bool) -> list[str]:
    """Files that begin or end like Parquet, or claim to be; nothing where the corpus is absent."""
    found = []
    for path in sorted(CORPUS.rglob("*")):
        name = path.relative_to(CORPUS).as_posix()
        if path.is_file() and is_hostile(name) == hostile and looks_like_parquet(path):
            found.append(name)
    return found


def is_hostile(name: str) -> bool:
    return name.startswith(HOSTILE) or any(part in name for part in BROKEN)


def looks_like_parquet(path: Path) -> bool:
    name = path.relative_to(CORPUS).as_posix()
    if name.startswith("arrow-fuzz/"):
        return path.suffix != ".txt"
    with path.open("rb") as file:
        file.seek(-min(4, path.stat().st_size), os.SEEK_END)
        return file.read() in {b"PAR1", b"PARE"}


@pytest.fixture(autouse=True)
def _present() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of public files lies not beside this checkout")


def test_the_corpus_is_whole() -> None:
    assert len(find(hostile=False)) > 1000
    assert len(find(hostile=True)) > 100


def is_number(kind: pa.DataType) -> bool:
    kinds = pa.types
    checks = (
        kinds.is_integer,
        kinds.is_floating,
        kinds.is_boolean,
        kinds.is_decimal,
        kinds.is_null,
    )
    return any(check(kind) for check in checks)


def flat_numbers(schema: pa.Schema) -> list[str]:
    """The columns at the top that are numbers, where their name is theirs alone."""
    count = Counter(schema.names)
    return [f.name for f in schema if is_number(f.type) and count[f.name] == 1]


def load(path: Path, names: list[str]) -> np.ndarray:
    options = {"dtype": "float64", "fill": None, "inf": "keep"}
    return onecopy.load_training_matrix(path, columns=names, **options).X


def column_difference(file: pq.ParquetFile, name: str, got: np.ndarray) -> str | None:
    column = file.read(columns=[name])[name]
    expected = oracle.clean(
        [column], np.dtype("f8"), oracle.RULES, None, inf="keep", overflow="raise"
    )
    problems = oracle.differences(oracle.Expected(np.dtype("f8"), {name: expected}), got)
    return problems[0] if problems else None


def is_encrypted(path: Path) -> bool:
    """Whether a footer or a column is encrypted, going by the end of the file or its name."""
    names = (".encrypted", "encrypted_column.parquet", "plaintext_footer_crypto_metadata.parquet")
    return path.name.endswith(names) or path.read_bytes()[-4:] == b"PARE"


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("name", find(hostile=False), ids=str)
def test_numbers_equal_those_of_pyarrow(name: str) -> None:
    path = CORPUS / name
    if is_encrypted(path):
        with pytest.raises((onecopy.OnecopyError, OSError), match=r"(?i)encrypt|exclude="):
            onecopy.load_training_matrix(path)
        return
    if name in REFUSED:
        with pytest.raises(onecopy.CorruptFileError, match=re.escape(path.name)):
            onecopy.load_training_matrix(path, columns="numeric")
        return
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException):
        assert name in NOT_OPENED
        read_or_refuse(path)
        return
    names = [c for c in flat_numbers(file.schema_arrow) if (name, c) not in NOT_READ]
    if not names:
        read_or_refuse(path)
        return
    matrix = load(path, names)
    for j, column in enumerate(names):
        assert column_difference(file, column, matrix[:, j : j + 1]) is None


def read_or_refuse(path: Path) -> None:
    try:
        onecopy.load_training_matrix(path, columns="numeric", overflow="missing")
    except onecopy.OnecopyError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


CHILD = """
import json, resource, signal, sys
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import onecopy
path, stored = sys.argv[1:]
signal.alarm(5)
try:
    m = onecopy.load_training_matrix(
        path, columns="numeric", dtype="float64", fill=None, inf="keep", out=stored
    )
except (onecopy.OnecopyError, OSError) as error:
    print(json.dumps({"refused": f"{type(error).__name__}: {error}"}))
except BaseException as error:
    print(json.dumps({"raised": f"{type(error).__name__}: {error}"}))
else:
    print(json.dumps({"read": m.feature_names}))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What became of every hostile file, each in a process of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    names = find(hostile=True)
    stored = [folder / f"{i}.npy" for i in range(len(names))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(in_a_child, names, stored)
    return dict(zip(names, results, strict=True))


def in_a_child(name: str, stored: Path) -> dict:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        CHILD,
        str(CORPUS / name),
        str(stored),
    ]
    child = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if child.returncode != 0:
        return {"died": child.returncode, "of": child.stderr[-2000:]}
    return {**json.loads(child.stdout.splitlines()[-1]), "stored": stored, "said": child.stderr}


@pytest.mark.parametrize("name", find(hostile=True), ids=str)
def test_a_hostile_file_is_refused_or_read_right(outcomes: dict[str, dict], name: str) -> None:
    """No signal, no panic, no other error; and what is read equals what pyarrow reads."""
    outcome = outcomes[name]
    assert "died" not in outcome, outcome
    assert "raised" not in outcome, outcome
    assert "panicked" not in outcome["said"]
    if "read" in outcome:
        differences = list(compare_with_pyarrow(CORPUS / name, outcome))
        assert differences == []
    else:
        assert outcome["refused"].partition(": ")[2]


def compare_with_pyarrow(path: Path, outcome: dict) -> Iterator[str]:
    """Compare column by column, as far as pyarrow reads the file at all."""
    matrix = np.load(outcome["stored"])
    assert matrix.shape[1] == len(outcome["read"])
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        numbers = flat_numbers(file.schema_arrow)
    except (OSError, pa.ArrowException):
        return
    for j, column in enumerate(outcome["read"]):
        if column not in numbers:
            continue
        try:
            difference = column_difference(file, column, matrix[:, j : j + 1])
        except (OSError, pa.ArrowException):
            continue
        if difference:
            yield difference
