"""Rows in memory, in any form that Python has for them, as a matrix by the rules of a recipe."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from onecopy import _native
from onecopy._columns import Column, Reader, columns_of, is_frame, numbers
from onecopy._lists import is_block, row_items
from onecopy._texts import texts
from onecopy._times import ticks, times

# The axes of an array of rows.
_TABLE = 2


class Rows(Protocol):
    """What is known of the matrix: its columns and rules."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns, in order."""

    @property
    def dtype(self) -> str:
        """The dtype."""

    @property
    def order(self) -> str:
        """The order in memory."""

    @property
    def datetimes(self) -> Collection[str]:
        """The columns of times."""

    @property
    def categories(self) -> Collection[str]:
        """The columns of texts."""

    @property
    def vectors(self) -> Mapping[str, int]:
        """The columns of lists, and how many features each becomes."""


class Serving:
    """Makes matrices of rows in memory; one for each recipe and overflow rule."""

    __slots__ = ("_dtype", "_is_recoded", "_names", "_order", "_readers", "_rules", "_vectors")

    def __init__(self, recipe: Rows) -> None:
        self._rules = _native.Rules(recipe, ticks)
        self._names = recipe.feature_names
        self._readers: dict[str, Reader] = dict.fromkeys(self._names, numbers)
        self._readers |= dict.fromkeys(recipe.datetimes, times)
        self._readers |= dict.fromkeys(recipe.categories, texts)
        self._is_recoded = bool(recipe.datetimes or recipe.categories)
        self._vectors = recipe.vectors
        self._dtype = np.dtype(recipe.dtype)
        self._order = recipe.order

    def transform(self, data: object, out: NDArray[Any] | None, *, may_lack: bool) -> NDArray[Any]:
        """Make the matrix of some rows."""
        if type(data) is dict:
            if not self._has_columns(data):
                matrix = self._matrix(1, out)
                self._rules.dicts([row_items(data, self._vectors)], matrix, may_lack)
                return matrix
            return self._columns(data, out, may_lack=may_lack)
        if isinstance(data, np.ndarray):
            return self._array(data, out, may_lack=may_lack)
        if is_frame(data):
            return self._columns(data, out, may_lack=may_lack)
        if isinstance(data, Mapping):
            return self.transform(dict(data), out, may_lack=may_lack)
        if isinstance(data, Sequence) and not isinstance(data, str | bytes):
            return self._list(data, out, may_lack=may_lack)
        raise TypeError(
            "data: expected a dict, a list of dicts, a dict of arrays, a two-dimensional array "
            f"or a frame, found {type(data).__name__}"
        )

    def _has_columns(self, data: dict[str, Any]) -> bool:
        """Whether the values of a dict are columns, and not those of one row."""
        first = self._names[0] if self._names else ""
        if first in data or not self._vectors:
            return _is_column(data.get(first))
        # A list of numbers is one row of a column of lists; a list of lists is a column.
        vector = next((data[name] for name in self._vectors if name in data), None)
        return is_block(vector)

    def _list(
        self, data: Sequence[object], out: NDArray[Any] | None, *, may_lack: bool
    ) -> NDArray[Any]:
        rows = [row if type(row) is dict else _as_dict(row) for row in data]
        if self._vectors:
            rows = [row_items(row, self._vectors) for row in rows]
        matrix = self._matrix(len(rows), out)
        self._rules.dicts(rows, matrix, may_lack)
        return matrix

    def _array(
        self, data: NDArray[Any], out: NDArray[Any] | None, *, may_lack: bool
    ) -> NDArray[Any]:
        if data.dtype.names is not None:
            named = {name: data[name] for name in data.dtype.names}
            return self._columns(named, out, may_lack=may_lack)
        if data.ndim != _TABLE or data.shape[1] != len(self._names):
            hint = "; one row is data.reshape(1, -1)" if data.ndim == 1 else ""
            raise ValueError(
                f"data: expected an array of shape (rows, {len(self._names)}), whose columns are "
                f"the features in order, found {data.shape}{hint}"
            )
        is_recoded = self._is_recoded and data.dtype.kind != "O"
        if isinstance(data, np.ma.MaskedArray) or is_recoded:
            named = {name: data[:, at] for at, name in enumerate(self._names)}
            return self._columns(named, out, may_lack=may_lack)
        if not data.dtype.isnative or not data.flags.aligned:
            data = data.astype(data.dtype.newbyteorder("="), copy=True)
        matrix = self._matrix(len(data), out)
        self._rules.array(data, matrix)
        return matrix

    def _columns(self, data: Any, out: NDArray[Any] | None, *, may_lack: bool) -> NDArray[Any]:
        found = columns_of(data, self._readers, self._vectors)
        columns: list[Column | None] = []
        for name, column in zip(self._names, found.columns, strict=True):
            if column is None and not may_lack:
                raise self._rules.absent(name, found.names)
            columns.append(column)
        matrix = self._matrix(found.rows, out)
        self._rules.columns(columns, matrix)
        return matrix

    def _matrix(self, rows: int, out: NDArray[Any] | None) -> NDArray[Any]:
        """Return the array to fill: the caller's, if it is the one that is needed."""
        shape = (rows, len(self._names))
        if out is None:
            order: Any = self._order
            return np.empty(shape, self._dtype, order)
        if not isinstance(out, np.ndarray):
            raise TypeError(f"out: expected an array, found {type(out).__name__}")
        if out.shape != shape or out.dtype != self._dtype or not out.flags.writeable:
            read_only = "" if out.flags.writeable else ", read-only"
            raise ValueError(
                f"out: expected a writeable array of shape {shape} and dtype {self._dtype}, "
                f"found shape {out.shape} and dtype {out.dtype}{read_only}"
            )
        return out


def _is_column(value: object) -> bool:
    """Whether a value of a dict is a column of many values."""
    if value is None or isinstance(value, float | int):
        return False
    if isinstance(value, list | tuple):
        return True
    arrow = ("__arrow_c_stream__", "__arrow_c_array__")
    return getattr(value, "ndim", 0) == 1 or any(hasattr(value, name) for name in arrow)


def _as_dict(row: object) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return dict(row)
    raise TypeError(f"data: expected a list of dicts, found {type(row).__name__} in it")
