"""What the json beside a matrix says of it, and its arrays as they are mapped."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from onecopy._files import FORMAT, array_beside, description_beside
from onecopy._groups import texts_of_document
from onecopy._json import Document, check_format, parse
from onecopy._recipe import Recipe
from onecopy._report import Report


@dataclass(frozen=True, repr=False, eq=False)
class Description:
    """The description of a matrix in a file.

    `checksum` is that of its text: another load, or another state of the files, has another one.
    """

    file: Path
    checksum: int
    recipe: Recipe
    report: Report
    layouts: "dict[str, Layout]"
    passed: "list[Passed]"
    part_rows: dict[str, int]
    group_keys: NDArray[Any] | None
    names: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the description of the matrix in a .npy file."""
        path = description_beside(file)
        content = path.read_bytes()
        document = parse(content, path)
        try:
            check_format(document, FORMAT)
            recipe = Recipe.from_dict(_part(document, "recipe"))
            report = Report.from_dict(_part(document, "report"))
            arrays = _part(document, "arrays")
            layouts = {role: Layout(**_part(arrays, role)) for role in arrays}
            if list(layouts["X"].shape[1:]) != [len(recipe.feature_names)]:
                raise ValueError("the shape of X does not fit the number of features")  # noqa: TRY301
            rows = len(layouts["X"].shape) and layouts["X"].shape[0]
            passed = _passed(document, rows)
            keys = texts_of_document(document["groups"]) if "groups" in document else None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"{path}: expected the description of a matrix: {error}"
            raise ValueError(message) from error
        parts = _part_rows(document, rows)
        # Earlier files do not say which columns the arrays beside the matrix were.
        names = _part(document, "names") if "names" in document else {}
        return cls(file, crc32(content), recipe, report, layouts, passed, parts, keys, names)

    def open(self, role: str, mode: Literal["r", "c"]) -> NDArray[Any] | None:
        """Map the array of "X", "y", "weight" or "group"; None where there is none."""
        if role not in self.layouts:
            return None
        file = self.file if role == "X" else array_beside(self.file, role)
        return self.layouts[role].open(file, mode)

    def open_passed(self, mode: Literal["r", "c"]) -> dict[str, NDArray[Any]]:
        """Map the columns that were passed through."""
        return {passed.name: passed.open_beside(self.file, mode) for passed in self.passed}


@dataclass(frozen=True, repr=False, eq=False)
class Layout:
    """What the description says about one array."""

    shape: Any
    dtype: Any
    order: Any

    def open(self, file: Path, mode: Literal["r", "c"]) -> NDArray[Any]:
        """Map an array and compare it with its description."""
        # An array without bytes cannot be mapped.
        mapped = None if 0 in self.shape else mode
        try:
            array: NDArray[Any] = np.load(file, mmap_mode=mapped, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(f"{file}: expected a whole .npy file, found a damaged one") from error
        contiguous = array.flags.f_contiguous if self.order == "F" else array.flags.c_contiguous
        if list(array.shape) != self.shape or array.dtype != self.dtype or not contiguous:
            raise ValueError(
                f"{file}: expected shape {tuple(self.shape)}, {self.dtype}, order {self.order!r} "
                f"as in its .json file, found {array.shape}, {array.dtype}; make it anew"
            )
        return array


@dataclass(frozen=True, repr=False, eq=False)
class Passed:
    """What the description says about one column that was passed through."""

    name: str
    layout: Layout
    has_mask: bool

    def open_beside(self, file: Path, mode: Literal["r", "c"]) -> NDArray[Any]:
        """Map the column and, if it has nulls, their mask."""
        array = self.layout.open(array_beside(file, self.name), mode)
        if not self.has_mask:
            return array
        mask = Layout(self.layout.shape, "bool", "C")
        nulls = mask.open(array_beside(file, f"{self.name}.mask"), mode)
        return np.ma.MaskedArray(array, nulls, copy=False)


def _passed(document: Mapping[str, object], rows: int) -> list[Passed]:
    """Return what is said of the columns that were passed through; earlier files say nothing."""
    found = document.get("passthrough", [])
    if not isinstance(found, list):
        raise ValueError('expected a list "passthrough"')  # noqa: TRY004 (a damaged file)
    passed = []
    for entry in found:
        # Lists have a second dimension.
        shape = [rows, *map(int, entry.get("shape", ())[1:])]
        name, layout = str(entry["name"]), Layout(shape, np.dtype(entry["dtype"]), "C")
        if "/" in name or "\0" in name or layout.dtype.hasobject:
            raise ValueError(f'expected names and types in "passthrough", found {entry!r}')
        passed.append(Passed(name, layout, bool(entry["masked"])))
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
