"""Lists and structs with every other option: the bits of a table that has plain columns."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support import nested_tables
from support.oracle import bits

SEED = int(os.environ.get("ONECOPY_SEED", "22"))
BATCHES = 12
CASES = 25
ROLES = ["k", "g", "y", "i"]
RULES = ["median", "mean", None, 2.5]
Rng = np.random.Generator
Options = dict[str, Any]


class Twins:
    """Files with lists and structs, and the same with plain columns."""

    def __init__(self, rng: Rng, folder: Path) -> None:
        self.rng = rng
        self.folder = folder
        kinds = nested_tables.KINDS
        self.kinds = {name: kinds[int(rng.integers(0, len(kinds)))] for name in ("v", "w")}
        widths = [1, 2, 3, 17, 64]
        self.widths = {n: int(rng.choice(widths, p=[0.2, 0.2, 0.3, 0.2, 0.1])) for n in self.kinds}
        self.is_deep = rng.random() < 0.5

    def table(self, rows: int) -> pa.Table:
        """A table of some rows."""
        rng = self.rng
        columns: dict[str, pa.Array] = {
            name: nested_tables.lists(rng, rows, self.widths[name], self.kinds[name])
            for name in self.kinds
        }
        columns["x"] = pa.array(rng.normal(size=rows), mask=rng.random(rows) < 0.1)
        columns["s"] = nested_tables.structs(rng, rows, is_deep=self.is_deep)
        columns["k"] = pa.array(rng.permutation(rows))
        columns["g"] = pa.array(np.sort(rng.integers(0, 6, rows)))
        columns["y"] = pa.array(rng.integers(0, 2, rows))
        columns["i"] = pa.array(np.arange(rows))
        return pa.table(columns)

    def write(self, tables: list[pa.Table], name: str) -> tuple[list[Path], list[Path]]:
        """Write tables as they are, and with plain columns."""
        nested: list[Path] = []
        plain: list[Path] = []
        for number, table in enumerate(tables):
            flat = pa.table(nested_tables.flat(table))
            for form, found in ((table, nested), (flat, plain)):
                kind = "plain" if form is flat else "nested"
                found.append(self.folder / f"{name}-{number}-{kind}.parquet")
                nested_tables.write(self.rng, form, found[-1])
        return nested, plain

    def tables(self) -> list[pa.Table]:
        rows = self.rng.choice([1, 3, 20, 90, 300], size=int(self.rng.choice([1, 1, 2, 3])))
        return [self.table(int(count)) for count in rows]


def chosen_rows(rng: Rng) -> Options:
    """Which rows, in which parts and order."""
    options: Options = {}
    if rng.random() < 0.4:
        ways = [[("x", ">", 0)], [("k", "in", [1, 5, 7])], [[("y", "=", 1)], [("k", "<", 50)]]]
        options["filters"] = ways[int(rng.integers(0, len(ways)))]
    if rng.random() < 0.2:
        options["unique_on"] = ["g", "y"]
    if rng.random() < 0.2:
        options["sample"] = 0.7
    if rng.random() < 0.4:
        options["split"] = {"train": 0.7, "test": 0.3}
        if rng.random() < 0.5:
            options["split_by"] = "k"
    elif rng.random() < 0.2:
        options["split"] = {"a": [("i", "<", 10)], "b": [("i", ">=", 15)]}
    order = rng.random()
    if order < 0.2:
        options["sort_by"] = ["k", "i"]
    elif order < 0.4:
        options["shuffle"] = True
    elif order < 0.6:
        options |= {"group": "g", "sort_by": ["g"]}
    return options


def values(rng: Rng) -> Options:
    """What becomes of values, and how."""
    return {
        "dtype": str(rng.choice(["float16", "float32", "float64"])),
        "inf": str(rng.choice(["missing", "keep"])),
        "overflow": str(rng.choice(["missing", "clip"])),
        "order": str(rng.choice(["C", "F"])),
        "threads": int(rng.integers(1, 3)),
        "memory_limit": [None, None, "300MB"][int(rng.integers(0, 3))],
    }


def columns(rng: Rng, names: list[str]) -> tuple[Options, Options]:
    """Which columns, and fills: by fields, and the same by features."""
    structs = [name for name in names if name.startswith("s.")]
    vectors = [name for name in names if name.startswith("v_")]
    one = RULES[int(rng.integers(0, len(RULES)))]
    way = rng.random()
    if way < 0.2:
        return {"exclude": ["s"], "fill": one}, {"exclude": structs, "fill": one}
    if way < 0.4:
        mine, plain = ["s", "x", "v"], [*structs, "x", *vectors]
        return {"columns": mine, "fill": one}, {"columns": plain, "fill": one}
    if way < 0.6:
        return {"fill": one}, {"fill": one}
    # A field, an item of one, and a plain column.
    other = RULES[int(rng.integers(0, len(RULES)))]
    mine = {"v": one, "w_0": other, "x": other}
    return {"fill": mine}, {"fill": dict.fromkeys(vectors, one) | {"w_0": other, "x": other}}


def load(paths: list[Path], **options: Any) -> onecopy.TrainingMatrix | Exception:
    """Load, or return what is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", onecopy.EmptyColumnWarning)
        try:
            return onecopy.load_training_matrix(paths, **options)
        except (onecopy.OnecopyError, ValueError) as error:
            return error


