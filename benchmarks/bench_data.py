"""The data sets of the benchmark: written once, and again when their recipe changes."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

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

    def write() -> None:
        say(f"writing {shape.rows:,} x {shape.columns:,}, {shape.kinds}, {shape.codec} ...")
        dataset.write_dataset(folder, **asdict(shape))

    write_once(folder, asdict(shape), dataset.__file__, write)
    paths = sorted(folder.glob("part-*.parquet"))
    evict(paths)
    return paths


def write_once(
    folder: Path, recipe: dict[str, Any], generator: str, write: Callable[[], None]
) -> None:
    """Have a folder written, unless the same recipe and generator have done so before."""
    stamp = folder / "written.json"
    recipe = recipe | {"generator": sha256(Path(generator).read_bytes()).hexdigest()}
    if stamp.exists() and json.loads(stamp.read_text()) == recipe:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write()
    os.sync()  # else the first measurement would share the disk with the writing
    stamp.write_text(json.dumps(recipe))
