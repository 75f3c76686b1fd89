"""Shares of a load: end to end they are the one load, and where one fails all fail."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.ranks import Ranks

ROWS = 4_003

pytestmark = [
    pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning"),
    pytest.mark.filterwarnings("ignore::onecopy.PrecisionWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Columns that medians are hard to find of, in files that are cut anywhere."""
    rng, rows = np.random.default_rng(7), ROWS
    missing = rng.random(rows) < 0.5
    columns = {
        "normal": rng.normal(size=rows),
        "wide": np.exp(rng.normal(size=rows) * 20),
        "rising": np.arange(rows) / 7,
        "two": rng.integers(0, 2, rows).astype(float),
        "constant": np.full(rows, 3.5),
        "zeros": np.where(missing, -0.0, 0.0),
        "denormal": rng.integers(-3, 4, rows) * 1e-42,
        "half": np.where(missing, np.nan, rng.normal(size=rows)),
        "empty": np.full(rows, np.nan),
        "one": np.where(np.arange(rows) == 7, 1.25, np.nan),
        "infinite": np.where(missing, np.inf, rng.normal(size=rows)),
        "close": 1 + rng.integers(0, 1 << 20, rows) * 2.0**-40,
        "word": np.array([f"w{at}" for at in rng.integers(0, 90, rows)]),
        "day": np.datetime64("2024-01-01") + np.sort(rng.integers(0, 300, rows)),
        "key": rng.integers(0, 500, rows),
        "label": np.array(["no", "maybe", "yes"])[rng.integers(0, 3, rows)],
    }
    table = pa.table(columns | {"vector": pa.array(list(rng.normal(size=(rows, 3))))})
    home = tmp_path_factory.mktemp("shards")
    for at, (start, stop) in enumerate([(0, 1_500), (1_500, 1_500), (1_500, 1_507), (1_507, rows)]):
        part = table.slice(start, stop - start)
        pq.write_table(part, home / f"part-{at}.parquet", row_group_size=700)
    return home


PLAIN: dict[str, Any] = {
    "datetimes": "D",
    "categories": "codes",
    "target": "label",
    "overflow": "missing",
}

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "half precision": {"dtype": "float16"},
    "double, by columns": {"dtype": "float64", "order": "F"},
    "infinities stay": {"inf": "keep", "overflow": "clip"},
    "fills": {"fill": {"normal": "mean", "half": "mean", "wide": None, "two": -1, "word": 7}},
    "filters": {"filters": [("key", "<", 200)]},
    "sample": {"sample": 0.3, "unique_on": "key"},
    "shares": {"split": {"train": 0.6, "test": 0.3}},
    "cuts": {"split": {"train": None, "test": np.datetime64("2024-05-01")}, "split_by": "day"},
    "beside": {"passthrough": ["key", "rising"], "weight": "constant", "columns": ["half", "one"]},
    "group": {"group": "word", "columns": "numeric"},
    "some rows": {"rows": slice(1_000, -500)},
}


def rows_of(matrix: onecopy.TrainingMatrix) -> list[bytes]:
    """All arrays of a matrix, row by row."""
    arrays = [matrix.X, matrix.y, matrix.weight, matrix.group, *matrix.passthrough.values()]
    return [np.ascontiguousarray(array).tobytes() for array in arrays if array is not None]


def end_to_end(matrices: list[onecopy.TrainingMatrix]) -> list[bytes]:
    return [b"".join(parts) for parts in zip(*map(rows_of, matrices), strict=True)]


def load_all(world: int, source: Any, **options: Any) -> list[Any]:
    ranks = Ranks(world)
    loaded = ranks.run(
        lambda rank, gather: onecopy.load_training_matrix(
            source, shard=(rank, world), gather=gather, **options
        )
    )
    return [*loaded]


@pytest.mark.parametrize("world", [1, 3, 16])
@pytest.mark.parametrize("case", CASES)
def test_shares_end_to_end_are_the_one_load(folder: Path, case: str, world: int) -> None:
    options = PLAIN | CASES[case]
    one = onecopy.load_training_matrix(folder, **options)
    shares = load_all(world, folder, threads=1, **options)
    assert end_to_end(shares) == rows_of(one)
    for rank, share in enumerate(shares):
        assert len(share.X) == (rank + 1) * len(one.X) // world - rank * len(one.X) // world
        assert share.recipe == one.recipe
        assert share.report.columns == one.report.columns
        assert share.report.rows == one.report.rows
        for name, part in one.report.parts.items():
            assert share.report.parts[name].columns == part.columns
        if one.group_keys is not None:
            assert list(share.group_keys) == list(one.group_keys)


