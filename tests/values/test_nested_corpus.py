"""Lists and structs in files of others: equal to pyarrow's, or refused."""

from collections import Counter
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support import nested_tables, oracle
from support.paths import CORPUS

from tests.values import test_corpus as corpus

DTYPE = np.dtype("f8")
# Chunks with more values than their row group has rows, which pyarrow does not mind.
REFUSED = {
    "real/rapidsai+cudf/python/cudf/cudf/tests/data/parquet/nested-unsigned-malformed.parquet": "g"
}


def nested_names(path: Path) -> list[str]:
    """The columns at the top of a file that are lists or structs; none where pyarrow opens none."""
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException):
        return []
    count = Counter(schema.names)
    names = [field.name for field in schema if pa.types.is_nested(field.type)]
    return [name for name in names if count[name] == 1]


def files() -> list[str]:
    found = corpus.find(hostile=False) if CORPUS.is_dir() else []
    return [name for name in found if name not in corpus.REFUSED and nested_names(CORPUS / name)]


def load(path: Path, name: str) -> onecopy.TrainingMatrix:
    return onecopy.load_training_matrix(
        path, columns=[name], dtype="float64", fill=None, inf="keep", overflow="missing"
    )


def expected(name: str, column: pa.ChunkedArray) -> dict[str, pa.ChunkedArray] | str:
    """The columns that a leaf becomes, or why it becomes none."""
    kind = column.type
    if not nested_tables.is_list(kind):
        return {name: column} if corpus.is_number(kind) else "type"
    if not corpus.is_number(kind.value_type):
        return "type"
    found = nested_tables.lengths(column)
    if not found or found == {0}:
        return "no numbers"
    if len(found) > 1:
        return "lengths"
    return nested_tables.flat(pa.table({name: column}))


def problems(path: Path, top: str) -> list[str]:
    """What is wrong with the leaves of one column at the top."""
    found = []
    try:
        column = pq.ParquetFile(path).read(columns=[top]).select([top])
    except (KeyError, OSError, pa.ArrowException):
        # What pyarrow does not read may be read or refused.
        corpus.read_or_refuse(path)
        return []
    types = {column.name: column.type for column in onecopy.inspect(path).columns}
    for name, leaf in nested_tables.leaves(column).items():
        # Maps without values are lists to pyarrow, and variants are structs.
        parts = name.split(".")
        outer = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        is_other = any(types.get(own) in {"map", "variant"} for own in outer)
        columns = "type" if is_other else expected(name, leaf)
        try:
            matrix = load(path, name)
        except onecopy.OnecopyError as error:
            if not isinstance(columns, str):
                found.append(f"{name} ({leaf.type}) is refused: {error}")
            elif columns == "lengths" and not isinstance(error, onecopy.SchemaMismatchError):
                found.append(f"{name}: {error!r}")
            continue
        if isinstance(columns, str):
            found.append(f"{name} ({leaf.type}) is taken, and should be refused: {columns}")
            continue
        cleaned = {
            own: oracle.clean([c], DTYPE, oracle.RULES, None, inf="keep", overflow="missing")
            for own, c in columns.items()
        }
        if matrix.feature_names != list(columns):
            found.append(f"{name}: {matrix.feature_names}")
        found += oracle.differences(oracle.Expected(DTYPE, cleaned), matrix.X)
    return found


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("name", files(), ids=str)
def test_lists_and_structs(name: str) -> None:
    path = CORPUS / name
    if corpus.is_encrypted(path):
        pytest.skip("what is encrypted is refused whole")
    for top in nested_names(path):
        if REFUSED.get(name) == top:
            with pytest.raises(onecopy.CorruptFileError, match="4 values for 2 rows"):
                load(path, top)
            continue
        assert problems(path, top) == []
