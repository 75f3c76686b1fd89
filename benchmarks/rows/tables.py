"""The data of the benchmark of rows: made in chunks, so that making it takes little memory.

Each is one Parquet file with Snappy, written once, and again when its recipe changes.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench_data import write_once
from page_cache import evict

FIRST_DAY = datetime(2024, 1, 1)  # noqa: DTZ001  (a column of times without a zone)
DAYS = 365
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
SYMBOLS = [f"SYM{number:03}" for number in range(200)]
NULLS, NANS = 0.05, 0.01
CHUNK_ROWS = 1_000_000
FEWEST_ROWS, MOST_ROWS = 10, 1000
"""Of a group."""
KEY_BYTES = 60
HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)


class Recipe(Protocol):
    """A file that can be written."""

    @property
    def name(self) -> str:
        """Name its folder."""

    @property
    def row_group_rows(self) -> int:
        """Rows of a row group, at most."""

    @property
    def plain(self) -> list[str]:
        """Columns without a dictionary."""

    def chunks(self) -> Iterator[pa.Table]:
        """Make the rows, piece by piece."""


@dataclass(frozen=True, slots=True)
class Events:
    """Rows of a year, sorted by `time`, with a `symbol`, a `score` without gaps, and features."""

    rows: int
    columns: int
    row_group_rows: int = 100_000

    name = "events"
    plain = ()

    @property
    def features(self) -> list[str]:
        """The features in order."""
        return [f"feature_{column:03}" for column in range(self.columns)]

    def chunks(self) -> Iterator[pa.Table]:
        """Make each row group from a seed of its own."""
        step = DAYS * 86_400_000_000 // self.rows
        begin = int((FIRST_DAY - EPOCH) / timedelta(microseconds=1))
        names = pa.array(SYMBOLS)
        for start in range(0, self.rows, self.row_group_rows):
            random = np.random.default_rng([1, start])
            rows = min(self.row_group_rows, self.rows - start)
            times = begin + step * np.arange(start, start + rows) + random.integers(step, size=rows)
            arrays = {
                "time": pa.array(times, pa.timestamp("us")),
                "symbol": names.take(pa.array(random.integers(len(names), size=rows))),
                "score": random.standard_normal(rows, dtype=np.float32),
            }
            for column, name in enumerate(self.features):
                arrays[name] = _feature(column, rows, random)
            yield pa.table(arrays)


def _feature(column: int, rows: int, random: np.random.Generator) -> pa.Array:
    """Make a feature: every third has nulls, every fourth NaN, and every fourth few values."""
    values = random.standard_normal(rows, dtype=np.float32)
    if column % 4 == 1:
        values = np.round(values * 16) / 16
    if column % 2:
        values = values.astype(np.float64) * np.pi
    if column % 4 == 2:  # noqa: PLR2004
        values[random.integers(rows, size=int(rows * NANS))] = np.nan
    mask = random.random(rows) < NULLS if column % 3 == 0 else None
    return pa.array(values, mask=mask)


@dataclass(frozen=True, slots=True)
class Sources:
    """Rows of (`src`, `time`, six numbers), sorted by both, with 10 to 1,000 rows of each `src`."""

    rows: int
    row_group_rows: int = CHUNK_ROWS

    name = "sources"
    features = tuple(f"number_{index}" for index in range(6))
    plain = ("time", *features)

    def chunks(self) -> Iterator[pa.Table]:
        """Make whole groups until there are enough rows; the last group is cut."""
        random = np.random.default_rng(2)
        done, last = 0, 0
        low, high = np.log([FEWEST_ROWS, MOST_ROWS])
        while done < self.rows:
            sizes = np.exp(random.uniform(low, high, size=4000)).astype(np.int64)
            ids = last + np.cumsum(random.integers(1, 5, size=len(sizes)))
            keys = np.repeat(ids, sizes)[: self.rows - done]
            rows, last = len(keys), int(ids[-1])
            times = 1_700_000_000_000_000 + 1000 * np.arange(done, done + rows)
            numbers = {name: random.standard_normal(rows) for name in self.features}
            yield pa.table({"src": keys, "time": times} | numbers)
            done += rows


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows of a text `key`, each of which occurs twice anywhere, and four numbers."""

    rows: int
    seed: int
    row_group_rows: int = CHUNK_ROWS

    features = tuple(f"number_{index}" for index in range(4))
    plain = ("key", *features)

    @property
    def name(self) -> str:
        """Name its folder."""
        return f"keys-{self.seed}"

    def chunks(self) -> Iterator[pa.Table]:
        """Put the numbers of the keys into any order, and make a chunk of texts at a time."""
        random = np.random.default_rng([3, self.seed])
        order = random.permutation(self.rows)
        order %= self.rows // 2
        for start in range(0, self.rows, self.row_group_rows):
            ids = order[start : start + self.row_group_rows].astype(np.uint64)
            numbers = {
                name: random.standard_normal(len(ids), dtype=np.float32) for name in self.features
            }
            yield pa.table({"key": _texts(ids, self.seed)} | numbers)


def _texts(ids: np.ndarray, seed: int) -> pa.Array:
    """Make a text of 60 hexadecimal digits of each number, which are as good as random."""
    words = np.empty((len(ids), 4), np.uint64)
    for index in range(words.shape[1]):
        mixed = ids * np.uint64(4) + np.uint64(index + 1 + (seed << 40))
        for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(factor)
        words[:, index] = mixed ^ (mixed >> np.uint64(31))
    digits = HEX[words.view(np.uint8)].view(np.uint8)[:, :KEY_BYTES]
    offsets = np.arange(0, KEY_BYTES * len(ids) + 1, KEY_BYTES, dtype=np.int32)
    buffers = [pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(digits))]
    return pa.StringArray.from_buffers(len(ids), *buffers)


def written(folder: Path, recipe: Recipe, say: Callable[[str], None]) -> str:
    """Return the path of a file, written if missing, and evicted from the page cache."""
    facts = asdict(recipe)  # type: ignore[call-overload]
    sizes = [str(fact) for name, fact in facts.items() if name != "seed"]
    folder = folder / "-".join([recipe.name, *sizes])
    path = folder / "part-0000.parquet"

    def write() -> None:
        say(f"writing {path.parent.name} ...")
        writer = None
        for chunk in recipe.chunks():
            if writer is None:
                dictionaries = [name for name in chunk.column_names if name not in recipe.plain]
                writer = pq.ParquetWriter(path, chunk.schema, use_dictionary=dictionaries)
            writer.write_table(chunk, row_group_size=recipe.row_group_rows)
        if writer is not None:
            writer.close()

    write_once(folder, facts, __file__, write)
    evict([path])
    return str(path)
