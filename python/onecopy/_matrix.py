"""The result of a load: the matrix and what belongs to it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from onecopy import _native
from onecopy._files import array_beside, description_beside, matrix_path
from onecopy._groups import Groups, class_array, texts_of_document
from onecopy._json import Document, check_format, decode
from onecopy._recipe import Recipe
from onecopy._render import escaped, quoted, show_size
from onecopy._report import Report

if TYPE_CHECKING:
    from pandas import DataFrame as _DataFrame  # type: ignore[import-untyped, unused-ignore]

FORMAT = "onecopy.matrix"
_SMALLEST_SHARE = 0.001


@dataclass(frozen=True, repr=False, eq=False)
class TrainingMatrix:
    """A matrix that is ready for ``fit``; ``numpy.asarray`` of it is `X`.

    Attributes
    ----------
    X : ndarray of shape (rows, features)
        The features; a memmap if the matrix is in a file. Pass this to ``fit``.
    y, weight, group : ndarray or None
        The target, weight and group, in their own dtype. A group of texts is an int64 array of
        codes, which are ordered as the bytes of the texts are.
    feature_names : list of str
        The columns of `X`.
    recipe : Recipe
        Makes the next matrix like this one.
    report : Report
        What was found and filled.
    path : Path or None
        The .npy file of `X`.
    part_rows : dict
        Rows of each part of a split, in the order in which the parts lie in `X`.
    passthrough : dict
        The columns that were passed through, each an array with one value for each row of `X`.
    group_keys : ndarray or None
        The text of each code of `group`; None where the group is no text.
    """

    X: NDArray[Any]
    y: NDArray[Any] | None
    weight: NDArray[Any] | None
    group: NDArray[Any] | None
    feature_names: list[str]
    recipe: Recipe
    report: Report
    path: Path | None = None
    part_rows: dict[str, int] = field(default_factory=dict)
    passthrough: dict[str, NDArray[Any]] = field(default_factory=dict)
    group_keys: NDArray[Any] | None = None

    @cached_property
    def parts(self) -> "dict[str, TrainingMatrix]":
        """The parts of a split: matrices that share the memory of this one."""
        parts = {}
        start = 0
        for name, rows in self.part_rows.items():
            report = self.report.parts.get(name, self.report)
            parts[name] = self._between(start, start + rows, report)
            start += rows
        return parts

    def _between(self, start: int, end: int, report: Report) -> "TrainingMatrix":
        y, weight, group = (
            None if array is None else array[start:end]
            for array in (self.y, self.weight, self.group)
        )
        return replace(
            self,
            X=self.X[start:end],
            y=y,
            weight=weight,
            group=group,
            report=report,
            part_rows={},
            passthrough={name: array[start:end] for name, array in self.passthrough.items()},
        )

    @cached_property
    def groups(self) -> Groups:
        """The groups of rows; `ValueError` where the rows of one do not stand together."""
        if self.group is None:
            raise ValueError("groups: there is no group; name its column with group=")
        return Groups.of(self.group, self.group_keys)

    @cached_property
    def classes(self) -> NDArray[Any] | None:
        """The text of each code of `y`, in order; None where the target is no text."""
        texts = self.recipe.classes
        is_coded = texts is not None and self.y is not None and self.y.dtype == np.int64
        return class_array(texts) if texts is not None and is_coded else None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `X`."""
        return self.X.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of `X`."""
        return self.X.dtype

    @property
    def nbytes(self) -> int:
        """The bytes of `X`."""
        return self.X.nbytes

    def __len__(self) -> int:
        return len(self.X)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 (NumPy's protocol)
        same = dtype is None or np.dtype(dtype) == self.X.dtype
        if copy is False and not same:
            raise ValueError(f"a {np.dtype(dtype)} array of {self.X.dtype} values needs a copy")
        if same and not copy:
            return self.X
        return np.array(self.X, dtype=dtype, copy=True)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a matrix that was made with ``out=path``; its arrays are mapped, not read.

        Parameters
        ----------
        path : path
            The .npy file of the features; the files next to it are found by their names.

        Raises
        ------
        FileNotFoundError
            If one of the files is missing.
        ValueError
            If a file is damaged or does not belong to the others.
        """
        file = matrix_path("path", path)
        with _native.FolderLock(str(file.parent)):
            return cls._open(file)

    @classmethod
    def _open(cls, file: Path) -> Self:
        description = description_beside(file)
        document = decode(description)
        try:
            check_format(document, FORMAT)
            recipe = Recipe.from_dict(_part(document, "recipe"))
            report = Report.from_dict(_part(document, "report"))
            parts = _part(document, "arrays")
            arrays = {role: _Layout(**_part(parts, role)) for role in parts}
            if list(arrays["X"].shape[1:]) != [len(recipe.feature_names)]:
                raise ValueError("the shape of X does not fit the number of features")  # noqa: TRY301
            rows = len(arrays["X"].shape) and arrays["X"].shape[0]
            passed = _passed(document, rows)
            keys = texts_of_document(document["groups"]) if "groups" in document else None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"{description}: expected the description of a matrix: {error}"
            raise ValueError(message) from error
        y, weight, group = (
            arrays[role].open(array_beside(file, role)) if role in arrays else None
            for role in ("y", "weight", "group")
        )
        return cls(
            X=arrays["X"].open(file),
            y=y,
            weight=weight,
            group=group,
            feature_names=list(recipe.feature_names),
            recipe=recipe,
            report=report,
            path=file,
            part_rows=_part_rows(document, rows),
            passthrough={layout.name: layout.open_beside(file) for layout in passed},
            group_keys=keys,
        )

    def to_pandas(self) -> "_DataFrame":
        """Return the features as a DataFrame that shares their memory."""
        import pandas as pd  # noqa: PLC0415 (optional)

        return pd.DataFrame(self.X, columns=pd.Index(self.feature_names), copy=False)

    def _facts(self) -> list[str]:
        rows, features = self.shape
        place = "in memory" if self.path is None else f"in {self.path.name!r}"
        extras = [
            f"{role} {array.shape} {array.dtype}"
            for role, array in (("y", self.y), ("weight", self.weight), ("group", self.group))
            if array is not None
        ]
        if self.passthrough:
            extras.append(f"passthrough {quoted(list(self.passthrough))}")
        if self.part_rows:
            extras.append("parts " + ", ".join(f"{n!r} {c:,}" for n, c in self.part_rows.items()))
        size = f"{show_size(self.nbytes)} {place}"
        return [f"{rows}x{features} {self.dtype}", size, *extras, self._filled()]

    def _filled(self) -> str:
        cells = self.report.cells_filled
        if not cells:
            return "nothing filled"
        share = cells / max(self.X.size, 1)
        columns = sum(column.filled > 0 for column in self.report.columns.values())
        shown = f"{share:.1%}" if share >= _SMALLEST_SHARE else "<0.1%"
        return f"{shown} of cells filled in {columns} column{'s' if columns > 1 else ''}"

    def __repr__(self) -> str:
        return f"TrainingMatrix({', '.join(self._facts())})"

    def _repr_html_(self) -> str:
        facts = "".join(f"<li>{escaped(fact)}</li>" for fact in self._facts())
        return (
            '<div style="border:1px solid #8886;border-radius:6px;padding:8px 12px;'
            f'display:inline-block"><b>TrainingMatrix</b><ul style="margin:4px 0">{facts}</ul>'
            f"<details><summary>report</summary>{self.report._repr_html_()}</details></div>"
        )


