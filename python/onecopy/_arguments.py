"""The arguments of a load as callers give them: each option, its type and its default, once."""

# ruff: noqa: N815 (`return_X_y` is spelled as in scikit-learn)

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar

from numpy.typing import DTypeLike, NDArray

from onecopy._choices import Categories, Datetimes, FillRule, Filters, Names, Split
from onecopy._matrix import TrainingMatrix
from onecopy._progress import ProgressOption
from onecopy._recipe import Recipe
from onecopy._sources import Source

Columns: TypeAlias = Sequence[str] | Literal["numeric"] | None
Exclude: TypeAlias = str | Iterable[str]
Target: TypeAlias = str | Sequence[str] | None
On: TypeAlias = str | Sequence[str] | None
Fill: TypeAlias = FillRule | Mapping[str, FillRule]
RecipeOption: TypeAlias = Recipe | TrainingMatrix | str | os.PathLike[str] | None
Out: TypeAlias = NDArray[Any] | str | os.PathLike[str] | None
For: TypeAlias = (
    Literal["trees", "hist", "linear", "lightgbm", "xgboost", "catboost", "torch", "jax"] | Any
)
Gather: TypeAlias = Callable[[bytes], Sequence[bytes]]
Arrays: TypeAlias = tuple[NDArray[Any], NDArray[Any]]


@dataclass(repr=False, eq=False)
class LoadArguments:
    """What to load and how; `load_training_matrix` and `plan` take their signature from here."""

    source: Source
    _: KW_ONLY
    columns: Columns = None
    exclude: Exclude = ()
    target: Target = None
    weight: str | None = None
    group: str | None = None
    passthrough: str | Sequence[str] = ()
    join: Source | None = None
    on: On = None
    duplicates: Literal["raise", "first", "last"] = "raise"
    prefix: str | None = None
    filters: Filters = None
    unique_on: Names = None
    keep: Literal["first", "last"] = "first"
    sample: float | int | None = None
    split: Split = None
    split_by: Names = None
    split_gap: Any = None
    sort_by: Names = None
    shuffle: bool = False
    seed: int = 0
    rows: slice | None = None
    shard: tuple[int, int] | None = None
    gather: Gather | None = None
    dtype: DTypeLike = "float32"
    order: Literal["C", "F"] = "C"
    inf: Literal["missing", "keep"] = "missing"
    target_missing: Literal["raise", "keep", "drop"] = "raise"
    fill: Fill = "median"
    overflow: Literal["raise", "missing", "clip"] = "raise"
    datetimes: Datetimes = "raise"
    categories: Categories = "raise"
    missing_columns: Literal["raise", "missing"] = "raise"
    recipe: RecipeOption = None
    for_: For = None
    out: Out = None
    overwrite: bool = False
    memory_limit: int | str | None = None
    threads: int | None = None
    storage_options: Mapping[str, Any] | None = None
    filesystem: Any = None
    progress: ProgressOption = None


@dataclass(kw_only=True, repr=False, eq=False)
class Arguments(LoadArguments):
    """All arguments of `load_training_matrix` and `plan`."""

    return_X_y: bool = False

    def settled(self, named: Collection[str]) -> "Arguments":
        """Take from the learner of ``for_=`` what is not named; a recipe has it already."""
        if self.for_ is None or self.recipe is not None:
            return self
        from onecopy._learners import choice_of  # noqa: PLC0415 (a table that few loads need)

        preset = choice_of("for_", self.for_).learner.preset
        return replace(
            self,
            dtype=self.dtype if "dtype" in named else preset.dtype,
            order=self.order if "order" in named else preset.order,
            fill=self.fill if "fill" in named else preset.fill,
        )


if TYPE_CHECKING:

    @dataclass(kw_only=True, repr=False, eq=False)
    class MatrixArguments(LoadArguments):
        """Arguments that ask for a `TrainingMatrix`."""

        return_X_y: Literal[False] = False

    @dataclass(kw_only=True, repr=False, eq=False)
    class ArraysArguments(LoadArguments):
        """Arguments that ask for `X` and `y`."""

        return_X_y: Literal[True]

else:
    # A class of so many fields takes a millisecond.
    MatrixArguments = ArraysArguments = Arguments


SIGNATURE = signature(Arguments)


def bound(call: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Arguments:
    """Bind the arguments of a call; one that it does not take is named with the nearest."""
    try:
        given = Arguments(*args, **options)
    except TypeError:
        # Binding says what is wrong in words of the call; it is slow.
        try:
            SIGNATURE.bind(*args, **options)
        except TypeError as error:
            raise TypeError(f"{call}() {error}{_hint(options)}") from None
        raise
    return given.settled(options)


def _hint(given: Mapping[str, object]) -> str:
    """Return the option that is spelled most like the first unknown one."""
    from difflib import get_close_matches  # noqa: PLC0415 (only for an error)

    options = SIGNATURE.parameters
    unknown = [name for name in given if name not in options][:1]
    close = [option for name in unknown for option in get_close_matches(name, options, 1)]
    return f"; did you mean {close[0]!r}?" if close else ""


DEFAULTS: dict[str, object] = {option.name: option.default for option in fields(Arguments)}


_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def takes(
    _: Callable[_Given, LoadArguments], /
) -> Callable[[Callable[[Arguments], _Result]], Callable[_Given, _Result]]:
    """Let a function of `Arguments` be called as if it listed them; checkers take them from `_`."""

    def decorate(call: Callable[[Arguments], _Result]) -> Callable[_Given, _Result]:
        @wraps(call)
        def called(*args: _Given.args, **options: _Given.kwargs) -> _Result:
            return call(bound(call.__name__, args, options))

        result = signature(call).return_annotation
        options = {name: option.annotation for name, option in SIGNATURE.parameters.items()}
        called.__annotations__ = options | {"return": result}
        called.__signature__ = SIGNATURE.replace(return_annotation=result)  # type: ignore[attr-defined]
        return called

    return decorate