def difference(nested: Any, plain: Any) -> str | None:
    """What is not the same in two matrices."""
    if isinstance(nested, Exception) or isinstance(plain, Exception):
        return None if type(nested) is type(plain) else f"{nested!r} and {plain!r}"
    if nested.feature_names != plain.feature_names:
        return f"names: {nested.feature_names} and {plain.feature_names}"
    found = [array_difference(role, nested, plain) for role in ("X", "y", "group")]
    if repr(nested.recipe.fill) != repr(plain.recipe.fill):
        found.append("fills")
    if list(nested.parts) != list(plain.parts):
        found.append("parts")
    pairs = [(nested.report, plain.report)]
    pairs += [(own, plain.report.parts[name]) for name, own in nested.report.parts.items()]
    for mine, other in pairs:
        for name, column in mine.columns.items():
            if repr(column) != repr(other.columns[name]):
                found.append(f"report of {name}: {column} and {other.columns[name]}")
    return next((problem for problem in found if problem), None)


def array_difference(role: str, nested: Any, plain: Any) -> str | None:
    mine, other = getattr(nested, role), getattr(plain, role)
    if mine is None or other is None:
        return None if mine is other else role
    unlike = bits(np.ascontiguousarray(mine)) != bits(np.ascontiguousarray(other))
    if not unlike.any():
        return None
    at = tuple(np.argwhere(unlike)[0])
    return f"{role}{list(map(int, at))}: {mine[at]} and {other[at]}"


def rng_of(kind: str, batch: int, case: int) -> Rng:
    return np.random.default_rng([SEED, batch, case, *kind.encode()])


def told(kind: str, batch: int, case: int, *options: Options) -> str:
    return f"ONECOPY_SEED={SEED}, {kind} {batch} {case}: {options}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_rows_values_and_outputs(batch: int, tmp_path: Path) -> None:
    for number in range(CASES):
        rng = rng_of("rows", batch, number)
        twins = Twins(rng, tmp_path)
        tables = twins.tables()
        paths = twins.write(tables, "a")
        features = [name for name in nested_tables.flat(tables[0]) if name not in ROLES]
        options = chosen_rows(rng) | values(rng) | {"target": "y"}
        own = columns(rng, features)
        is_file = rng.random() < 0.3
        found = []
        for at, (files, mine) in enumerate(zip(paths, own, strict=True)):
            left = {} if "columns" in mine else {"exclude": [*mine.get("exclude", []), "k", "i"]}
            if left and "group" not in options:
                left["exclude"].append("g")
            out = tmp_path / f"{at}.npy" if is_file else None
            found.append(load(files, out=out, overwrite=True, **(options | mine | left)))
        assert difference(*found) is None, told("rows", batch, number, options, own[0])


