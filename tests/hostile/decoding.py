"""T7 and T8: encodings that lead nowhere, and bytes that a checksum gives away."""

import struct
from collections.abc import Iterator

from hostile.case import Case, corrupt, good, unsupported
from hostile.encodings import (
    ALP,
    BIT_PACKED,
    DELTA,
    DELTA_BYTES,
    DELTA_LENGTH,
    RLE,
    SPLIT,
    delta,
    float32s,
    groups,
    int32s,
    int64s,
    run,
    split,
    with_length,
)
from hostile.files import (
    BOOLEAN,
    BYTE_ARRAY,
    FLOAT,
    INT64,
    OPTIONAL,
    Column,
    sheet,
)
from hostile.footers import ROWS, X
from hostile.pages import GZIP, SNAPPY, ZSTD, dictionary, indices, nullable, one, plain, two
from hostile.thrift import Struct, varint, zigzag

WORDS = dictionary(3, int32s([10, 20, 30]))


def dictionaries() -> Iterator[Case]:
    """T7: indices."""
    t = "T7"
    for name, width, runs, word in [
        ("an index beyond, in a run", 2, run(3, 8, 2), "index 3 into a dictionary of 3"),
        ("an index beyond, packed", 2, groups([0, 1, 2, 3, 0, 1, 2, 0], 2), "index 3"),
        ("an index of 2^32 - 1", 32, run(2**32 - 1, 8, 32), "index 4294967295"),
        ("a width of 33", 33, run(0, 8, 33), "bit width of 33"),
        ("a width of 255", 255, b"\x10" + bytes(32), "bit width of 255"),
        ("runs that end early", 2, run(1, 7, 2), "runs of a page end"),
        ("packed bits that end early", 2, b"\x03\x24", "runs of a page end"),
        ("no runs", 2, b"", "runs of a page end"),
        ("a run wider than its width", 2, b"\x10\x04", "wider than its bit width"),
        ("a run of 2^35", 2, b"\xff\xff\xff\xff\x7f\0", "more than 32 bits"),
        ("runs of nothing", 2, b"\0\0" * 5000, "runs of a page end"),
    ]:
        data = sheet(X.but(pages=[WORDS, indices(8, width, runs)]))
        yield corrupt(name, t, data, word)
    used = indices(8, 2, groups([0, 1, 2, 2, 1, 0, 1, 1], 2))
    yield corrupt("no dictionary", t, sheet(X.but(pages=[used])), "not there")
    yield corrupt("two dictionaries", t, sheet(X.but(pages=[WORDS, WORDS, used])), "two")
    more = dictionary(4, int32s([10, 20, 30]))
    yield corrupt("an entry too few", t, sheet(X.but(pages=[more, used])), "4 entries")
    none = dictionary(0, b"")
    yield corrupt("an empty dictionary", t, sheet(X.but(pages=[none, used])), "dictionary of 0")
    split_words = dictionary(3, int32s([1, 2, 3]), encoding=SPLIT)
    yield corrupt("a split dictionary", t, sheet(X.but(pages=[split_words, used])), "not plain")
    bools = Column([dictionary(1, b"\1"), indices(8, 1, b"\x10\0")], 8, physical=BOOLEAN)
    yield corrupt("a dictionary of bools", t, sheet(bools), "bools")


