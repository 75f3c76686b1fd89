"""The files that the examples of the documents read, and the sessions that they show."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dataset import write_dataset

SESSION = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"-> (\d+)")


def write_examples(folder: Path, rows: int = 3000, columns: int = 12) -> None:
    """Write all files that README and documents read."""
    write_dataset(folder / "train", rows, columns, row_group_rows=rows // 6, files=3)
    write_dataset(folder / "test", rows // 3, columns, files=1, seed=1)
    times = pa.array([0, 300, 600], pa.timestamp("ms"))
    (folder / "features").mkdir()
    for name, table in {
        "targets": {"interval_time": times, "y": [0, 1, 0]},
        "features/rain": {"interval_time": times[1:], "rain": [1.0, 2.0]},
        "features/wind": {"interval_time": times[::-1], "wind": [5.0, 6.0, 7.0]},
    }.items():
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    _write_days(folder / "days")


def _write_days(folder: Path, days: int = 10, rows: int = 300) -> None:
    """Write a file for each day, with one row of each pair of time and user, and some twice."""
    folder.mkdir()
    random = np.random.default_rng(3)
    for number in range(days):
        day = date(2024, 1, 1) + timedelta(days=number)
        price = random.lognormal(size=rows)
        users = random.integers(0, 40, rows)
        table = {
            "day": pa.array([day] * rows),
            "time": pa.array(np.sort(random.integers(0, 86_400, rows)), pa.int64()),
            "user": [f"u{user:02}" for user in users],
            "price": pa.array(price, mask=random.random(rows) < 0.05),
            "volume": random.poisson(20, rows),
            "label": (price * random.lognormal(0, 0.3, rows) > 1).astype(np.int8),
        }
        pq.write_table(pa.table(table), folder / f"{day}.parquet")


@dataclass(frozen=True)
class Step:
    """One command of a session, its output as it is shown, and its exit code."""

    words: list[str]
    shown: str
    code: int


def steps(document: str) -> Iterator[Step]:
    """Yield the commands of all sessions of a document."""
    for session in SESSION.finditer(document):
        for step in re.split(r"^\$ ", session[1], flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            code = CODE.search(shown)
            yield Step(
                shlex.split(command), CODE.sub("", shown).strip(), int(code[1]) if code else 0
            )


def looks_like(found: str, shown: str) -> bool:
    """Whether an output is the one that is shown, in which "..." stands for anything."""
    return OutputChecker().check_output(shown, found.strip(), ELLIPSIS | NORMALIZE_WHITESPACE)
