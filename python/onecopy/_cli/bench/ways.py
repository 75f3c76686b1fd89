"""The ways: each loads the same columns into one C-ordered float32 matrix, without what is missing.

A null, a NaN and an infinity become the median of their column. Each is written as a user of that
library would write it. A library is imported by the function that makes its way, so the time of the
import does not count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onecopy._load import load_training_matrix

Matrix: TypeAlias = NDArray[Any]
Load: TypeAlias = Callable[[list[str], list[str]], Matrix]


@dataclass(frozen=True)
class Way:
    """One way: its name, the packages that it needs, and what makes it."""

    name: str
    packages: tuple[str, ...]
    make: Callable[[], Load]

    @property
    def missing(self) -> list[str]:
        """Packages that are not installed."""
        return [package for package in self.packages if find_spec(package) is None]


def _onecopy() -> Load:
    def load(paths: list[str], columns: list[str]) -> Matrix:
        return load_training_matrix(paths, columns=columns, overflow="missing").X

    return load


def _pandas() -> Load:
    pd = import_module("pandas")
    # pandas would import it late, inside the measured time.
    import_module("pyarrow.parquet")

    def load(paths: list[str], columns: list[str]) -> Matrix:
        frame = pd.concat([pd.read_parquet(path, columns=columns) for path in paths])
        frame = frame.astype("float32").replace([np.inf, -np.inf], np.nan)
        return np.ascontiguousarray(frame.fillna(frame.median()).to_numpy())

    return load


def _pyarrow() -> Load:
    pc, ds = import_module("pyarrow.compute"), import_module("pyarrow.dataset")

    def load(paths: list[str], columns: list[str]) -> Matrix:
        table = ds.dataset(paths, format="parquet").to_table(columns=columns)
        matrix = np.empty((table.num_rows, len(columns)), np.float32)
        for at, name in enumerate(columns):
            column = pc.cast(table[name], "float32", safe=False)
            values = column.to_numpy().copy()
            values[~np.isfinite(values)] = np.nan
            values[np.isnan(values)] = np.nanmedian(values)
            matrix[:, at] = values
        return matrix

    return load


def _polars() -> Load:
    pl = import_module("polars")

    def load(paths: list[str], columns: list[str]) -> Matrix:
        numbers = [pl.col(name).cast(pl.Float32, strict=False) for name in columns]
        frame = pl.scan_parquet(paths).select(
            pl.when(number.is_finite()).then(number).name.keep() for number in numbers
        )
        filled = frame.with_columns(pl.all().fill_null(pl.all().median()))
        matrix: Matrix = filled.collect().to_numpy(order="c")
        return matrix

    return load


def _duckdb() -> Load:
    duckdb = import_module("duckdb")

    def load(paths: list[str], columns: list[str]) -> Matrix:
        names = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in columns]
        cast = (f"TRY_CAST({name} AS FLOAT)" for name in names)
        cleaned = ", ".join(
            f"CASE WHEN isfinite({number}) THEN {number} END AS {name}"
            for number, name in zip(cast, names, strict=True)
        )
        medians = ", ".join(f"median({name}) AS {name}" for name in names)
        filled = ", ".join(f"coalesce(c.{name}, m.{name})::FLOAT AS {name}" for name in names)
        database = duckdb.connect()
        database.execute(f"CREATE TEMP TABLE c AS SELECT {cleaned} FROM read_parquet(?)", [paths])  # noqa: S608
        found = database.execute(
            f"SELECT {filled} FROM c, (SELECT {medians} FROM c) AS m"  # noqa: S608
        ).fetchnumpy()
        matrix = np.empty((len(found[columns[0]]), len(columns)), np.float32)
        for at, name in enumerate(columns):
            matrix[:, at] = found.pop(name)
        return matrix

    return load


WAYS = (
    Way("onecopy", (), _onecopy),
    Way("pyarrow", ("pyarrow",), _pyarrow),
    Way("Polars", ("polars",), _polars),
    Way("DuckDB", ("duckdb",), _duckdb),
    Way("pandas", ("pandas", "pyarrow"), _pandas),
)
"""Ours, and the others."""
BY_NAME = {way.name: way for way in WAYS}
