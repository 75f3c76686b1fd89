"""Histograms of columns of a matrix, block by block, so that memory stays small."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 20
"""Values that are looked at together."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """How the values of one column of a matrix are distributed.

    Attributes
    ----------
    counts : ndarray of int64
        The values in each bin; all bins are equally wide.
    low, high : float
        The least and the greatest finite value; NaN where there is none.
    missing : int
        Values that are NaN.
    infinite : int
        Values that are infinite, which are in no bin.
    """

    counts: NDArray[np.int64]
    low: float
    high: float
    missing: int
    infinite: int


def histograms_of(matrix: NDArray[Any], places: Sequence[int], bins: int) -> list[Histogram]:
    """Look at some columns twice: for their range, and for their counts."""
    found: list[Histogram] = []
    step = max(_BLOCK // max(len(matrix), 1), 1)
    if matrix.flags.c_contiguous:
        # Neighbours share lines of memory, so many columns are looked at together.
        step = max(len(places), 1)
    for start in range(0, len(places), step):
        found += _some(matrix, places[start : start + step], bins)
    return found


def _some(matrix: NDArray[Any], places: Sequence[int], bins: int) -> list[Histogram]:
    count = len(places)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    missing, infinite = np.zeros(count, np.int64), np.zeros(count, np.int64)
    rows = max(_BLOCK // max(count, 1), 1)
    for start in range(0, len(matrix), rows):
        block = matrix[start : start + rows, places]
        is_finite = np.isfinite(block)
        missing += np.isnan(block).sum(axis=0)
        infinite += np.isinf(block).sum(axis=0)
        low = np.minimum(low, np.where(is_finite, block, np.inf).min(axis=0))
        high = np.maximum(high, np.where(is_finite, block, -np.inf).max(axis=0))
    counts = np.zeros((count, bins), np.int64)
    for start in range(0, len(matrix), rows):
        block = matrix[start : start + rows, places]
        for at in range(count):
            if low[at] <= high[at]:
                counts[at] += _counts(block[:, at].astype(np.float64), (low[at], high[at]), bins)
    return [
        Histogram(
            counts[at],
            *((float(low[at]), float(high[at])) if low[at] <= high[at] else (np.nan, np.nan)),
            int(missing[at]),
            int(infinite[at]),
        )
        for at in range(count)
    ]


def _counts(values: NDArray[np.float64], span: tuple[float, float], bins: int) -> NDArray[np.int64]:
    low, high = span
    finite = values[np.isfinite(values)]
    # Halves, because the width of the range of a float64 may be no float64.
    width = high / 2 - low / 2
    if not width:
        places = np.full(len(finite), bins // 2)
    else:
        places = np.minimum(((finite / 2 - low / 2) / width * bins).astype(np.int64), bins - 1)
    return np.bincount(places, minlength=bins)
