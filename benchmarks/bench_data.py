"""The data sets of the benchmark: written once, and again when their recipe changes."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import dataset
from page_cache import evict


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything that decides what is written."""

    rows: int
    columns: int
    row_group_rows: int = 500_000
    codec: str = "snappy"
    files: int = 1
    kinds: str = "mixed"

    @property
    def name(self) -> str:
        """Name its folder."""
        fields = (self.kinds, self.codec, self.rows, self.columns, self.row_group_rows, self.files)
        return "-".join(map(str, fields))

    @property
    def cells(self) -> int:
        """Values of all features."""
        return self.rows * self.columns

    def with_(self, **changes: object) -> "Shape":
        """Return another one that differs in these."""
        return replace(self, **changes)  # type: ignore[arg-type]


def written(folder: Path, shape: Shape, say: Callable[[str], None]) -> list[Path]:
    """Return the files of a data set, written if missing, and evicted from the page cache.

    The cache holds what was just written in pieces of a page, and what was read in larger ones,
    from which a copy takes half the time.
    """
    folder = folder / shape.name
    stamp = folder / "written.json"
    source = Path(dataset.__file__).read_bytes()
    recipe = asdict(shape) | {"generator": sha256(source).hexdigest()}
    if not (stamp.exists() and json.loads(stamp.read_text()) == recipe):
        say(f"writing {shape.rows:,} x {shape.columns:,}, {shape.kinds}, {shape.codec} ...")
        shutil.rmtree(folder, ignore_errors=True)
        dataset.write_dataset(folder, **asdict(shape))
        os.sync()  # else the first measurement would share the disk with the writing
        stamp.write_text(json.dumps(recipe))
    paths = sorted(folder.glob("part-*.parquet"))
    evict(paths)
    return paths
