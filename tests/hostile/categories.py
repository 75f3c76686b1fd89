"""T7: dictionaries of texts that differ and lie, and times that are none."""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from hostile.case import Case, Expected
from hostile.encodings import DELTA_BYTES, DELTA_LENGTH, delta, groups, int32s, int64s, run
from hostile.files import (
    BYTE_ARRAY,
    FIXED,
    INT32,
    INT64,
    INT96,
    OPTIONAL,
    Column,
    File,
    RowGroup,
    sheet,
)
from hostile.pages import Page, dictionary, indices, one, two
from hostile.thrift import LIST, STRUCT, Struct, list_head

CODES: dict[str, Any] = {"categories": "codes"}
SECONDS: dict[str, Any] = {"datetimes": "s", "dtype": "float64"}
UTF8, DATE, TIMESTAMP_MICROS = 0, 6, 10
ROWS = 8
USED = groups([0, 1, 2, 2, 1, 0, 1, 1], 2)
RIGHT = [0, 2, 1, 1, 2, 0, 2, 2]


def words(*texts: bytes) -> bytes:
    """Write plain texts, each behind its length."""
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)


WORDS = dictionary(3, words(b"a", b"zz", b"k"))


def element(physical: int, converted: int | None, length: int | None = None) -> Struct:
    out = Struct().number(1, physical)
    if length is not None:
        out.number(2, length)
    out.number(3, 0).binary(4, b"x")
    return out if converted is None else out.number(6, converted)


def text(*pages: Page, rows: int = ROWS, converted: int | None = UTF8) -> Column:
    """Make a column of texts, or of bytes."""
    own = element(BYTE_ARRAY, converted)
    return Column(list(pages), rows, physical=BYTE_ARRAY, element=own)


def bad(name: str, column: Column, word: str, options: dict[str, Any] = CODES) -> Case:
    """Make a case that must be refused as damaged."""
    return Case(name, "T7", sheet(column), Expected.CORRUPT, word, options=options)


def fine(
    name: str, data: bytes, values: Sequence[float | None], options: dict[str, Any] = CODES
) -> Case:
    """Make a case that must be read."""
    return Case(name, "odd", data, Expected.GOOD, values={"x": values}, options=options)


def dictionaries() -> Iterator[Case]:
    """Dictionaries that lie."""
    used = indices(ROWS, 2, USED)
    for name, runs, word in [
        ("an index beyond, in a run", run(3, 8, 2), "index 3 into"),
        ("an index beyond, packed", groups([0, 1, 2, 3, 0, 1, 2, 0], 2), "index 3 into"),
        ("runs that end early", run(1, 7, 2), "runs of a page end"),
        ("no runs", b"", "runs of a page end"),
        ("a run wider than its width", b"\x10\x04", "wider than its bit width"),
    ]:
        yield bad(f"texts: {name}", text(WORDS, indices(ROWS, 2, runs)), word)
    yield bad(
        "texts: an index of 2^32 - 1",
        text(WORDS, indices(8, 32, run(2**32 - 1, 8, 32))),
        "index 4294967295",
    )
    yield bad("texts: a width of 33", text(WORDS, indices(8, 33, run(0, 8, 33))), "bit width of 33")
    yield bad("texts: no dictionary", text(used), "not there")
    yield bad("texts: two dictionaries", text(WORDS, WORDS, used), "two")
    for name, page, word in [
        ("an entry too few", dictionary(4, words(b"a", b"zz", b"k")), "before its rows do"),
        ("2^30 entries", dictionary(2**30, words(b"a")), "entries in a dictionary"),
        (
            "an entry longer than the page",
            dictionary(3, words(b"a", b"b") + struct.pack("<I", 99) + b"k"),
            "before its rows do",
        ),
        ("an entry of 4 GiB", dictionary(3, words(b"a", b"b") + b"\xff" * 4), "before its rows do"),
        ("half a length", dictionary(3, words(b"a", b"b") + b"\1\0"), "before its rows do"),
        ("no entries", dictionary(0, b""), "into a"),
        ("no UTF-8", dictionary(3, words(b"a", b"\xff\xfe", b"k")), "not UTF-8"),
        ("half a character", dictionary(3, words(b"a", b"\xc3", b"k")), "not UTF-8"),
        ("a surrogate", dictionary(3, words(b"a", b"\xed\xa0\x80", b"k")), "not UTF-8"),
        (
            "lengths before texts",
            dictionary(3, delta([1, 1, 1]) + b"abc", encoding=DELTA_LENGTH),
            "not plain",
        ),
    ]:
        yield bad(f"texts: a dictionary with {name}", text(page, used), word)
    nulls = text(WORDS, two((8, 3, 8), run(1, 8, 1), b"\2" + USED, encoding=8)).but(
        element=Struct().number(1, BYTE_ARRAY).number(3, OPTIONAL).binary(4, b"x").number(6, UTF8)
    )
    yield bad("texts: nulls that are none", nulls, "has 0 nulls and claims 3")
    yield bad(
        "texts: rows behind the last page", text(WORDS, used, rows=9), "before the chunk does"
    )
    yield bad("texts: a page too many", text(WORDS, used, used), "more pages")


