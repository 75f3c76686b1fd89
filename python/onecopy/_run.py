"""One load: from the plan of the core to the matrix."""

import inspect
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from onecopy import _native
from onecopy._arguments import Gather
from onecopy._errors import EmptyColumnWarning, PrecisionWarning
from onecopy._files import FORMAT
from onecopy._groups import text_array, text_document
from onecopy._json import VERSION, encode
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options
from onecopy._progress import NativeCallback, ProgressOption, following
from onecopy._recipe import Recipe
from onecopy._recode import Clock
from onecopy._render import quoted
from onecopy._report import Report, Step
from onecopy._sources import Part


class PouredArrays(NamedTuple):
    """The arrays of a load in memory, before it is known which columns have nulls."""

    X: NDArray[Any]
    y: NDArray[Any] | None
    weight: NDArray[Any] | None
    group: NDArray[Any] | None
    passthrough: dict[str, NDArray[Any]]
    masks: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, options: Options, poured: "_native.Poured") -> "PouredArrays":
        """Make arrays of the memory of the core."""
        y, weight, group = (
            None if buffer is None else np.asarray(buffer)
            for buffer in (poured["y"], poured["weight"], poured["group"])
        )
        return cls(
            X=options.out if isinstance(options.out, np.ndarray) else np.asarray(poured["X"]),
            y=y,
            weight=weight,
            group=group,
            passthrough={n: np.asarray(poured["passthrough"][n]) for n in options.passthrough},
            masks={name: np.asarray(mask) for name, mask in poured["masks"].items()},
        )

    def masked(self, names: Collection[str]) -> "PouredArrays":
        """Mask the nulls of these columns, where they have a mask."""
        passthrough = {
            name: np.ma.MaskedArray(array, self.masks[name], copy=False)
            if name in names and name in self.masks
            else array
            for name, array in self.passthrough.items()
        }
        return self._replace(passthrough=passthrough, masks={})


def run(
    plan: "_native.Plan",
    facts: "_native.PlanFacts",
    options: Options,
    progress: ProgressOption,
) -> TrainingMatrix:
    """Carry a plan out, of which these are the facts."""
    out = options.out
    path = out if isinstance(out, Path) else None
    with following(progress) as callback:
        poured = plan.pour(
            str(out) if isinstance(out, Path) else out,
            overwrite=options.overwrite,
            progress=callback,
            sidecar=None if path is None else lambda run: _describe(facts, options, run),
        )
    matrix = TrainingMatrix.open(path) if path else in_memory(facts, options, poured)
    warn(matrix.report)
    return matrix


def warn(report: Report) -> None:
    warn_of_empty(report.empty, {name: c.fill_value for name, c in report.columns.items()})
    warn_of_steps(report.steps)


def run_stream(options: Options, progress: ProgressOption) -> TrainingMatrix:
    """Load a source that is read once, part by part."""
    path = options.out if isinstance(options.out, Path) else None
    with following(progress) as callback:
        writer = _native.Writer(options, None if path is None else str(path), options.overwrite)
        try:
            for part in options.parts or ():
                append(writer, part, callback)
            return finish(writer, options, callback)
        finally:
            writer.abandon()


def append(writer: "_native.Writer", part: Part, callback: NativeCallback | None) -> None:
    """Have a writer take what a part of a source consists of."""
    if isinstance(part, _native.Origins):
        writer.append(part, callback)
    elif isinstance(part, _native.Stream):
        writer.append_stream(part, callback)
    else:
        is_empty = True
        for frame in part.frames():
            writer.append(_native.Origins([frame], "source"), callback)
            is_empty = False
        if is_empty:
            writer.append(_native.Origins([part.columns], "source"), callback)


def finish(
    writer: "_native.Writer",
    options: Options,
    callback: NativeCallback | None,
    before: Report | None = None,
) -> TrainingMatrix:
    """Make the matrix of all rows that a writer has taken, some of them `before`."""
    path = options.out if isinstance(options.out, Path) else None
    plan, poured = writer.finish(
        lambda facts, run: _describe(facts, options, run, before), callback
    )
    matrix = TrainingMatrix.open(path) if path else in_memory(plan.facts(), options, poured)
    warn(matrix.report)
    return matrix


def run_window(plan: "_native.Plan", options: Options) -> TrainingMatrix:
    """Load a window of the rows into memory. That it lacks all values of a column is no news."""
    poured = plan.pour(None, overwrite=False, progress=None, sidecar=None)
    return in_memory(plan.facts(), options, poured)


def pour_share(
    plan: "_native.Plan",
    whole: "_native.PlanFacts",
    options: Options,
    gather: Gather,
) -> TrainingMatrix:
    """Carry out the plan of a share; `whole` has the facts of all rows, which its report is of."""
    facts = plan.facts()
    path = options.out if isinstance(options.out, Path) else None

    def describe(run: "_native.RunReport") -> bytes:
        # No file gets its name before all processes have written theirs.
        gather(b"")
        return _describe(facts, options, run, whole=whole)

    with following(options.progress) as callback:
        poured = plan.pour(
            str(options.out) if isinstance(options.out, Path) else options.out,
            overwrite=options.overwrite,
            progress=callback,
            sidecar=None if path is None else describe,
            gather=gather,
        )
    if path is None:
        gather(b"")
        matrix = in_memory(facts, options, poured, whole)
    else:
        matrix = TrainingMatrix.open(path)
    warn(matrix.report)
    return matrix


