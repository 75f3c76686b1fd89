"""T4 and T5: pages larger than they are, and work larger than the file."""

import struct
from collections.abc import Iterator

from hostile.case import Case, Expected, corrupt, good, unsupported
from hostile.encodings import groups, int32s, run
from hostile.files import (
    INT32,
    OPTIONAL,
    Column,
    File,
    RowGroup,
    described,
    ending,
    group,
    leaf,
    sheet,
)
from hostile.footers import BODY, CHUNK, ROWS, SCHEMA, X
from hostile.pages import (
    BROTLI,
    GZIP,
    LZ4,
    LZ4_RAW,
    LZO,
    SNAPPY,
    ZSTD,
    compress,
    dictionary,
    indices,
    nulls,
    one,
    plain,
    two,
)
from hostile.thrift import BINARY, Struct, varint

MOST = 2**31 - 1
CODECS = {"snappy": SNAPPY, "gzip": GZIP, "brotli": BROTLI, "zstd": ZSTD, "lz4_raw": LZ4_RAW}


def sizes() -> Iterator[Case]:
    """T4: sizes that pages claim."""
    t = "T4"
    honest = plain(ROWS)
    for told, word in [(MOST, "claims"), (31, "claims 31"), (33, "claims 33"), (-1, "negative")]:
        data = sheet(X.but(pages=[honest.but(claimed_plain=told)]))
        yield corrupt(f"{told} bytes of 32", t, data, word)
    data = sheet(X.but(pages=[honest.but(claimed_plain=2**40)]))
    yield corrupt("2^40 bytes of 32", t, data, "claims")
    for told, word in [
        (MOST, "behind the end"),
        (33, "behind the end"),
        (2**40, "claims"),
        (-1, ""),
    ]:
        page = honest.but(claimed_bytes=told, claimed_plain=told)
        yield corrupt(f"{told} stored bytes of 32", t, sheet(X.but(pages=[page])), word)
    for name, codec in CODECS.items():
        page = plain(ROWS, codec=codec)
        column = X.but(codec=codec, pages=[page])
        yield good(f"honest {name}", t, sheet(column), x=ROWS)
        claim = page.but(claimed_plain=MOST)
        yield corrupt(f"{name} of 2 GiB", t, sheet(column.but(pages=[claim])), "claims")
        for told in (31, 33, 4096):
            data = sheet(column.but(pages=[page.but(claimed_plain=told)]))
            yield corrupt(f"{name} of {told} bytes", t, data, "decompress")
        garbled = page.but(body=b"\x9d" * len(page.body))
        yield corrupt(f"{name} of noise", t, sheet(column.but(pages=[garbled])), "decompress")
        cut = page.but(body=page.body[:-3])
        yield corrupt(f"{name} that is cut", t, sheet(column.but(pages=[cut])), "decompress")
        empty = two((8, 0, 8), b"", b"").but(claimed_plain=32)
        behind = column.but(pages=[empty], tail=int32s(ROWS))
        yield corrupt(f"{name} of nothing", t, sheet(behind), "claims 32")
    lies = plain(ROWS, codec=SNAPPY)
    lies = lies.but(body=varint(MOST) + lies.body[1:])
    data = sheet(X.but(codec=SNAPPY, pages=[lies]))
    yield corrupt("a snappy block of 2 GiB", t, data, "decompress")
    framed = struct.pack(">II", 32, 40) + b"\0" * 9
    page = honest.but(body=framed, claimed_plain=32)
    yield corrupt("hadoop's lz4 cut", t, sheet(X.but(codec=LZ4, pages=[page])), "decompress")
    yield unsupported("lzo", t, sheet(X.but(codec=LZO)), "LZO")
    yield corrupt("codec 8", t, sheet(X.but(codec=8)), "unknown codec")
    yield corrupt("codec 2^40", t, sheet(X.but(codec=2**40)), "unknown type or codec")
    long = two((8, 0, 8), b"", int32s(ROWS), lengths=(33, 0))
    yield corrupt("levels longer than the page", t, sheet(X.but(pages=[long])), "longer than")
    long = two((8, 0, 8), b"", int32s(ROWS), lengths=(MOST, MOST))
    yield corrupt("levels of 4 GiB", t, sheet(X.but(pages=[long])), "longer than")
    statistics = (20, BINARY, varint(2_000_000) + bytes(2_000_000))
    fat = honest.but(more=(statistics,))
    yield corrupt("a header of 2 MB", t, sheet(X.but(pages=[fat])), "page 0")
    big = dictionary(MOST, int32s([1]))
    data = sheet(X.but(pages=[big, indices(8, 1, b"\x10\0")]))
    yield corrupt("a dictionary of 2^31 entries", t, data, "entries")