def test_there_may_be_more_processes_than_rows(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, None, 4.0], "b": ["x", None, "y"], "y": [1, 2, 3]})
    pq.write_table(table, tmp_path / "few.parquet")
    options: dict[str, Any] = {"target": "y", "categories": "codes"}
    one = onecopy.load_training_matrix(tmp_path / "few.parquet", **options)
    shares = load_all(7, tmp_path / "few.parquet", **options)
    assert end_to_end(shares) == rows_of(one)
    assert [share.recipe for share in shares] == [one.recipe] * 7


def test_files_of_shares(folder: Path, tmp_path: Path) -> None:
    one = onecopy.load_training_matrix(folder, **PLAIN)
    ranks = Ranks(3)
    ranks.run(
        lambda rank, gather: onecopy.load_training_matrix(
            folder, shard=(rank, 3), gather=gather, out=tmp_path / f"{rank}.npy", **PLAIN
        )
    )
    opened = [onecopy.TrainingMatrix.open(tmp_path / f"{rank}.npy") for rank in range(3)]
    assert end_to_end(opened) == rows_of(one)
    assert [matrix.recipe for matrix in opened] == [one.recipe] * 3


def test_each_process_has_a_file_of_its_own(folder: Path, tmp_path: Path) -> None:
    failed = load_all(2, folder, out=tmp_path / "same.npy", **PLAIN)
    assert all(str(error).startswith("out: expected a file of its own") for error in failed)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "keys",
    [
        np.arange(0, 500, 2),
        np.arange(0, 40_000, 3),
        np.random.default_rng(3).permutation(70)[:64],
        np.array([-1]),
    ],
    ids=["half", "mostly unused", "a word of them", "none"],
)
def test_tables_are_joined_to_shares(folder: Path, tmp_path: Path, keys: Any) -> None:
    values = np.random.default_rng(9).normal(size=len(keys))
    pq.write_table(pa.table({"key": keys, "extra": values}), tmp_path / "extra.parquet")
    options = PLAIN | {"join": tmp_path / "extra.parquet", "on": "key"}
    one = onecopy.load_training_matrix(folder, **options)
    shares = load_all(3, folder, **options)
    assert end_to_end(shares) == rows_of(one)
    for share in shares:
        assert share.report.tables == one.report.tables
        assert share.recipe == one.recipe


def test_rows_of_other_parts_change_no_fill(tmp_path: Path) -> None:
    """What is behind the first part may be anything: here it is poison for every statistic."""
    rows = 900
    values = np.random.default_rng(1).normal(size=rows)
    values[::5] = np.nan
    poisoned = values.copy()
    poisoned[600:] = np.where(np.isnan(values[600:]), np.nan, 1e30)
    fills = []
    for at, column in enumerate((values, poisoned)):
        path = tmp_path / f"{at}.parquet"
        pq.write_table(pa.table({"at": np.arange(rows), "a": column}), path, row_group_size=100)
        shares = load_all(4, path, columns=["a"], split={"train": None, "test": 600}, split_by="at")
        fills.append([share.recipe.fill for share in shares])
    assert fills[0] == fills[1]


def test_values_that_are_refused_are_those_of_all(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, 1e39, 2.0, -1e40], "y": [1, 2, 3, 4]})
    pq.write_table(table, tmp_path / "large.parquet")
    with pytest.raises(onecopy.CastOverflowError) as refused:
        onecopy.load_training_matrix(tmp_path / "large.parquet", target="y")
    for error in load_all(3, tmp_path / "large.parquet", target="y"):
        assert type(error) is onecopy.CastOverflowError
        assert str(error) == str(refused.value)
        assert (error.counts, error.largest) == (refused.value.counts, refused.value.largest)
    lacking = pa.table({"a": [1.0, 2.0, 3.0], "y": [None, 1, None]})
    pq.write_table(lacking, tmp_path / "lacking.parquet")
    for error in load_all(3, tmp_path / "lacking.parquet", target="y"):
        assert type(error) is onecopy.MissingTargetError
        assert error.nulls == {"y": 2}


def test_an_error_of_one_is_that_of_all(folder: Path, tmp_path: Path) -> None:
    ranks = Ranks(3)
    failed = ranks.run(
        lambda rank, gather: onecopy.load_training_matrix(
            folder if rank != 1 else tmp_path / "absent.parquet",
            shard=(rank, 3),
            gather=gather,
            **PLAIN,
        )
    )
    # Nothing was said before the source was looked for: the others hear of it in the first round.
    assert [type(error) for error in failed] == [FileNotFoundError] * 3
    assert failed[1].filename == failed[0].filename == str(tmp_path / "absent.parquet")
    assert failed[0].__notes__ == ["This is the error of process 1 of 3."]


