"""Files that look odd and are in order: whoever refuses damage must still read these."""

import gzip
import struct
from collections.abc import Iterator

import pyarrow as pa

from hostile.case import Case, Expected, good
from hostile.encodings import (
    BIT_PACKED,
    DELTA,
    DICTIONARY_OLD,
    RLE,
    SPLIT,
    delta,
    float64s,
    groups,
    int32s,
    run,
    split,
    with_length,
)
from hostile.files import (
    BOOLEAN,
    BYTE_ARRAY,
    DOUBLE,
    INT32,
    OPTIONAL,
    REPEATED,
    Column,
    File,
    RowGroup,
    group,
    leaf,
    sheet,
)
from hostile.footers import ROWS, X
from hostile.pages import (
    GZIP,
    LZ4,
    ZSTD,
    Page,
    dictionary,
    index,
    indices,
    nullable,
    nulls,
    one,
    plain,
    two,
)
from hostile.thrift import (
    BINARY,
    BYTE,
    LIST,
    MAP,
    STRUCT,
    UUID,
    Struct,
    list_head,
    nested_structs,
    varint,
)
from hostile.thrift import (
    DOUBLE as DOUBLES,
)

WORDS = dictionary(3, int32s([10, 20, 30]))
CHOSEN = [0, 1, 2, 2, 1, 0, 1, 1]
NAMED = [10 + 10 * at for at in CHOSEN]
USED = indices(8, 2, groups(CHOSEN, 2))
UNKNOWN = (
    (90, BINARY, b"\3abc"),
    (91, DOUBLES, bytes(8)),
    (92, UUID, bytes(16)),
    (93, LIST, list_head(3, 2) + b"\1\2\1"),
    (94, MAP, varint(2) + bytes([0x8C]) + b"\1a\0\1b" + nested_structs(3)),
    (95, MAP, b"\0"),
    (96, LIST, b"\0"),
    (97, STRUCT, nested_structs(20)),
    (98, BYTE, b"\7"),
    (-5, 1, b""),
)


def read(name: str, *pages: Page, values: object = ROWS, **claims: object) -> Case:
    """Make a case of one column of 8 values that must be read."""
    column = X.but(pages=pages, **claims)
    return good(name, "odd", sheet(column), x=values)


