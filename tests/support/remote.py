"""What tests of remote sources share: folders of files, and loads that tell all they returned."""

from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq


def table(rows: int, seed: int = 0) -> pa.Table:
    """Numbers with gaps, a key, a time and a text."""
    rng = np.random.default_rng(seed)
    values = {f"f{at}": rng.standard_normal(rows) for at in range(6)}
    gaps = rng.random(rows) < 0.2
    return pa.table(
        {
            **{name: pa.array(each, mask=gaps) for name, each in values.items()},
            "id": np.arange(rows) + 1_000_000 * seed,
            "small": pa.array(rng.integers(0, 9, rows), pa.int8()),
            "city": pa.array(rng.choice(["Oslo", "Rome", "Lima"], rows)),
        }
    )


def write(folder: Path, files: int = 3, rows: int = 4000, group: int = 1000) -> Path:
    """Files with several row groups and small pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(files):
        path = folder / f"part-{at}.parquet"
        kept = {"row_group_size": group, "data_page_size": 2048, "write_page_index": True}
        pq.write_table(table(rows, at), path, **kept)
    return folder


EVERYTHING: dict[str, Any] = {
    "target": "small",
    "passthrough": ["id", "city"],
    "categories": "raise",
}


def told(source: object, **options: Any) -> dict[str, bytes]:
    """Every bit of a load."""
    found = onecopy.load_training_matrix(source, **(EVERYTHING | options))
    arrays = {"X": found.X, "y": found.y, "id": found.passthrough["id"]}
    told = {name: np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}
    fills = np.array([fill or 0.0 for fill in found.recipe.fill.values()])
    return told | {
        "city": "|".join(found.passthrough["city"]).encode(),
        "fills": fills.tobytes(),
        "names": "|".join(found.feature_names).encode(),
    }
