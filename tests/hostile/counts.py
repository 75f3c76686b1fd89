"""T3 and T6: counts that disagree, and bytes that are elsewhere."""

from collections.abc import Iterator

from hostile.case import Case, Expected, corrupt, good, unsupported
from hostile.encodings import groups, int32s
from hostile.files import OPTIONAL, Column, File, RowGroup, sheet
from hostile.footers import ROWS, X
from hostile.pages import dictionary, indices, nullable, nulls, one, plain, two
from hostile.thrift import Struct

NULLABLE = Column([nullable([3, None, 4])], 3, repetition=OPTIONAL)


def rows() -> Iterator[Case]:
    """T3: rows that footers, row groups, chunks and pages tell differently."""
    t = "T3"
    for told in (1_000_000, 7, 0, 2**62):
        yield corrupt(f"footer {told}", t, sheet(X, rows=told), f"footer says {told}")
    yield corrupt("footer -1", t, sheet(X, rows=-1), "negative")
    for told in (9, 7, 0, 2**62):
        data = File([RowGroup([X], told)]).written()
        yield corrupt(f"row group {told}", t, data, f"8 values for {told} rows")
    yield corrupt("row group -1", t, File([RowGroup([X], -1)], rows=8).written(), "negative")
    yield corrupt("chunk 9", t, sheet(X.but(values=9)), "9 values for 8 rows")
    for told, word in [(9, "end 1 values before"), (7, "where 7 are left"), (2**31, "end ")]:
        yield corrupt(f"all but the page {told}", t, sheet(X.but(rows=told)), word)
    for told in (2**40, 2**62, 2**63 - 1):
        yield corrupt(f"all say {told}", t, sheet(X.but(rows=told)), "claims")
    most = [RowGroup([X.but(rows=2**63 - 1)])] * 3
    yield corrupt("a sum beyond 64 bits", t, File(most, rows=5).written(), "")
    more = X.but(pages=[plain(ROWS), plain([7])])
    yield corrupt("a page too many", t, sheet(more), "more pages")
    yield corrupt("no page", t, sheet(X.but(pages=[])), "0 bytes")
    alone = X.but(pages=[dictionary(2, int32s([1, 2]))])
    yield corrupt("only a dictionary", t, sheet(alone), "end 8 values before")
    second = X.but(name="y", pages=[plain(ROWS[:7])])
    yield corrupt("a second column that is shorter", t, sheet(X, second), "`y`")
    third = File([RowGroup([X]), RowGroup([X]), RowGroup([second.but(name="x")])])
    yield corrupt("a third row group that is shorter", t, third.written(), "row group 2")
    lacking = File([RowGroup([X, X.but(name="y")]), RowGroup([X])]).written()
    yield corrupt("a row group without a column", t, lacking, "1 chunks for 2 columns")
    null = (
        Struct().number(1, 1).number(3, 1).binary(4, b"x").struct(10, Struct().struct(11, Struct()))
    )
    liar = Column([nulls(5)], 1_000, element=null, repetition=OPTIONAL)
    yield corrupt("a null column of 1000", t, sheet(liar), "before the chunk does")
    full = X.but(element=null, pages=[one(8, b"\2\0\0\0\x10\x01" + int32s(ROWS))])
    yield corrupt("a null column with values", t, sheet(full), "without numbers")


