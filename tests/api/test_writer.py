"""The writer: what it takes, what it refuses, what it leaves, threads and pools."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.pools import POOLS
from support.streams import reader

TABLE = pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3], "t": ["x", None, "y"], "y": [0, 1, 0]})


def written(path: Path, *batches: Any, **options: Any) -> onecopy.TrainingMatrix:
    with onecopy.MatrixWriter(path, **options) as writer:
        for batch in batches:
            writer.append(batch)
    return onecopy.TrainingMatrix.open(path)


def of_number(number: int) -> dict[str, Any]:
    return {"n": np.full(10, number), "x": np.arange(10.0)}


def test_batches_of_every_kind_are_taken(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "part.parquet")
    batches = [
        TABLE,
        TABLE.to_batches()[0],
        reader(TABLE, 2),
        pl.from_arrow(TABLE),
        pl.from_arrow(TABLE).lazy(),
        TABLE.to_pandas(),
        {"y": [0, 1, 0], "t": ["x", None, "y"], "b": [1, 2, 3], "a": [1.0, np.nan, 5.0]},
        str(tmp_path / "part.parquet"),
        tmp_path,
    ]
    options = {"target": "y", "passthrough": "t"}
    found = written(tmp_path / "X.npy", *batches, **options)
    expected = onecopy.load_training_matrix([TABLE] * len(batches), **options)
    assert found.X.tobytes() == expected.X.tobytes()
    assert found.y.tolist() == expected.y.tolist()
    assert found.passthrough["t"].tolist() == expected.passthrough["t"].tolist()
    assert found.recipe == expected.recipe
    assert found.report.cells_filled == expected.report.cells_filled


@pytest.mark.parametrize("writer", [onecopy.MatrixWriter, onecopy.TableWriter])
def test_arrays_that_were_appended_are_let_go(tmp_path: Path, writer: Any) -> None:
    given = []

    def batch(kind: type = float) -> dict[str, Any]:
        arrays = {"x": np.arange(1000, dtype=kind), "v": np.ones((1000, 2))}
        given.extend(map(weakref.ref, arrays.values()))
        return arrays

    with writer(tmp_path / "X.npy") as taken:
        for _ in range(5):
            taken.append(batch())
        with pytest.raises((TypeError, ValueError)):
            taken.append(batch() | {"other": np.ones(1000)})
        with pytest.raises((TypeError, ValueError)):
            taken.append(batch(np.complex128))
        del taken
    gc.collect()
    assert all(array() is None for array in given)


def test_arrays_of_every_dtype_are_taken(tmp_path: Path) -> None:
    numbers = [*"?bhilqBHILQefd", ">i4", ">f8"]
    arrays = {f"n{at}": np.array([0, 1, 1], dtype=kind) for at, kind in enumerate(numbers)}
    masked = np.ma.MaskedArray([7, 8, 9], [False, True, False])
    days = np.array(["2024-01-02", "NaT", "1969-12-31"], "M8[D]")
    beside = {
        "day": days,
        "ns": days.astype("M8[ns]"),
        "dt": np.array([1, 2, 3], "m8[ms]"),
        "text": np.array(["a", "bcd", "é"]),
        "objects": np.array(["a", None, "c"], dtype=object),
        "bytes": np.array([b"x", b"", b"yz"]),
        "masked": masked,
    }
    lists = {"gaps": [1, None, 3], "flags": [True, None, False]}
    assert np.isnan(written(tmp_path / "M.npy", lists, fill=None).X[1]).all()
    batch = arrays | beside | {"v": np.arange(6.0).reshape(3, 2), "stride": np.arange(6)[::2]}
    found = written(tmp_path / "X.npy", batch, batch, passthrough=list(beside))
    assert found.feature_names == [*arrays, "v_0", "v_1", "stride"]
    rows = [[0.0] * len(numbers), [1.0] * len(numbers), [1.0] * len(numbers)]
    tail = [[0, 1, 0], [2, 3, 2], [4, 5, 4]]
    assert found.X.tolist() == [row + end for row, end in zip(rows, tail, strict=True)] * 2
    passed = found.passthrough
    assert passed["text"].tolist() == ["a", "bcd", "é"] * 2
    assert passed["objects"].tolist() == ["a", None, "c"] * 2
    assert passed["bytes"].tolist() == [b"x", b"", b"yz"] * 2
    assert passed["masked"].tolist() == [7, None, 9] * 2
    for name in ("day", "ns", "dt"):
        twice = np.concatenate([beside[name], beside[name]])
        assert np.array_equal(passed[name], twice, equal_nan=True), name
        assert passed[name].dtype == beside[name].dtype


@pytest.mark.parametrize(
    ("batch", "what"),
    [
        ({}, "empty dict"),
        ({"a": [1], "b": [1, 2]}, "'a' has 1, 'b' has 2"),
        ({"a": np.zeros((1, 1, 1))}, "3 dimensions"),
        ({"a": [1j]}, "complex128"),
        ({"a": [1, None, "x"]}, "objects of int, str"),
        ({"a": np.array([{}], dtype=object)}, "objects of dict"),
        ({"a": np.array([1], "M8[Y]")}, "datetime64"),
        ({1: [1]}, "names of columns, found 1"),
        ({"a": [[1], [1, 2]]}, "is no array"),
        (np.zeros((2, 2)), "found ndarray"),
        (None, "found NoneType"),
    ],
)
def test_what_is_no_batch_is_refused(tmp_path: Path, batch: Any, what: str) -> None:
    with onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
        writer.append({"a": [1.0]})
        with pytest.raises((TypeError, ValueError), match=what):
            writer.append(batch)
        writer.append({"a": [2.0]})
    assert writer.close().X[:, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("batch", "error", "what"),
    [
        ({"a": [1.0], "y": [1]}, onecopy.SchemaMismatchError, "b"),
        ({"a": [1.0], "b": [1]}, onecopy.ColumnNotFoundError, "y"),
        ({"a": [1.0], "b": [1], "c": [1], "y": [1]}, onecopy.SchemaMismatchError, "c"),
        ({"a": ["x"], "b": [1], "y": [1]}, onecopy.SchemaMismatchError, "a"),
        ({"a": [1.0], "b": [1], "y": [1.5]}, onecopy.SchemaMismatchError, "int64"),
        ({"a": [1.0], "b": [1], "y": ["x"]}, onecopy.SchemaMismatchError, "y"),
    ],
)
def test_a_batch_of_other_columns_is_refused(
    tmp_path: Path, batch: Any, error: type[Exception], what: str
) -> None:
    with onecopy.MatrixWriter(tmp_path / "X.npy", target="y") as writer:
        writer.append({"a": [1.0], "b": [1], "y": [1]})
        with pytest.raises(error, match=what):
            writer.append(batch)
        writer.append({"y": np.array([2], "i1"), "b": [0.5], "a": np.array([7], "u1")})
    assert writer.close().X.tolist() == [[1, 1], [7, 0.5]]
    assert writer.close().y.tolist() == [1, 2]


def test_a_batch_that_fails_later_ends_the_writer(tmp_path: Path) -> None:
    writer = onecopy.MatrixWriter(tmp_path / "X.npy")
    writer.append({"a": [1.0]})
    with pytest.raises(onecopy.CastOverflowError):
        writer.append({"a": [1e300]})
    with pytest.raises(ValueError, match="an earlier batch failed"):
        writer.append({"a": [1.0]})
    with pytest.raises(ValueError, match="nothing is"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> onecopy.MatrixWriter:
        with onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
            writer.append({"a": [1.0]})
            held.append(writer)
            raise KeyError

    held: list[onecopy.MatrixWriter] = []
    with pytest.raises(KeyError):
        fail()
    writer = held[0]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="closed"):
        writer.append({"a": [1.0]})


def test_a_writer_without_batches_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="no batch was appended"),
        onecopy.MatrixWriter(tmp_path / "X.npy"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_old_set_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "X.npy"
    written(path, {"a": [1.0]})
    with pytest.raises(FileExistsError):
        onecopy.MatrixWriter(path)
    with onecopy.MatrixWriter(path, overwrite=True) as writer:
        writer.append({"a": [2.0, 3.0]})
        assert onecopy.TrainingMatrix.open(path).X.tolist() == [[1]]
        assert (writer.rows, writer.duplicates) == (2, 0)
        assert repr(writer) == f"MatrixWriter('{path}', 2 rows, open)"
    assert onecopy.TrainingMatrix.open(path).X.tolist() == [[2], [3]]
    assert writer.close() is writer.close()


def test_duplicates_are_counted_over_all_batches(tmp_path: Path) -> None:
    path = tmp_path / "X.npy"
    with onecopy.MatrixWriter(path, unique_on=["k", "b"], exclude="k") as writer:
        writer.append({"k": ["p", "q", "p", None], "b": [1, 1, 1, 1], "x": [0, 1, 2, 3]})
        writer.append({"x": [4, 5, 6], "b": np.array([1, 2, 1], "i2"), "k": [None, "p", "q"]})
    assert (writer.rows, writer.duplicates) == (4, 3)
    assert writer.close().X.tolist() == [[1, 0], [1, 1], [1, 3], [2, 5]]


def test_the_last_row_of_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="keep: the last row of a key"):
        onecopy.MatrixWriter(tmp_path / "X.npy", unique_on="k", keep="last")  # type: ignore[arg-type]


def test_a_recipe_is_followed(tmp_path: Path) -> None:
    recipe = onecopy.load_training_matrix(TABLE, exclude=["t", "y"]).recipe
    batch = TABLE.select(["b", "a", "t"])
    found = written(tmp_path / "X.npy", batch.slice(1), batch, recipe=recipe)
    assert found.X.tolist() == [[3, 2], [5, 3], [1, 1], [3, 2], [5, 3]]
    assert found.recipe == recipe


@pytest.mark.parametrize("options", [{"order": "F"}, {"fill": None}, {"dtype": "float16"}])
def test_options_about_the_matrix_hold(tmp_path: Path, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    table = pa.table({f"c{at}": rng.normal(size=5000) for at in range(7)} | {"n": [None] * 5000})
    pieces = [table.slice(at, 700) for at in range(0, 5000, 700)]
    with pytest.warns(onecopy.EmptyColumnWarning):
        found = written(tmp_path / "X.npy", *pieces, **options)
    with pytest.warns(onecopy.EmptyColumnWarning):
        expected = onecopy.load_training_matrix(table, **options)
    assert found.X.tobytes("A") == expected.X.tobytes("A")
    assert found.X.flags.f_contiguous == expected.X.flags.f_contiguous


def test_threads_may_append(tmp_path: Path) -> None:
    with onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
        threads = [
            threading.Thread(target=lambda at=at: [writer.append(of_number(at))] * 1)
            for at in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    numbers, rows = writer.close().X.T
    assert sorted(numbers[::10].tolist()) == list(range(40))
    assert rows.tolist() == list(range(10)) * 40
    assert all(len(set(batch.tolist())) == 1 for batch in numbers.reshape(40, 10))


@pytest.mark.parametrize("pool", POOLS)
def test_pools_make_batches_in_the_order_of_items(
    tmp_path: Path, pool: Callable[[], Executor]
) -> None:
    with pool() as executor, onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
        writer.append_from(executor, of_number, range(20), in_flight=3)
    assert writer.close().X[::10, 0].tolist() == list(range(20))


def test_no_more_batches_are_alive_than_may_be(tmp_path: Path) -> None:
    alive, most, lock = set[int](), 0, threading.Lock()

    class Rows(dict[str, Any]):
        def __init__(self, number: int) -> None:
            super().__init__(of_number(number))
            nonlocal most
            with lock:
                alive.add(number)
                most = max(most, len(alive))
            self.number = number

        def __del__(self) -> None:
            with lock:
                alive.discard(self.number)

    taken = []

    def items() -> Iterator[int]:
        for at in range(30):
            taken.append(at)
            yield at

    with ThreadPoolExecutor(8) as executor, onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
        writer.append_from(executor, Rows, items(), in_flight=3, order="arrival")
    assert most <= 3
    assert len(taken) == 30
    assert sorted(writer.close().X[::10, 0].tolist()) == list(range(30))


def test_arrival_lets_the_fast_ones_pass(tmp_path: Path) -> None:
    def slow(number: int) -> dict[str, Any] | None:
        time.sleep(0.3 if number == 0 else 0.0)
        return None if number == 2 else of_number(number)

    with ThreadPoolExecutor(2) as executor, onecopy.MatrixWriter(tmp_path / "X.npy") as writer:
        writer.append_from(executor, slow, range(5), in_flight=2, order="arrival")
    assert writer.close().X[::10, 0].tolist() == [1, 3, 4, 0]


def test_an_exception_of_a_worker_ends_the_block(tmp_path: Path) -> None:
    def fails(number: int) -> dict[str, Any]:
        if number == 7:
            raise ZeroDivisionError
        return of_number(number)

    with (
        ThreadPoolExecutor(2) as executor,
        pytest.raises(ZeroDivisionError),
        onecopy.MatrixWriter(tmp_path / "X.npy") as writer,
    ):
        writer.append_from(executor, fails, range(1000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "error"),
    [({"in_flight": 0}, ValueError), ({"in_flight": 1.5}, TypeError), ({"order": "x"}, ValueError)],
)
def test_wrong_words_are_refused(
    tmp_path: Path, options: dict[str, Any], error: type[Exception]
) -> None:
    writer = onecopy.MatrixWriter(tmp_path / "X.npy")
    with ThreadPoolExecutor(1) as executor, pytest.raises(error):
        writer.append_from(executor, of_number, [1], **options)
    with pytest.raises(ValueError, match="mode"):
        onecopy.MatrixWriter(tmp_path / "Z.npy", mode="r")
    with pytest.raises(ValueError, match=r"\.npy"):
        onecopy.MatrixWriter(tmp_path / "Z.parquet")


def test_frames_of_pandas_keep_their_index_out(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=[7, 9])
    assert written(tmp_path / "X.npy", frame, frame).feature_names == ["a"]
