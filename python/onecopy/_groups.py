"""Groups of rows that stand together: where each begins, and its key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 20
"""Rows that are compared at a time, so that no second copy of the keys is made."""


@dataclass(frozen=True, repr=False, eq=False)
class Groups:
    """Groups of neighbouring rows; iterate for the key and the slice of each.

    Attributes
    ----------
    keys : ndarray of shape (k,)
        The key of each group; for groups of texts, `str` objects, or `bytes` where not all are
        UTF-8.
    offsets : ndarray of shape (k + 1,), int64
        The first row of each group, and behind the last one the number of rows.
    """

    keys: NDArray[Any]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, group: NDArray[Any], texts: NDArray[Any] | None = None) -> Self:
        """Find the groups of an array that has the key of each row, or its code among texts."""
        offsets = _offsets(group)
        codes = np.asarray(group[offsets[:-1]])
        keys = codes if texts is None else texts[codes]
        if len(np.unique(codes)) < len(codes):
            repeated = _first_repeated(codes)
            raise ValueError(
                f"groups: the rows of group {keys[repeated]!r} do not stand together (they begin "
                f"anew in row {offsets[repeated]:,}); sort them with sort_by= the column of the "
                "group"
            )
        return cls(keys, offsets)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The rows of each group."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[tuple[Any, slice]]:
        for at, key in enumerate(self.keys):
            yield key, slice(int(self.offsets[at]), int(self.offsets[at + 1]))

    def __repr__(self) -> str:
        rows = int(self.offsets[-1])
        return f"Groups({len(self):,} groups of {rows:,} rows)"


def text_array(texts: Sequence[str | bytes]) -> NDArray[Any]:
    """Make an array of objects."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def class_array(texts: Sequence[str | bytes]) -> NDArray[Any]:
    """Make an array of "U" texts, or of objects where NumPy would drop zeros at their ends."""
    if all(isinstance(text, str) and not text.endswith("\0") for text in texts):
        return np.array(texts, dtype=np.str_)
    return text_array(texts)


def text_document(texts: Sequence[str | bytes]) -> dict[str, object]:
    """Describe texts for JSON; bytes are written in hexadecimal digits."""
    if any(isinstance(text, bytes) for text in texts):
        return {"hex": [text.hex() for text in texts if isinstance(text, bytes)]}
    return {"text": list(texts)}


def texts_of_document(document: object) -> NDArray[Any]:
    """Read what `text_document` returned."""
    found = document if isinstance(document, dict) else {}
    for form, read in (("text", str), ("hex", bytes.fromhex)):
        texts = found.get(form)
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            return text_array([read(text) for text in texts])
    raise ValueError('expected a list of texts in "groups"')


def _offsets(group: NDArray[Any]) -> NDArray[np.int64]:
    rows = len(group)
    begins = [np.zeros(min(rows, 1), dtype=np.int64)]
    for start in range(1, rows, _BLOCK):
        end = min(start + _BLOCK, rows)
        differs = group[start:end] != group[start - 1 : end - 1]
        begins.append(np.flatnonzero(differs) + start)
    return np.concatenate([*begins, np.array([rows], dtype=np.int64)])


def _first_repeated(keys: NDArray[Any]) -> int:
    """Return the first position of a key that occurred before."""
    _, first = np.unique(keys, return_index=True)
    is_first = np.zeros(len(keys), dtype=bool)
    is_first[first] = True
    return int(np.flatnonzero(~is_first)[0])
