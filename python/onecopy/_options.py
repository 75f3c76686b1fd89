"""All arguments of a call, settled: checked, in one form each, and free of contradictions."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from onecopy import _checks as checks
from onecopy import _native
from onecopy._checks import FillRule, Out
from onecopy._join import JoinRules, On, settle_join
from onecopy._matrix import TrainingMatrix
from onecopy._progress import ProgressOption
from onecopy._recipe import INFS, ORDERS, OVERFLOWS, Recipe
from onecopy._render import quoted
from onecopy._sizes import parse_size
from onecopy._sources import Source, expand

Columns: TypeAlias = Sequence[str] | Literal["numeric"] | None
Exclude: TypeAlias = str | Iterable[str]
Target: TypeAlias = str | Sequence[str] | None
Fill: TypeAlias = FillRule | Mapping[str, FillRule]
RecipeOption: TypeAlias = Recipe | TrainingMatrix | str | os.PathLike[str] | None

_DEFAULTS = {"dtype": "float32", "order": "C", "inf": "missing", "overflow": "raise"}


@dataclass(frozen=True)
class Arguments:
    """Settled arguments."""

    columns: tuple[str, ...] | Literal["numeric"] | None
    exclude: tuple[str, ...]
    target: str | tuple[str, ...] | None
    weight: str | None
    group: str | None
    dtype: str
    order: str
    inf: str
    target_missing: str
    fill: FillRule
    fill_columns: dict[str, FillRule]
    overflow: str
    missing_columns: str
    recipe: Recipe | None
    out: NDArray[Any] | Path | None
    overwrite: bool
    memory_limit: int | None
    threads: int | None
    progress: ProgressOption
    paths: list[str]
    tables: list[str]
    join: JoinRules | None

    def native_plan(self) -> "_native.Plan":
        """Let the core read the footers and decide the rest."""
        return _native.plan(
            self.paths,
            columns=self.columns,
            exclude=self.exclude,
            target=self.target,
            weight=self.weight,
            group=self.group,
            tables=self.tables if self.join else None,
            on=self.join.on if self.join else (),
            duplicates=self.join.duplicates if self.join else "raise",
            prefix=self.join.prefix if self.join else None,
            dtype=self.dtype,
            order=self.order,
            inf=self.inf,
            target_missing=self.target_missing,
            fill=self.fill,
            fill_columns=self.fill_columns,
            overflow=self.overflow,
            missing_columns=self.missing_columns,
            memory_limit=self.memory_limit,
            output=self._output(),
            threads=self.threads,
        )

    def _output(self) -> str:
        if self.out is None:
            return "memory"
        return "array" if isinstance(self.out, np.ndarray) else "file"


def settle(
    source: Source,
    *,
    columns: Columns,
    exclude: Exclude,
    target: Target,
    weight: str | None,
    group: str | None,
    join: Source | None,
    on: On,
    duplicates: str,
    prefix: str | None,
    dtype: DTypeLike,
    order: str,
    inf: str,
    target_missing: str,
    fill: Fill,
    overflow: str,
    missing_columns: str,
    recipe: RecipeOption,
    out: Out,
    overwrite: bool,
    memory_limit: int | str | None,
    threads: int | None,
    progress: ProgressOption,
    return_X_y: bool,  # noqa: N803 (as in scikit-learn)
) -> Arguments:
    """Check all arguments and bring each into one form."""
    if return_X_y and target is None:
        raise ValueError("return_X_y: there is no y without a target; name it with target=")
    rule, rules = checks.fill_rules(fill)
    known = _recipe(recipe)
    tables, join_rules = settle_join(
        join, on=on, duplicates=duplicates, prefix=prefix, known=known.join if known else None
    )
    settled = Arguments(
        columns=checks.column_choice(columns),
        exclude=checks.excluded(exclude),
        target=checks.target_names(target),
        weight=checks.one_name("weight", weight),
        group=checks.one_name("group", group),
        dtype=checks.dtype_name(dtype),
        order=checks.choice("order", order, ORDERS),
        inf=checks.choice("inf", inf, INFS),
        target_missing=checks.choice("target_missing", target_missing, ("raise", "keep")),
        fill=rule,
        fill_columns=rules,
        overflow=checks.choice("overflow", overflow, OVERFLOWS),
        missing_columns=checks.choice("missing_columns", missing_columns, ("raise", "missing")),
        recipe=known,
        out=checks.destination(out),
        overwrite=overwrite,
        memory_limit=None if memory_limit is None else parse_size("memory_limit", memory_limit),
        threads=checks.thread_count(threads),
        progress=check_progress(progress),
        paths=expand(source),
        tables=tables,
        join=join_rules,
    )
    if settled.recipe is not None:
        settled = _follow(settled, settled.recipe)
    _check_roles(settled)
    return settled


def check_progress(progress: ProgressOption) -> ProgressOption:
    """Refuse what is neither a switch nor a function."""
    if progress is None or isinstance(progress, bool) or callable(progress):
        return progress
    found = type(progress).__name__
    raise TypeError(f"progress: expected True, False, None or a callable, found {found}")


def _recipe(recipe: object) -> Recipe | None:
    if recipe is None or isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, TrainingMatrix):
        return recipe.recipe
    if isinstance(recipe, str | os.PathLike):
        return Recipe.load(recipe)
    raise TypeError(
        "recipe: expected a Recipe, a TrainingMatrix or the path of a saved one, "
        f"found {type(recipe).__name__}"
    )


def _follow(given: Arguments, recipe: Recipe) -> Arguments:
    """Take from the recipe what it settles, and refuse options that say otherwise."""
    for option, named in (("columns", given.columns is not None), ("exclude", bool(given.exclude))):
        if named:
            raise ValueError(f"{option}: the recipe names the features; leave {option}= out")
    for option, default in _DEFAULTS.items():
        found, expected = getattr(given, option), getattr(recipe, option)
        if found not in (default, expected):
            raise ValueError(
                f'{option}: the recipe says "{expected}", found "{found}"; leave it out'
            )
    fills: dict[str, FillRule] = {
        name: None if value is None or isnan(value) else value
        for name, value in recipe.fill.items()
    }
    if given.fill != "median" or given.fill_columns not in ({}, fills):
        raise ValueError("fill: the recipe holds the fill values; leave fill= out")
    return replace(
        given,
        columns=recipe.feature_names,
        dtype=recipe.dtype,
        order=recipe.order,
        inf=recipe.inf,
        overflow=recipe.overflow,
        fill=None,
        fill_columns=fills,
    )


def _check_roles(given: Arguments) -> None:
    """Refuse a column that would be two things at once."""
    roles = {
        "columns": given.columns if isinstance(given.columns, tuple) else (),
        "target": (given.target,) if isinstance(given.target, str) else given.target or (),
        "weight": () if given.weight is None else (given.weight,),
        "group": () if given.group is None else (given.group,),
    }
    keys = given.join.on if given.join else ()
    features = [name for name in keys if name in roles["columns"]]
    if features:
        raise ValueError(
            f"columns: expected columns that are no keys, found {quoted(features)} also in on="
        )
    taken = dict[str, str]()
    for role, columns in roles.items():
        twice = [name for name in columns if name in taken]
        if twice:
            raise ValueError(
                f"{role}: expected columns that have no other role, "
                f"found {quoted(twice)} also in {taken[twice[0]]}="
            )
        taken.update(dict.fromkeys(columns, role))