def layouts() -> Iterator[Case]:
    """Row groups, chunks and footers."""
    t = "odd"
    groups_of = [RowGroup([X.but(rows=2, pages=[plain([at, at])])]) for at in range(4)]
    expected = [at // 2 for at in range(8)]
    for order in ([3, 2, 1, 0], [1, 2, 0, 3], [2, 0, 3, 1]):
        data = File(groups_of, order=order).written()
        yield good(f"row groups as {order}", t, data, x=expected)
    y = X.but(name="y", pages=[plain(ROWS[::-1])])
    z = X.but(name="z", pages=[WORDS, USED])
    data = File([RowGroup([X, y, z], chunk_order=[2, 0, 1])]).written()
    yield good("chunks in another order", t, data, x=ROWS, y=ROWS[::-1], z=NAMED)
    data = sheet(X, y, padding=b"whatever lies between")
    yield good("bytes between chunks", t, data, x=ROWS, y=ROWS[::-1])
    none = X.but(rows=0, pages=[])
    yield good("no rows", t, sheet(none), x=[])
    yield good("no row groups", t, File([], [group("r", 1), X.schema()]).written(), x=[])
    data = File([RowGroup([none]), RowGroup([X]), RowGroup([none])]).written()
    yield good("row groups without rows", t, data, x=ROWS)
    yield good("unknown fields in the footer", t, sheet(X, more=UNKNOWN), x=ROWS)
    lists = [leaf("x", INT32), group("l", 1), leaf("item", INT32, REPEATED), leaf("t", BYTE_ARRAY)]
    values = X.but(name="l", rows=8)
    data = sheet(X, values, X.but(name="t"), elements=[group("root", 3, None), *lists])
    case = good("lists and text beside numbers", t, data, x=ROWS)
    yield Case(**{**vars(case), "options": {"columns": "numeric"}})
    wrong = Struct().binary(5, int32s([-9])).binary(6, int32s([9])).binary(1, b"?" * 99)
    yield read("statistics upside down", plain(ROWS), statistics=wrong)
    yield read("sizes of nothing", plain(ROWS), plain=0)
    yield read("bytes behind the last page", plain(ROWS), tail=b"\xff" * 50)
    yield Case(
        "another magic in front", t, sheet(X, magic=b"PARX"), Expected.EITHER, "", {"x": ROWS}
    )


def pages() -> Iterator[Case]:
    """Pages and their headers."""
    yield read("a dictionary from 0 on", WORDS, USED, values=NAMED, dictionary_start=0, start=4)
    yield read("a dictionary from -1 on", WORDS, USED, values=NAMED, dictionary_start=-1, start=4)
    old = dictionary(3, int32s([10, 20, 30]), encoding=DICTIONARY_OLD)
    used = one(8, b"\2" + groups(CHOSEN, 2), encoding=DICTIONARY_OLD)
    yield read("the old dictionary", old, used, values=NAMED)
    half = indices(4, 2, groups(CHOSEN[:4], 2))
    yield read(
        "a dictionary left halfway", WORDS, half, plain(ROWS[4:]), values=NAMED[:4] + ROWS[4:]
    )
    yield read(
        "a dictionary behind plain values",
        plain(ROWS[:4]),
        WORDS,
        half,
        values=ROWS[:4] + NAMED[:4],
    )
    yield read(
        "pages without values", plain([]), plain(ROWS[:3]), plain([]), plain(ROWS[3:]), plain([])
    )
    empty = two((0, 0, 0), b"", b"")
    yield read("pages of version 2 without values", empty, plain(ROWS), empty)
    yield read("an index page", index(), plain(ROWS[:4]), index(), plain(ROWS[4:]))
    yield read("unknown fields in a header", plain(ROWS).but(more=UNKNOWN))
    statistics = (20, BINARY, varint(70_000) + bytes(70_000))
    yield read("a header of 70 kB", plain(ROWS).but(more=(statistics,)))
    many = X.but(pages=[plain([at]) for at in range(4000)], rows=4000)
    yield good("4000 pages of one value", "odd", sheet(many), x=range(4000))
    yield read("zeros behind the values", one(8, int32s(ROWS) + bytes(40)))
    mixed = [plain(ROWS[:4]), two((4, 0, 4), b"", int32s(ROWS[4:]))]
    yield read("both versions in one chunk", *mixed)
    loose = two((8, 0, 8), b"\3\0\0", int32s(ROWS), lengths=(0, 3))
    yield read("repetition levels of a flat column", loose)
    bare = two((8, 0, 8), b"", int32s(ROWS), codec=ZSTD, is_compressed=False)
    yield read("an uncompressed page among others", bare, plain(ROWS[:0], codec=ZSTD), codec=ZSTD)
    none = two((8, 8, 8), run(0, 8, 1), b"", codec=ZSTD, is_compressed=True)
    none = none.but(body=run(0, 8, 1))
    yield read(
        "nulls that nobody compressed", none, values=[None] * 8, codec=ZSTD, repetition=OPTIONAL
    )


def encodings() -> Iterator[Case]:
    """Values and levels."""
    t = "odd"
    yield read(
        "a run longer than the page", WORDS, indices(8, 2, run(1, 10**6, 2)), values=[20] * 8
    )
    long = groups([*CHOSEN, 3, 3, 3, 3, 3, 3, 3, 3], 2)
    yield read("packed indices beyond the page", WORDS, indices(8, 2, long), values=NAMED)
    single = dictionary(1, int32s([5]))
    yield read("a width of 0", single, indices(8, 0, b""), values=[5] * 8)
    yield read("a width of 0 with a run", single, indices(8, 0, b"\x10"), values=[5] * 8)
    wide = indices(8, 32, run(2, 8, 32))
    yield read("a width of 32", WORDS, wide, values=[30] * 8)
    runs = b"".join(run(at, 1, 2) for at in CHOSEN)
    yield read("runs of one", WORDS, indices(8, 2, runs), values=NAMED)
    body = one(3, b"\xa0" + int32s([3, 4]), rle=BIT_PACKED)
    column = Column([body], 3, repetition=OPTIONAL)
    yield good("packed levels, highest bit first", t, sheet(column), x=[3, None, 4])
    column = Column([nullable([1, None]), nulls(3), nullable([None, 2])], 7, repetition=OPTIONAL)
    yield good("pages of nulls", t, sheet(column), x=[1, None, None, None, None, None, 2])
    only = Column([WORDS, one(3, with_length(run(0, 3, 1)), encoding=8)], 3, repetition=OPTIONAL)
    yield good("indices of nulls without a width", t, sheet(only), x=[None] * 3)
    far = [2**31 - 1, -(2**31), 0, 5, -1, 7, 7, 7]
    yield read("differences that wrap", one(8, delta(far), encoding=DELTA), values=far)
    yield read("differences of nothing", one(8, delta([4] * 8), encoding=DELTA), values=[4] * 8)
    tiny = one(8, delta(ROWS, block=8, minis=1), encoding=DELTA)
    yield read("blocks of 8", tiny)
    yield read("a width of 64", one(8, delta([4] * 8, width=64), encoding=DELTA), values=[4] * 8)
    yield read("split bytes", one(8, split(int32s(ROWS), 4), encoding=SPLIT))
    bools = Column([one(3, with_length(run(1, 3, 1)), encoding=RLE)], 3, physical=BOOLEAN)
    yield good("bools in a run", t, sheet(bools), x=[1, 1, 1])
    special = [float("inf"), 5e-324, -0.0, 1.5]
    column = Column([one(4, float64s(special))], 4, physical=DOUBLE)
    yield good("special floats", t, sheet(column), x=special)
    null = (
        Struct()
        .number(1, INT32)
        .number(3, 1)
        .binary(4, b"x")
        .struct(10, Struct().struct(11, Struct()))
    )
    column = Column([nulls(5), nulls(2)], 7, element=null, repetition=OPTIONAL)
    yield good("a column of the null type", t, sheet(column), x=[None] * 7)


def codecs() -> Iterator[Case]:
    """Streams that are legal, and rare."""
    body = int32s(ROWS)
    members = gzip.compress(body[:12], mtime=0) + gzip.compress(body[12:], mtime=0)
    yield read("gzip in two members", one(8, body).but(body=members), codec=GZIP)
    raw = pa.compress(body, codec="lz4_raw", asbytes=True)
    framed = struct.pack(">II", len(body), len(raw)) + raw
    yield read("lz4 as hadoop frames it", one(8, body).but(body=framed), codec=LZ4)
    yield read("lz4 as one block", one(8, body).but(body=raw), codec=LZ4)
    frame = pa.compress(body, codec="lz4", asbytes=True)
    yield read("lz4 as a frame", one(8, body).but(body=frame), codec=LZ4)


def cases() -> Iterator[Case]:
    """All of these."""
    yield from layouts()
    yield from pages()
    yield from encodings()
    yield from codecs()
