"""Arrays by their names, as one batch of the Arrow C data interface.

Numbers and times are handed out where they are; bools, texts and bytes are packed as Arrow has
them. What has no Arrow type is refused by name. NumPy is all that this needs.
"""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecopy import _native

_Pointer = ctypes.c_void_p
_RELEASE_SCHEMA, _RELEASE_ARRAY = _native.releases()

_FORMATS = {
    "i1": "c",
    "i2": "s",
    "i4": "i",
    "i8": "l",
    "u1": "C",
    "u2": "S",
    "u4": "I",
    "u8": "L",
    "f2": "e",
    "f4": "f",
    "f8": "g",
}
_UNITS = {"s": "s", "ms": "m", "us": "u", "ns": "n"}
_NULLABLE = 2


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", _Pointer),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", _Pointer),
        ("dictionary", _Pointer),
        ("release", _Pointer),
        ("private_data", _Pointer),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", _Pointer),
        ("children", _Pointer),
        ("dictionary", _Pointer),
        ("release", _Pointer),
        ("private_data", _Pointer),
    )


@dataclass(frozen=True, eq=False, repr=False)
class _Column:
    """A column as Arrow has it; `valid` has a bit for each row, or is None without nulls."""

    format: str
    length: int
    valid: NDArray[np.uint8] | None = None
    buffers: Sequence[NDArray[Any]] = ()
    children: "Sequence[_Column]" = ()
    name: str = ""


_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [_Pointer, ctypes.c_char_p, _Pointer]


_own = ctypes.pythonapi.Py_IncRef
_own.restype = None
_own.argtypes = [ctypes.py_object]


class ArrayBatch:
    """The arrays of a dict, all of them of one length."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        if not arrays:
            raise ValueError("batch: expected arrays by their names, found an empty dict")
        self._columns = [_column(name, value) for name, value in arrays.items()]
        lengths = {column.name: column.length for column in self._columns}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name!r} has {length:,}" for name, length in lengths.items())
            raise ValueError(f"batch: expected arrays of one length, found others: {told}")

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Return capsules of a schema and an array."""
        length = self._columns[0].length
        root = _Column("+s", length, children=self._columns)
        schema, array = _kept(_schema(root)), _kept(_array(root))
        return (
            _new_capsule(ctypes.addressof(schema), b"arrow_schema", None),
            _new_capsule(ctypes.addressof(array), b"arrow_array", None),
        )


@dataclass(frozen=True, eq=False, repr=False)
class _Node:
    """A structure, and all that it points to."""

    structure: _Schema | _Array
    rest: tuple[object, ...]


def _kept(node: _Node) -> _Schema | _Array:
    """Return a structure that is kept, with all that it points to, until it is released."""
    node.structure.private_data = id(node)
    _own(node)
    return node.structure


def _schema(column: _Column) -> _Node:
    children = [_schema(child) for child in column.children]
    pointers = _pointers(children)
    node = _Schema(
        format=column.format.encode(),
        name=column.name.encode("utf-8", "surrogateescape"),
        flags=_NULLABLE,
        n_children=len(children),
        children=ctypes.addressof(pointers),
        release=_RELEASE_SCHEMA,
    )
    return _Node(node, (children, pointers))


def _array(column: _Column) -> _Node:
    children = [_array(child) for child in column.children]
    pointers = _pointers(children)
    valid = [None if column.valid is None else column.valid.ctypes.data]
    own = [*valid, *(buffer.ctypes.data for buffer in column.buffers)]
    buffers = (_Pointer * len(own))(*own)
    node = _Array(
        length=column.length,
        null_count=0 if column.valid is None else -1,
        n_buffers=len(own),
        n_children=len(children),
        buffers=ctypes.addressof(buffers),
        children=ctypes.addressof(pointers),
        release=_RELEASE_ARRAY,
    )
    return _Node(node, (children, pointers, buffers, column))


def _pointers(nodes: Sequence[_Node]) -> "ctypes.Array[_Pointer]":
    return (_Pointer * max(len(nodes), 1))(*(ctypes.addressof(node.structure) for node in nodes))


