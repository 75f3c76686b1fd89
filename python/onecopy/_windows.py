"""A source that is larger than the memory, window by window: its batches, and its recipe.

Each window is a load of its own, by the same plan, so batches have the bits of one load. While one
is in use the next is loaded by one thread, which ends with the iteration.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from onecopy import _native
from onecopy._arguments import Arguments, bound
from onecopy._checks import parse_size
from onecopy._choices import STATISTICS, TARGET_MISSINGS, FillRule
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options, WindowSize
from onecopy._recipe import Recipe
from onecopy._recode import text_bytes, texts_from
from onecopy._run import run_window, warn_of_empty, warn_of_steps
from onecopy._sources import Source

if TYPE_CHECKING:
    from onecopy._report import Step

# Rows of a window, where no batch size says otherwise, are a multiple of this.
_STEP = 1024
# How much of a limit a window takes: there are two of them, beside what a load needs.
_SHARE_OF_LIMIT = 6

# What stands for texts without a code, unless the options say otherwise for their column.
_UNKNOWN = -1.0

# Options about where rows go or in which order: a batch has no other rows to be ordered among.
_WHOLE = ("out", "overwrite", "split", "split_by", "split_gap", "sort_by", "shuffle", "progress")


@dataclass(frozen=True, eq=False, repr=False)
class SourceBatches:
    """Batches straight from files; each ``for`` reads the source anew.

    Attributes
    ----------
    rows : int
        Rows of a batch.
    feature_names : list of str
        The columns of each batch.
    shape : tuple of int
        The rows of all batches, and the features.
    recipe : Recipe or None
        The recipe that they are made by.
    """

    rows: int
    feature_names: list[str]
    shape: tuple[int, int]
    recipe: Recipe | None
    _windows: "Windows"

    def __len__(self) -> int:
        return (self.shape[0] + self.rows - 1) // self.rows

    def __iter__(self) -> Iterator[TrainingMatrix]:
        told: set[str] = set()
        for window in self._windows:
            steps = [step for step in window.report.steps if step[0] not in told]
            warn_of_steps(steps)
            told.update(name for name, _, _ in steps)
            for start in range(0, len(window), self.rows):
                stop = min(start + self.rows, len(window))
                yield window.rows(start, stop)

    def __repr__(self) -> str:
        rows, features = self.shape
        return f"SourceBatches({rows:,}x{features:,}, {len(self):,} of {self.rows:,} rows)"


class Windows:
    """The rows of a source, some of them at a time."""

    def __init__(self, options: Options) -> None:
        self.plan = _native.plan(options)
        self.facts = self.plan.facts()
        self._options = options

    def __iter__(self) -> Iterator[TrainingMatrix]:
        # With the package it would be imported for every user.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        rows, most = self.facts["shape"][0], self.facts["window_rows"]
        starts = range(0, rows, most)
        with ThreadPoolExecutor(1, "onecopy-windows") as thread:
            ahead = thread.submit(self._load, 0, min(most, rows)) if starts else None
            for start in starts:
                assert ahead is not None  # noqa: S101 (for type checkers)
                window = ahead.result()
                following = start + most
                ahead = None
                if following < rows:
                    ahead = thread.submit(self._load, following, min(following + most, rows))
                yield window
                # Before the next one is asked for, or there would be three.
                del window

    def _load(self, start: int, stop: int) -> TrainingMatrix:
        return run_window(self.plan.window(start, stop), self._options)

    def first(self) -> TrainingMatrix:
        """Load the first row, if there is one."""
        return self._load(0, min(1, self.facts["shape"][0]))


def batches(
    source: Source, rows: int = 65_536, *, buffer: int | str = "64MB", **options: Any
) -> SourceBatches:
    """Make batches straight from Parquet, cleaned like a load, in bounded memory.

    Files may be many times larger than the memory: to score them, or to fit by ``partial_fit``.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        As for `load_training_matrix`.
    rows : int
        Rows of a batch; the last one may have less.
    buffer : int or str
        Bytes of the rows that are loaded at once, at least one batch. There are two such buffers:
        one in use, one being loaded by a thread.
    **options
        As for `load_training_matrix`, without those about the output, the parts and the order of
        rows. Fills must be known: by `recipe`, as numbers, or None; codes of texts, those of a
        target included, by `recipe`. `memory_limit` bounds all that is allocated for the batches.

    Returns
    -------
    SourceBatches
        To be iterated over, once or more often; each batch is a `TrainingMatrix`, whose `recipe`
        is that of all.

    Raises
    ------
    ValueError
        If a fill or codes would have to be fitted; `fit_recipe` does that beforehand.
    OnecopyError, TypeError, OSError
        As for `load_training_matrix`, some of them when a batch is reached.

    Warns
    -----
    PrecisionWarning
        As for `load_training_matrix`, when the first batch of such a column is reached.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> pq.write_table(pa.table({"a": [1.0, None, 5.0], "y": [0, 1, 0]}), folder / "train.pq")
    >>> pq.write_table(pa.table({"a": [None, 2.0, 9.0]}), folder / "test.pq")
    >>> recipe = fit_recipe(folder / "train.pq", target="y")
    >>> [batch.X.ravel().tolist() for batch in batches(folder / "test.pq", 2, recipe=recipe)]
    [[3.0, 2.0], [9.0]]
    """
    given = _given("batches", source, options)
    checked = _sized(Options.from_arguments(given))
    statistics = [checked.fill, *checked.fill_columns.values()]
    if any(fill in STATISTICS for fill in statistics):
        fill = next(fill for fill in statistics if fill in STATISTICS)
        raise ValueError(
            f"fill: the {fill} is that of all rows, and a batch has some of them; fit it with "
            "recipe = onecopy.fit_recipe(source, ...) and pass recipe=recipe, or fill with a "
            "number or None"
        )
    if isinstance(rows, bool) or not isinstance(rows, int):
        raise TypeError(f"rows: expected a whole number, found {type(rows).__name__}")
    if rows < 1:
        raise ValueError(f"rows: expected 1 or more, found {rows}")
    windows = Windows(_windowed(checked, rows, buffer))
    _require_codes(windows.facts, checked)
    facts = windows.facts
    return SourceBatches(rows, facts["feature_names"], facts["shape"], checked.recipe, windows)


def _require_codes(facts: "_native.PlanFacts", options: Options) -> None:
    """Refuse codes of texts that are not known before."""
    arrays = {extra["role"] for extra in facts["extras"] if extra["coded"]}
    coded = ["group"] if "group" in arrays else []
    if "y" in arrays and options.known_classes is None:
        coded.insert(0, "target")
    if facts["categories"] and options.recipe is None:
        coded.insert(0, "categories")
    if not coded:
        return
    fit = "fit them with recipe = onecopy.fit_recipe(source, ...) and pass recipe=recipe"
    cure = "keep the texts with passthrough=" if coded[0] == "group" else fit
    raise ValueError(
        f"{coded[0]}: codes of texts are those of all rows, and a batch has some of them; {cure}"
    )


def fit_recipe(source: Source, *, buffer: int | str = "64MB", **options: Any) -> Recipe:
    """Fit the recipe of a source without a matrix, in bounded memory.

    Its fills have the bits of those that a load finds, and its texts the same codes. Means take one
    look at the files. Medians do too, unless the rows are far from random: then a few more at the
    columns concerned. Columns of texts are looked at once before.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        As for `load_training_matrix`.
    buffer : int or str
        Bytes of the rows that are loaded at once; there are two such buffers.
    **options
        As for `load_training_matrix`, without `recipe` and those about the output, the parts and
        the order of rows.

    Returns
    -------
    Recipe
        What `load_training_matrix` would leave with the same options.

    Warns
    -----
    EmptyColumnWarning
        If a column has no value that is not missing.
    PrecisionWarning
        If the dtype cannot tell apart two times that a column can hold.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 6]}), file)
    >>> fit_recipe(file, fill={"b": "mean"}).fill
    {'a': 3.0, 'b': 3.0}
    """
    given = _given("fit_recipe", source, options)
    for option in ("recipe", "return_X_y"):
        if option in options:
            raise TypeError(f"fit_recipe() got an unexpected keyword argument {option!r}")
    checked = _learned(_sized(Options.from_arguments(given)), buffer)
    # Names without a feature are still refused.
    unfilled: dict[str, FillRule] = dict.fromkeys(checked.fill_columns)
    raw = replace(_features_only(checked), fill=None, fill_columns=unfilled, order="F")
    windows = Windows(_windowed(raw, _STEP, buffer))
    names, coded = windows.facts["feature_names"], windows.facts["categories"]
    fields = fields_of(windows.facts)
    usual: dict[str, FillRule] = dict.fromkeys(names, checked.fill)
    usual.update(dict.fromkeys(coded, _UNKNOWN))
    own = checked.fill_columns
    rules = [own.get(name, own.get(fields[name], usual[name])) for name in names]
    kinds = [rule if isinstance(rule, str) else None for rule in rules]
    fit = _native.Fit(checked.dtype, kinds, windows.facts["shape"][0])
    steps: dict[str, Step] = {}
    for window in windows:
        fit.show(window.X, again=False)
        for step in window.report.steps:
            steps[step[0]] = max(step, steps.get(step[0], step), key=lambda step: step[1])
        del window
    fit.finish(again=False)
    while unknown := fit.unknown():
        wanted = [names[at] for at in unknown]
        columns = tuple(dict.fromkeys(fields[name] for name in wanted))
        again = of_columns(raw, columns, coded)
        for window in Windows(_windowed(again, _STEP, buffer)):
            # Of lists all items are loaded, and some of them asked for.
            is_all = window.feature_names == wanted
            positions = [] if is_all else window.positions(wanted)
            fit.show(window.X if is_all else np.asfortranarray(window.X[:, positions]), again=True)
            del window
        fit.finish(again=True)
    fits = fit.fills()
    fills: dict[str, float | None] = {}
    for name, rule, (value, _) in zip(names, rules, fits, strict=True):
        fills[name] = value if isinstance(rule, str) else rule
    warn_of_empty([n for n, (_, is_empty) in zip(names, fits, strict=True) if is_empty], fills)
    warn_of_steps([steps[name] for name in names if name in steps])
    recipe, known = windows.first().recipe, checked.known_classes
    classes = None if known is None else texts_from(known)
    return replace(recipe, fill=fills, order=checked.order, classes=classes)


def _learned(options: Options, buffer: int | str) -> Options:
    """Learn the texts that become codes, so that each window has the codes of all rows."""
    any_rows = replace(options.rows, filters=None, unique_on=(), sample=None)
    loose = replace(options, rows=any_rows, target_missing=TARGET_MISSINGS[0])
    facts = _native.plan(_windowed(loose, _STEP, buffer)).facts()
    names = facts["categories"]
    has_classes = any(extra["role"] == "y" and extra["coded"] for extra in facts["extras"])
    if not names and not has_classes:
        return options
    # Classes have no column of their own here: any feature will do.
    columns = tuple(names or list(fields_of(facts).values())[:1])
    own = replace(of_columns(options, columns, names), passthrough=(), weight=None, group=None)
    if not has_classes and options.target_missing != "drop":
        own = replace(own, target=None)
    found: dict[str, set[bytes]] = {name: set() for name in names}
    classes: set[bytes] = set()
    for window in Windows(_windowed(own, _STEP, buffer)):
        for name in names:
            found[name].update(text_bytes(window.recipe.categories[name]))
        classes.update(text_bytes(window.recipe.classes or ()))
        del window
    return replace(
        options,
        known_texts=[(name, sorted(texts)) for name, texts in found.items()],
        known_classes=sorted(classes) if has_classes else None,
    )


def fields_of(facts: "_native.PlanFacts") -> dict[str, str]:
    """Return the column that each feature comes from."""
    fields = {name: name for name in facts["feature_names"]}
    for name, _, width in facts["vectors"]:
        fields |= {f"{name}_{item}": name for item in range(width)}
    return fields


def of_columns(options: Options, columns: tuple[str, ...], coded: Collection[str]) -> Options:
    """Keep some of the features, none of them filled; `coded` are those of texts."""
    named = options.categories
    return replace(
        options,
        columns=columns,
        exclude=(),
        fill=None,
        fill_columns={name: None for name in columns if name in coded},
        datetime_columns={n: own for n, own in options.datetime_columns.items() if n in columns},
        categories=tuple(n for n in named if n in columns) if isinstance(named, tuple) else named,
    )


def _given(call: str, source: Source, options: dict[str, Any]) -> Arguments:
    for option in _WHOLE:
        if option in options:
            hint = "; write a file with load_training_matrix(out=) for that, and take its batches"
            raise TypeError(f"{call}() got an unexpected keyword argument {option!r}{hint}")
    return bound(call, (source,), options)


def _sized(options: Options) -> Options:
    """Refuse a source that is read once: each look at it would find nothing."""
    if options.parts is not None:
        raise TypeError(
            "source: expected files or tables in memory, found a stream, which is read once, and "
            "windows of it are read again; write it to a file with load_training_matrix(out=), and "
            "take the batches of that matrix"
        )
    return options


def _windowed(options: Options, rows: int, buffer: int | str) -> Options:
    """Bound the window; what the next one takes comes off the limit."""
    size, limit = parse_size("buffer", buffer), options.memory_limit
    if limit is not None:
        size = min(size, limit // _SHARE_OF_LIMIT)
        limit -= size
    return replace(options, window=WindowSize(rows, size), memory_limit=limit)


def _features_only(options: Options) -> Options:
    """Leave out arrays beside the matrix that no row depends on; their columns are no features."""
    beside = [*options.passthrough, options.weight, options.group]
    if options.target_missing != "drop":
        target = options.target
        beside += [target] if isinstance(target, str) else target or ()
        options = replace(options, target=None)
    exclude = options.exclude
    if options.columns is None or options.columns == "numeric":
        exclude += tuple(dict.fromkeys(name for name in beside if name and name not in exclude))
    return replace(options, passthrough=(), weight=None, group=None, exclude=exclude)