def test_a_disk_that_fails_one_leaves_nothing_of_any(folder: Path, tmp_path: Path) -> None:
    places = [tmp_path / "0.npy", tmp_path / "none" / "1.npy"]
    ranks = Ranks(2)
    failed = ranks.run(
        lambda rank, gather: onecopy.load_training_matrix(
            folder, shard=(rank, 2), gather=gather, out=places[rank], **PLAIN
        )
    )
    assert [type(error) for error in failed] == [FileNotFoundError] * 2
    assert not any(tmp_path.iterdir())


def test_processes_that_load_other_data_are_told(folder: Path) -> None:
    ranks = Ranks(2)
    failed = ranks.run(
        lambda rank, gather: onecopy.load_training_matrix(
            folder, shard=(rank, 2), gather=gather, inf=["missing", "keep"][rank], **PLAIN
        )
    )
    assert all("loads other data, or with other options" in str(error) for error in failed)


@pytest.mark.parametrize(
    ("gather", "said"),
    [
        (lambda given: given, "found bytes"),
        (lambda given: [given], "found 1"),
        (lambda given: [given, None], "found NoneType of process 1"),
        (lambda given: [given, b"short"], "found something else of process 1"),
        (lambda given: [given[:-1] + b"x", given], "found that of process 0 in another place"),
    ],
)
def test_what_gather_returns_is_checked(folder: Path, gather: Any, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        onecopy.load_training_matrix(folder, shard=(0, 2), gather=gather, **PLAIN)


def test_messages_that_lie_are_refused(folder: Path) -> None:
    """Whatever bytes come instead of a payload: an error, or a result, and never a crash."""
    head, rng = len(b"onecopy gather 1") + 4 + 16 + 1, np.random.default_rng(5)

    def lie(given: bytes) -> list[bytes]:
        payload = bytearray(given[head:])
        for at in rng.integers(0, max(len(payload), 1), 3):
            if payload:
                payload[at] = rng.integers(0, 256)
        return [given, given[:head] + bytes(payload[: rng.integers(0, len(payload) + 1)])]

    options = {"columns": ["normal", "half", "two"], "fill": {"two": "mean"}}
    for _ in range(300):
        with suppress(ValueError, onecopy.CastOverflowError):
            onecopy.load_training_matrix(folder, shard=(0, 2), gather=lie, **options)


def test_without_gather_nothing_is_fitted(folder: Path) -> None:
    columns = {"columns": ["normal", "half"]}
    with pytest.raises(ValueError, match="gather: the medians and means of a shard"):
        onecopy.load_training_matrix(folder, shard=(0, 2), **columns)
    with pytest.raises(ValueError, match="gather: the codes of texts"):
        onecopy.load_training_matrix(folder, shard=(0, 2), columns=["word"], categories="codes")
    one = onecopy.load_training_matrix(folder, **columns)
    for options in ({"fill": None, **columns}, {"recipe": one}):
        whole = onecopy.load_training_matrix(folder, **options)
        shares = [
            onecopy.load_training_matrix(folder, shard=(rank, 3), **options) for rank in range(3)
        ]
        assert end_to_end(shares) == rows_of(whole)


def test_a_plan_of_a_share_tells_its_rows(folder: Path) -> None:
    whole = onecopy.plan(folder, **PLAIN)
    plan = onecopy.plan(folder, shard=(1, 3), gather=lambda given: [given] * 3, **PLAIN)
    assert plan.shape == (2 * ROWS // 3 - ROWS // 3, whole.shape[1])
    assert plan.output_bytes < whole.output_bytes
    assert "rank 1 of 3" in str(plan)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shard": 3}, "shard: expected"),
        ({"shard": (2, 2)}, "shard: expected"),
        ({"shard": (0.5, 2)}, "shard: expected two whole numbers"),
        ({"gather": list}, "gather: it needs"),
        ({"shard": (0, 2), "gather": 3}, "gather: expected a function"),
        ({"shard": (0, 2), "sort_by": "key"}, "sort_by: a shard"),
        ({"rows": 3}, "rows: expected a slice"),
        ({"rows": slice(0, 4, 2)}, "rows: expected a slice without a step"),
        ({"rows": slice("a")}, "rows: expected a slice of whole numbers"),
    ],
)
def test_what_is_refused(folder: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        onecopy.load_training_matrix(folder, **PLAIN, **options)


@pytest.mark.parametrize(
    "rows", [slice(None), slice(10), slice(5, 900), slice(-300, None), slice(3_000, 2_000)]
)
def test_rows_are_those_of_a_slice(folder: Path, rows: slice) -> None:
    kept = {"columns": ["key", "two"], "fill": None}
    one = onecopy.load_training_matrix(folder, **kept)
    sliced = onecopy.load_training_matrix(folder, rows=rows, **kept)
    assert np.array_equal(sliced.X, one.X[rows])
    filtered = onecopy.load_training_matrix(folder, rows=rows, filters=[("key", "<", 50)], **kept)
    assert np.array_equal(filtered.X, one.X[rows][one.X[rows][:, 0] < 50])
