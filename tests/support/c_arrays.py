"""Structures of the Arrow C data interface, made by hand: each number in them may be wrong."""

import ctypes
from collections.abc import Sequence
from typing import Any

P = ctypes.POINTER


class CSchema(ctypes.Structure):
    pass


class CArray(ctypes.Structure):
    pass


class CStream(ctypes.Structure):
    pass


SchemaRelease = ctypes.CFUNCTYPE(None, P(CSchema))
ArrayRelease = ctypes.CFUNCTYPE(None, P(CArray))
StreamRelease = ctypes.CFUNCTYPE(None, P(CStream))
NextSchema = ctypes.CFUNCTYPE(ctypes.c_int, P(CStream), P(CSchema))
NextArray = ctypes.CFUNCTYPE(ctypes.c_int, P(CStream), P(CArray))
LastError = ctypes.CFUNCTYPE(ctypes.c_void_p, P(CStream))

CSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", P(P(CSchema))),
    ("dictionary", P(CSchema)),
    ("release", SchemaRelease),
    ("private_data", ctypes.c_void_p),
]
CArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", P(ctypes.c_void_p)),
    ("children", P(P(CArray))),
    ("dictionary", P(CArray)),
    ("release", ArrayRelease),
    ("private_data", ctypes.c_void_p),
]
CStream._fields_ = [
    ("get_schema", NextSchema),
    ("get_next", NextArray),
    ("get_last_error", LastError),
    ("release", StreamRelease),
    ("private_data", ctypes.c_void_p),
]

# All that pointers lead to, as long as the tests run: what is released is counted, and not freed.
_KEPT: list[Any] = []
released = {"schema": 0, "array": 0, "stream": 0}

_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


@SchemaRelease
def _release_schema(at: Any) -> None:
    released["schema"] += 1
    at.contents.release = SchemaRelease()


@ArrayRelease
def _release_array(at: Any) -> None:
    released["array"] += 1
    at.contents.release = ArrayRelease()


@StreamRelease
def _release_stream(at: Any) -> None:
    released["stream"] += 1
    at.contents.release = StreamRelease()


def _pointers(kind: Any, nodes: Sequence[Any]) -> Any:
    array = (P(kind) * max(len(nodes), 1))(
        *[P(kind)() if n is None else ctypes.pointer(n) for n in nodes]
    )
    _KEPT.extend([array, *nodes])
    return ctypes.cast(array, P(P(kind)))


def schema(
    text: bytes | None, name: bytes = b"x", children: Sequence[Any] = (), /, **wrong: Any
) -> CSchema:
    """A schema; `wrong` replaces what would be right."""
    dictionary = wrong.pop("dictionary", None)
    node = CSchema(
        format=text,
        name=name,
        flags=2,
        n_children=len(children),
        children=_pointers(CSchema, children),
        release=_release_schema,
    )
    if dictionary is not None:
        node.dictionary = ctypes.pointer(dictionary)
    for key, value in wrong.items():
        setattr(node, key, value)
    _KEPT.extend([node, dictionary])
    return node


def array(
    length: int, buffers: Sequence[bytes | None], children: Sequence[Any] = (), /, **wrong: Any
) -> CArray:
    """An array; `wrong` replaces what would be right."""
    dictionary = wrong.pop("dictionary", None)
    held = [None if b is None else ctypes.create_string_buffer(b, max(len(b), 8)) for b in buffers]
    found = (ctypes.c_void_p * max(len(held), 1))(
        *[None if h is None else ctypes.addressof(h) for h in held]
    )
    node = CArray(
        length=length,
        null_count=0,
        offset=0,
        n_buffers=len(buffers),
        n_children=len(children),
        buffers=ctypes.cast(found, P(ctypes.c_void_p)),
        children=_pointers(CArray, children),
        release=_release_array,
    )
    if dictionary is not None:
        node.dictionary = ctypes.pointer(dictionary)
    for key, value in wrong.items():
        setattr(node, key, value)
    _KEPT.extend([node, held, found, dictionary])
    return node


def capsule(node: Any, name: bytes) -> Any:
    _KEPT.extend([node, name])
    return _new_capsule(ctypes.addressof(node), name, None)


class Batch:
    """Hands out a batch of a column `x` and one of bytes `n`, or what it was given as a whole."""

    def __init__(self, kind: CSchema, values: CArray, **wrong: Any) -> None:
        rows = wrong.pop("rows", values.length)
        beside = array(rows, [None, bytes(max(rows, 0) if rows < 99 else 0)])
        self.schema = wrong.pop("schema", None) or schema(b"+s", b"", [kind, schema(b"c", b"n")])
        self.array = array(rows, [None], [values, beside], **wrong)
        self.names = (b"arrow_schema", b"arrow_array")

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        return capsule(self.schema, self.names[0]), capsule(self.array, self.names[1])


class Stream:
    """Hands out batches until one of them is an error: its code, and what is said of it."""

    def __init__(self, kind: CSchema, batches: Sequence[CArray | tuple[int, bytes | None]]) -> None:
        left = list(batches)
        said: list[Any] = [None]

        @NextSchema
        def get_schema(_: Any, out: Any) -> int:
            ctypes.memmove(out, ctypes.byref(kind), ctypes.sizeof(CSchema))
            return 0

        @NextArray
        def get_next(_: Any, out: Any) -> int:
            if not left:
                return 0
            batch = left.pop(0)
            if isinstance(batch, tuple):
                said[0] = None if batch[1] is None else ctypes.create_string_buffer(batch[1])
                return batch[0]
            ctypes.memmove(out, ctypes.byref(batch), ctypes.sizeof(CArray))
            return 0

        @LastError
        def get_last_error(_: Any) -> Any:
            return None if said[0] is None else ctypes.addressof(said[0])

        self.stream = CStream(get_schema, get_next, get_last_error, _release_stream)
        _KEPT.extend([self.stream, get_schema, get_next, get_last_error, said])

    def __len__(self) -> int:
        return 1

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return capsule(self.stream, b"arrow_array_stream")
