"""Times and texts in memory get the bits of a load, whatever form they come in."""

import os
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import PrecisionWarning, Recipe
from support import recoded_tables as tables
from support.recoded_tables import UNITS, WORDS

pytestmark = [
    pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning"),
    pytest.mark.filterwarnings("ignore::onecopy.PrecisionWarning"),
]

SEED = int(os.environ.get("ONECOPY_SEED", "22"))
CASES = 40


def table(rng: random.Random, rows: int, *, is_far: bool) -> pa.Table:
    """Times and texts of random types, some of them null, beside a number."""
    lasts = [None if rng.random() < 0.2 else rng.randint(-(10**9), 10**9) for _ in range(rows)]
    columns = {
        "d": tables.times(rng, rows, "date").array,
        "t": tables.times(rng, rows, "time").array,
        "i": tables.times(rng, rows, "far" if is_far else "instant").array,
        "l": pa.array(lasts, pa.int64()).cast(pa.duration(rng.choice(["s", "ms", "us", "ns"]))),
        "c": tables.texts(rng, rows, WORDS).array,
        "w": tables.texts(rng, rows, [f"word {at}" for at in range(30)]).array,
        "n": pa.array([rng.gauss(0, 9) for _ in range(rows)]),
    }
    return pa.table(columns)


def plain(column: pa.ChunkedArray) -> np.ndarray[Any, Any] | None:
    """Times as an array of NumPy; none where they have gaps or are none."""
    kind = column.type
    if column.null_count or not pa.types.is_temporal(kind):
        return None
    narrow = pa.types.is_date(kind) or pa.types.is_time32(kind)
    ticks = column.cast(pa.int32() if narrow else pa.int64()).cast(pa.int64()).to_numpy()
    letter = "M" if pa.types.is_date(kind) or pa.types.is_timestamp(kind) else "m"
    unit = "D" if pa.types.is_date(kind) else kind.unit
    return ticks.view(f"{letter}8[{unit}]")


def forms(rows: pa.Table, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The same rows in every form that holds them exactly."""
    yield "arrow table", rows
    yield "record batch", rows.combine_chunks().to_batches()[0]
    yield "dict of arrow columns", {name: rows.column(name) for name in names}
    arrays = {name: plain(rows.column(name)) for name in names}
    yield (
        "dict of arrays",
        {name: rows.column(name) if own is None else own for name, own in arrays.items()},
    )
    swapped = {
        name: rows.column(name) if own is None else own.astype(own.dtype.newbyteorder(">"))
        for name, own in arrays.items()
    }
    yield "dict of swapped arrays", swapped
    pl = pytest.importorskip("polars")
    yield "polars", pl.from_arrow(rows)
    pd = pytest.importorskip("pandas")
    yield "pandas with types of arrow", rows.to_pandas(types_mapper=pd.ArrowDtype)
    try:
        yield "pandas", rows.to_pandas()
        objects = rows.to_pylist()
    except (OverflowError, ValueError):
        # Python has no such year, and its times no nanoseconds.
        return
    yield "list of dicts", objects
    if len(objects) == 1:
        yield "dict", objects[0]
    yield "dict of lists", {name: [row[name] for row in objects] for name in names}
    matrix = np.empty((len(objects), len(names)), object)
    for at, name in enumerate(names):
        matrix[:, at] = [row[name] for row in objects]
    yield "array of objects", matrix


def outcome(call: Callable[..., np.ndarray[Any, Any]], *given: object) -> object:
    """The bits, or the facts of the refusal."""
    try:
        return call(*given).tobytes()
    except onecopy.CastOverflowError as error:
        return error.counts, error.dtype


def loaded(path: Path, rules: Recipe) -> np.ndarray[Any, Any]:
    return onecopy.load_training_matrix(path, recipe=rules).X


@pytest.mark.parametrize("run", range(25))
def test_every_form_has_the_bits_of_a_load(run: int, tmp_path: Path) -> None:
    met = set()
    for number in range(CASES):
        rng = random.Random(f"{SEED} serve {run} {number}")
        dtype = rng.choice(["float16", "float32", "float64"])
        is_far = rng.random() < 0.5
        train = table(rng, rng.choice([1, 20]), is_far=is_far)
        pq.write_table(train, tmp_path / "train.parquet")
        origin = rng.choice([0, 0, UNITS["D"] * 18_262, -1, 10**18])
        recipe = onecopy.load_training_matrix(
            tmp_path / "train.parquet",
            columns=rng.sample(train.column_names, len(train.column_names)),
            datetimes=(rng.choice(list(UNITS)), np.datetime64(origin, "ns")),
            categories="codes",
            dtype=dtype,
            order=rng.choice("CF"),
            overflow="clip",
            fill=rng.choice([None, 7, {"c": None, "i": 5}]),
        ).recipe
        recipe = Recipe.from_dict(recipe.to_dict() | {"overflow": rng.choice(["raise", "missing"])})
        rows = table(rng, rng.choice([1, 1, 3, 40, 600]), is_far=is_far)
        pq.write_table(rows, tmp_path / "rows.parquet")
        expected = outcome(loaded, tmp_path / "rows.parquet", recipe)
        for form, data in forms(rows, recipe.feature_names):
            met.add(form)
            found = outcome(recipe.transform, data)
            assert found == expected, (form, f"ONECOPY_SEED={SEED}, run {run}, case {number}")
    assert len(met) > 6


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "7s", "2M"])
def test_units_of_numpy(unit: str) -> None:
    """Coarse units count as the days that they begin with."""
    recipe = Recipe(
        ("t",), "float64", "C", "missing", "raise", {"t": None}, datetimes={"t": onecopy.Clock("h")}
    )
    moments = np.array([0, 5, -3], f"M8[{unit}]")
    hours = moments.astype("M8[h]").astype(np.int64) if unit in {"Y", "M", "W", "D", "2M"} else None
    found = recipe.transform({"t": moments})[:, 0]
    one_by_one = np.array([recipe.transform({"t": moment})[0, 0] for moment in moments])
    assert np.array_equal(found, one_by_one)
    if hours is not None:
        assert np.array_equal(found, hours)
    if unit not in {"Y", "M", "2M"}:
        spans = np.array([0, 5, -3], f"m8[{unit}]")
        expected = spans / np.timedelta64(1, "h")
        assert np.array_equal(recipe.transform({"t": spans})[:, 0], expected)


def test_a_precision_warning_is_for_loads(tmp_path: Path) -> None:
    """A call for one row is not told again what the fit was told."""
    at = pa.array([10**18, 1], pa.timestamp("ns"))
    pq.write_table(pa.table({"at": at}), tmp_path / "a.parquet")
    with pytest.warns(PrecisionWarning):
        recipe = onecopy.load_training_matrix(tmp_path / "a.parquet", datetimes="ns").recipe
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert recipe.transform({"at": at}).tolist() == [[float(np.float32(10**18))], [1]]
