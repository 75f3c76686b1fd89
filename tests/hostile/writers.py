"""What known writers say wrongly and the page puts right; from anybody else it is damage."""

from collections.abc import Iterator

from hostile.case import Case, corrupt, good
from hostile.encodings import BIT_PACKED, groups, int32s
from hostile.files import INT32, OPTIONAL, Column, File, RowGroup
from hostile.pages import SNAPPY, dictionary, indices, nullable, one, plain, two
from hostile.thrift import BINARY, Struct, varint

VALUES = [3, None, 4]
JAVA = b"parquet-mr version 1.12.0 (build db75a68)"
ARROW = b"parquet-cpp-arrow version 10.0.1"
RUST = b"parquet-rs version 15.0.0"
GO = b"parquet-go version latest"
IMPALA = b"impala version 2.11.0"


def nulls_told(count: int) -> Column:
    """Make a column with one null, whose page tells another number of them."""
    page = two((3, count, 3), groups([1, 0, 1], 1), int32s([3, 4]))
    return Column([page], 3, repetition=OPTIONAL)


def packed(levels: bytes) -> Column:
    """Make a column whose levels are packed bits."""
    return Column([one(3, levels + int32s([3, 4]), rle=BIT_PACKED)], 3, repetition=OPTIONAL)


def written(by: bytes, *columns: Column) -> bytes:
    """Write a file with the name of its writer."""
    return File([RowGroup(columns)], more=((6, BINARY, varint(len(by)) + by),)).written()


def optional(*, told: bool) -> Struct:
    """Make the element of a column of which is told by a bool whether it is optional."""
    return Struct().number(1, INT32).flag(3, value=told).binary(4, b"x")


def cases() -> Iterator[Case]:
    """All of these."""
    for told, page, values in [(False, plain([3, 4]), [3, 4]), (True, nullable(VALUES), VALUES)]:
        column = Column([page], len(values), element=optional(told=told))
        name = f"a column of fastparquet that is optional: {told}"
        yield good(name, "odd", written(b"fastparquet-python", column), x=values)
    for name, writer, told in [("Java", JAVA, -1), ("Arrow", ARROW, 0), ("Rust", RUST, 0)]:
        data = written(writer, nulls_told(told))
        yield good(f"nulls that {name} did not count", "odd", data, x=VALUES)
    for name, writer, told in [("Java", JAVA, -2), ("Arrow", ARROW, 2), ("somebody", b"x", -1)]:
        data = written(writer, nulls_told(told))
        yield corrupt(f"nulls that {name} tells as {told}", "T3", data, f"claims {told}")
    counted = nulls_told(0).but(statistics=Struct().number(3, 1))
    data = written(ARROW, counted)
    yield corrupt("nulls that Arrow counted in a chunk", "T3", data, "has 1 nulls and claims 0")
    rows = Column([two((3, 0, 0), b"", int32s([5, 6, 7]))], 3)
    yield good("rows that Go did not count", "odd", written(GO, rows), x=[5, 6, 7])
    yield corrupt("rows that Java did not count", "T3", written(JAVA, rows), "repeated rows")
    some = rows.but(pages=[two((3, 0, 2), b"", int32s([5, 6, 7]))])
    yield corrupt("rows that Go counted wrongly", "T3", written(GO, some), "repeated rows")
    own = dictionary(2, int32s([7, 8]))
    chosen = indices(3, 1, groups([1, 0, 1], 1))
    short = Column([own, chosen], 3, bytes_=len(own.body + chosen.bytes()))
    for name, writer in [("nameless", b"parquet-mr"), ("1.2.8", b"parquet-mr version 1.2.8")]:
        data = written(writer, short, short.but(name="y"))
        yield good(f"headers that Java {name} did not count", "odd", data, x=[8, 7, 8], y=[8, 7, 8])
    long = short.but(bytes_=None)
    data = written(b"parquet-mr", long, long.but(name="y"))
    yield good("headers that old Java counted", "odd", data, x=[8, 7, 8], y=[8, 7, 8])
    yield corrupt("a header that new Java did not count", "T6", written(JAVA, short), "too early")
    loud = two((3, 0, 3), b"", int32s([5] * 3), codec=SNAPPY, is_compressed=True)
    said = Struct().number(1, 3).number(2, 0).number(3, 3).number(4, 0).number(5, 0).number(6, 0)
    quiet = Column([loud.but(about=said.flag(7, value=False))], 3, codec=SNAPPY)
    data = written(b"parquet-cpp version 1.5.1-SNAPSHOT", quiet)
    yield good("a compressed page of old Arrow that denies it", "odd", data, x=[5] * 3)
    data = written(ARROW, quiet)
    yield corrupt("a compressed page that denies it", "T3", data, "claims 12")
    yield good("packed levels of Impala", "odd", written(IMPALA, packed(b"\x05")), x=VALUES)
    yield good("packed levels of Java", "odd", written(JAVA, packed(b"\xa0")), x=VALUES)
    wrong = written(JAVA, packed(b"\x05"))
    yield corrupt("packed levels from the wrong end", "T7", wrong, "more values")