def deltas() -> Iterator[Case]:
    """T7: differences."""
    t = "T7"
    head = varint(128) + varint(4) + varint(8) + zigzag(3)
    for name, body, word in [
        ("no miniblocks", varint(128) + b"\0\x08\x06", "0 miniblocks"),
        ("blocks of nothing", b"\0\x01\x08\x06" + bytes(50), ""),
        ("3 miniblocks of 128", varint(128) + b"\x03\x08\x06" + bytes(50), "3 miniblocks"),
        ("a block of 2^40", varint(2**40) + b"\x04\x08\x06" + bytes(50), "block of"),
        ("2^40 miniblocks", varint(2**40) + varint(2**40) + b"\x08\x06", "block of"),
        ("a width of 65", head + b"\0" + bytes([65, 0, 0, 0]) + bytes(300), "bit width of 65"),
        ("a width of 255", head + b"\0" + bytes([255, 0, 0, 0]) + bytes(2000), "bit width of 255"),
        ("widths that are cut", head + b"\0\1", "differences of a page end"),
        ("bits that are cut", head + b"\0" + bytes([32, 0, 0, 0]) + b"\1\2", "differences"),
        ("a value too few", delta(ROWS, count=7), "differences of a page end"),
        ("a value too many", delta([*ROWS, 7]), "more values"),
        ("2^62 values", delta(ROWS, count=2**62), "more values"),
        ("only a head", head, "differences of a page end"),
        ("half a head", b"\x80\x01\x04", "too early"),
    ]:
        data = sheet(X.but(pages=[one(8, body, encoding=DELTA)]))
        yield corrupt(f"differences: {name}", t, data, word)
    floats = Column([one(8, delta(ROWS), encoding=DELTA)], 8, physical=FLOAT)
    yield corrupt("differences of floats", t, sheet(floats), "does not go with")


def others() -> Iterator[Case]:
    """T7: all other encodings, and levels."""
    t = "T7"
    body = int32s(ROWS)
    yield corrupt(
        "split bytes, one too few", t, encoded(split(body, 4)[:-1], SPLIT), "do not split"
    )
    yield corrupt("split bytes of 7", t, encoded(split(body[:-4], 4), SPLIT), "before its rows do")
    yield corrupt("split bytes of 9", t, encoded(split(body + b"1234", 4), SPLIT), "more values")
    yield corrupt("runs of integers", t, encoded(with_length(run(1, 8, 1)), RLE), "does not go")
    yield corrupt("lengths of integers", t, encoded(delta(ROWS), DELTA_LENGTH), "does not go")
    for number in (1, 11, 200, 2**40):
        yield corrupt(f"encoding {number}", t, encoded(body, number), "unknown encoding")
    yield unsupported("ALP", t, encoded(body, ALP), "ALP")
    yield corrupt("packed bits as values", t, encoded(body, BIT_PACKED), "does not go with")
    single = [dictionary(1, int32s([5])), indices(8, 0, b"\0\0\0")]
    yield corrupt("a width of 0 with runs of nothing", t, sheet(X.but(pages=single)), "runs of a")
    words = dictionary(2, int32s([5, 6]))
    empty = [words, indices(8, 1, run(1, 0, 1) + run(0, 8, 1))]
    yield corrupt("a run of nothing among others", t, sheet(X.but(pages=empty)), "runs of a page")
    bools = Column([], 9, physical=BOOLEAN)
    for name, page, word in [
        ("bits of 8", one(9, b"\xff"), "before its rows do"),
        ("runs of 8", one(9, with_length(run(1, 8, 1)), encoding=RLE), "runs of a page end"),
        ("runs of 2", one(9, with_length(b"\x12\x02"), encoding=RLE), "wider"),
        ("runs without length", one(9, b"\x12", encoding=RLE), "before its rows do"),
        ("runs beyond the page", one(9, struct.pack("<I", 99) + b"\1", encoding=RLE), "before its"),
    ]:
        yield corrupt(f"bools in {name}", t, sheet(bools.but(pages=[page])), word)
    texts = (
        Struct()
        .number(1, BYTE_ARRAY)
        .number(3, 0)
        .binary(4, b"x")
        .number(6, 5)
        .number(7, 0)
        .number(8, 9)
    )
    decimals = Column([], 1, physical=BYTE_ARRAY, element=texts)
    one_byte = delta([1])
    for name, page, word in [
        ("2 GiB", one(1, struct.pack("<I", 2**31) + b"1"), "before its rows do"),
        ("33 bytes", one(1, struct.pack("<I", 33) + b"\1" * 33), "32 bytes"),
        ("-1 bytes", one(1, delta([-1]) + b"1", encoding=DELTA_LENGTH), "negative"),
        ("9 bytes of 1", one(1, delta([9]) + b"1", encoding=DELTA_LENGTH), "before its rows do"),
        ("a prefix of nothing", one(1, one_byte + one_byte + b"1", encoding=DELTA_BYTES), "shares"),
        ("a prefix of -1", one(1, delta([-1]) + one_byte + b"1", encoding=DELTA_BYTES), "negative"),
        ("2 kB of zeros", one(1, struct.pack("<I", 2048) + bytes(2048)), "32 bytes"),
        ("no lengths", one(1, b"", encoding=DELTA_LENGTH), "before its rows do"),
    ]:
        yield corrupt(f"decimals of {name}", t, sheet(decimals.but(pages=[page])), word)


