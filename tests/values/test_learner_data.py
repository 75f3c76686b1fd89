"""Data sets of learners without a matrix, and tensors: the rows and models of the matrix."""

from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 30_000


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learners")
    chance = np.random.default_rng(1)
    values = chance.normal(size=(ROWS, 8))
    values[chance.random(values.shape) < 0.05] = np.nan
    columns: dict[str, Any] = {f"c{at}": values[:, at] for at in range(8)}
    columns["zero"] = np.where(chance.random(ROWS) < 0.9, 0.0, values[:, 0])
    columns["kind"] = chance.integers(0, 5, ROWS)
    columns["label"] = (np.nan_to_num(values[:, 0]) + columns["kind"] > 1.5).astype(np.int64)
    columns["w"] = chance.random(ROWS)
    columns["query"] = np.arange(ROWS) // 7
    pq.write_table(pa.table(columns), folder / "train.parquet", row_group_size=7000)
    return folder / "train.parquet"


ROLES = {"target": "label", "weight": "w", "exclude": "query"}


@pytest.mark.parametrize("params", [{}, {"bin_construct_sample_cnt": 500}, {"max_bin": 15}])
@pytest.mark.parametrize("streamed", [True, False])
def test_lightgbm_from_files(
    source: Path, params: dict[str, Any], streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    ours: Any = pytest.importorskip("onecopy.lightgbm", exc_type=ImportError)

    given = {
        "verbosity": -1,
        "objective": "binary",
        "num_threads": 1,
        "deterministic": True,
    } | params
    m = onecopy.load_training_matrix(source, fill=None, **ROLES)
    names = m.feature_names
    # Their default leaves the matrix as it is.
    whole = lightgbm.Dataset(
        m.X, m.y, weight=m.weight, feature_name=names, params=given, categorical_feature=["kind"]
    )
    expected = lightgbm.train(given, whole, num_boost_round=10)
    if not streamed:
        monkeypatch.setattr(ours, "_streamed", ours._forward)
    made = ours.dataset(source, params=given, categorical_feature=["kind"], buffer="200KB", **ROLES)
    found = lightgbm.train(given, made, num_boost_round=10)
    assert found.model_to_string() == expected.model_to_string()
    valid = ours.dataset(source, params=given, reference=made, **ROLES)
    history: dict[str, Any] = {}
    record = lightgbm.record_evaluation(history)
    lightgbm.train(given, made, 5, valid_sets=[valid], callbacks=[record])
    assert len(history["valid_0"]["binary_logloss"]) == 5


def test_lightgbm_groups(source: Path) -> None:
    pytest.importorskip("lightgbm")
    ours: Any = pytest.importorskip("onecopy.lightgbm", exc_type=ImportError)

    made = ours.dataset(source, target="label", group="query", params={"verbosity": -1})
    assert made.get_group().tolist() == [7] * (ROWS // 7) + [ROWS % 7]
    assert made.get_label().tolist() == pq.read_table(source)["label"].to_pylist()


@pytest.mark.parametrize("external", [False, True])
def test_xgboost_blocks(source: Path, external: bool, tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost")
    Blocks: Any = pytest.importorskip("onecopy.xgboost", exc_type=ImportError).Blocks  # noqa: N806

    m = onecopy.load_training_matrix(source, fill=None, **ROLES)
    params = {"max_depth": 4, "nthread": 1, "objective": "binary:logistic"}

    def model(data: Any) -> Any:
        kind = xgboost.ExtMemQuantileDMatrix if external else xgboost.QuantileDMatrix
        return xgboost.train(params, kind(data), num_boost_round=5).save_raw("json")

    def blocks(data: Any, **options: Any) -> Any:
        at = tmp_path / f"cache{len(list(tmp_path.iterdir()))}"
        at.mkdir()
        return Blocks(data, 9000, cache_prefix=at / "x" if external else None, **options)

    expected = model(blocks(m))
    assert model(blocks(source, buffer="1MB", **ROLES)) == expected
    again = onecopy.batches(source, 9000, fill=None, **ROLES)
    assert model(blocks(again)) == expected
    if not external:
        ranges = [m.rows(0, 12_345), m.rows(12_345)]
        whole = xgboost.QuantileDMatrix(m.X, m.y, weight=m.weight, feature_names=m.feature_names)
        predicted = xgboost.train(params, whole, 5).predict(whole)
        other = xgboost.train(params, xgboost.QuantileDMatrix(blocks(ranges)), 5).predict(whole)
        assert np.abs(predicted - other).max() < 0.1
    with pytest.raises(TypeError, match="target= is for files"):
        Blocks(m, target="label")


@pytest.fixture(params=["memory", "file"])
def matrix(request: pytest.FixtureRequest, source: Path, tmp_path: Path) -> Any:
    out = tmp_path / "X.npy" if request.param == "file" else None
    return onecopy.load_training_matrix(source, out=out, **ROLES)


# Another learner that has threads may have been imported before.
@pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called:RuntimeWarning")
@pytest.mark.parametrize("shuffle", [None, 3])
@pytest.mark.parametrize("workers", [0, 2])
def test_torch_batches(matrix: Any, shuffle: Any, workers: int) -> None:
    torch = pytest.importorskip("torch")
    Batches: Any = pytest.importorskip("onecopy.torch", exc_type=ImportError).Batches  # noqa: N806

    batches = Batches(matrix, 1000, shuffle=shuffle, buffer="300KB")
    context = "fork" if workers else None
    loader = torch.utils.data.DataLoader(
        batches, batch_size=None, num_workers=workers, multiprocessing_context=context
    )
    assert len(loader) == len(batches) == 30
    rows = []
    for X, y, weight in loader:  # noqa: N806
        assert (X.dtype, y.dtype, weight.dtype) == (torch.float32, torch.int64, torch.float64)
        assert X.shape == (1000, 10)
        assert not np.shares_memory(X.numpy(), matrix.X)
        rows.append(np.column_stack([X.numpy(), y.numpy(), weight.numpy()]))
    found = np.concatenate(rows)
    expected = np.column_stack([matrix.X, matrix.y, matrix.weight])
    assert found[np.lexsort(found.T)].tobytes() == expected[np.lexsort(expected.T)].tobytes()
    if shuffle is None:
        assert found.tobytes() == expected.tobytes()
    elif not workers:
        own = [b.X for b in matrix.batches(1000, shuffle=3, buffer="300KB")]
        assert (
            np.concatenate(own).tobytes()
            == np.ascontiguousarray(found[:, :10], np.float32).tobytes()
        )


def test_torch_batches_in_spawned_workers_and_again(source: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    Batches: Any = pytest.importorskip("onecopy.torch", exc_type=ImportError).Batches  # noqa: N806

    onecopy.load_training_matrix(source, out=tmp_path / "X.npy", **ROLES)
    batches = Batches(tmp_path / "X.npy", 4096, shuffle=1, shard=(1, 3))
    assert len(batches) == ROWS // 3 // 4096
    batches.set_epoch(4)
    first = [X.numpy().tobytes() for X, _, _ in batches]
    batches.load_state_dict({"epoch": 4, "batches": 1})
    assert [X.numpy().tobytes() for X, _, _ in batches] == first[1:]
    assert batches.state_dict() == {"epoch": 4, "batches": 0}
    loader = torch.utils.data.DataLoader(
        batches, batch_size=None, num_workers=1, multiprocessing_context="spawn"
    )
    assert [X.numpy().tobytes() for X, _, _ in loader] == first
