"""Random tables divided among 1 to 16 processes: end to end their rows are those of one load, bit
for bit, and each has the recipe and the report of all.

`ONECOPY_SEED=<seed> pytest tests/values/test_shards.py` starts with the seed that a failure named.
"""

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pytest
from support.parquet_files import Rng, chance, draw_data_set, one_of
from support.ranks import Ranks
from support.row_options import CHOICES, draw_choice
from support.row_tables import draw_row_set
from support.scale import scaled

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
SETS = scaled(60, 600)
# Rows whose order is another one are refused.
CHOSEN = [kind for kind in CHOICES if kind not in {"sort_by", "shuffle", "everything"}]
ROLES = {"target": "y", "weight": "w", "group": "g"}

pytestmark = [
    pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning"),
    pytest.mark.filterwarnings("ignore::onecopy.PrecisionWarning"),
]


def drawn_options(rng: Rng, features: list[str]) -> dict[str, Any]:
    """Options of one load, all but its rows."""
    fills = ["median", "median", "mean", -1.5, None, {features[0]: "mean"}]
    return {
        "columns": [features[at] for at in rng.permutation(len(features))],
        "dtype": one_of(rng, ["float16", "float32", "float64"]),
        "order": one_of(rng, ["C", "F"]),
        "inf": one_of(rng, ["missing", "keep"]),
        "fill": one_of(rng, fills),
        "overflow": one_of(rng, ["raise", "missing", "missing", "clip"]),
        "threads": int(rng.integers(1, 4)),
    }


def loaded(source: Any, **options: Any) -> Any:
    """The matrix, or why there is none."""
    try:
        return onecopy.load_training_matrix(source, **options)
    except (ValueError, OverflowError) as error:
        return error


def arrays(matrix: onecopy.TrainingMatrix) -> list[bytes]:
    own = [matrix.X, matrix.y, matrix.weight, matrix.group]
    return [np.ascontiguousarray(array).tobytes() for array in own if array is not None]


def facts(matrix: onecopy.TrainingMatrix) -> str:
    """The recipe and what the report says of values, as text: a fill may be NaN."""
    report = matrix.report
    parts = {name: part.columns for name, part in report.parts.items()}
    return repr([asdict(matrix.recipe), report.rows, report.columns, parts])


def same(shares: list[Any], one: Any) -> None:
    if isinstance(one, Exception):
        for share in shares:
            assert type(share) is type(one), share
            assert getattr(share, "counts", None) == getattr(one, "counts", None)
        return
    for share in shares:
        if isinstance(share, Exception):
            raise share
        assert facts(share) == facts(one)
    whole = [b"".join(parts) for parts in zip(*map(arrays, shares), strict=True)]
    assert whole == arrays(one)


def check(rng: Rng, source: list[Path], options: dict[str, Any], folder: Path) -> None:
    """Divide a load among so many, in memory or each into a file of its own."""
    world = int(rng.integers(1, 17))
    in_files = chance(rng, 0.2)
    one = loaded(source, **options)
    shares = Ranks(world).run(
        lambda rank, gather: onecopy.load_training_matrix(
            source,
            shard=(rank, world),
            gather=gather,
            out=folder / f"share-{rank}.npy" if in_files else None,
            **options,
        )
    )
    same(shares, one)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SETS))
def test_random_tables(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng([31, seed])
    data = draw_data_set(rng, tmp_path)
    check(rng, data.paths, drawn_options(rng, data.features), tmp_path)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SETS // 4))
@pytest.mark.parametrize("kind", CHOSEN)
def test_random_rows(seed: int, kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng([32, seed])
    data = draw_row_set(rng, tmp_path)
    features = [name for name in data.features if chance(rng, 0.8)] or ["i"]
    options = draw_choice(rng, data, kind) | drawn_options(rng, features)
    options |= {role: name for role, name in ROLES.items() if chance(rng, 0.4)}
    check(rng, data.paths, options, tmp_path)
    shutil.rmtree(tmp_path)