def encoded(body: bytes, encoding: int) -> bytes:
    """Write a file of 8 INT32 values in some encoding."""
    return sheet(X.but(pages=[one(8, body, encoding=encoding)]))


def levels() -> Iterator[Case]:
    """T7: definition levels."""
    t, column = "T7", Column([], 8, repetition=OPTIONAL)
    body = int32s(ROWS)
    for name, data, word in [
        ("beyond the page", struct.pack("<I", 999) + body, "levels of a page end"),
        ("of 4 GiB", b"\xff" * 4 + body, "levels of a page end"),
        ("without length", b"\2\0", "too early"),
        ("of two", with_length(run(2, 8, 1)) + body, "wider than its bit width"),
        ("that end early", with_length(run(1, 7, 1)) + body, "runs of a page end"),
        ("of no bytes", with_length(b"") + body, "runs of a page end"),
    ]:
        yield corrupt(f"levels {name}", t, sheet(column.but(pages=[one(8, data)])), word)
    packed = column.but(pages=[one(800, b"\xff" * 9, rle=BIT_PACKED)], rows=800)
    yield corrupt("packed levels that end early", t, sheet(packed), "levels of a page end")
    early = column.but(pages=[two((8, 0, 8), run(1, 7, 1), body)])
    yield corrupt("levels of version 2 that end early", t, sheet(early), "runs of a page end")


def checksums() -> Iterator[Case]:
    """T8: every kind of page, with one bit turned and the old checksum."""
    t = "T8"
    for name, codec in [("none", 0), ("snappy", SNAPPY), ("gzip", GZIP), ("zstd", ZSTD)]:
        pages = {
            "version 1": [plain(ROWS, codec=codec)],
            "version 2": [two((8, 0, 8), b"", int32s(ROWS), codec=codec)],
            "a dictionary": [
                dictionary(1, int32s([5]), codec=codec),
                indices(8, 1, b"\x10\0", codec=codec),
            ],
        }
        for kind, (first, *others) in pages.items():
            summed = first.but(checksum=True)
            column = X.but(codec=codec, pages=[summed, *others])
            values = [5] * 8 if others else ROWS
            yield good(f"a checksum of {kind}, {name}", t, sheet(column), x=values)
            at = sheet(column).index(summed.body) + len(summed.body) // 2
            data = bytearray(sheet(column))
            data[at] ^= 0x10
            yield corrupt(f"a bit of {kind}, {name}", t, bytes(data), "checksum")
    hollow = plain([]).but(checksum=True)
    yield good("a checksum of no rows", t, sheet(X.but(pages=[hollow, plain(ROWS)])), x=ROWS)
    hollow = plain([]).but(body=b"\1", claimed_plain=1, checksum=7)
    data = sheet(X.but(pages=[hollow, plain(ROWS)]))
    yield corrupt("a wrong checksum of no rows", t, data, "checksum")
    many = plain(ROWS).but(checksum=2**33)
    yield corrupt("a checksum of 34 bits", t, sheet(X.but(pages=[many])), "32 bits")
    wide = Column([one(8, int64s(ROWS)).but(checksum=True)], 8, physical=INT64)
    yield good("a checksum of int64", t, sheet(wide), x=ROWS)
    null = Column([nullable([1, None, 3]).but(checksum=True)], 3, repetition=OPTIONAL)
    yield good("a checksum of nulls", t, sheet(null), x=[1, None, 3])
    floats = Column([one(2, float32s([0.5, 2.5])).but(checksum=True)], 2, physical=FLOAT)
    yield good("a checksum of floats", t, sheet(floats), x=[0.5, 2.5])


def cases() -> Iterator[Case]:
    """All of these."""
    yield from dictionaries()
    yield from deltas()
    yield from others()
    yield from levels()
    yield from checksums()
