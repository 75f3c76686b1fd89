"""Times as numbers of units, texts as codes: bit for bit against an oracle, over random files."""

import os
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onecopy import PrecisionWarning, load_training_matrix

from tests.support import recoded_tables as tables
from tests.support.recoded_tables import UNITS, WORDS, Column

SEED = int(os.environ.get("ONECOPY_SEED", "22"))
RUNS = 25
CASES = 40
KINDS = {"d": "date", "t": "time", "i": "instant"}
OPTIONS = {"datetimes", "categories"}


def same(found: Any, expected: np.ndarray[Any, Any]) -> bool:
    """Whether all bits are equal; any NaN is one that is missing."""
    bits = np.dtype(f"u{expected.dtype.itemsize}")
    nan = np.isnan(expected)
    equal = found.view(bits) == expected.view(bits)
    # A zero has no sign where it is counted from an origin.
    return bool(np.all(equal | nan & np.isnan(found)))


def load(*args: Any, **options: Any) -> onecopy.TrainingMatrix:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        warnings.simplefilter("ignore", onecopy.EmptyColumnWarning)
        return load_training_matrix(*args, **options)


class Case:
    """Some files of one table, and how it is loaded."""

    def __init__(self, rng: random.Random, folder: Path) -> None:
        self.rng = rng
        self.dtype = np.dtype(rng.choice(["float16", "float32", "float64"]))
        far = self.dtype == np.float64
        self.files: list[dict[str, Column]] = []
        self.paths: list[Path] = []
        for number in range(rng.choice([1, 1, 2, 3])):
            rows = rng.choice([1, 5, 20, 40])
            columns = {
                name: tables.times(rng, rows, "far" if far and kind == "instant" else kind)
                for name, kind in KINDS.items()
            }
            columns["c"] = tables.texts(rng, rows, WORDS[: rng.choice([1, 4, 11])])
            columns["w"] = tables.texts(rng, rows, [f"word {at}" for at in range(300)])
            path = folder / f"{number}.parquet"
            tables.write(rng, path, columns)
            self.files.append(columns)
            self.paths.append(path)
        self.unit = rng.choice(list(UNITS))
        self.origin = rng.choice([0, 0, UNITS["D"] * 18_262, -1, 10**18, UNITS["D"] // 2])

    def column(self, name: str) -> list[np.ndarray[Any, Any]]:
        """What a time becomes, for each file."""
        return [tables.units(f[name], self.unit, self.origin, self.dtype) for f in self.files]

    def values(self, name: str) -> list[Any]:
        return [value for columns in self.files for value in columns[name].values]

    def expected(self, known: dict[str, list[bytes]]) -> np.ndarray[Any, Any]:
        features = [np.concatenate(self.column(name)) for name in KINDS]
        features += [np.array(tables.codes(self.values(n), known[n]), self.dtype) for n in "cw"]
        return np.stack(features, axis=1)

    def options(self) -> dict[str, Any]:
        return {
            "dtype": self.dtype,
            "datetimes": (self.unit, np.datetime64(self.origin, "ns")),
            "categories": self.rng.choice(["codes", ["w", "c"]]),
            "overflow": "clip",
            "order": self.rng.choice("CF"),
            "threads": self.rng.choice([1, 2]),
            "fill": dict.fromkeys(KINDS),
        }


@pytest.mark.parametrize("run", range(RUNS))
def test_random_files(run: int, tmp_path: Path) -> None:
    for number in range(CASES):
        rng = random.Random(f"{SEED} {run} {number}")
        case = Case(rng, tmp_path)
        known = {name: tables.vocabulary(case.values(name)) for name in "cw"}
        m = load(case.paths, **case.options())
        told = f"ONECOPY_SEED={SEED}, run {run}, case {number}"
        texts = {n: [str.encode(t) for t in own] for n, own in m.recipe.categories.items()}
        assert texts == known, told
        assert same(m.X, case.expected(known)), told


@pytest.mark.parametrize("run", range(10))
def test_a_recipe_knows_no_other_words(run: int, tmp_path: Path) -> None:
    for number in range(10):
        rng = random.Random(f"{SEED} recipe {run} {number}")
        folders = [tmp_path / "one", tmp_path / "other"]
        for folder in folders:
            folder.mkdir(exist_ok=True)
        train, test = (Case(rng, folder) for folder in folders)
        test.dtype, test.unit, test.origin = train.dtype, train.unit, train.origin
        m = load(train.paths, **train.options())
        m.recipe.save(tmp_path / "recipe.json")
        known = {name: tables.vocabulary(train.values(name)) for name in "cw"}
        other = load(test.paths, recipe=rng.choice([m, tmp_path / "recipe.json"]))
        told = f"ONECOPY_SEED={SEED}, run {run}, case {number}"
        assert same(other.X, test.expected(known)), told
        assert other.recipe == m.recipe, told


@pytest.mark.parametrize("run", range(10))
def test_vocabularies_are_those_of_the_first_part(run: int, tmp_path: Path) -> None:
    for number in range(10):
        rng = random.Random(f"{SEED} parts {run} {number}")
        rows = rng.choice([30, 200, 2100])
        columns = {
            "c": tables.texts(rng, rows, WORDS),
            "w": tables.texts(rng, rows, [f"word {at}" for at in range(rng.choice([3, 400]))]),
        }
        part = np.array([rng.choice([0, 1, 2]) for _ in range(rows)])
        if rng.random() < 0.3:
            part.sort()
        columns["n"] = Column(list(part), pa.array(part, pa.int32()))
        tables.write(rng, tmp_path / "a.parquet", columns)
        split = {"train": [("n", "=", 0)], "test": [("n", "=", 1)]}
        order = rng.choice([{}, {"shuffle": True}])
        out = rng.choice([None, tmp_path / "m.npy"])
        m = load(
            tmp_path / "a.parquet",
            categories="codes",
            split=split,
            passthrough="n",
            out=out,
            overwrite=True,
            fill={"c": rng.choice([-1, None]), "w": -1},
            **order,
        )
        train = part == 0
        for at, name in enumerate("cw"):
            values = columns[name].values
            known = tables.vocabulary([v for v, own in zip(values, train, strict=True) if own])
            assert [text.encode() for text in m.recipe.categories[name]] == known
            codes = np.array(tables.codes(values, known))
            found = np.nan_to_num(m.X[:, at], nan=-1)
            expected = np.concatenate([codes[train], codes[part == 1]])
            if order:
                first = int(train.sum())
                for rows_of in (slice(0, first), slice(first, None)):
                    assert sorted(found[rows_of]) == sorted(expected[rows_of])
            else:
                assert np.array_equal(found, expected), (run, number)


@pytest.mark.parametrize("run", range(10))
def test_texts_and_times_of_joined_tables(run: int, tmp_path: Path) -> None:
    for number in range(6):
        rng = random.Random(f"{SEED} join {run} {number}")
        keys = list(range(50))
        wanted = [rng.choice(keys) for _ in range(rng.choice([5, 40]))]
        if rng.random() < 0.5:
            wanted.sort()
        pq.write_table(pa.table({"key": wanted}), tmp_path / "source.parquet")
        held = rng.sample(keys, 35)
        if rng.random() < 0.3:
            held = list(wanted) if len(set(wanted)) == len(wanted) else sorted(held)
        columns = {
            "key": Column(held, pa.array(held, pa.int64())),
            "c": tables.texts(rng, len(held), WORDS),
            "i": tables.times(rng, len(held), "instant"),
        }
        tables.write(rng, tmp_path / "table.parquet", columns)
        m = load(
            tmp_path / "source.parquet",
            join=tmp_path / "table.parquet",
            on="key",
            categories="codes",
            datetimes="h",
            dtype="float64",
            fill={"i": None},
        )
        row = {key: at for at, key in enumerate(held)}
        texts = [columns["c"].values[row[key]] if key in row else None for key in wanted]
        known = tables.vocabulary(texts)
        assert [text.encode() for text in m.recipe.categories["c"]] == known, (run, number)
        assert list(m.X[:, 0]) == tables.codes(texts, known)
        hours = tables.units(columns["i"], "h", 0, m.dtype)
        expected = np.array([hours[row[key]] if key in row else np.nan for key in wanted])
        assert same(np.ascontiguousarray(m.X[:, 1]), expected)
