"""Random files, each loaded in several ways, equal to the oracle bit for bit.

The data sets are drawn from consecutive seeds, so a failure names the one that reproduces it:
`ONECOPY_SEED=<seed> pytest tests/values/test_properties.py -k batch0` starts with it.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import oracle
from support.parquet_files import DataSet, chance, draw_data_set, one_of, write

FIRST_SEED = int(os.environ.get("ONECOPY_SEED", "0"))
BATCHES, DATA_SETS, LOADS = 50, 20, 3
FILLS = ["median", "median", "mean", -1.5, None, "mixed"]

RULES = ("dtype", "inf", "fill", "overflow")


def draw_options(rng: np.random.Generator, data: DataSet) -> dict[str, Any]:
    """Options of one load, all but where it goes."""
    roles = draw_roles(rng, data)
    features = [name for name in data.features if name not in set(flat(roles.values()))]
    fill = one_of(rng, FILLS)
    if fill == "mixed":
        some = [name for name in features if chance(rng, 0.5)]
        fill = {name: one_of(rng, ["median", "mean", 3, None]) for name in some}
    options = {
        "dtype": one_of(rng, ["float16", "float32", "float64"]),
        "order": one_of(rng, ["C", "F"]),
        "inf": one_of(rng, ["missing", "keep"]),
        "fill": fill,
        "overflow": one_of(rng, ["raise", "missing", "clip"]),
        "threads": one_of(rng, [1, 2, 3, None]),
        "target_missing": one_of(rng, ["raise", "keep"]),
        **roles,
    }
    if chance(rng, 0.3):
        options["columns"] = [features[i] for i in rng.permutation(len(features))]
    elif data.beside:
        options["exclude"] = data.beside
    return options


def draw_roles(rng: np.random.Generator, data: DataSet) -> dict[str, Any]:
    """Columns of one type in all files as target, weight or group; at least one feature stays."""
    schemas = [pq.read_schema(path) for path in data.paths]
    fit = [
        name
        for name in data.features
        for kinds in [{str(schema.field(name).type).split("(")[0] for schema in schemas}]
        if len(kinds) == 1 and "null" not in kinds
    ]
    fit = [fit[i] for i in rng.permutation(len(fit))][: len(data.features) - 1]
    roles: dict[str, Any] = {}
    if fit and chance(rng, 0.3):
        roles["target"] = fit.pop()
    elif len(fit) > 1 and chance(rng, 0.2):
        roles["target"] = [fit.pop(), fit.pop()]
    for role in ("weight", "group"):
        if fit and chance(rng, 0.1):
            roles[role] = fit.pop()
    return roles


def flat(names: Iterable[str | list[str]]) -> Iterator[str]:
    for name in names:
        yield from [name] if isinstance(name, str) else name


def output(
    rng: np.random.Generator, shape: tuple[int, int], options: Mapping[str, Any], folder: Path
) -> Any:
    """Nothing (RAM), an array of the caller full of something else, or the name of a file."""
    kind = one_of(rng, ["ram", "array", "file"])
    if kind == "array":
        return np.full(shape, 7, options["dtype"], options["order"])
    return folder / "out.npy" if kind == "file" else None


def expect_refusal(
    errors: list[Exception], data: DataSet, options: dict[str, Any], out: Any
) -> None:
    """One of these refusals, naming its columns; which one comes first is left open."""
    kinds = {oracle.Overflow: onecopy.CastOverflowError, oracle.Missing: onecopy.MissingTargetError}
    with pytest.raises(tuple(kinds[type(error)] for error in errors)) as caught:
        onecopy.load_training_matrix(data.paths, out=out, overwrite=True, **options)
    message = str(caught.value)
    met = [error for error in errors if isinstance(caught.value, kinds[type(error)])]
    assert any(names_columns(error, message) for error in met), message


def names_columns(error: Exception, message: str) -> bool:
    if isinstance(error, oracle.Missing):
        return error.args[0] in message
    counts = error.args[0]
    alone = len(counts) > 1 or all(str(count) in message for count in counts.values())
    return alone and all(name in message for name in list(counts)[:10])


def load(data: DataSet, options: dict[str, Any], out: Any) -> tuple[Any, list[str]]:
    """Load, and tell what was warned about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", onecopy.EmptyColumnWarning)
        m = onecopy.load_training_matrix(data.paths, out=out, overwrite=True, **options)
    return m, [str(w.message) for w in caught]


def check(rng: np.random.Generator, data: DataSet, options: dict[str, Any], folder: Path) -> None:
    """One load against the oracle: its values, its report and its refusals."""
    roles = {role: options[role] for role in ("target", "weight", "group") if role in options}
    left = [name for name in data.features if name not in set(flat(roles.values()))]
    features = options.get("columns", left)
    out = output(rng, (data.rows, len(features)), options, folder)
    rules = {name: options[name] for name in RULES}
    extras, errors = {}, []
    for role, names in roles.items():
        try:
            extras[role] = oracle.extras(data.paths, names, options["target_missing"])
        except oracle.Missing as error:
            errors.append(error)
    try:
        expected = oracle.load(data.paths, features, **rules)
    except oracle.Overflow as error:
        errors.append(error)
    if errors:
        expect_refusal(errors, data, options, out)
        return
    m, warned = load(data, options, out)
    assert oracle.differences(expected, m.X) == []
    assert oracle.report_differences(expected, m.report.columns) == []
    for role, extra in extras.items():
        got = {"target": m.y, "weight": m.weight, "group": m.group}[role]
        np.testing.assert_array_equal(got, extra, strict=True)
    assert m.feature_names == features
    assert m.X.flags[f"{options['order']}_CONTIGUOUS"]
    if isinstance(out, np.ndarray):
        assert np.shares_memory(m.X, out) or out.size == 0
    if isinstance(out, Path):
        assert oracle.differences(expected, np.load(out)) == []
    check_warnings(expected, warned)


def check_warnings(expected: oracle.Expected, warned: list[str]) -> None:
    """One warning where a column is empty and was to be fitted, none where no column is empty."""
    columns = expected.columns.values()
    fitted = any(column.empty and isinstance(column.fill, str) for column in columns)
    assert fitted <= len(warned) <= any(column.empty for column in columns)


@pytest.mark.parametrize("batch", range(BATCHES), ids=lambda batch: f"batch{batch}")
def test_random_files_equal_the_oracle(tmp_path: Path, batch: int) -> None:
    for seed in range(FIRST_SEED + batch * DATA_SETS, FIRST_SEED + (batch + 1) * DATA_SETS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rng = np.random.default_rng(seed)
        data = draw_data_set(rng, folder)
        for _ in range(LOADS):
            options = draw_options(rng, data)
            try:
                check(rng, data, options, tmp_path)
            except Exception as error:
                error.add_note(f"seed {seed}, options {options}")
                raise
        shutil.rmtree(folder)


values = st.lists(st.none() | st.floats(), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    values=values,
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    inf=st.sampled_from(["missing", "keep"]),
    fill=st.sampled_from(["median", "mean", None]),
    overflow=st.sampled_from(["missing", "clip"]),
)
def test_any_floats_equal_the_oracle(values: list[float | None], **rules: Any) -> None:
    """The same, shrunk to the fewest values by Hypothesis when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(pa.table({"a": pa.array(values, pa.float64())}), Path(folder, "a.parquet"))
        m, _ = load(DataSet([path], ["a"], [], len(values)), rules, None)
        expected = oracle.load([path], ["a"], **rules)
    assert oracle.differences(expected, m.X) == []
    assert oracle.report_differences(expected, m.report.columns) == []
