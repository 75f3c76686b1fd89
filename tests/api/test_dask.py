"""Loads over a Dask cluster: the bits of one load, also where workers die."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.paths import ROOT

dask = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")

import onecopy.dask  # noqa: E402 (only where there is Dask)

ROWS = 60_011
BOUND = 60

# Dask leaves sockets and loops to the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:distributed"),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(11)
    home = tmp_path_factory.mktemp("dask")
    table = pa.table(
        {
            "a": rng.normal(size=ROWS),
            "gaps": np.where(rng.random(ROWS) < 0.4, np.nan, rng.normal(size=ROWS)),
            "rising": pa.array([None if at % 5 == 0 else at / 3 for at in range(ROWS)]),
            "word": rng.choice(["x", "yy", "zebra"], ROWS),
            "id": pa.array([None if at % 9 == 0 else at for at in range(ROWS)]),
            "label": rng.choice(["no", "yes"], ROWS),
        }
    )
    for at in range(3):
        part = table.slice(at * ROWS // 3, (at + 1) * ROWS // 3 - at * ROWS // 3)
        pq.write_table(part, home / f"{at}.parquet", row_group_size=5_000)
    return home


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    paths = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    with (
        pytest.MonkeyPatch.context() as patch,
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        patch.setenv("PYTHONPATH", paths)
        yield client


PLAIN: dict[str, Any] = {"categories": "codes", "target": "label", "passthrough": "id"}


def assert_same(loaded: Any, one: onecopy.TrainingMatrix) -> None:
    found = loaded.X.compute()
    assert (found.dtype, found.shape) == (one.X.dtype, one.X.shape)
    assert found.tobytes() == np.ascontiguousarray(one.X).tobytes()
    assert np.array_equal(loaded.y.compute(), one.y)
    assert loaded.recipe == one.recipe
    assert loaded.report.columns == one.report.columns
    assert loaded.report.rows == one.report.rows
    for name, array in one.passthrough.items():
        found = loaded.passthrough[name].compute()
        assert isinstance(found, np.ma.MaskedArray) == isinstance(array, np.ma.MaskedArray)
        assert (found == array).all()


def test_a_plan_tells_partitions_and_bytes(client: Any, source: Path) -> None:
    one = onecopy.plan(source, **PLAIN)
    plan = onecopy.dask.plan(source, npartitions=7, **PLAIN)
    assert repr(plan) == f"DaskPlan({ROWS}x4 float32 in 7 partitions)"
    assert (plan.shape, plan.dtype, plan.npartitions) == (one.shape, one.dtype, 7)
    assert plan.block_rows == ROWS - 6 * ROWS // 7
    assert plan.block_rows * 4 * 4 < plan.block_bytes < plan.task_bytes
    assert plan.read_bytes == one.read_bytes
    assert 0 < plan.message_bytes <= 1_200_000
    assert plan.exchanged_bytes >= 7 * plan.message_bytes
    assert "7; 8,573 rows" in str(plan)
    assert onecopy.dask.plan(source, client=client, fill=0, **PLAIN).message_bytes == 0
    with pytest.raises(TypeError, match="plan\\(\\) takes no shard="):
        onecopy.dask.plan(source, npartitions=7, shard=(0, 1))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fill": "mean", "dtype": "float64"},
        {"filters": [("a", ">", 0.0)], "sample": 0.5},
        {"split": {"train": 0.7, "test": 0.2}},
        {"order": "F", "inf": "keep"},
    ],
)
def test_a_cluster_loads_the_bits_of_one(
    source: Path, client: Any, options: dict[str, Any]
) -> None:
    loaded = onecopy.dask.load_training_matrix(
        source, npartitions=5, client=client, **PLAIN, **options
    )
    one = onecopy.load_training_matrix(source, **PLAIN, **options)
    assert_same(loaded, one)
    assert loaded.X.numblocks == (5, 1)
    assert sum(loaded.X.chunks[0]) == len(one.X)
    assert loaded.X.chunks[0] == loaded.y.chunks[0]


def test_many_partitions_speak_in_a_tree(source: Path, client: Any) -> None:
    loaded = onecopy.dask.load_training_matrix(source, npartitions=70, client=client, **PLAIN)
    assert_same(loaded, onecopy.load_training_matrix(source, **PLAIN))


def test_blocks_are_files_of_a_folder(source: Path, client: Any, tmp_path: Path) -> None:
    out = tmp_path / "blocks"
    options = PLAIN | {"split": {"train": 0.7, "test": 0.3}, "weight": "a"}
    one = onecopy.load_training_matrix(source, **options)
    for overwrite in (False, True):
        loaded = onecopy.dask.load_training_matrix(
            source, npartitions=4, client=client, out=out, overwrite=overwrite, **options
        )
        assert_same(loaded, one)
        assert np.array_equal(loaded.weight.compute(), one.weight)
        assert [path.name for path in tmp_path.iterdir()] == ["blocks"]
    opened = dask.from_npy_stack(str(out))
    assert opened.compute(scheduler="sync").tobytes() == one.X.tobytes()
    assert onecopy.Recipe.load(out / "recipe.json") == one.recipe
    with pytest.raises(FileExistsError):
        onecopy.dask.load_training_matrix(source, client=client, out=out, **options)


def test_mapped_blocks_are_small_for_dask(source: Path, client: Any, tmp_path: Path) -> None:
    # Columns that are passed through and have nulls are masked arrays, which are in memory.
    options = PLAIN | {"passthrough": ()}
    loaded = onecopy.dask.load_training_matrix(
        source, npartitions=2, client=client, out=tmp_path / "blocks", **options
    )
    moved = client.persist(loaded.X)
    distributed.wait(moved)
    sizes = client.run_on_scheduler(
        lambda dask_scheduler: [task.nbytes for task in dask_scheduler.tasks.values()]
    )
    assert max(sizes) < loaded.X.nbytes / 4
    here = client.gather(moved.blocks[0].compute(optimize_graph=False, sync=False))
    assert len(here) == loaded.X.chunks[0][0]


def test_a_refused_load_leaves_no_folder(client: Any, tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, 1e39], "y": [1, 2]})
    pq.write_table(table, tmp_path / "large.parquet")
    with pytest.raises(onecopy.CastOverflowError):
        onecopy.dask.load_training_matrix(
            tmp_path / "large.parquet", target="y", client=client, out=tmp_path / "blocks"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["large.parquet"]


def test_the_next_data_are_treated_alike(source: Path, client: Any, tmp_path: Path) -> None:
    train = onecopy.dask.load_training_matrix(source, npartitions=2, client=client, **PLAIN)
    test = onecopy.dask.load_training_matrix(
        source / "1.parquet", recipe=train, target="label", npartitions=2, client=client
    )
    one = onecopy.load_training_matrix(source / "1.parquet", recipe=train.recipe, target="label")
    assert_same(test, one)
    train.recipe.save(tmp_path / "recipe.json")
    assert onecopy.Recipe.load(tmp_path / "recipe.json") == one.recipe


@pytest.mark.parametrize("after", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_a_worker_that_dies_changes_no_bit(source: Path, after: float) -> None:
    """Killed while blocks are poured, looked at or filled, or when all is done."""
    one = onecopy.load_training_matrix(source, **PLAIN)
    began = monotonic()
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = next(iter(cluster.workers.values())).pid

        def kill() -> None:
            sleep(after)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        loaded = onecopy.dask.load_training_matrix(source, npartitions=6, client=client, **PLAIN)
        killer.join()
        assert_same(loaded, one)
    assert monotonic() - began < BOUND


def test_refusals_are_those_of_one_load(client: Any, tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, 1e39, 2.0, -1e40], "y": [1, 2, 3, 4]})
    pq.write_table(table, tmp_path / "large.parquet")
    with pytest.raises(onecopy.CastOverflowError) as of_one:
        onecopy.load_training_matrix(tmp_path / "large.parquet", target="y")
    with pytest.raises(onecopy.CastOverflowError) as of_all:
        onecopy.dask.load_training_matrix(
            tmp_path / "large.parquet", target="y", npartitions=3, client=client
        )
    assert str(of_one.value) == str(of_all.value)
    assert of_all.value.counts == {"a": 2}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shard": (0, 2)}, "no shard= with Dask"),
        ({"progress": True}, "no progress= with Dask"),
        ({"npartitions": 0}, "npartitions: expected 1 or more"),
        ({"sort_by": "a"}, "sort_by: a shard"),
    ],
)
def test_what_is_refused(source: Path, client: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        onecopy.dask.load_training_matrix(source, client=client, **(PLAIN | options))
    with pytest.raises(TypeError, match="a table in the memory"):
        onecopy.dask.load_training_matrix(pa.table({"a": [1.0]}), client=client)


def test_learners_of_dask_take_the_blocks(source: Path, client: Any) -> None:
    xgboost = pytest.importorskip("xgboost")
    from xgboost import dask as of_dask  # noqa: PLC0415

    train = onecopy.dask.load_training_matrix(source, npartitions=2, client=client, **PLAIN)
    config = of_dask.CommunicatorConfig if hasattr(of_dask, "CommunicatorConfig") else None
    data = of_dask.DaskQuantileDMatrix(client, train.X, train.y)
    options: dict[str, Any] = {}
    if config is None:
        from xgboost.collective import Config  # noqa: PLC0415

        options["coll_cfg"] = Config(tracker_host_ip="127.0.0.1")
    fitted = of_dask.train(
        client, {"tree_method": "hist", "max_depth": 2}, data, num_boost_round=2, **options
    )
    assert fitted["booster"].num_boosted_rounds() == 2
    del xgboost