@dataclass(frozen=True)
class _Layout:
    """What the description says about one array."""

    shape: Any
    dtype: Any
    order: Any

    def open(self, file: Path) -> NDArray[Any]:
        """Map an array and compare it with its description."""
        # An array without bytes cannot be mapped.
        mode: Literal["r"] | None = None if 0 in self.shape else "r"
        try:
            array: NDArray[Any] = np.load(file, mmap_mode=mode, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(f"{file}: expected a whole .npy file, found a damaged one") from error
        contiguous = array.flags.f_contiguous if self.order == "F" else array.flags.c_contiguous
        if list(array.shape) != self.shape or array.dtype != self.dtype or not contiguous:
            raise ValueError(
                f"{file}: expected shape {tuple(self.shape)}, {self.dtype}, order {self.order!r} "
                f"as in its .json file, found {array.shape}, {array.dtype}; make it anew"
            )
        return array


@dataclass(frozen=True)
class _Passed:
    """What the description says about one column that was passed through."""

    name: str
    layout: _Layout
    has_mask: bool

    def open_beside(self, file: Path) -> NDArray[Any]:
        """Map the column and, if it has nulls, their mask."""
        array = self.layout.open(array_beside(file, self.name))
        if not self.has_mask:
            return array
        mask = _Layout(self.layout.shape, "bool", "C")
        return masked(array, mask.open(array_beside(file, f"{self.name}.mask")))


def masked(array: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
    """Return an array of which some values are null; both stay where they are."""
    return np.ma.MaskedArray(array, mask=mask, copy=False)


def _passed(document: Mapping[str, object], rows: int) -> list[_Passed]:
    """Return what is said of the columns that were passed through; earlier files say nothing."""
    found = document.get("passthrough", [])
    if not isinstance(found, list):
        raise ValueError('expected a list "passthrough"')  # noqa: TRY004 (a damaged file)
    passed = []
    for entry in found:
        name, layout = str(entry["name"]), _Layout([rows], np.dtype(entry["dtype"]), "C")
        if "/" in name or "\0" in name or layout.dtype.hasobject:
            raise ValueError(f'expected names and types in "passthrough", found {entry!r}')
        passed.append(_Passed(name, layout, bool(entry["masked"])))
    return passed


def _part_rows(document: Mapping[str, object], rows: int) -> dict[str, int]:
    """Return the rows of each part, which are all rows."""
    parts: Any = document.get("parts") or []
    try:
        found = {str(name): int(count) for name, count in parts}
    except (TypeError, ValueError) as error:
        raise ValueError('expected names and rows in "parts"') from error
    if found and (min(found.values()) < 0 or sum(found.values()) != rows):
        raise ValueError(f'expected "parts" of {rows} rows, found {sum(found.values())}')
    return found


def _part(document: Mapping[str, object], name: str) -> Document:
    part = document.get(name)
    if not isinstance(part, dict):
        raise ValueError(f'expected an object "{name}"')  # noqa: TRY004 (a damaged file)
    return part
