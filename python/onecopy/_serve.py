"""Rows in memory, in any form that Python has for them, as a matrix by the rules of a recipe."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from onecopy._columns import Column, columns_of, is_frame

if TYPE_CHECKING:
    from onecopy import _native


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


class Serving:
    """Makes matrices of rows in memory; one for each recipe and overflow rule."""

    __slots__ = ("_dtype", "_names", "_order", "_rules")

    def __init__(self, rules: "_native.Rules", recipe: Rows) -> None:
        self._rules = rules
        self._names = recipe.feature_names
        self._dtype = np.dtype(recipe.dtype)
        self._order = recipe.order

    def transform(self, data: object, out: NDArray[Any] | None, *, may_lack: bool) -> NDArray[Any]:
        """Make the matrix of some rows."""
        if type(data) is dict:
            first = data.get(self._names[0]) if self._names else None
            if not _is_column(first):
                matrix = self._matrix(1, out)
                self._rules.dicts([data], matrix, may_lack)
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

    def _list(
        self, data: Sequence[object], out: NDArray[Any] | None, *, may_lack: bool
    ) -> NDArray[Any]:
        rows = [row if type(row) is dict else _as_dict(row) for row in data]
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
        if isinstance(data, np.ma.MaskedArray):
            named = {name: data[:, at] for at, name in enumerate(self._names)}
            return self._columns(named, out, may_lack=may_lack)
        if not data.dtype.isnative or not data.flags.aligned:
            data = data.astype(data.dtype.newbyteorder("="), copy=True)
        matrix = self._matrix(len(data), out)
        self._rules.array(data, matrix)
        return matrix

    def _columns(self, data: Any, out: NDArray[Any] | None, *, may_lack: bool) -> NDArray[Any]:
        found = columns_of(data, self._names)
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
    return getattr(value, "ndim", 0) == 1 or hasattr(value, "__arrow_c_stream__")


def _as_dict(row: object) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return dict(row)
    raise TypeError(f"data: expected a list of dicts, found {type(row).__name__} in it")
