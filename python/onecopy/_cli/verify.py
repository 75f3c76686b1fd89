"""`verify`: a matrix is made again from its source, and both are compared bit for bit.

The second matrix is a file that is removed afterwards, so memory stays that of a load into a file.
"""

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecopy._cli.failures import DIFFERENT, DONE
from onecopy._cli.options import given_options, one_source
from onecopy._cli.output import GREEN, RED, coloured, show, show_json
from onecopy._cli.pour import wants_progress
from onecopy._load import load_training_matrix
from onecopy._matrix import TrainingMatrix

FITTED = (
    "columns",
    "exclude",
    "dtype",
    "order",
    "inf",
    "overflow",
    "fill",
    "datetimes",
    "categories",
    "for_",
)
"""Options that a recipe decides; where one is given, fills are fitted anew."""
_BLOCK = 1 << 22
"""Bytes that are compared at a time."""


@dataclass(frozen=True)
class Difference:
    """Where two arrays differ first, and in how many values."""

    array: str
    values: int
    row: int | None = None
    column: str | None = None
    expected: str | None = None
    found: str | None = None

    def __str__(self) -> str:
        if self.row is None:
            return f"{self.array}: expected {self.expected}, found {self.found}"
        place = f"row {self.row:,}" + (f", column {self.column!r}" if self.column else "")
        return (
            f"{self.array}: {self.values:,} values differ, the first in {place}: expected "
            f"{self.expected}, found {self.found}"
        )


def run_verify(given: argparse.Namespace) -> int:
    """Load again, and compare."""
    matrix = TrainingMatrix.open(given.matrix)
    options = given_options(given)
    anew = given.fit or any(name in options for name in FITTED)
    if not anew:
        options.setdefault("recipe", matrix)
    place = given.scratch or Path(given.matrix).parent
    with TemporaryDirectory(prefix=".onecopy-verify-", dir=place) as folder:
        again = load_training_matrix(
            one_source(given.source),
            **options,
            out=Path(folder) / "again.npy",
            progress=wants_progress(given.progress),
        )
        found = differences(again, matrix)
        del again
    fills = "fitted anew" if anew else "as in the recipe"
    if given.json:
        document = {"same": not found, "fills": fills, "differences": [asdict(d) for d in found]}
        show_json({"matrix": str(given.matrix)} | document)
    elif found:
        lines = "\n".join(f"  {difference}" for difference in found)
        show(f"{given.matrix}: {coloured('DIFFERENT', RED, _out())}\n{lines}")
    else:
        verdict = coloured("the same, bit for bit", GREEN, _out())
        rows, features = matrix.shape
        show(f"{given.matrix}: {verdict}: {rows:,} x {features:,} {matrix.dtype}, fills {fills}")
    return DIFFERENT if found else DONE


def _out() -> Any:  # noqa: ANN401 (a text stream)
    import sys  # noqa: PLC0415 (as it is now, which tests replace)

    return sys.stdout


def differences(expected: TrainingMatrix, found: TrainingMatrix) -> list[Difference]:
    """Compare the features, and all arrays beside them."""
    if expected.feature_names != found.feature_names:
        names = (", ".join(each.feature_names[:5]) for each in (expected, found))
        return [Difference("feature names", 0, expected=next(names), found=next(names))]
    roles = ("X", "y", "weight", "group")
    one, two = ({role: getattr(each, role) for role in roles} for each in (expected, found))
    one |= expected.passthrough
    two |= found.passthrough
    compared = [
        _compare(name, one.get(name), two.get(name), names=expected.feature_names)
        for name in dict.fromkeys([*one, *two])
    ]
    return [difference for difference in compared if difference is not None]


def _compare(
    array: str, expected: NDArray[Any] | None, found: NDArray[Any] | None, *, names: list[str]
) -> Difference | None:
    shapes = [
        "none" if each is None else f"shape {each.shape}, {each.dtype}"
        for each in (expected, found)
    ]
    if shapes[0] != shapes[1]:
        return Difference(array, 0, expected=shapes[0], found=shapes[1])
    if expected is None or found is None:
        return None
    if expected.ndim > 1 and expected.flags.f_contiguous and not expected.flags.c_contiguous:
        return _first(array, expected.T, found.T, names if array == "X" else None, turned=True)
    return _first(array, expected, found, names if array == "X" else None)


def _first(
    array: str,
    expected: NDArray[Any],
    found: NDArray[Any],
    names: list[str] | None,
    *,
    turned: bool = False,
) -> Difference | None:
    """Return the first difference, in the order of the memory."""
    row_bytes = max(expected.nbytes // max(len(expected), 1), 1)
    step = max(_BLOCK // row_bytes, 1)
    count, first = 0, None
    for start in range(0, len(expected), step):
        one, two = expected[start : start + step], found[start : start + step]
        unlike = np.argwhere(_differs(one, two))
        count += len(unlike)
        if first is None and len(unlike):
            at = tuple(int(place) for place in unlike[0])
            shown = str(one[at]), str(two[at])
            first = (start + at[0], *at[1:]), shown
    if first is None:
        return None
    place, (wanted, seen) = first
    row, column = (place[1], place[0]) if turned else (place[0], place[1] if place[1:] else None)
    name = None if column is None else names[column] if names else str(column)
    return Difference(array, count, row, name, wanted, seen)


def _differs(one: NDArray[Any], two: NDArray[Any]) -> NDArray[np.bool_]:
    """Compare bits; what lies under a mask is of no account."""
    if isinstance(one, np.ma.MaskedArray) or isinstance(two, np.ma.MaskedArray):
        masks = np.ma.getmaskarray(one), np.ma.getmaskarray(two)
        unlike = _bits_differ(np.ma.getdata(one), np.ma.getdata(two)) & ~masks[0] & ~masks[1]
        return np.asarray(unlike | (masks[0] != masks[1]), dtype=np.bool_)
    return _bits_differ(one, two)


def _bits_differ(one: NDArray[Any], two: NDArray[Any]) -> NDArray[np.bool_]:
    width = one.dtype.itemsize
    if width == 0 or one.dtype.hasobject:
        return np.asarray(one != two, dtype=np.bool_)
    unlike = [
        np.ascontiguousarray(each).view(np.uint8).reshape(*each.shape, width) for each in (one, two)
    ]
    return np.asarray((unlike[0] != unlike[1]).any(axis=-1), dtype=np.bool_)