def bombs() -> Iterator[Case]:
    """T5: valid, and far larger than they look."""
    t, limit = "T5", {"memory_limit": "256MB"}
    pages = [dictionary(1, int32s([7])), indices(2**30, 1, run(0, 2**30, 1))]
    data = sheet(Column(pages, 2**30))
    yield Case("one run of 2^30", t, data, Expected.LIMIT, "memory_limit", options=limit)
    data = sheet(Column([nulls(MOST)], MOST, repetition=OPTIONAL))
    yield Case("one run of nulls", t, data, Expected.LIMIT, "memory_limit", options=limit)
    many = File([RowGroup([Column(pages, 2**30)])] * 400).written()
    yield Case("400 runs of 2^30", t, many, Expected.LIMIT, "bytes")
    count = 300_000
    pages = [dictionary(1, int32s([7])), indices(count, 1, run(0, count, 1))]
    yield good("one run of 300,000", t, sheet(Column(pages, count)), x=[7] * count)
    for name, codec in CODECS.items():
        page = one(count, bytes(4 * count), codec=codec)
        data = sheet(Column([page], count, codec=codec))
        yield good(f"zeros in {name}", t, data, x=[0] * count)
    hollow = compress(ZSTD, bytes(1 << 28))
    page = one(8, int32s(ROWS)).but(body=hollow, claimed_plain=1 << 28)
    data = sheet(X.but(codec=ZSTD, pages=[page]))
    yield Case("256 MiB for 8 rows", t, data, Expected.LIMIT, "one page", options=limit)


def overlaps() -> Iterator[Case]:
    """T5: chunks that share bytes, so that little is much."""
    t = "T5"
    names = [f"c{at}" for at in range(2000)]
    elements = [group("root", len(names), None), *(leaf(name, INT32) for name in names)]
    about = Struct().structs(2, elements).number(3, 8)
    same = about.structs(4, [described([CHUNK] * len(names), 8)])
    yield corrupt("2000 columns of one chunk", t, ending(BODY, same.end()), "another column claims")
    about = Struct().structs(2, SCHEMA).number(3, 8 * 1000)
    same = about.structs(4, [described([CHUNK], 8)] * 1000)
    yield corrupt("1000 row groups of one chunk", t, ending(BODY, same.end()), "row group 1")
    about = Struct().structs(2, SCHEMA).number(3, 24)
    body = BODY + X.data() + X.data() + X.data()
    size = len(X.data())
    far = [X.chunk(4 + size), X.chunk(4), X.chunk(4 + size)]
    same = about.structs(4, [described([chunk], 8) for chunk in far])
    yield corrupt("a row group once more", t, ending(body, same.end()), "which row group 0 claims")
    y = X.but(name="y", start=4 + len(X.data()) - 1, bytes_=len(X.data()) + 1)
    yield corrupt("one byte of two columns", t, sheet(X, y), "`y`")
    y = X.but(name="y", start=4, bytes_=2 * len(X.data()))
    yield corrupt("a column in a column", t, sheet(X, y), "another column")
    empty = X.but(rows=0, start=4, bytes_=len(X.data()), pages=[])
    data = File([RowGroup([X]), *[RowGroup([empty])] * 1000]).written()
    yield good("1000 row groups without rows", t, data, x=ROWS)
    pages = [one(0, groups([1] * 8, 1)) for _ in range(20_000)]
    yield good("20,000 pages without values", t, sheet(X.but(pages=[*pages, plain(ROWS)])), x=ROWS)


def cases() -> Iterator[Case]:
    """All of these."""
    yield from sizes()
    yield from bombs()
    yield from overlaps()
