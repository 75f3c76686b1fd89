"""The recipe: everything needed to treat the next file like the first one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from onecopy import _native
from onecopy._choices import DTYPES, INFS, ORDERS, OVERFLOWS
from onecopy._files import description_beside
from onecopy._groups import text_document
from onecopy._join import JoinRules
from onecopy._json import VERSION, Document, check_format, decode, encode, number
from onecopy._recode import Clock, Texts, check_texts, texts_of

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
        if self.classes is not None:
            check_texts("classes", self.classes)

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
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> Self:
        """Make a recipe from what `to_dict` returned."""
        check_format(document, _FORMAT)
        names, fill = document.get("feature_names"), document.get("fill")
        join = document.get("join")
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise ValueError("feature_names: expected a list of names")
        if not isinstance(fill, Mapping):
            raise ValueError("fill: expected an object with one value for each feature")  # noqa: TRY004 (a damaged file)
        if join is not None and not isinstance(join, Mapping):
            raise ValueError("join: expected an object")
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
            **{choice: str(document.get(choice)) for choice in _CHOICES},
        )

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


def _mapping(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return a part of a document that earlier ones lack."""
    found = document.get(name, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{name}: expected an object")  # noqa: TRY004 (a damaged file)
    return found
