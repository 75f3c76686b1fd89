"""Medians of long columns of every shape: found in passing, in one look or by search."""

from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 150_001


def shapes() -> dict[str, np.ndarray]:
    """Columns that sieves like and such that they do not like."""
    random = np.random.default_rng(1)
    noise = random.standard_normal(ROWS)
    ramp = np.arange(ROWS, dtype=np.float64)
    half = np.where(random.random(ROWS) < 0.5, np.nan, noise)
    columns = {
        "noise": noise,
        "rising": ramp,
        "falling": -ramp,
        "saw": ramp % 1000,
        "walk": np.cumsum(noise),
        "steps": np.floor(ramp / 40_000),
        "constant": np.full(ROWS, 7.0),
        "two": (random.random(ROWS) < 0.5).astype(np.float64),
        "few": np.round(noise * 4),
        "jump": np.where(ramp < ROWS // 2, noise, noise + 100),
        "late": np.where(ramp < ROWS - 5, np.nan, noise),
        "half": half,
        "infinite": np.where(random.random(ROWS) < 0.3, np.inf, noise),
        "signs": np.where(random.random(ROWS) < 0.5, -0.0, 0.0),
        "tails": np.sign(noise) * np.exp(10 * np.abs(noise)),
        "crowd": np.where(random.random(ROWS) < 0.01, noise, 1.0),
        "last": np.where(ramp < 5000, 1e6, noise),
    }
    return {f"{name}_{copy}": values for copy in range(2) for name, values in columns.items()}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of several row groups."""
    path = tmp_path_factory.mktemp("medians") / "shapes.parquet"
    pq.write_table(pa.table(shapes()), path, row_group_size=40_000)
    return path


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("inf", ["missing", "keep"])
def test_every_shape(path: Path, dtype: str, order: str, threads: int, inf: str) -> None:
    m = onecopy.load_training_matrix(
        path, dtype=dtype, order=order, threads=threads, inf=inf, overflow="missing"
    )
    check(m, dtype, inf)


@pytest.mark.parametrize("limit", ["14MiB", "18MiB", "30MiB"])
def test_in_hardly_any_memory(path: Path, tmp_path: Path, limit: str) -> None:
    m = onecopy.load_training_matrix(path, memory_limit=limit, out=tmp_path / "X.npy")
    check(m, "float32", "missing")


def check(m: onecopy.TrainingMatrix, dtype: str, inf: str) -> None:
    """Hold every median against NumPy's."""
    for at, (name, values) in enumerate(shapes().items()):
        with np.errstate(over="ignore"):
            cast = values.astype(dtype)
        missing = (
            ~np.isfinite(cast) if inf == "missing" else ~(np.isfinite(cast) | np.isinf(values))
        )
        median = np.median(cast[~missing].astype(np.float64)).astype(dtype)
        expected = np.where(missing, median, cast)
        np.testing.assert_array_equal(m.X[:, at], expected, err_msg=name)
        assert m.recipe.fill[name] == median, name
