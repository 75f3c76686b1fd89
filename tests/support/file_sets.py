"""Two sets of files of one shape that differ in every value, and which of them a name holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq

ROLES = {"target": "y", "weight": "w", "group": "g"}


@dataclass(frozen=True)
class Sets:
    """The sources of an old and a new set, and the arrays that each becomes."""

    folder: Path
    sources: dict[str, Path]
    arrays: dict[str, dict[str, Any]]

    def held(self, out: Path) -> str:
        """Tell what a name holds: "none", or a set that is whole. A mixture fails."""
        for role, path in files(out).items():
            if path.exists() and role != "json":
                array = np.load(path)
                assert any(np.array_equal(array, known[role]) for known in self.arrays.values()), (
                    f"{path.name} is neither the old nor the new one"
                )
        try:
            matrix = onecopy.TrainingMatrix.open(out)
        except (FileNotFoundError, ValueError):
            return "none"
        for name, arrays in self.arrays.items():
            if all(np.array_equal(getattr(matrix, role), arrays[role]) for role in arrays):
                assert matrix.report.rows == len(matrix.X)
                return name
        raise AssertionError("arrays of different sets were opened as one")


def files(out: Path) -> dict[str, Path]:
    """Name the files of a set."""
    stem = out.name.removesuffix(".npy")
    beside = {role: out.with_name(f"{stem}.{role}.npy") for role in ("y", "weight", "group")}
    return {"X": out, **beside, "json": out.with_name(f"{stem}.json")}


def debris(out: Path) -> list[str]:
    """What lies beside a set and does not belong to it."""
    own = set(files(out).values())
    return sorted(path.name for path in out.parent.iterdir() if path not in own)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make_sets(folder: Path, rows: int = 4000, columns: int = 12) -> Sets:
    """Write the sources, with gaps to fill, and load them."""
    rng = np.random.default_rng(0)
    sources, arrays = {}, {}
    for name, shift in (("old", 0.0), ("new", 1000.0)):
        values = {f"c{at}": rng.normal(shift, 1, rows) for at in range(columns)}
        for at, column in enumerate(values.values()):
            column[at :: 7 + at] = np.nan
        whole = np.arange(rows) + int(shift)
        table = pa.table(values | {"y": whole, "w": whole + 0.5, "g": whole.astype(np.int32)})
        sources[name] = folder / f"{name}.parquet"
        pq.write_table(table, sources[name], row_group_size=max(1, rows // 4))
        matrix = onecopy.load_training_matrix(sources[name], **ROLES)
        arrays[name] = {role: getattr(matrix, role) for role in ("X", "y", "weight", "group")}
    return Sets(folder, sources, arrays)
