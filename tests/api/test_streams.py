"""Sources without a length: what is taken, what a plan says of them, and what is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.c_arrays import Batch, Stream, array, schema
from support.streams import STREAMS, Endless, reader

TABLE = pa.table(
    {"a": [1.0, None, 5.0, 8.0], "b": [1, 2, 3, 4], "t": ["x", None, "y", "x"], "y": [0, 1, 1, 0]}
)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("is_file", [False, True])
def test_what_has_no_length_is_a_source(name: str, is_file: bool, tmp_path: Path) -> None:
    out = tmp_path / "X.npy" if is_file else None
    found = onecopy.load_training_matrix(
        STREAMS[name](TABLE, 2), columns=["a", "b"], target="y", passthrough="t", out=out
    )
    assert found.X.tolist() == [[1, 1], [5, 2], [5, 3], [8, 4]]
    assert found.y.tolist() == [0, 1, 1, 0]
    assert found.passthrough["t"].tolist() == ["x", None, "y", "x"]
    assert found.report.rows == found.report.source_rows == 4
    assert found.report.columns["a"].filled == 1
    assert found.path == out


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_without_rows_has_columns(name: str) -> None:
    found = onecopy.load_training_matrix(STREAMS[name](TABLE.slice(0, 0), 2), columns=["a", "b"])
    assert found.X.shape == (0, 2)


def test_streams_stand_in_lists(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "one.parquet")
    source = [reader(TABLE, 3), str(tmp_path / "*.parquet"), TABLE, pl.from_arrow(TABLE).lazy()]
    found = onecopy.load_training_matrix(source, columns=["b"])
    assert found.X[:, 0].tolist() == [1, 2, 3, 4] * 4
    kept = onecopy.load_training_matrix([TABLE, reader(TABLE, 1)], columns=["b"], return_X_y=False)
    assert len(kept) == 8
    features, y = onecopy.load_training_matrix(
        reader(TABLE, 1), columns=["b"], target="y", return_X_y=True
    )
    assert (features.shape, y.shape) == ((4, 1), (4,))


def test_a_plan_says_what_it_cannot_know(tmp_path: Path) -> None:
    planned = onecopy.plan(
        reader(TABLE, 2), columns=["a", "b"], out=tmp_path / "X.npy", overwrite=True
    )
    assert planned.shape == (None, 2)
    assert planned.feature_names == ["a", "b"]
    assert planned.casts == [("a", "float64"), ("b", "int64")]
    assert (planned.output_bytes, planned.read_bytes, planned.source_rows) == (None, None, None)
    assert "rows of a stream x 2 float32" in str(planned)
    assert "once, batch by batch" in str(planned)
    assert planned.run().X.shape == (4, 2)
    with pytest.raises(ValueError, match="read once"):
        planned.run()
    assert "rows of a stream" in repr(onecopy.plan(pl.from_arrow(TABLE).lazy(), columns=["a"]))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"sample": 0.5}, "sample: a sample is drawn from all rows"),
        ({"split": {"train": 0.5, "test": 0.5}}, "split: where a part begins"),
        ({"sort_by": "b"}, "sort_by: where a row goes"),
        ({"unique_on": "b", "keep": "last"}, "keep: the last row of a key"),
        ({"join": "TABLE", "on": "b"}, "join: the keys of all rows"),
        ({"out": np.empty((4, 1), np.float32)}, "out: an array has as many rows"),
    ],
)
@pytest.mark.parametrize("call", [onecopy.load_training_matrix, onecopy.plan])
def test_what_needs_all_rows_is_refused(
    call: Callable[..., Any], options: dict[str, Any], why: str
) -> None:
    if "join" in options:
        options = options | {"join": TABLE.select(["b", "y"])}
    with pytest.raises(ValueError, match=why):
        call(reader(TABLE, 2), columns=["a"], **options)


@pytest.mark.parametrize("call", [onecopy.batches, onecopy.fit_recipe, onecopy.inspect])
def test_calls_that_look_twice_refuse_streams(call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="read once"):
        call(reader(TABLE, 2))


def test_types_are_refused_before_a_batch_is_read() -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        raise AssertionError
        yield

    source = pa.RecordBatchReader.from_batches(TABLE.schema, batches())
    with pytest.raises(onecopy.UnsupportedTypeError, match="`t`"):
        onecopy.plan(source)


def test_an_error_of_the_producer_says_why(tmp_path: Path) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield from TABLE.to_batches()
        raise ValueError("the well ran dry")

    source = pa.RecordBatchReader.from_batches(TABLE.schema, batches())
    with pytest.raises(OSError, match="the well ran dry"):
        onecopy.load_training_matrix(source, columns=["a", "b"], out=tmp_path / "X.npy")
    assert list(tmp_path.iterdir()) == []


def test_a_batch_that_lies_is_an_error(tmp_path: Path) -> None:
    kind = schema(b"+s", b"", [schema(b"l")])
    right = array(4, [None], [array(4, [None, bytes(32)])])
    wrong = array(4, [None], [array(2, [None, bytes(16)])])
    with pytest.raises(onecopy.CorruptFileError, match=r"support\.Stream"):
        onecopy.load_training_matrix(Stream(kind, [right, wrong]), out=tmp_path / "X.npy")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(onecopy.CorruptFileError):
        onecopy.load_training_matrix(Batch(schema(b"l"), array(2, [None, None])))


def test_memory_limits_hold_for_what_grows() -> None:
    table = pa.table({"a": np.arange(4_000_000, dtype=np.float64)})
    with pytest.raises(onecopy.MemoryLimitError, match="memory_limit"):
        onecopy.load_training_matrix(Endless(table, 100_000), dtype="float64", memory_limit="32MB")
    found = onecopy.load_training_matrix(Endless(table, 100_000), memory_limit="96MB")
    assert found.X[-1, 0] == 3_999_999


def test_progress_goes_on_from_batch_to_batch() -> None:
    seen: list[onecopy.Progress] = []
    table = pa.table({"a": np.arange(2_000_000.0)})
    onecopy.load_training_matrix(Endless(table, 50_000), progress=seen.append)
    done = [state.rows_done for state in seen if state.stage == "pour"]
    assert done == sorted(done)
    assert done[-1] == 2_000_000
