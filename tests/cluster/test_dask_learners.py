"""Learners of Dask, fitted on the blocks where they are."""

from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

distributed = pytest.importorskip("distributed")
lightgbm = pytest.importorskip("lightgbm")

import onecopy.dask  # noqa: E402 (only where there is Dask)

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.mark.parametrize("is_file", [False, True])
def test_lightgbm_takes_blocks(tmp_path: Path, is_file: bool) -> None:
    rng, rows = np.random.default_rng(31), 20_000
    values = rng.normal(size=(rows, 3))
    label = (values[:, 0] > 0).astype(np.int64)
    values[rng.random(values.shape) < 0.1] = np.nan
    columns = {f"c{at}": values[:, at] for at in range(3)}
    source = tmp_path / "train.parquet"
    pq.write_table(pa.table(columns | {"label": label}), source, row_group_size=2_000)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        train = onecopy.dask.load_training_matrix(
            source,
            target="label",
            npartitions=4,
            client=client,
            out=tmp_path / "blocks" if is_file else None,
        )
        model = lightgbm.DaskLGBMClassifier(client=client, n_estimators=5, num_leaves=7)
        model.fit(train.X, train.y)
        found = model.predict(train.X).compute()
    assert (found == label).mean() > 0.9