def _column(name: object, value: object) -> _Column:
    if not isinstance(name, str):
        raise TypeError(f"batch: expected names of columns, found {name!r}")
    try:
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
    except ValueError as error:
        raise ValueError(f"batch: column {name!r} is no array: {error}") from None
    mask = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    return _of_array(name, np.ma.getdata(array), mask)


def _of_array(name: str, array: NDArray[Any], mask: NDArray[np.bool_] | None) -> _Column:
    if array.ndim == 2:  # noqa: PLR2004 (a list in each row)
        width = array.shape[1]
        flat = None if mask is None else mask.reshape(-1)
        items = _of_array("item", np.ascontiguousarray(array).reshape(-1), flat)
        return _Column(f"+w:{width}", len(array), children=[items], name=name)
    if array.ndim != 1:
        raise ValueError(f"batch: column {name!r} has {array.ndim} dimensions, expected 1 or 2")
    kind = array.dtype.kind
    if kind == "b":
        values = [_bits(array)]
        return _Column("b", len(array), _valid(mask), values, name=name)
    if kind in "iuf" and array.dtype.str[1:] in _FORMATS:
        own = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
        return _Column(_FORMATS[array.dtype.str[1:]], len(own), _valid(mask), [own], name=name)
    if kind in "mM":
        return _times(name, array, mask)
    if kind in "USO":
        return _texts(name, array, mask)
    raise _refused(name, array.dtype)


def _times(name: str, array: NDArray[Any], mask: NDArray[np.bool_] | None) -> _Column:
    unit, step = np.datetime_data(array.dtype)
    is_date = array.dtype.kind == "M" and unit == "D"
    if step != 1 or not (is_date or unit in _UNITS):
        raise _refused(name, array.dtype)
    missing = np.isnat(array)
    missing = missing if mask is None else missing | mask
    ticks = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).view(np.int64)
    if is_date:
        days = np.where(missing, 0, ticks)
        if days.size and not -(2**31) <= int(days.min()) <= int(days.max()) < 2**31:
            raise ValueError(f"batch: column {name!r} has days that are too far from 1970")
        return _Column("tdD", len(days), _valid(missing), [days.astype(np.int32)], name=name)
    form = f"ts{_UNITS[unit]}:" if array.dtype.kind == "M" else f"tD{_UNITS[unit]}"
    return _Column(form, len(ticks), _valid(missing), [ticks], name=name)


def _texts(name: str, array: NDArray[Any], mask: NDArray[np.bool_] | None) -> _Column:
    rows = array.tolist()
    missing = np.array([value is None for value in rows], dtype=np.bool_)
    missing = missing if mask is None else missing | mask
    given = [None if gone else value for value, gone in zip(rows, missing, strict=True)]
    kinds = {type(value) for value in given if value is not None}
    if kinds <= {str}:
        form, pieces = "U", [b"" if text is None else text.encode() for text in given]
    elif kinds <= {bytes}:
        form, pieces = "Z", [b"" if text is None else text for text in given]
    elif all(issubclass(kind, int | float | np.number | np.bool_) for kind in kinds):
        spare = next(value for value in given if value is not None)
        numbers = np.asarray([spare if value is None else value for value in given])
        return _of_array(name, numbers, missing)
    else:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(
            f"batch: column {name!r} holds objects of {found}; expected str, or bytes, and None, "
            "or an array of a dtype of its own"
        )
    ends = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=ends[1:])
    content = np.frombuffer(b"".join(pieces) or b"\0", dtype=np.uint8)
    return _Column(form, len(pieces), _valid(missing), [ends, content], name=name)


def _valid(missing: NDArray[np.bool_] | None) -> NDArray[np.uint8] | None:
    if missing is None or not missing.any():
        return None
    return _bits(~missing)


def _bits(values: NDArray[np.bool_]) -> NDArray[np.uint8]:
    bits = np.packbits(values, bitorder="little")
    return bits if bits.size else np.zeros(1, dtype=np.uint8)


def _refused(name: str, dtype: np.dtype[Any]) -> TypeError:
    return TypeError(
        f"batch: column {name!r} has dtype {dtype}; expected numbers, bools, texts, bytes, or "
        "times of a whole unit"
    )
