"""What a result holds, whatever the order of its rows, so that results can be compared.

A row becomes a 64-bit number by the bits of its values, and a matrix the sum of these numbers. So
rows that are lost, doubled or mixed change it, and a permutation does not.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib import import_module
from typing import Any

import numpy as np
from equality import row_blocks

MOST_COLUMNS = 1 << 15
FACTORS = np.random.default_rng(0).integers(1 << 63, size=MOST_COLUMNS, dtype=np.uint64) * 2 + 1
MIX = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(32)


def matrix_of(result: Any) -> Any:  # noqa: ANN401  (whatever contenders give)
    """Return the matrix of a result of ours, and others as they are."""
    return getattr(result, "X", result)


def describe(result: Any) -> dict[str, Any]:  # noqa: ANN401
    """Describe a result: a matrix, several parts of one, a whole result of ours, or lists."""
    matrix = matrix_of(result)
    if isinstance(matrix, tuple):
        width = matrix[0].shape[1]
        shape = [sum(map(len, matrix)), width]
        return {"shape": shape, "bits": _hex(sum(map(_sum, matrix)))}
    if not isinstance(matrix, np.ndarray):
        return {"groups": _groups_of_lists(result)}
    facts = {"shape": list(matrix.shape), "bits": _hex(_sum(matrix))}
    return facts if matrix is result else facts | _ours(result)


def _ours(result: Any) -> dict[str, Any]:  # noqa: ANN401
    """Describe what else a result of ours has."""
    report = result.report
    facts: dict[str, Any] = {
        "bytes_read": report.bytes_read,
        "row_groups_skipped": report.row_groups_skipped,
        "parts": {name: len(part.X) for name, part in result.parts.items()},
    }
    if result.group is not None:
        groups = result.groups
        numbers = np.concatenate([_rows(block.T) for block in row_blocks(result.X)])
        facts["groups"] = _groups(groups.keys, groups.offsets, numbers)
    return facts


def _groups_of_lists(lists: Any) -> dict[str, Any]:  # noqa: ANN401
    """Describe groups whose rows stand in lists: the keys first, then a list for each column."""
    table = import_module("pyarrow").table(lists).combine_chunks()  # most results need it not
    key, *columns = (column.chunk(0) for column in table.columns)
    lengths = columns[0].value_lengths().to_numpy().astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return _groups(
        key.to_numpy(), offsets, _rows(column.flatten().to_numpy() for column in columns)
    )


def _groups(keys: np.ndarray, offsets: np.ndarray, numbers: np.ndarray) -> dict[str, Any]:
    """Describe groups: `digest` by the rows of each, `order` also by their places in it."""
    by_key = np.argsort(keys)
    sizes = np.diff(offsets)
    places = np.arange(len(numbers), dtype=np.uint64)
    places -= np.repeat(offsets[:-1].astype(np.uint64), sizes)
    rows = np.add.reduceat(numbers, offsets[:-1])
    numbers *= 2 * places + 1
    ordered = np.add.reduceat(numbers, offsets[:-1])
    whole = [each[by_key].astype(np.int64) for each in (keys, sizes)]
    return {
        "count": len(keys),
        "digest": _digest([*whole, rows[by_key]]),
        "order": _digest([ordered[by_key]]),
    }


def _rows(columns: Iterable[np.ndarray]) -> np.ndarray:
    """Make a number of each row."""
    total: Any = 0
    for factor, column in zip(FACTORS, columns, strict=False):
        words = column.view(f"u{column.itemsize}").astype(np.uint64)
        words *= factor
        total = total + words
    total ^= total >> SHIFT
    total *= MIX
    total ^= total >> SHIFT
    return total


def _sum(matrix: np.ndarray) -> int:
    return sum(int(_rows(block.T).sum(dtype=np.uint64)) for block in row_blocks(matrix))


def _hex(number: int) -> str:
    return f"{number % (1 << 64):016x}"


def _digest(arrays: Sequence[np.ndarray]) -> str:
    sha = sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()[:16]
