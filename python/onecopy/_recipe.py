"""The recipe: everything needed to treat the next file like the first one."""

import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from onecopy import _native
from onecopy._choices import DTYPES, INFS, MISSING_COLUMNS, ORDERS, OVERFLOWS
from onecopy._files import description_beside
from onecopy._groups import text_document
from onecopy._join import JoinRules
from onecopy._json import VERSION, Document, check_format, decode, encode, number
from onecopy._recode import Clock, Texts, check_count, check_texts, texts_of
from onecopy._render import quoted

if TYPE_CHECKING:
    from onecopy._serve import Serving

_FORMAT = "onecopy.recipe"
_CHOICES = {"dtype": DTYPES, "order": ORDERS, "inf": INFS, "overflow": OVERFLOWS}


@dataclass(frozen=True, repr=False)
class Recipe:
    """How the features of a matrix were made; pass it as ``recipe=`` to make the next one alike.

    Attributes
    ----------
    feature_names : tuple of str
        The columns of the matrix, in order.
    dtype, order, inf, overflow : str
        As given to `load_training_matrix`.
    fill : dict
        For each feature the value that replaces missing ones; None leaves NaN.
    join : JoinRules or None
        How tables were joined; None without a join.
    datetimes : dict
        For each feature that was a time its `Clock`.
    categories : dict
        For each feature that was text its texts, in the order of their codes.
    classes : tuple or None
        The texts of a target of text, in the order of their codes.
    vectors : dict
        For each column of lists how many features it becomes: those with its name and a number.
    """

    feature_names: tuple[str, ...]
    dtype: str
    order: str
    inf: str
    overflow: str
    fill: dict[str, float | None]
    join: JoinRules | None = None
    datetimes: dict[str, Clock] = field(default_factory=dict)
    categories: dict[str, Texts] = field(default_factory=dict)
    classes: Texts | None = None
    vectors: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for choice, allowed in _CHOICES.items():
            found = getattr(self, choice)
            if found not in allowed:
                expected = ", ".join(f'"{word}"' for word in allowed)
                raise ValueError(f"{choice}: expected one of {expected}, found {found!r}")
        names = set(self.feature_names)
        if len(names) < len(self.feature_names):
            raise ValueError("feature_names: expected each name once, found a name twice")
        if names != set(self.fill):
            raise ValueError("fill: expected exactly one value for each of the feature names")
        for option in ("datetimes", "categories"):
            if not names >= set(getattr(self, option)):
                raise ValueError(f"{option}: expected names of features only")
        for name, texts in self.categories.items():
            check_texts(name, texts)
            check_count(name, len(texts), self.dtype)
        if self.classes is not None:
            check_texts("classes", self.classes)
        _check_vectors(self.vectors, names)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of the files that the features come from, in order."""
        first = {f"{name}_0": name for name in self.vectors}
        others = {
            f"{name}_{item}" for name, width in self.vectors.items() for item in range(1, width)
        }
        return tuple(first.get(name, name) for name in self.feature_names if name not in others)

    def to_dict(self) -> Document:
        """Return the recipe as a dict of plain values."""
        document: Document = {
            "format": _FORMAT,
            "version": VERSION,
            "feature_names": list(self.feature_names),
            "dtype": self.dtype,
            "order": self.order,
            "inf": self.inf,
            "overflow": self.overflow,
            "fill": dict(self.fill),
        }
        if self.join is not None:
            document["join"] = self.join.to_dict()
        if self.datetimes:
            document["datetimes"] = {n: clock.to_dict() for n, clock in self.datetimes.items()}
        if self.categories:
            texts = self.categories.items()
            document["categories"] = {name: text_document(own) for name, own in texts}
        if self.classes is not None:
            document["classes"] = text_document(self.classes)
        if self.vectors:
            document["vectors"] = dict(self.vectors)
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> Self:
        """Make a recipe from what `to_dict` returned."""
        check_format(document, _FORMAT)
        names, fill = document.get("feature_names"), document.get("fill")
        join, vectors = document.get("join"), document.get("vectors", {})
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise ValueError("feature_names: expected a list of names")
        if not isinstance(fill, Mapping):
            raise ValueError("fill: expected an object with one value for each feature")  # noqa: TRY004 (a damaged file)
        if join is not None and not isinstance(join, Mapping):
            raise ValueError("join: expected an object")
        if not isinstance(vectors, Mapping) or not all(
            isinstance(width, int) and width > 0 for width in vectors.values()
        ):
            raise ValueError("vectors: expected an object with a number for each column of lists")
        return cls(
            feature_names=tuple(names),
            fill={name: None if value is None else number(value) for name, value in fill.items()},
            join=None if join is None else JoinRules.from_dict(join),
            datetimes={
                name: Clock.from_dict(clock)
                for name, clock in _mapping(document, "datetimes").items()
            },
            categories={
                name: texts_of(texts) for name, texts in _mapping(document, "categories").items()
            },
            classes=texts_of(document["classes"]) if "classes" in document else None,
            vectors=dict(vectors),
            **{choice: str(document.get(choice)) for choice in _CHOICES},
        )

    def transform(
        self,
        data: object,
        *,
        missing_columns: Literal["raise", "missing"] = "raise",
        overflow: Literal["raise", "missing", "clip"] | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Make the matrix of rows in memory, with the bits of a load with this recipe.

        Parameters
        ----------
        data : dict, list of dicts, dict of arrays, ndarray, or a frame
            A dict of values is one row, and a list of dicts are rows. A dict of arrays or lists, a
            structured array, a frame of pandas or Polars, and whatever has ``__arrow_c_stream__``
            have columns by name; others than the features are ignored. The columns of a
            two-dimensional array are the features, in order. A recipe with a join takes the
            features by their final names.
        missing_columns : {"raise", "missing"}
            Whether data that lack a feature are refused, or all its values are missing.
        overflow : {"raise", "missing", "clip"}, optional
            As for `load_training_matrix`; None does what the recipe says.
        out : ndarray, optional
            Is filled and returned: an array of shape (rows, features) and the dtype of the recipe.

        Returns
        -------
        ndarray of shape (rows, features)
            A new array in the dtype and order of the recipe, or `out`.

        Raises
        ------
        ColumnNotFoundError, UnsupportedTypeError, CastOverflowError
            As for a load.
        ValueError, TypeError
            If the data have another form than those above.

        Notes
        -----
        Features that were times take times of any unit: dates, datetimes (without a zone they are
        UTC), times of day and durations of Python, NumPy, pandas, Polars and Arrow. Those that were
        text take `str`, `bytes` and categoricals; what the recipe does not know gets the fill.

        None, NaN, NaT, ``pandas.NA`` and masked values are missing, and with ``inf="missing"``
        infinities. Integers of any size, `decimal.Decimal` and scalars of NumPy are cast in one
        rounding, as in a load. It may be called by several threads at once.

        Examples
        --------
        >>> recipe = Recipe(("a", "b"), "float32", "C", "missing", "raise", {"a": 3.0, "b": None})
        >>> recipe.transform({"a": None, "b": 0.5})
        array([[3. , 0.5]], dtype=float32)
        >>> recipe.transform([{"a": 1, "b": 2}, {"a": float("inf"), "b": None}])
        array([[ 1.,  2.],
               [ 3., nan]], dtype=float32)
        """
        if missing_columns not in MISSING_COLUMNS:
            raise ValueError(
                f'missing_columns: expected "raise" or "missing", found {missing_columns!r}'
            )
        if overflow is None or overflow == self.overflow:
            serving = self._serving
        else:
            from onecopy._serve import Serving  # noqa: PLC0415 (few loads need it)

            serving = Serving(replace(self, overflow=overflow))
        return serving.transform(data, out, may_lack=missing_columns == "missing")

    def to_sklearn(self, *, stock: bool = False) -> Any:
        """Return the recipe as a transformer of scikit-learn.

        Parameters
        ----------
        stock : bool
            False gives `onecopy.sklearn.Cleaner`, which does what `transform` does and may be
            pickled and cloned. With skops it is read by ``trusted=["onecopy.sklearn.Cleaner"]``.
            True gives a fitted `sklearn.impute.SimpleImputer`, for where onecopy is not installed
            and for converters. Its results have the same bits if rows come in the dtype of the
            recipe, for it casts nothing; it refuses infinities.

        Raises
        ------
        ValueError
            With `stock`, if a fill is None, infinities are kept, or a feature was a time or text:
            an imputer can do none of that.

        Examples
        --------
        >>> recipe = Recipe(("a", "b"), "float32", "C", "missing", "raise", {"a": 3.0, "b": 0.0})
        >>> recipe.to_sklearn().transform([[None, 1.0]])
        array([[3., 1.]], dtype=float32)
        """
        if stock:
            return self._imputer()
        # It stands above, and its package is optional.
        return import_module("onecopy.sklearn").Cleaner(self.to_dict())

    def _imputer(self) -> Any:
        from onecopy._onnx import require_numbers  # noqa: PLC0415 (few loads need it)

        require_numbers("stock", self)
        empty = [name for name in self.feature_names if self.fill[name] is None]
        if empty:
            raise ValueError(
                f"stock: an imputer fills every column, and the recipe leaves NaN in "
                f"{quoted(empty)}; use to_sklearn() or to_onnx()"
            )
        if self.inf == "keep":
            raise ValueError(
                "stock: an imputer refuses infinities, and the recipe keeps them; use to_sklearn() "
                "or to_onnx()"
            )
        try:
            from sklearn.impute import (  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415
                SimpleImputer,
            )
        except ImportError as error:
            message = "to_sklearn() needs scikit-learn: pip install scikit-learn"
            raise ImportError(message) from error
        fills = np.array([[self.fill[name] for name in self.feature_names]], self.dtype)
        # The median of one row is that row.
        return SimpleImputer(strategy="median").fit(fills)

    def to_onnx(self, *, opset: int | None = None) -> Any:
        """Return the recipe as a model of ONNX, to be merged with that of a learner.

        Its input "raw" has a column for each feature, in order, as float64 with NaN for what is
        missing (as float32 for a recipe of float16); its output "X" is the matrix, with the bits of
        `transform`. A model cannot refuse values, so with ``overflow="raise"`` those that overflow
        are missing. Integers beyond 2**53 are rounded on their way in. Needs the package onnx.

        A recipe with times or texts is refused, for the model takes numbers only: merge nothing
        then, and give the model of the learner what `transform` returns.

        Parameters
        ----------
        opset : int, optional
            The version of the operators, at least 16: that of the model it will be merged with.

        Returns
        -------
        onnx.ModelProto
            ``onnx.compose.merge_models(recipe.to_onnx(), model, io_map=[("X", its_input)])``.
        """
        from onecopy._onnx import model  # noqa: PLC0415 (few loads need it)

        return model(self, opset)

    @cached_property
    def _serving(self) -> "Serving":
        from onecopy._serve import Serving  # noqa: PLC0415 (few loads need it)

        return Serving(self)

    def __getstate__(self) -> dict[str, Any]:
        # What was made for `transform` is made anew where it is needed.
        return {name: value for name, value in vars(self).items() if name != "_serving"}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the recipe as a .json file, which is either complete or absent."""
        target = Path(path)
        if target.suffix != ".json":
            raise ValueError(f'path: expected the path of a ".json" file, found {str(path)!r}')
        _native.write_whole(str(target), encode(self.to_dict()))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recipe from its .json file, or from a matrix that was saved as .npy."""
        file = Path(path)
        if file.suffix == ".npy":
            file = description_beside(file)
        document = decode(file)
        inner = document.get("recipe", document)
        try:
            return cls.from_dict(inner if isinstance(inner, dict) else {})
        except ValueError as error:
            raise ValueError(f"{file}: no recipe can be read from it: {error}") from error

    def __repr__(self) -> str:
        filled = sum(value is not None for value in self.fill.values())
        return (
            f"Recipe({len(self.feature_names):,} features, {self.dtype}, order={self.order!r}, "
            f"inf={self.inf!r}, overflow={self.overflow!r}, {filled:,} fill values"
            f"{self._recoded()})"
        )

    def _recoded(self) -> str:
        """Say how many features were times or texts."""
        times, texts = len(self.datetimes), len(self.categories)
        said = f", {times:,} times" if times else ""
        return f"{said}, {texts:,} categories" if texts else said


def _check_vectors(vectors: Mapping[str, int], names: AbstractSet[str]) -> None:
    """Refuse columns of lists without a feature for each item."""
    for name, width in vectors.items():
        is_less = width > len(names)
        if is_less or not all(f"{name}_{item}" in names for item in range(width)):
            raise ValueError(
                f"vectors: expected {width} features that begin with {name!r}, found fewer"
            )


def _mapping(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return a part of a document that earlier ones lack."""
    found = document.get(name, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{name}: expected an object")  # noqa: TRY004 (a damaged file)
    return found