@pytest.mark.parametrize("batch", range(10))
def test_joins(batch: int, tmp_path: Path) -> None:
    for number in range(12):
        rng = rng_of("join", batch, number)
        twins = Twins(rng, tmp_path)
        table = twins.table(int(rng.choice([3, 40, 200])))
        source = {"k": rng.integers(0, 60, int(rng.choice([1, 30, 150])))}
        if rng.random() < 0.3:
            source["k"].sort()
        source["z"] = nested_tables.lists(rng, len(source["k"]), 3, pa.float32())
        prefix = [None, "t."][int(rng.integers(0, 2))]
        options = values(rng) | {"on": "k", "prefix": prefix}
        options["fill"] = RULES[int(rng.integers(0, len(RULES)))]
        if rng.random() < 0.3:
            options["split"] = {"train": 0.6, "test": 0.4}
        paths = twins.write([pa.table(source)], "source")
        tables = twins.write([table.drop_columns(["g", "y", "i"])], "table")
        found = [load(f, join=joined, **options) for f, joined in zip(paths, tables, strict=True)]
        assert difference(*found) is None, told("join", batch, number, options)
        if isinstance(found[0], onecopy.TrainingMatrix):
            again = [
                load(f, join=j, recipe=m) for f, j, m in zip(paths, tables, found, strict=True)
            ]
            assert difference(*again) is None, told("join", batch, number, options)


@pytest.mark.parametrize("batch", range(10))
def test_a_recipe_of_other_files(batch: int, tmp_path: Path) -> None:
    for number in range(12):
        rng = rng_of("recipe", batch, number)
        twins = Twins(rng, tmp_path)
        train, other = (twins.write(twins.tables(), name) for name in ("train", "test"))
        options = values(rng) | {"fill": ["median", "mean", None][int(rng.integers(0, 3))]}
        aside = {"exclude": ROLES}
        found = [load(files, **options, **aside) for files in train]
        assert difference(*found) is None, told("recipe", batch, number, options)
        recipe = found[0].recipe
        recipe.save(tmp_path / "recipe.json")
        loaded = onecopy.Recipe.load(tmp_path / "recipe.json")
        assert repr(loaded) == repr(recipe)
        assert loaded.vectors == {"v": twins.widths["v"], "w": twins.widths["w"]} | {
            name: 3 for name in recipe.vectors if name.startswith("s.")
        }
        again = [
            load(files, recipe=own) for files, own in zip(other, (loaded, found[1]), strict=True)
        ]
        assert difference(*again) is None, told("recipe", batch, number, options)


@pytest.mark.parametrize("batch", range(10))
def test_passed_through(batch: int, tmp_path: Path) -> None:
    for number in range(10):
        rng = rng_of("passed", batch, number)
        twins = Twins(rng, tmp_path)
        paths = twins.write(twins.tables(), "a")
        y = "s.t.y" if twins.is_deep else "s.y"
        options = chosen_rows(rng) | {"columns": ["x"], "fill": 0.0}
        options |= {"out": tmp_path / "m.npy", "overwrite": True} if rng.random() < 0.3 else {}
        names = [f"v_{item}" for item in range(twins.widths["v"])]
        mine = load(paths[0], passthrough=["v", y], **options)
        plain = load(paths[1], passthrough=[*names, y], **options)
        where = told("passed", batch, number, options)
        assert difference(mine, plain) is None, where
        if isinstance(mine, Exception) or isinstance(plain, Exception):
            continue
        block = mine.passthrough["v"]
        assert block.shape == (len(mine), len(names)), where
        for item, name in enumerate(names):
            np.testing.assert_array_equal(block[:, item], plain.passthrough[name], where)
            gone = [
                np.ma.getmaskarray(array) for array in (block[:, item], plain.passthrough[name])
            ]
            np.testing.assert_array_equal(*gone, where)
        np.testing.assert_array_equal(mine.passthrough[y], plain.passthrough[y], where)
