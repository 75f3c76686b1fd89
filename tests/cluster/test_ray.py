"""Loads in workers of Ray: the bits of one load, and no worker waits for one that is gone."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ray = pytest.importorskip("ray")

import onecopy.ray  # noqa: E402 (only where there is Ray)

ROWS = 40_007
BOUND = 60
PLAIN: dict[str, Any] = {"categories": "codes", "target": "y"}

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(17)
    table = pa.table(
        {
            "a": np.where(rng.random(ROWS) < 0.3, np.nan, rng.normal(size=ROWS)),
            "word": rng.choice(["x", "yy"], ROWS),
            "y": rng.integers(0, 2, ROWS),
        }
    )
    path = tmp_path_factory.mktemp("ray") / "train.parquet"
    pq.write_table(table, path, row_group_size=3_000)
    return path


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    path = os.pathsep.join(sys.path)
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=10**8,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": path}},
    )
    yield
    ray.shutdown()


def load(rank: int, world: int, name: str, source: Path, victim: int | None = None) -> Any:
    """Load a share in an actor; the victim dies when it has something to say."""
    together = onecopy.ray.gather(rank, world, name, timeout=10)
    rounds = iter(range(100))

    def gather(message: bytes) -> list[bytes]:
        if rank == victim and next(rounds) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return together(message)

    loaded = onecopy.load_training_matrix(source, shard=(rank, world), gather=gather, **PLAIN)
    return loaded.X, loaded.y, loaded.recipe.to_dict()


@pytest.mark.usefixtures("cluster")
def test_two_workers_load_the_bits_of_one(source: Path) -> None:
    part = ray.remote(num_cpus=1)(load)
    shares = ray.get([part.remote(rank, 2, "bits", source) for rank in range(2)], timeout=BOUND)
    one = onecopy.load_training_matrix(source, **PLAIN)
    assert np.concatenate([X for X, _, _ in shares]).tobytes() == one.X.tobytes()
    assert np.array_equal(np.concatenate([y for _, y, _ in shares]), one.y)
    assert [recipe for *_, recipe in shares] == [one.recipe.to_dict()] * 2


@pytest.mark.usefixtures("cluster")
def test_no_worker_waits_for_one_that_is_gone(source: Path) -> None:
    part = ray.remote(num_cpus=1, max_retries=0)(load)
    shares = [part.remote(rank, 2, "gone", source, victim=1) for rank in range(2)]
    for share in shares:
        with pytest.raises(ray.exceptions.RayError, match=r"not all of the 2|died|crashed"):
            ray.get(share, timeout=BOUND)


@pytest.mark.usefixtures("cluster")
def test_workers_of_ray_train_fit_their_shares(source: Path, tmp_path: Path) -> None:
    """One worker dies in its first attempt: the group begins again, and has the same bits."""
    xgboost = pytest.importorskip("xgboost")
    train = pytest.importorskip("ray.train")
    from ray.train.xgboost import XGBoostTrainer  # noqa: PLC0415

    mark = tmp_path / "died"

    def loop() -> None:
        matrix = onecopy.ray.load_training_matrix(source, **PLAIN)
        rank = train.get_context().get_world_rank()
        if rank == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        np.save(tmp_path / f"{rank}.npy", matrix.X)
        data = xgboost.QuantileDMatrix(matrix.X, matrix.y)
        xgboost.train({"tree_method": "hist", "max_depth": 2}, data, num_boost_round=2)
        train.report({"rows": len(matrix.X)})

    trainer = XGBoostTrainer(
        loop,
        scaling_config=train.ScalingConfig(num_workers=2, resources_per_worker={"CPU": 1}),
        run_config=train.RunConfig(
            storage_path=str(tmp_path / "runs"),
            failure_config=train.FailureConfig(max_failures=2),
        ),
    )
    trainer.fit()
    assert mark.exists()
    one = onecopy.load_training_matrix(source, **PLAIN)
    shares = [np.load(tmp_path / f"{rank}.npy") for rank in range(2)]
    assert np.concatenate(shares).tobytes() == one.X.tobytes()