def _report(
    run: "_native.RunReport",
    facts: "_native.PlanFacts",
    whole: "_native.PlanFacts | None",
) -> Report:
    """Make the report of a run; that of a share has the rows of all."""
    if whole is None:
        return Report.from_native(run, facts)
    return Report.from_native(run | {"rows": whole["shape"][0]}, whole)


def in_memory(
    facts: "_native.PlanFacts",
    options: Options,
    poured: "_native.Poured",
    whole: "_native.PlanFacts | None" = None,
) -> TrainingMatrix:
    report = _report(poured["report"], facts, whole)
    arrays = PouredArrays.of(options, poured)
    keys = poured["report"]["group_keys"]
    return TrainingMatrix(
        X=arrays.X,
        y=arrays.y,
        weight=arrays.weight,
        group=arrays.group,
        feature_names=facts["feature_names"],
        recipe=recipe_of(facts, options, report, poured["report"]),
        report=report,
        part_rows=dict(facts["parts"]),
        passthrough=arrays.masked(poured["report"]["masked"]).passthrough,
        group_keys=None if keys is None else text_array(keys),
    )


def recipe_of(
    facts: "_native.PlanFacts", options: Options, report: Report, run: "_native.RunReport"
) -> Recipe:
    classes = None if run["classes"] is None else tuple(run["classes"])
    if options.recipe is not None:
        recipe = options.recipe
        return replace(recipe, classes=classes) if classes and not recipe.classes else recipe
    return Recipe(
        feature_names=tuple(facts["feature_names"]),
        dtype=facts["dtype"],
        order=facts["order"],
        inf=options.inf,
        overflow=options.overflow,
        fill={name: column.fill_value for name, column in report.columns.items()},
        join=options.join,
        datetimes={name: Clock(unit, origin) for name, unit, origin in facts["clocks"]},
        categories={name: tuple(texts) for name, texts in run["vocabularies"]},
        classes=classes,
        vectors={name: width for name, _, width in facts["vectors"]},
    )


def _describe(
    facts: "_native.PlanFacts",
    options: Options,
    run: "_native.RunReport",
    before: Report | None = None,
    *,
    whole: "_native.PlanFacts | None" = None,
) -> bytes:
    """Return the content of the file that describes the arrays."""
    report = _report(run, facts, whole)
    if before is not None:
        report = report.behind(before)
    arrays = {"X": {"shape": facts["shape"], "dtype": facts["dtype"], "order": facts["order"]}}
    names = {extra["role"]: extra["names"] for extra in facts["extras"]}
    dtypes = dict(run["text_types"])
    shapes = {}
    for extra in facts["extras"]:
        layout = {"shape": extra["shape"], "dtype": extra["dtype"], "order": "C"}
        if extra["role"] == "passthrough":
            dtypes[extra["names"][0]] = extra["dtype"]
            shapes[extra["names"][0]] = list(extra["shape"])
        elif extra["role"] != "mask":
            arrays[extra["role"]] = layout
    passthrough = [
        {"name": name, "dtype": dtypes[name], "masked": name in run["masked"]}
        | ({"shape": shapes[name]} if len(shapes.get(name, ())) > 1 else {})
        for name in options.passthrough
    ]
    keys = run["group_keys"]
    groups = {} if keys is None else {"groups": text_document(keys)}
    return encode(
        {
            "format": FORMAT,
            "version": VERSION,
            "arrays": arrays,
            "names": {role: names[role] for role in arrays if role in names},
            "passthrough": passthrough,
            "recipe": recipe_of(facts, options, report, run).to_dict(),
            "report": report.to_dict(),
            "parts": [list(part) for part in facts["parts"]],
            "sources": [
                {kind: name, "bytes": size}
                if kind != "file"
                else {"path": str(Path(name).absolute()), "bytes": size}
                for name, size, kind in facts["sources"]
            ],
        }
        | groups
    )


def warn_of_empty(empty: Sequence[str], fills: Mapping[str, float | None]) -> None:
    """Warn of columns that hold no value; `fills` has the fill of each column."""
    if not empty:
        return
    zero = all(fills[name] == 0 for name in empty)
    warnings.warn(
        f"{len(empty):,} of {len(fills):,} columns hold no value that is not missing: "
        f"{quoted(empty)}; they stay{', filled with 0' if zero else ''}. "
        "Leave them out with exclude= if they are of no use",
        EmptyColumnWarning,
        stacklevel=_levels_to_caller(),
    )


def warn_of_steps(found: Sequence[Step]) -> None:
    """Warn of times that the dtype cannot tell apart."""
    if not found:
        return
    steps = ", ".join(f"{name!r} has steps of {step:g} {unit}" for name, step, unit in found)
    warnings.warn(
        f"the dtype cannot tell apart all times of {len(found):,} columns: {steps}; take "
        'dtype="float64", an origin near the data, or a unit and times that are coarser',
        PrecisionWarning,
        stacklevel=_levels_to_caller(),
    )


def _levels_to_caller() -> int:
    """Count the frames from the one that warns to the first one outside this package."""
    package = Path(__file__).parent
    levels, frame = 0, inspect.currentframe()
    while frame is not None and Path(frame.f_code.co_filename).parent == package:
        levels, frame = levels + 1, frame.f_back
    return levels
