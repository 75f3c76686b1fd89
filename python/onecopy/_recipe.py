"""The recipe: everything needed to treat the next file like the first one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Self

from onecopy import _native
from onecopy._choices import DTYPES, INFS, ORDERS, OVERFLOWS
from onecopy._files import description_beside
from onecopy._join import JoinRules
from onecopy._json import VERSION, Document, check_format, decode, encode, number

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
    vectors: dict[str, int] = dataclass_field(default_factory=dict)

    def __post_init__(self) -> None:
        for field, allowed in _CHOICES.items():
            found = getattr(self, field)
            if found not in allowed:
                expected = ", ".join(f'"{choice}"' for choice in allowed)
                raise ValueError(f"{field}: expected one of {expected}, found {found!r}")
        names = set(self.feature_names)
        if len(names) < len(self.feature_names):
            raise ValueError("feature_names: expected each name once, found a name twice")
        if names != set(self.fill):
            raise ValueError("fill: expected exactly one value for each of the feature names")
        for name, width in self.vectors.items():
            if not {f"{name}_0", f"{name}_{width - 1}"} <= names:
                raise ValueError(
                    f"vectors: expected {width} features that begin with {name!r}, found fewer"
                )

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
        if self.vectors:
            document["vectors"] = dict(self.vectors)
        return document if self.join is None else document | {"join": self.join.to_dict()}

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
            vectors=dict(vectors),
            **{field: str(document.get(field)) for field in _CHOICES},
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
            f"inf={self.inf!r}, overflow={self.overflow!r}, {filled:,} fill values)"
        )
