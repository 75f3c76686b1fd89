"""Learners of Dask, fitted on the blocks where they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import SGDClassifier

distributed = pytest.importorskip("distributed")

import onecopy.dask  # noqa: E402 (only where there is Dask)

Labels: TypeAlias = np.ndarray[Any, Any]

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture
def label(tmp_path: Path) -> Labels:
    """A file of columns with gaps, the first of which tells the label; the labels."""
    rng, rows = np.random.default_rng(31), 20_000
    values = rng.normal(size=(rows, 3))
    label = (values[:, 0] > 0).astype(np.int64)
    values[rng.random(values.shape) < 0.1] = np.nan
    columns = {f"c{at}": values[:, at] for at in range(3)}
    source = tmp_path / "train.parquet"
    pq.write_table(pa.table(columns | {"label": label}), source, row_group_size=2_000)
    return label


@contextmanager
def blocks(folder: Path, *, is_file: bool) -> Iterator[Any]:
    """The blocks of that file in two workers, and their client."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        train = onecopy.dask.load_training_matrix(
            folder / "train.parquet",
            target="label",
            npartitions=4,
            client=client,
            out=folder / "blocks" if is_file else None,
        )
        yield train, client


@pytest.mark.parametrize("is_file", [False, True])
def test_lightgbm_takes_blocks(label: Labels, tmp_path: Path, is_file: bool) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    with blocks(tmp_path, is_file=is_file) as (train, client):
        model = lightgbm.DaskLGBMClassifier(client=client, n_estimators=5, num_leaves=7)
        model.fit(train.X, train.y)
        found = model.predict(train.X).compute()
    assert (found == label).mean() > 0.9


@pytest.mark.parametrize("is_file", [False, True])
def test_dask_ml_takes_blocks(label: Labels, tmp_path: Path, is_file: bool) -> None:
    wrappers = pytest.importorskip("dask_ml.wrappers")
    linear_model = pytest.importorskip("dask_ml.linear_model")
    with blocks(tmp_path, is_file=is_file) as (train, _):
        block_by_block = wrappers.Incremental(SGDClassifier(random_state=1))
        block_by_block.fit(train.X, train.y, classes=[0, 1])
        together = linear_model.LogisticRegression(max_iter=5).fit(train.X, train.y)
        found = [model.predict(train.X).compute() for model in (block_by_block, together)]
    assert all((own == label).mean() > 0.9 for own in found)
