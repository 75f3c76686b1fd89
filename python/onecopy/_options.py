"""The options of a load, checked: each in one form, and none in contradiction to another."""

import os
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from onecopy import _checks as checks
from onecopy import _native
from onecopy import _recode as recode
from onecopy._arguments import DEFAULTS, Arguments
from onecopy._choices import (
    DUPLICATES,
    INFS,
    MISSING_COLUMNS,
    ORDERS,
    OVERFLOWS,
    TARGET_MISSINGS,
    FillRule,
)
from onecopy._join import JoinRules
from onecopy._matrix import TrainingMatrix
from onecopy._progress import ProgressOption
from onecopy._recipe import Recipe
from onecopy._render import quoted
from onecopy._rows import RowRules
from onecopy._shard import Shard
from onecopy._sources import Access, Expanded, Part, expand, expand_any, has_lake

if TYPE_CHECKING:
    from onecopy._learners import Choice


@dataclass(repr=False, eq=False)
class WindowSize:
    """How many rows are in memory at once: a multiple of `rows`, of at most `bytes` if these do.

    With `shares`, one of so many shares of all rows.
    """

    rows: int = 1
    bytes: int = 0
    shares: int | None = None


@dataclass(kw_only=True, repr=False, eq=False)
class Options:
    """Checked options; the core reads these attributes by their names."""

    origins: _native.Origins | None
    parts: tuple[Part, ...] | None
    tables: _native.Origins | None
    join: JoinRules | None
    columns: tuple[str, ...] | Literal["numeric"] | None
    widths: list[tuple[str, int]] | None
    exclude: tuple[str, ...]
    target: str | tuple[str, ...] | None
    weight: str | None
    group: str | None
    passthrough: tuple[str, ...]
    rows: RowRules
    dtype: str
    order: str
    inf: str
    target_missing: str
    fill: FillRule
    fill_columns: dict[str, FillRule]
    overflow: str
    datetimes: recode.Epoch | None
    datetime_columns: dict[str, recode.Epoch | None]
    categories: tuple[str, ...] | Literal["raise", "codes"]
    known_texts: list[tuple[str, list[bytes]]]
    known_classes: list[bytes] | None
    known_groups: list[bytes] | None
    missing_columns: str
    recipe: Recipe | None
    learner: "Choice | None"
    out: NDArray[Any] | Path | None
    overwrite: bool
    memory_limit: int | None
    threads: int | None
    progress: ProgressOption
    return_X_y: bool  # noqa: N815 (as in scikit-learn)
    shard: Shard | None
    window: "WindowSize | None" = None

    @classmethod
    def from_arguments(cls, given: Arguments, *, has_source: bool = True) -> "Options":
        """Check all arguments and bring each into its one form.

        Without a source nothing is looked for: it comes later, batch by batch.
        """
        if given.return_X_y and given.target is None:
            raise ValueError("return_X_y: there is no y without a target; name it with target=")
        fill, fill_columns = checks.fill_rules(given.fill)
        datetimes, datetime_columns = recode.epochs(given.datetimes)
        recipe = _recipe(given.recipe)
        join = _join(given, recipe.join if recipe else None)
        limit = given.memory_limit
        rows = RowRules.from_arguments(given)
        access = Access(given.storage_options, given.filesystem)
        options = cls(
            join=join,
            # A missing table is named before the options that follow.
            tables=None if given.join is None else expand(given.join, "join", access=access),
            columns=checks.column_choice(given.columns),
            widths=None,
            exclude=checks.excluded(given.exclude),
            target=checks.target_names(given.target),
            weight=checks.one_name("weight", given.weight),
            group=checks.one_name("group", given.group),
            passthrough=checks.passed_through(given.passthrough),
            rows=rows,
            dtype=checks.dtype_name(given.dtype),
            order=checks.choice("order", given.order, ORDERS),
            inf=checks.choice("inf", given.inf, INFS),
            target_missing=checks.choice("target_missing", given.target_missing, TARGET_MISSINGS),
            fill=fill,
            fill_columns=fill_columns,
            overflow=checks.choice("overflow", given.overflow, OVERFLOWS),
            datetimes=datetimes,
            datetime_columns=datetime_columns,
            categories=recode.categories(given.categories),
            known_texts=[],
            known_classes=None,
            known_groups=None,
            missing_columns=_missing_columns(given),
            recipe=recipe,
            learner=_learner(given.for_),
            out=checks.destination(given.out),
            overwrite=given.overwrite,
            memory_limit=None if limit is None else checks.parse_size("memory_limit", limit),
            threads=checks.thread_count(given.threads),
            progress=check_progress(given.progress),
            origins=None,
            parts=None,
            return_X_y=given.return_X_y,
            shard=Shard.from_arguments(given),
        )
        if has_source:
            expanded: Expanded = expand_any(given.source, rows.filters, access)
            options = replace(options, origins=expanded.origins, parts=expanded.parts)
        if recipe is not None:
            options = _follow_recipe(options, recipe)
        _check_roles(options)
        if options.shard is not None:
            check_shares(options)
        return options


def _missing_columns(given: Arguments) -> str:
    """Check the rule; what files lack that a table names is null in them."""
    rule = checks.choice("missing_columns", given.missing_columns, MISSING_COLUMNS)
    return "missing" if has_lake(given.source) else rule