def values() -> Iterator[Case]:
    """Texts that are in pages."""
    for name, page, word in [
        ("a text longer than the page", one(1, struct.pack("<I", 9) + b"1"), "before its rows do"),
        ("a text of 2 GiB", one(1, struct.pack("<I", 2**31) + b"1"), "before its rows do"),
        ("no length", one(1, b"\1\0"), "before its rows do"),
        ("a text that is no UTF-8", one(1, words(b"\x80")), "not UTF-8"),
        ("a length of -1", one(1, delta([-1]) + b"1", encoding=DELTA_LENGTH), "negative"),
        (
            "a prefix of nothing",
            one(1, delta([1]) + delta([1]) + b"1", encoding=DELTA_BYTES),
            "shares",
        ),
    ]:
        yield bad(f"plain texts: {name}", text(page, rows=1), word)
    cut = text(WORDS, indices(ROWS, 2, USED), one(1, b"\3\0\0\0ab"), rows=9)
    yield bad("texts: a fallback that ends early", cut, "before its rows do")
    fixed = Column([one(2, b"abc")], 2, physical=FIXED, element=element(FIXED, None, 2))
    yield bad("bytes of a fixed length that end early", fixed, "before its rows do")


def odd() -> Iterator[Case]:
    """Files that are in order."""
    used = indices(ROWS, 2, USED)
    yield fine("texts of a dictionary", sheet(text(WORDS, used)), RIGHT)
    twice = dictionary(3, words(b"a", b"zz", b"a"))
    yield fine("a dictionary with a text twice", sheet(text(twice, used)), [0, 1, 0, 0, 1, 0, 1, 1])
    raw = dictionary(3, words(b"a", b"\xff", b"k"))
    yield fine("bytes that are no UTF-8", sheet(text(raw, used, converted=None)), RIGHT)
    mixed = text(WORDS, used, one(2, words(b"k", b"b")), rows=10)
    yield fine("texts after a dictionary", sheet(mixed), [0, 3, 2, 2, 3, 0, 3, 3, 2, 1])
    other = text(dictionary(2, words(b"k", b"")), indices(8, 1, run(1, 8, 1)))
    both = File([RowGroup([text(WORDS, used)]), RowGroup([other])]).written()
    yield fine("dictionaries that differ", both, [1, 3, 2, 2, 3, 1, 3, 3] + [0] * 8)
    one_word = text(dictionary(1, words(b"")), indices(8, 0, b"\x10"))
    yield fine("one empty text", sheet(one_word), [0] * 8)
    note = b"\xff" * 40
    more = Struct().binary(1, b"ARROW:schema").binary(2, note).end()
    listed = list_head(1, STRUCT) + more
    arrow = File([RowGroup([text(WORDS, used)])], more=((5, LIST, listed),)).written()
    yield fine("a note of Arrow that is none", arrow, RIGHT)


def times() -> Iterator[Case]:
    """Times that are far, or none."""
    micros = element(INT64, TIMESTAMP_MICROS)
    far = Column(
        [one(3, int64s([2**63 - 1, -(2**63), 1_500_000]))], 3, physical=INT64, element=micros
    )
    yield fine(
        "instants as far as can be",
        sheet(far),
        [9223372036854.775807, None, 1.5],
        SECONDS | {"fill": None},
    )
    days = Column(
        [one(2, int32s([2**31 - 1, -(2**31)]))], 2, physical=INT32, element=element(INT32, DATE)
    )
    yield fine(
        "dates as far as can be", sheet(days), [(2**31 - 1) * 86400.0, -(2**31) * 86400.0], SECONDS
    )
    wide = struct.pack("<qI", 2**63 - 1, 2**32 - 1) + struct.pack("<qI", -(2**63), 0)
    old = Column([one(2, wide)], 2, physical=INT96, element=element(INT96, None))
    right = [((2**32 - 1 - 2440588) * 86_400 * 10**9 + 2**63 - 1) / 10**9]
    right.append((-2440588 * 86_400 * 10**9 - 2**63) / 10**9)
    yield fine("instants in 12 bytes as far as can be", sheet(old), right, SECONDS)
    cut = Column([one(2, wide[:-1])], 2, physical=INT96, element=element(INT96, None))
    yield bad("instants in 12 bytes that end early", cut, "before its rows do", SECONDS)
    few = Column([one(3, int64s([1, 2]))], 3, physical=INT64, element=micros)
    yield bad("instants that end early", few, "before its rows do", SECONDS)


def cases() -> Iterator[Case]:
    """All of these."""
    yield from dictionaries()
    yield from values()
    yield from odd()
    yield from times()
