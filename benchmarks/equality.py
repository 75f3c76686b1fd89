"""Whether two matrices are the same, by the rule that every comparison here follows.

Values must be equal. A fill may differ by one step of its type: the mean of two middle values is
rounded once by onecopy, and may be rounded twice by others.
"""

import hashlib
from collections.abc import Iterator

import numpy as np


class DifferenceError(Exception):
    """Two matrices that should be the same are not."""


def row_blocks(array: np.ndarray, rows: int = 50_000) -> Iterator[np.ndarray]:
    """Cut an array into blocks of rows, so that no step here needs a second matrix."""
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def digest(array: np.ndarray) -> str:
    """Return a digest of the values in row order, whatever the layout in memory."""
    sha = hashlib.sha256()
    for block in row_blocks(array):
        sha.update(np.ascontiguousarray(block).data)
    return sha.hexdigest()


def compare(ours: np.ndarray, theirs: np.ndarray) -> int:
    """Check that two matrices agree; return the number of columns whose fill differs by one step.

    Raises
    ------
    DifferenceError
        If anything else differs. A NaN differs from everything.
    """
    _check_shapes(ours, theirs)
    if ours.dtype != theirs.dtype:
        raise DifferenceError(f"types differ: {ours.dtype} and {theirs.dtype}")
    fills: dict[int, tuple[float, float]] = {}
    for mine, other in zip(row_blocks(ours), row_blocks(theirs), strict=True):
        rows, columns = np.nonzero(mine != other)
        _check_steps(mine[rows, columns], other[rows, columns], columns)
        for column in np.unique(columns):
            here = rows[columns == column]
            pairs = zip(mine[here, column].tolist(), other[here, column].tolist(), strict=True)
            for pair in set(pairs):
                # A fill is one value, so a second pair in a column is not a fill.
                if fills.setdefault(int(column), pair) != pair:
                    raise DifferenceError(f"column {column} differs: {pair[0]!r} and {pair[1]!r}")
    return len(fills)


def compare_across(ours: np.ndarray, other: np.ndarray) -> int:
    """Check that matrices of two types agree within one step of the coarser type.

    What is too large for it is clipped. Returns the number of columns with a difference.
    """
    _check_shapes(ours, other)
    coarse = min(ours.dtype, other.dtype, key=lambda dtype: dtype.itemsize)
    limit = np.finfo(coarse).max
    different: set[int] = set()
    for blocks in zip(row_blocks(ours), row_blocks(other), strict=True):
        mine, theirs = (np.clip(block, -limit, limit).astype(coarse) for block in blocks)
        rows, columns = np.nonzero(mine != theirs)
        _check_steps(mine[rows, columns], theirs[rows, columns], columns)
        different.update(np.unique(columns).tolist())
    return len(different)


def _check_shapes(ours: np.ndarray, theirs: np.ndarray) -> None:
    if ours.shape != theirs.shape:
        raise DifferenceError(f"shapes differ: {ours.shape} and {theirs.shape}")


def _check_steps(mine: np.ndarray, other: np.ndarray, columns: np.ndarray) -> None:
    """Check that values that differ do so by one step at most."""
    step = np.spacing(np.maximum(np.abs(mine), np.abs(other))).astype(np.float64)
    far = ~(np.abs(mine.astype(np.float64) - other.astype(np.float64)) <= step)
    if far.any():
        at = int(np.argmax(far))
        pair = f"{float(mine[at])!r} and {float(other[at])!r}"
        raise DifferenceError(f"column {columns[at]} differs: {pair}")