def pages() -> Iterator[Case]:
    """T3: values and nulls that pages tell wrongly."""
    t = "T3"
    for told in (7, 9, 0):
        lying = X.but(pages=[one(told, int32s(ROWS))])
        yield corrupt(f"a page of {told}", t, sheet(lying), "page" if told else "before the chunk")
    for told, word in [(2**31, "claims 2147483648 values"), (2**62, "claims"), (-1, "negative")]:
        data = sheet(X.but(pages=[one(told, int32s(ROWS))]))
        yield corrupt(f"a page of {told}", t, data, word)
    for name, page in [
        ("values", one(None, int32s(ROWS))),
        ("encoding", one(8, int32s(ROWS), encoding=None)),
        ("nulls", two((8, None, 8), b"", int32s(ROWS))),
        ("rows", two((8, 0, None), b"", int32s(ROWS))),
    ]:
        yield corrupt(f"a header without {name}", t, sheet(X.but(pages=[page])), "not whole")
    two_columns = NULLABLE.but(pages=[two((3, 2, 3), groups([1, 0, 1], 1), int32s([3, 4]))])
    yield corrupt("nulls that are not there", t, sheet(two_columns), "has 1 nulls and claims 2")
    less = NULLABLE.but(pages=[two((3, 0, 3), groups([1, 0, 1], 1), int32s([3, 4]))])
    yield corrupt("nulls that are not told", t, sheet(less), "has 1 nulls and claims 0")
    repeated = X.but(pages=[two((8, 0, 5), b"", int32s(ROWS))])
    yield corrupt("rows of several values", t, sheet(repeated), "repeated rows")
    short = NULLABLE.but(pages=[one(3, b"\2\0\0\0\x03\x05" + int32s([3]))])
    yield corrupt("values fewer than levels", t, sheet(short), "before its rows do")
    long = NULLABLE.but(pages=[one(3, b"\2\0\0\0\x03\x05" + int32s([3, 4, 5]))])
    yield corrupt("values more than levels", t, sheet(long), "more values")
    other = one(8, int32s(ROWS)).but(claimed_kind=2)
    yield corrupt("a kind that is another", t, sheet(X.but(pages=[other])), "not whole")
    unknown = one(8, int32s(ROWS)).but(claimed_kind=77)
    yield corrupt("kind 77", t, sheet(X.but(pages=[unknown])), "not whole")
    late = X.but(pages=[indices(8, 1, b"\x10\0"), dictionary(1, int32s([1]))])
    yield corrupt("a dictionary behind its indices", t, sheet(late), "not there")


def offsets() -> Iterator[Case]:
    """T6: bytes before the data, behind it, or in another file."""
    t = "T6"
    for start in (0, 3, -1, 2**40, 2**62, 2**63 - 1):
        word = "negative" if start < 0 else "from"
        yield corrupt(f"from {start} on", t, sheet(X.but(start=start)), word)
    for size in (0, 1, 9, -1, 2**40, 2**63 - 1):
        word = {-1: "negative", 0: "0 bytes", 1: "in 1 bytes"}.get(
            size, "" if size == 9 else "ends"
        )
        yield corrupt(f"{size} bytes", t, sheet(X.but(bytes_=size)), word)
    size = len(X.data())
    yield corrupt("into the footer", t, sheet(X.but(bytes_=size + 1)), "data ends at")
    yield corrupt("in the footer", t, sheet(X.but(start=4 + size)), "data ends at")
    yield corrupt("a byte late", t, sheet(X.but(start=5, bytes_=size - 1)), "")
    yield corrupt("a byte early", t, sheet(X.but(bytes_=size - 1)), "behind the end")
    own = Column([dictionary(2, int32s([7, 8])), indices(8, 1, b"\x10\x01")], 8)
    beyond = own.but(dictionary_start=2**40)
    yield corrupt("a dictionary beyond the file", t, sheet(beyond), "")
    for path in (b"other.parquet", b"../../../../etc/passwd", b""):
        data = sheet(X.but(elsewhere=path))
        yield unsupported(f"in the file {path.decode()!r}", t, data, "another file")
    wrong = sheet(X.but(claimed_physical=5))
    yield corrupt("a type that is not the schema's", t, wrong, "physical type")
    yield corrupt("type 300", t, sheet(X.but(claimed_physical=300)), "unknown type")
    part = Struct().number(1, 1).numbers(2, [0]).number(4, 0).number(5, 8)
    yield corrupt("a chunk half described", t, sheet(X.but(metadata=part)), "not whole")


def encrypted() -> Iterator[Case]:
    """What only its owner can read."""
    t = "encryption"
    yield unsupported("an encrypted footer", t, sheet(X, end=b"PARE"), "encrypted")
    algorithm = Struct().struct(1, Struct()).end()
    signed = sheet(X, more=((8, 12, algorithm),))
    yield good("a signed footer, and a column in the clear", t, signed, x=ROWS)
    yield unsupported("an encrypted column", t, sheet(X.but(encrypted=True)), "encrypted")
    hidden = X.but(encrypted=True, metadata=Struct())
    yield Case("a hidden column", t, sheet(hidden), Expected.EITHER, "")


def cases() -> Iterator[Case]:
    """All of these."""
    yield from rows()
    yield from pages()
    yield from offsets()
    yield from encrypted()
