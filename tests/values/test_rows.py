"""Random choices of rows equal to the oracle bit for bit, each kind alone and all together.

The data sets are drawn from consecutive seeds, so a failure names the one that reproduces it:
`ONECOPY_SEED=<seed> pytest tests/values/test_rows.py -k everything` starts with it.
"""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support import join_files, oracle, row_matrix, rows_oracle
from support.parquet_files import chance, one_of, write
from support.row_matrix import own_keys
from support.row_options import CHOICES, draw_choice
from support.row_tables import RowSet, draw_row_set
from support.rows_oracle import Chosen, Homes, Refused
from support.scale import scaled

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
LOADS = 5
DATA_SETS = {kind: scaled(25, 250) for kind in CHOICES} | {"everything": scaled(75, 750)}
ROLES = {"target": "y", "weight": "w", "group": "g"}
pytestmark = pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")

Rng = np.random.Generator


# Loads


def draw_options(rng: Rng, data: RowSet, kind: str) -> dict[str, Any]:
    """Options of one load, all but where it goes."""
    features = [name for name in data.features if chance(rng, 0.8)] or ["i"]
    options = draw_choice(rng, data, kind) | {
        "dtype": one_of(rng, ["float16", "float32", "float64"]),
        "order": one_of(rng, ["C", "F"]),
        "inf": one_of(rng, ["missing", "keep"]),
        "fill": one_of(rng, ["median", "median", "mean", -1.5, None, {"f0": "mean", "i": 3}]),
        "overflow": one_of(rng, ["raise", "missing", "missing", "clip"]),
        "threads": one_of(rng, [1, 2, 3, None]),
    }
    options |= {role: name for role, name in ROLES.items() if chance(rng, 0.4)}
    if chance(rng, 0.25):
        options |= {"join": data.tables, "on": "k", "duplicates": "first"}
        features += [name for table in data.joined for name in table.table.column_names[1:]]
    if isinstance(options["fill"], dict):
        options["fill"] = {n: rule for n, rule in options["fill"].items() if n in features}
    return options | {"columns": [features[at] for at in rng.permutation(len(features))]}


def rowwise(options: Mapping[str, Any]) -> dict[str, Any]:
    """What chooses rows among the options."""
    own = {"filters", "unique_on", "keep", "sample", "seed", "sort_by", "shuffle"}
    return {n: v for n, v in options.items() if n in own or n.startswith("split")}


def homes(data: RowSet, options: Mapping[str, Any], folder: Path) -> Homes | None:
    """Ask where each key goes when it is once in a file of its own order, and loaded alone."""
    split, by = options.get("split"), options.get("split_by")
    if by is None or not all(isinstance(share, float) for share in split.values()):
        return None
    found: dict[Any, str] = {}
    for file in data.files:
        values = rows_oracle.Source([file]).columns[by]
        rows = list({value: row for row, value in enumerate(values) if value is not None}.values())
        alone = pa.table({by: file[by].take(pa.array(rows[::-1], pa.int64()))})
        alone = alone.append_column("row", pa.array(rows[::-1], pa.int64()))
        path = write(alone, folder / "keys.parquet")
        chosen = {"split": split, "split_by": by, "seed": options.get("seed", 0)}
        m = onecopy.load_training_matrix(path, columns=["row"], dtype="float64", **chosen)
        for name, part in m.parts.items():
            found |= {values[int(row)]: name for row in part.X[:, 0]}
    return found.get


def expected(
    data: RowSet, options: Mapping[str, Any], chosen: Chosen, features: list[str]
) -> tuple[oracle.Expected, dict[str, np.ndarray]]:
    joined = data.joined if "join" in options else []
    extras = {
        role: row_matrix.extra(data.files, chosen, options[role])
        for role in ROLES
        if role in options
    }
    return row_matrix.matrix(data.files, joined, chosen, features, options), extras


def expect_refusal(error: Exception, data: RowSet, how: dict[str, Any]) -> None:
    """A count that stands in the message, or the columns that overflow."""
    if isinstance(error, Refused):
        with pytest.raises(ValueError, match=rf"\b{re.escape(str(error))}\b"):
            onecopy.load_training_matrix(data.paths, **how)
    else:
        with pytest.raises(onecopy.CastOverflowError) as caught:
            onecopy.load_training_matrix(data.paths, **how)
        assert caught.value.counts == error.args[0]


