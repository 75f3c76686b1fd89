"""Structures of the C data interface that lie: each is an error that names its table."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pytest
from onecopy import _native
from support.c_arrays import Batch, Stream, array, released, schema

WORDS = struct.pack("<4q", 1, 2, 3, 4)


def words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}i", *numbers)


def long_words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}q", *numbers)


def numbers(**wrong: Any) -> Batch:
    return Batch(schema(b"l"), array(4, [None, WORDS], **wrong))


def text(offsets: bytes, data: bytes | None = b"abcdefgh", **wrong: Any) -> Batch:
    return Batch(schema(b"u"), array(len(offsets) // 4 - 1, [None, offsets, data], **wrong))


def view(length: int, buffer: int, start: int, **wrong: Any) -> Batch:
    views = struct.pack("<i4sii", length, b"abcd", buffer, start)
    parts = array(1, [None, views, b"x" * 20, long_words(20)], **wrong)
    return Batch(schema(b"vu"), parts)


def coded(*indices: int, **wrong: Any) -> Batch:
    entries = array(2, [None, long_words(7, 8)])
    kind = schema(b"i", dictionary=schema(b"l"))
    return Batch(kind, array(len(indices), [None, words(*indices)], dictionary=entries, **wrong))


def runs(ends: tuple[int, ...], values: int = 2, rows: int = 4, **wrong: Any) -> Batch:
    kind = schema(b"+r", b"x", [schema(b"i", b"run_ends"), schema(b"l", b"values")])
    children = [
        array(len(ends), [None, words(*ends)]),
        array(values, [None, long_words(*range(values))]),
    ]
    return Batch(kind, array(rows, [], children, **wrong))


def lists(offsets: bytes, items: int = 4, **wrong: Any) -> Batch:
    kind = schema(b"+l", b"x", [schema(b"l", b"item")])
    child = array(items, [None, WORDS])
    return Batch(kind, array(len(offsets) // 4 - 1, [None, offsets], [child], **wrong))


def fixed_lists(rows: int, size: bytes = b"2", items: int = 4, **wrong: Any) -> Batch:
    kind = schema(b"+w:" + size, b"x", [schema(b"l", b"item")])
    return Batch(kind, array(rows, [None], [array(items, [None, WORDS])], **wrong))


def structs(rows: int, leaf: int = 4, bits: bytes | None = None, **wrong: Any) -> Batch:
    kind = schema(b"+s", b"x", [schema(b"l", b"leaf")])
    return Batch(kind, array(rows, [bits], [array(leaf, [None, WORDS])], **wrong))


HOSTILE: dict[str, Callable[[], Any]] = {
    "negative length": lambda: numbers(length=-1),
    "length beyond all": lambda: numbers(length=2**62),
    "negative offset": lambda: numbers(offset=-8),
    "offset and length overflow": lambda: numbers(offset=2**62, length=2**62),
    "no pointers to buffers": lambda: numbers(buffers=None),
    "one buffer too few": lambda: numbers(n_buffers=1),
    "negative buffers": lambda: numbers(n_buffers=-2),
    "a child too many": lambda: numbers(n_children=1),
    "missing values": lambda: Batch(schema(b"l"), array(4, [None, None])),
    "nulls without bits": lambda: numbers(null_count=2),
    "nulls that are none": lambda: Batch(schema(b"l"), array(4, [b"\x0f", WORDS], null_count=1)),
    "nulls that are more": lambda: Batch(schema(b"l"), array(4, [b"\x01", WORDS], null_count=1)),
    "nulls where none may be": lambda: Batch(
        schema(b"l", flags=0), array(4, [b"\x07", WORDS], null_count=1)
    ),
    "fewer rows than the batch": lambda: Batch(schema(b"l"), array(4, [None, WORDS]), rows=5),
    "offset of the batch": lambda: Batch(schema(b"l"), array(4, [None, WORDS]), offset=1),
    "children of the batch": lambda: Batch(schema(b"l"), array(4, [None, WORDS]), n_children=3),
    "children without pointers": lambda: Batch(
        schema(b"l"), array(4, [None, WORDS]), children=None
    ),
    "rows that are null": lambda: Batch(
        schema(b"l"), array(4, [None, WORDS]), null_count=1, buffers=array(4, [b"\x07"]).buffers
    ),
    "no format": lambda: Batch(schema(None), array(4, [None, WORDS])),
    "a format that is none": lambda: Batch(schema(b"?!"), array(4, [None, WORDS])),
    "a decimal of 7 bits": lambda: Batch(schema(b"d:3,1,7"), array(4, [None, WORDS])),
    "a fixed width that is none": lambda: Batch(schema(b"w:many"), array(4, [None, WORDS])),
    "a schema with wild children": lambda: Batch(
        schema(b"l"), array(4, [None, WORDS]), schema=schema(b"+s", b"", (), n_children=2**40)
    ),
    "a schema with negative children": lambda: Batch(
        schema(b"l"), array(4, [None, WORDS]), schema=schema(b"+s", b"", (), n_children=-1)
    ),
    "a schema with missing children": lambda: Batch(
        schema(b"l"), array(4, [None, WORDS]), schema=schema(b"+s", b"", [None])
    ),
    "a column and no batch": lambda: Batch(
        schema(b"l"), array(4, [None, WORDS]), schema=schema(b"l")
    ),
    "a dictionary that is missing": lambda: Batch(
        schema(b"i", dictionary=schema(b"l")), array(2, [None, words(0, 1)])
    ),
    "an index behind the dictionary": lambda: coded(0, 2),
    "a negative index": lambda: coded(0, -1),
    "indices that are floats": lambda: Batch(
        schema(b"f", dictionary=schema(b"l")),
        array(1, [None, WORDS], dictionary=array(1, [None, WORDS])),
    ),
    "runs that do not ascend": lambda: runs((3, 2)),
    "runs that end too early": lambda: runs((1, 3)),
    "runs that begin before 0": lambda: runs((-1, 4)),
    "runs with too few values": lambda: runs((2, 4), values=1),
    "runs with buffers": lambda: runs((2, 4), n_buffers=1),
    "runs without children": lambda: runs((2, 4), n_children=0),
    "lists that fall back": lambda: lists(words(0, 2, 1, 4)),
    "lists that pass their items": lambda: lists(words(0, 2, 5)),
    "lists that pass them in between": lambda: lists(words(0, 9, 4)),
    "lists that begin before 0": lambda: lists(words(-2, 0, 2)),
    "lists that end before 0": lambda: lists(words(0, 2, -1)),
    "lists without offsets": lambda: Batch(
        schema(b"+l", b"x", [schema(b"l")]), array(2, [None, None], [array(4, [None, WORDS])])
    ),
    "lists without items": lambda: lists(words(0, 2), n_children=0),
    "lists with fewer items": lambda: lists(words(0, 2, 4), items=3),
    "lists of two kinds": lambda: Batch(
        schema(b"+l", b"x", [schema(b"l"), schema(b"l")]),
        array(1, [None, words(0, 4)], [array(4, [None, WORDS])] * 2),
    ),
    "lists of other lengths": lambda: lists(words(0, 1, 4)),
    "lists of a size that is none": lambda: fixed_lists(2, b"many"),
    "lists of a huge size": lambda: fixed_lists(2, b"%d" % 2**62),
    "lists of a negative size": lambda: fixed_lists(2, b"-2"),
    "more lists than items": lambda: fixed_lists(3),
    "an offset of lists": lambda: fixed_lists(2, offset=1),
    "lists with a buffer too many": lambda: fixed_lists(2, n_buffers=2),
    "structs with fewer leaves": lambda: structs(5),
    "an offset of structs": lambda: structs(4, offset=1),
    "structs with a buffer too many": lambda: structs(4, n_buffers=2),
    "structs without children": lambda: structs(4, n_children=0),
    "structs whose nulls are none": lambda: structs(4, bits=b"\x0f", null_count=1),
}
TEXTS: dict[str, Callable[[], Any]] = {
    "offsets that fall back": lambda: text(words(0, 5, 3)),
    "offsets that pass the data": lambda: text(words(0, 9, 8)),
    "a negative first offset": lambda: text(words(-4, 2, 3)),
    "a negative last offset": lambda: text(words(0, 2, -3)),
    "no data": lambda: text(words(0, 2, 3), None),
    "no offsets": lambda: Batch(schema(b"u"), array(2, [None, None, b"abc"])),
    "text that is not UTF-8": lambda: text(words(0, 2), b"\xff\xfe"),
    "a view of another buffer": lambda: view(13, 1, 0),
    "a view of a negative buffer": lambda: view(13, -1, 0),
    "a view behind its buffer": lambda: view(13, 0, 8),
    "a view that is negative": lambda: view(-1, 0, 0),
    "a view that is huge": lambda: view(2**31 - 1, 0, 2**31 - 1),
    "views without lengths": lambda: view(13, 0, 0, n_buffers=2),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_lie_is_an_error(case: str) -> None:
    with pytest.raises(onecopy.OnecopyError) as caught:
        onecopy.load_training_matrix(HOSTILE[case]())
    assert "support.Batch" in str(caught.value)
    assert caught.value.path == "support.Batch"
    assert "Parquet: write it again" not in str(caught.value)


@pytest.mark.parametrize("case", TEXTS)
@pytest.mark.parametrize("use", ["passthrough", "filters", "sort_by", "unique_on"])
def test_a_lie_about_bytes_is_an_error(case: str, use: str) -> None:
    options: dict[str, Any] = {
        "passthrough": {"passthrough": "x"},
        "filters": {"filters": [("x", ">=", "a")]},
        "sort_by": {"sort_by": "x"},
        "unique_on": {"unique_on": "x"},
    }[use]
    if case == "text that is not UTF-8" and use != "passthrough":
        pytest.skip("bytes are compared whatever they are")
    with pytest.raises(onecopy.OnecopyError, match=r"support\.Batch"):
        onecopy.load_training_matrix(TEXTS[case](), columns=["n"], **options)


@pytest.mark.parametrize(
    "case", [case for case in (*HOSTILE, *TEXTS) if case != "lists of other lengths"]
)
def test_a_lie_makes_no_table(case: str, tmp_path: Path) -> None:
    lie = (HOSTILE | TEXTS)[case]()
    writer = onecopy.TableWriter(tmp_path / "t.parquet", unique_on="n")
    with pytest.raises(onecopy.OnecopyError, match=r"support\.Batch") as caught, writer:
        writer.append(lie)
    assert not isinstance(caught.value, onecopy.InternalError)
    assert list(tmp_path.iterdir()) == []


def test_what_is_right_is_read() -> None:
    """The same helpers make arrays that are in order."""
    nested = (
        lists(words(0, 2, 4)),
        lists(words(1, 4)),
        fixed_lists(2),
        structs(4, bits=b"\x05", null_count=2),
    )
    for source in (numbers(), coded(0, 1), runs((1, 4)), numbers(null_count=-1), *nested):
        assert np.isfinite(onecopy.load_training_matrix(source).X).all()
    found = onecopy.load_training_matrix(text(words(0, 2, 3)), columns=["n"], passthrough="x")
    assert found.passthrough["x"].tolist() == ["ab", "c"]
    found = onecopy.load_training_matrix(view(13, 0, 0), columns=["n"], passthrough="x")
    assert found.passthrough["x"].tolist() == ["x" * 13]


def test_each_structure_is_released_once() -> None:
    before = dict(released)
    source = numbers()
    onecopy.load_training_matrix(source)
    assert released["schema"] == before["schema"] + 1
    assert released["array"] == before["array"] + 1
    with pytest.raises(onecopy.CorruptFileError, match="released or read before"):
        onecopy.load_training_matrix(source)
    assert released["array"] == before["array"] + 1


@pytest.mark.parametrize(("kind", "holder"), [("array", "Frame"), ("stream", "Stream")])
def test_an_exception_that_passes_is_not_lost_to_a_release_in_python(
    kind: str, holder: str
) -> None:
    def leave() -> None:
        assert released[kind] == before
        raise KeyboardInterrupt

    top = schema(b"+s", b"", [schema(b"l")])
    source = numbers() if kind == "array" else Stream(top, [])
    before = released[kind]
    with pytest.raises(KeyboardInterrupt):
        # What holds it is on the stack, and goes while the exception passes.
        (getattr(_native, holder)("x", source), leave())
    assert released[kind] == before + 1


def test_a_capsule_of_another_name_is_refused() -> None:
    source = numbers()
    source.names = (b"arrow_schema", b"arrow_schema")
    with pytest.raises(ValueError, match="PyCapsule"):
        onecopy.load_training_matrix(source)


def test_a_stream_that_fails_says_why() -> None:
    kind = schema(b"+s", b"", [schema(b"l")])
    batch = array(4, [None], [array(4, [None, WORDS])])
    with pytest.raises(OSError, match="the well ran dry"):
        onecopy.load_training_matrix(Stream(kind, [batch, (5, b"the well ran dry")]))
    before = released["stream"]
    with pytest.raises(OSError, match="without a word"):
        onecopy.load_training_matrix(Stream(kind, [(22, None)]))
    assert released["stream"] == before + 1