def _learner(learner: object) -> "Choice | None":
    if learner is None:
        return None
    from onecopy._learners import choice_of  # noqa: PLC0415 (a table that few loads need)

    return choice_of("for_", learner)


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


def _join(given: Arguments, known: JoinRules | None) -> JoinRules | None:
    """Check the rules of a join, some of which a recipe may know."""
    duplicates = checks.choice("duplicates", given.duplicates, DUPLICATES)
    prefix: object = given.prefix
    if prefix is not None and not isinstance(prefix, str):
        raise TypeError(f"prefix: expected a text or None, found {type(prefix).__name__}")
    on = given.on
    names = None if on is None else checks.names("on", [on] if isinstance(on, str) else on)
    if given.join is None:
        named = {
            "on": names,
            "prefix": prefix,
            "duplicates": duplicates if duplicates != DEFAULTS["duplicates"] else None,
        }
        unused = [option for option, value in named.items() if value is not None]
        if unused:
            raise ValueError(f"{unused[0]}: it needs tables to join; name them with join=")
        return None
    if known is not None:
        _check_join(known, names, duplicates, prefix)
        return known
    if names is None:
        raise ValueError("on: a join needs the column of its key; name it with on=")
    return JoinRules(names, duplicates, prefix)


def _check_join(
    known: JoinRules, names: tuple[str, ...] | None, duplicates: str, prefix: str | None
) -> None:
    """Refuse options of a join that differ from those of the recipe."""
    if names not in (None, known.on):
        raise ValueError(
            f"on: the recipe says {quoted(known.on)}, found {quoted(names)}; leave it out"
        )
    if duplicates not in (DEFAULTS["duplicates"], known.duplicates):
        raise ValueError(
            f'duplicates: the recipe says "{known.duplicates}", found "{duplicates}"; leave it out'
        )
    if prefix not in (None, known.prefix):
        raise ValueError(
            f"prefix: the recipe says {known.prefix!r}, found {prefix!r}; leave it out"
        )


def _follow_recipe(options: Options, recipe: Recipe) -> Options:
    """Take from the recipe what it holds, and refuse options that say otherwise."""
    for option, named in (
        ("columns", options.columns is not None),
        ("exclude", bool(options.exclude)),
    ):
        if named:
            raise ValueError(f"{option}: the recipe names the features; leave {option}= out")
    for option in ("dtype", "order", "inf", "overflow"):
        found = getattr(options, option)
        expected = getattr(recipe, option)
        if found not in (DEFAULTS[option], expected):
            raise ValueError(
                f'{option}: the recipe says "{expected}", found "{found}"; leave it out'
            )
    if options.datetimes is not None or options.datetime_columns:
        raise ValueError("datetimes: the recipe holds units and origins; leave datetimes= out")
    if options.categories != DEFAULTS["categories"]:
        raise ValueError("categories: the recipe holds the texts; leave categories= out")
    fills: dict[str, FillRule] = {
        name: None if value is None or isnan(value) else value
        for name, value in recipe.fill.items()
    }
    if options.fill != DEFAULTS["fill"] or options.fill_columns not in ({}, fills):
        raise ValueError("fill: the recipe holds the fill values; leave fill= out")
    return replace(
        options,
        columns=recipe.column_names,
        widths=list(recipe.vectors.items()),
        dtype=recipe.dtype,
        order=recipe.order,
        inf=recipe.inf,
        overflow=recipe.overflow,
        datetime_columns={
            name: (clock.unit, clock.origin) for name, clock in recipe.datetimes.items()
        },
        categories=tuple(recipe.categories),
        known_texts=[(name, recode.text_bytes(texts)) for name, texts in recipe.categories.items()],
        known_classes=None if recipe.classes is None else recode.text_bytes(recipe.classes),
        fill=None,
        fill_columns=fills,
    )


def _check_roles(options: Options) -> None:
    """Refuse a column that would be two things at once."""
    target = options.target
    roles = {
        "columns": options.columns if isinstance(options.columns, tuple) else (),
        "target": (target,) if isinstance(target, str) else target or (),
        "weight": () if options.weight is None else (options.weight,),
        "group": () if options.group is None else (options.group,),
    }
    keys = options.join.on if options.join else ()
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
    # The group only tells rows apart, so its column may be kept as well.
    twice = [name for name in options.passthrough if taken.get(name, "group") != "group"]
    if twice:
        raise ValueError(
            f"passthrough: expected columns that have no other role, "
            f"found {quoted(twice)} also in {taken[twice[0]]}="
        )


def check_shares(options: Options) -> None:
    """Refuse what no share of the rows has by itself."""
    if options.parts is not None:
        raise TypeError(
            "shard: expected files or tables in memory, found a stream, which only one process "
            "reads; write it to a file, and take the shards of that"
        )
    if options.rows.sort_by or options.rows.shuffle:
        option = "sort_by" if options.rows.sort_by else "shuffle"
        raise ValueError(
            f"{option}: a shard has its rows in the order of the source; write all rows to a "
            "file in the order that is wanted and take ranges of that, or put the rows of each "
            "shard in order by themselves"
        )