def check(rng: Rng, data: RowSet, options: dict[str, Any], folder: Path) -> None:
    """One load against the oracle: its values, its parts, its report and its refusals."""
    out = folder / "out.npy" if chance(rng, 0.2) else None
    how = options | {"out": out, "overwrite": True}
    alone = homes(data, options, folder)
    try:
        chosen = rows_oracle.choose(data.source, options, homes=alone)
        want, extras = expected(data, options, chosen, options["columns"])
    except (Refused, oracle.Overflow) as error:
        expect_refusal(error, data, how)
        return
    m = onecopy.load_training_matrix(data.paths, **how)
    compare(m, want, extras, chosen, options)
    if out is not None:
        compare(onecopy.TrainingMatrix.open(out), want, extras, chosen, options)
    if "join" in options:
        check_tables(data, chosen, m.report.tables)
    if chance(rng, 0.2):
        assert onecopy.plan(data.paths, **how).shape == m.X.shape
    if chance(rng, 0.2):
        check_recipe(rng, data, options, m.recipe)


def compare(
    m: Any,
    want: oracle.Expected,
    extras: Mapping[str, np.ndarray],
    chosen: Chosen,
    options: Mapping[str, Any],
) -> None:
    assert oracle.differences(want, m.X) == []
    assert oracle.report_differences(want, m.report.columns) == []
    assert m.report.rows == len(chosen.rows)
    arrays = {"target": "y", "weight": "weight", "group": "group"}
    for role, extra in extras.items():
        np.testing.assert_array_equal(getattr(m, arrays[role]), extra, strict=True)
    if "split" in options:
        assert list(m.parts) == list(options["split"])
        for name, rows in chosen.ranges.items():
            check_part(m, m.parts[name], rows, [arrays[role] for role in extras])
    if "group" in extras:
        check_groups(m)


def check_part(m: Any, part: Any, rows: slice, names: list[str]) -> None:
    """A part is views of a range of rows."""
    for name in ("X", *names):
        whole, own = getattr(m, name), getattr(part, name)
        assert own.shape == whole[rows].shape
        assert own.tobytes() == whole[rows].tobytes()
        assert own.size == 0 or np.shares_memory(own, whole)
    assert part.feature_names == m.feature_names


def check_groups(m: Any) -> None:
    """Groups are runs of equal values; where one has two runs they are refused."""
    group = m.group
    edges = [0, *(np.flatnonzero(group[1:] != group[:-1]) + 1), len(group)][: len(group) + 1]
    keys = group[edges[:-1]].tolist()
    if len(set(keys)) < len(keys):
        with pytest.raises(ValueError, match="sort_by"):
            _ = m.groups
        return
    assert np.asarray(m.groups.keys).tolist() == keys
    assert m.groups.offsets.dtype == np.int64
    assert m.groups.offsets.tolist() == edges
    assert np.asarray(m.groups.sizes).tolist() == np.diff(edges).tolist()
    found = [(key, rows.start, rows.stop) for key, rows in m.groups]
    assert found == list(zip(keys, edges[:-1], edges[1:], strict=True))


def check_tables(data: RowSet, chosen: Chosen, reports: list[Any]) -> None:
    """Rows are matched among those that were chosen."""
    keys = own_keys(data.files)
    own = [keys[row] for row in chosen.rows]
    for table, report in zip(data.joined, reports, strict=True):
        counts = join_files.counts(own, table.keys, "first")
        assert (report.rows, report.matched, report.unmatched, report.unused) == counts


def check_recipe(rng: Rng, data: RowSet, options: Mapping[str, Any], recipe: Any) -> None:
    """Other rows of the same files by the recipe: nothing is fitted anew."""
    kind = one_of(rng, [kind for kind in CHOICES if kind != "hashed"])
    later = draw_choice(rng, data, kind)
    if "split_by" in later and isinstance(next(iter(later["split"].values())), float):
        return
    joined = {"join": data.tables} if "join" in options else {}
    fills = {name: None if np.isnan(value) else value for name, value in filled(recipe).items()}
    rules = {"dtype": options["dtype"], "inf": options["inf"], "overflow": options["overflow"]}
    try:
        chosen = rows_oracle.choose(data.source, later)
        want, _ = expected(data, rules | {"fill": fills} | joined, chosen, recipe.feature_names)
    except (Refused, oracle.Overflow):
        return
    m = onecopy.load_training_matrix(data.paths, recipe=recipe, **joined, **later)
    assert oracle.differences(want, m.X) == []
    assert repr(m.recipe.to_dict()) == repr(recipe.to_dict())


def filled(recipe: Any) -> dict[str, float]:
    return {n: np.nan if value is None else float(value) for n, value in recipe.fill.items()}


@pytest.mark.parametrize("kind", CHOICES)
def test_random_choices_equal_the_oracle(tmp_path: Path, kind: str) -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + DATA_SETS[kind]):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rng = np.random.default_rng([seed, list(CHOICES).index(kind)])
        data = draw_row_set(rng, folder)
        for _ in range(LOADS):
            options = draw_options(rng, data, kind)
            try:
                check(rng, data, options, folder)
            except Exception as error:
                error.add_note(f"seed {seed}, {data.rows} rows, options {options}")
                raise
        shutil.rmtree(folder)
