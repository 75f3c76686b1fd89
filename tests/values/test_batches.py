"""Batches: every row once an epoch, the same from memory and file, and on every rank as many."""

import gc
import multiprocessing
import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import TrainingMatrix

ROWS = 5003


@pytest.fixture(scope="module", params=["C", "F"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same matrix in memory and in a file."""
    folder = tmp_path_factory.mktemp("batches")
    chance = np.random.default_rng(1)
    table = pa.table({f"c{at}": chance.normal(size=ROWS) for at in range(40)})
    table = table.append_column("label", pa.array(np.arange(ROWS)))
    table = table.append_column("w", pa.array(np.arange(ROWS) / 7))
    pq.write_table(table, folder / "in.parquet")
    options = {"target": "label", "weight": "w", "order": request.param}
    memory = onecopy.load_training_matrix(folder / "in.parquet", **options)
    file = onecopy.load_training_matrix(folder / "in.parquet", out=folder / "X.npy", **options)
    return memory, file


def numbers(batches: Any) -> list[list[int]]:
    return [batch.index.tolist() for batch in batches]


def parted(matrix: TrainingMatrix, rows: int) -> TrainingMatrix:
    return matrix.rows(rows)


@pytest.mark.parametrize("rows", [1, 7, 512, 5003, 9000])
@pytest.mark.parametrize("shuffle", [None, 0, 3])
def test_every_row_comes_once_with_what_belongs_to_it(pair: Any, rows: int, shuffle: Any) -> None:
    for matrix in pair:
        batches = matrix.batches(rows, shuffle=shuffle, buffer="200KB")
        seen = []
        for batch in batches:
            assert batch.X.tobytes() == matrix.X[batch.index].tobytes()
            assert batch.y.tolist() == batch.index.tolist()
            assert batch.weight.tobytes() == matrix.weight[batch.index].tobytes()
            assert batch.group is None
            assert len(batch) <= rows
            seen += batch.index.tolist()
            shared = np.shares_memory(batch.X, matrix.X)
            assert shared == (shuffle is None)
        assert len(batches) == -(-ROWS // rows)
        assert sorted(seen) == list(range(ROWS))
        assert (seen == list(range(ROWS))) == (shuffle is None)


@pytest.mark.parametrize("buffer", ["1KB", "150KB", "64MB"])
def test_memory_and_file_give_the_same_batches(pair: Any, buffer: str) -> None:
    memory, file = pair
    for epoch in range(3):
        own = memory.batches(100, shuffle=5, epoch=epoch, buffer=buffer)
        other = file.batches(100, shuffle=5, epoch=epoch, buffer=buffer)
        for a, b in zip(own, other, strict=True):
            assert a.X.tobytes() == b.X.tobytes()
            assert a.index.tolist() == b.index.tolist()
            assert a.y.tolist() == b.y.tolist()


def test_rows_of_a_part_are_read_from_their_place(pair: Any) -> None:
    memory, file = (parted(matrix, 1234) for matrix in pair)
    for a, b in zip(memory.batches(99, shuffle=1), file.batches(99, shuffle=1), strict=True):
        assert a.X.tobytes() == b.X.tobytes() == memory.X[a.index].tobytes()


def test_an_epoch_has_an_order_of_its_own(pair: Any) -> None:
    memory, _ = pair
    batches = memory.batches(64, shuffle=9)
    first = numbers(batches)
    assert numbers(batches) == first
    batches.set_epoch(1)
    assert numbers(batches) != first
    assert numbers(memory.batches(64, shuffle=8)) != first
    assert numbers(memory.batches(64, shuffle=9, epoch=1)) == numbers(batches)


@pytest.mark.parametrize("world", [1, 2, 3, 7])
@pytest.mark.parametrize("rows", [1, 64, 715])
@pytest.mark.parametrize("drop_last", [None, False, True])
@pytest.mark.parametrize("shuffle", [None, 4])
def test_ranks_divide_the_rows(
    pair: Any, world: int, rows: int, drop_last: Any, shuffle: Any
) -> None:
    memory, _ = pair
    ranks = [
        memory.batches(
            rows, shuffle=shuffle, shard=(rank, world), drop_last=drop_last, buffer="99KB"
        )
        for rank in range(world)
    ]
    found = [numbers(batches) for batches in ranks]
    assert {len(batches) for batches in found} == {len(ranks[0])}
    assert all((rows > 1) <= len(batch) <= rows for batches in found for batch in batches)
    everything = [row for batches in found for batch in batches for row in batch]
    assert len(set(everything)) == len(everything)
    if drop_last or (drop_last is None and world > 1):
        assert {len(batch) for batches in found for batch in batches} <= {rows}
        assert len(everything) > ROWS - world * (rows + 1)
    else:
        assert len(everything) == ROWS


@pytest.mark.parametrize("shuffle", [None, 2])
def test_a_pass_goes_on_where_it_was_left(pair: Any, shuffle: Any) -> None:
    for matrix in pair:
        whole = numbers(matrix.batches(50, shuffle=shuffle, epoch=2, buffer="120KB"))
        for left in (0, 1, 17, 99, 101):
            batches = matrix.batches(50, shuffle=shuffle, epoch=2, buffer="120KB")
            passed = iter(batches)
            assert [next(passed).index.tolist() for _ in range(left)] == whole[:left]
            state = pickle.loads(pickle.dumps(batches.state_dict()))
            assert state == {"epoch": 2, "batches": left}
            later = matrix.batches(50, shuffle=shuffle, buffer="120KB")
            later.load_state_dict(state)
            assert numbers(later) == whole[left:]
            assert numbers(later) == whole


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("shuffle", [None, 2])
def test_workers_divide_the_batches_of_a_rank(pair: Any, workers: int, shuffle: Any) -> None:
    memory, _ = pair
    batches = memory.batches(50, shuffle=shuffle, buffer="60KB")
    parts = [[b.index.tolist() for b in batches.part(at, workers)] for at in range(workers)]
    assert sorted(batch for part in parts for batch in part) == sorted(numbers(batches))
    assert sum(len(part) for part in parts) == len(batches)


def readers(before: set[threading.Thread]) -> int:
    """How many threads run now that did not run before; others may end at any time."""
    return len(set(threading.enumerate()) - before)


def open_times(path: Path) -> int:
    """How often this process has the file open."""
    return sum(descriptor.resolve() == path for descriptor in Path("/proc/self/fd").iterdir())


def test_the_thread_ends_with_its_iterator(pair: Any) -> None:
    _, file = pair
    path = Path(file.path).resolve()
    before = set(threading.enumerate())
    open_before = open_times(path)
    for _ in range(3):
        passed = iter(file.batches(10, shuffle=0, buffer="30KB"))
        next(passed)
        assert readers(before) == 1
        assert open_times(path) == open_before + 1
        del passed
        gc.collect()
        assert readers(before) == 0
    for _ in file.batches(10, shuffle=0, buffer="30KB"):
        pass
    assert readers(before) == 0
    assert open_times(path) == open_before


def rest(passed: Any, answers: Any) -> None:
    answers.put([batch.index.tolist() for batch in passed])


def test_an_iterator_survives_a_fork(pair: Any) -> None:
    _, file = pair
    passed = iter(file.batches(10, shuffle=0, buffer="30KB"))
    next(passed)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=rest, args=(passed, answers))
    child.start()
    found = answers.get(timeout=60)
    child.join()
    assert found == [batch.index.tolist() for batch in passed]


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": np.arange(3e4)}), tmp_path / "a.parquet")
    matrix = onecopy.load_training_matrix(tmp_path / "a.parquet", out=tmp_path / "a.npy")
    passed = iter(matrix.batches(10, shuffle=0, buffer="2KB"))
    next(passed)
    with (tmp_path / "a.npy").open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(onecopy.InputChangedError, match="shorter"):
        list(passed)


def test_a_replaced_file_is_not_read_for_the_mapped_one(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": np.arange(3e4)}), tmp_path / "a.parquet")
    matrix = onecopy.load_training_matrix(tmp_path / "a.parquet", out=tmp_path / "a.npy")
    pq.write_table(pa.table({"a": -1 - np.arange(3e4)}), tmp_path / "b.parquet")
    onecopy.load_training_matrix(tmp_path / "b.parquet", out=tmp_path / "a.npy", overwrite=True)
    for batch in matrix.batches(1000, shuffle=0):
        assert batch.X.ravel().tolist() == batch.index.tolist()


def test_no_rows_are_no_batches(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.float64())}), tmp_path / "a.parquet")
    with pytest.warns(onecopy.EmptyColumnWarning):
        matrix = onecopy.load_training_matrix(tmp_path / "a.parquet")
    assert numbers(matrix.batches(10)) == numbers(matrix.batches(10, shuffle=0)) == []


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rows": 0}, ValueError, "rows: expected 1 or more"),
        ({"rows": 1.5}, TypeError, "rows: expected a whole number"),
        ({"shuffle": True}, TypeError, "shuffle: expected a whole number"),
        ({"shuffle": -1}, ValueError, "shuffle: expected 0 or more"),
        ({"shard": (2, 2)}, ValueError, "below the number of ranks"),
        ({"shard": "all"}, TypeError, "expected a pair"),
        ({"buffer": "many"}, ValueError, "buffer"),
    ],
)
def test_what_makes_no_sense_is_refused(pair: Any, options: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        pair[0].batches(**options)
