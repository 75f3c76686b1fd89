"""T1, T2 and T9: what a footer claims of itself, of its schema and of what is in it besides."""

from collections.abc import Iterator

from hostile.case import Case, Expected, corrupt, good, unsupported
from hostile.encodings import int32s
from hostile.files import (
    BYTE_ARRAY,
    FIXED,
    INT32,
    MAGIC,
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
from hostile.pages import one, plain
from hostile.thrift import (
    BINARY,
    DOUBLE,
    I64,
    LIST,
    MAP,
    STRUCT,
    Struct,
    list_head,
    nested_lists,
    nested_structs,
    varint,
    zigzag,
)

ROWS = [3, 1, 4, 1, 5, 9, 2, 6]
X = Column([plain(ROWS)], len(ROWS))
BODY = MAGIC + X.data()
CHUNK = X.chunk(4)
SCHEMA = [group("root", 1, None), leaf("x", INT32)]


def footer(*, rows: int | None = 8, schema: bool = True, groups: bool = True) -> Struct:
    """Write an honest footer, or one that lacks something."""
    out = Struct().number(1, 1)
    if schema:
        out.structs(2, SCHEMA)
    out.number(3, rows)
    return out.structs(4, [described([CHUNK], 8)]) if groups else out


def with_field(wire: int, value: bytes) -> bytes:
    """Write a file whose footer has one more field."""
    return ending(BODY, footer().raw(100, wire, value).end())


def thrift() -> Iterator[Case]:
    """T1: claims of the protocol itself."""
    t = "T1"
    yield corrupt("nothing at all", t, b"", "too few")
    yield corrupt("four bytes", t, MAGIC, "too few")
    yield corrupt("two magics", t, MAGIC * 2, "too few")
    yield corrupt("text", t, b"a,b\n1,2\n" * 9, "PAR1")
    yield corrupt("zeros", t, bytes(500), "PAR1")
    honest = footer().end()
    yield good("an honest file", t, ending(BODY, honest), x=ROWS)
    for name, length in [("one more", len(BODY) + len(honest)), ("4 GiB", 2**32 - 1)]:
        data = sheet(X, footer_bytes=length)
        yield corrupt(f"a footer of {name}", t, data, "claims")
    yield corrupt("a footer of nothing", t, sheet(X, footer_bytes=0), "too early")
    yield corrupt("a footer of zeros", t, ending(BODY, bytes(100)), "lacks")
    yield corrupt("a footer of ones", t, ending(BODY, b"\xff" * 100), "metadata")
    cut = ending(BODY, honest[:-20])
    yield corrupt("a footer that is cut", t, cut, "")
    for name, lacking in [
        ("rows", footer(rows=None)),
        ("schema", footer(schema=False)),
        ("row groups", footer(groups=False)),
    ]:
        yield corrupt(f"no {name}", t, ending(BODY, lacking.end()), "lacks")
    claims = {
        "2^31 elements": Struct().raw(2, LIST, list_head(2**31 - 1, STRUCT) + bytes(40)),
        "2^60 row groups": footer(groups=False).raw(4, LIST, list_head(2**60, STRUCT) + bytes(40)),
        "2^63 numbers": footer().raw(90, LIST, list_head(2**63 - 1, I64) + bytes(40)),
        "doubles beyond the end": footer().raw(90, LIST, list_head(60, DOUBLE) + bytes(40)),
        "a name of 2^40 bytes": footer().raw(90, BINARY, varint(2**40) + b"abc"),
    }
    for name, claim in claims.items():
        yield corrupt(name, t, ending(BODY, claim.end()), "claims more")
    yield corrupt("an unknown type", t, with_field(14, b"abc"), "unknown type")
    yield corrupt("a number of 77 bits", t, with_field(I64, b"\xff" * 10 + b"\1"), "64 bits")
    yield corrupt("structs in structs", t, with_field(STRUCT, nested_structs(50_000)), "too deep")
    yield corrupt("lists in lists", t, with_field(LIST, nested_lists(50_000)), "too deep")
    pairs = varint(2**40) + bytes([0x88]) + b"\1a\1b"
    yield corrupt("a map of 2^40", t, with_field(MAP, pairs), "claims more")
    wild = Struct().raw(30_000, I64, zigzag(1)).raw(2, I64, zigzag(1)).raw(40_000, I64, b"\2")
    yield corrupt("field 40000", t, ending(BODY, wild.end()), "field")
    text = Struct().number(1, 1).structs(2, SCHEMA).binary(3, b"8")
    yield corrupt("rows as text", t, ending(BODY, text.end()), "number belongs")
    twice = described([CHUNK], 8).structs(1, [CHUNK])
    data = ending(BODY, footer(groups=False).structs(4, [twice]).end())
    yield corrupt("columns told twice", t, data, "twice")
    for name, about in [("rows", Struct().structs(1, [CHUNK])), ("columns", Struct().number(3, 8))]:
        data = ending(BODY, footer(groups=False).structs(4, [about]).end())
        yield corrupt(f"a row group without {name}", t, data, "lacks")
    bare = described([Struct().number(2, 4)], 8)
    data = ending(BODY, footer(groups=False).structs(4, [bare]).end())
    yield corrupt("a chunk that says nothing", t, data, "lacks its description")


def elements(*schema: Struct) -> bytes:
    """Write a file with its own schema."""
    return sheet(X, elements=schema)


def nested(depth: int) -> list[Struct]:
    """Write groups in groups."""
    return [group("root", 1, None), *[group("g", 1)] * depth, leaf("x", INT32)]


def decimal(
    scale: int, length: int | None = None, physical: int = FIXED, *, digits: int | None = 9
) -> Struct:
    """Write a decimal leaf in the old way."""
    out = Struct().number(1, physical).number(2, length).number(3, 0).binary(4, b"x")
    return out.number(6, 5).number(7, scale).number(8, digits)


def schema() -> Iterator[Case]:
    """T2: trees that are no trees, and types that are no types."""
    t, root = "T2", group("root", 1, None)
    for depth in (70, 5_000, 50_000):
        yield corrupt(f"{depth} groups", t, elements(*nested(depth)), "too deep")
    yield good("ten groups", t, elements(*nested(10)), **{"g." * 10 + "x": ROWS})
    yield corrupt("a group that claims 2^31", t, elements(group("r", 2**31 - 1)), "children")
    yield corrupt("a group that claims -1", t, elements(group("r", -1), leaf("x", 1)), "negative")
    yield corrupt(
        "two leaves where one is", t, elements(group("r", 2), leaf("x", 1)), "ends before"
    )
    yield corrupt("a leaf too many", t, elements(root, leaf("x", 1), leaf("y", 1)), "beyond")
    yield corrupt("no element", t, elements(), "ends before")
    yield corrupt("repetition 7", t, elements(root, leaf("x", 1, 7)), "repetition")
    yield corrupt("repetition -1", t, elements(root, leaf("x", 1, -1)), "repetition")
    yield corrupt("a name of 70 kB", t, elements(root, leaf("x" * 70_000, 1)), "name of")
    yield corrupt("a negative type", t, elements(root, leaf("x", -1)), "negative")
    yield unsupported("type 9", t, elements(root, leaf("x", 9)), "unknown")
    yield unsupported("type 2^40", t, elements(root, leaf("x", 2**40)), "unknown")
    yield unsupported("text", t, elements(root, leaf("x", BYTE_ARRAY)), "exclude")
    for length in (None, 0, -5):
        yield unsupported(f"decimals of {length} bytes", t, elements(root, decimal(2, length)), "x")
    for length in (16, 2**31 - 1, 2**62):
        data = sheet(X.but(physical=FIXED, element=decimal(2, length)))
        yield corrupt(f"decimals of {length} bytes", t, data, "end before")
    for scale in (10, -1, 2**31 - 1, -(2**31), 2**40):
        data = elements(root, decimal(scale, None, INT32))
        yield unsupported(f"9 digits, {scale} of them behind the point", t, data, "(decimal(")
    for digits in (None, 0, -4):
        data = elements(root, decimal(0, None, INT32, digits=digits))
        yield unsupported(f"decimals of {digits} digits", t, data, "(decimal(")
    wild = sheet(X.but(element=decimal(2**31 - 1, None, INT32, digits=2**31 - 1)))
    yield Case("2^31 digits", t, wild, Expected.EITHER, "", {"x": [0.0] * 8})
    months = Struct().number(1, FIXED).number(2, 12).number(3, 0).binary(4, b"x").number(6, 21)
    months.struct(10, Struct().struct(11, Struct()))
    yield unsupported("intervals that Java calls null", t, elements(root, months), "not a number")
    other = X.but(pages=[plain([2] * 8)])
    yield Case("one name twice", t, sheet(X, other), Expected.MISMATCH, "two columns")
    hollow = [group("root", 2, None), leaf("x", INT32), group("g", 1), group("h", 0)]
    yield good("a group without leaves", t, elements(*hollow), x=ROWS)
    alone = [group("root", 1, None), group("g", 1), group("h", 0)]
    data = File([RowGroup([], 0)], elements=alone, rows=0).written()
    yield Case("only a group without leaves", t, data, Expected.EITHER)
    data = File([RowGroup([], 2**40)], elements=[group("root", 0, None)]).written()
    yield corrupt("2^40 rows of no column", t, data, "of no column")
    many = b"".join(leaf(str(at), INT32).end() for at in range(150_000))
    about = Struct().raw(
        2, LIST, list_head(150_001, STRUCT) + group("r", 150_000, None).end() + many
    )
    data = ending(MAGIC, about.number(3, 0).structs(4, []).end())
    yield Case("150,000 columns", t, data, Expected.LIMIT, "more columns")
    data = sheet(X, X.but(name="y"), elements=[group("root", 1, None), leaf("x", INT32)])
    yield corrupt("two chunks for a column", t, data, "2 chunks for 1")


def besides() -> Iterator[Case]:
    """T9: what nobody reads."""
    pair = Struct().binary(1, b"ARROW:schema").binary(2, b"\xff" * 999)
    data = sheet(X, more=((5, LIST, list_head(1, STRUCT) + pair.end()),))
    yield good("a garbled Arrow schema", "T9", data, x=ROWS)
    data = sheet(X, more=((6, BINARY, varint(3) + b"\xff\xfe\0"),))
    yield good("a writer that is no text", "T9", data, x=ROWS)
    pickled = Struct().binary(1, b"pandas").binary(2, b"cos\nsystem\n(S'exit 1'\ntR.")
    data = sheet(X, more=((5, LIST, list_head(1, STRUCT) + pickled.end()),))
    yield good("a pickle for whoever trusts it", "T9", data, x=ROWS)
    element = Struct().number(1, INT32).number(3, OPTIONAL).binary(4, b"caf\xe9\xff")
    column = X.but(element=element, pages=[one(8, b"\2\0\0\0\x03\xff" + int32s(ROWS))])
    yield good("a name that is no text", "T9", sheet(column), **{"caf��": ROWS})


def cases() -> Iterator[Case]:
    """All of these."""
    yield from thrift()
    yield from schema()
    yield from besides()
