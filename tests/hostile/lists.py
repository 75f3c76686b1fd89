"""T10: lists whose levels, lengths and counts lie, and odd ones that are in order."""

from collections.abc import Iterator, Sequence
from typing import Any

from hostile.case import Case, Expected, corrupt, good, unsupported
from hostile.encodings import BIT_PACKED, groups, int32s, run, with_length
from hostile.files import INT32, OPTIONAL, REPEATED, REQUIRED, Column, File, RowGroup, group, leaf
from hostile.pages import Page, one, two
from hostile.thrift import BINARY, Struct, varint

T = "T10"
# Three lists of two numbers.
REPETITIONS, DEFINITIONS, VALUES = [0, 1] * 3, [3] * 6, range(1, 7)
RIGHT = {"x_0": [1, 3, 5], "x_1": [2, 4, 6]}


def schema(item: int = OPTIONAL, repeated: int = REPEATED) -> list[Struct]:
    """Write the elements of a list as most writers nest it."""
    outer = group("x", 1, OPTIONAL).number(6, 3)
    return [
        *(group("root", 1, None), outer, group("list", 1, repeated)),
        leaf("element", INT32, item),
    ]


def page(
    repetitions: Sequence[int] = REPETITIONS,
    definitions: Sequence[int] = DEFINITIONS,
    values: Sequence[int] = VALUES,
    *,
    count: int | None = None,
    **options: Any,
) -> Page:
    """Make a page of version 1."""
    levels = with_length(groups(repetitions, 1)) + with_length(groups(definitions, 2))
    told = len(repetitions) if count is None else count
    return one(told, levels + int32s(values), **options)


def page_two(
    repetitions: Sequence[int] = REPETITIONS,
    definitions: Sequence[int] = DEFINITIONS,
    values: Sequence[int] = VALUES,
    *,
    rows: int = 3,
    nulls: int = 0,
    lengths: tuple[int, int] | None = None,
) -> Page:
    """Make a page of version 2."""
    front, back = groups(repetitions, 1), groups(definitions, 2)
    counts = (len(repetitions), nulls, rows)
    lengths = lengths or (len(back), len(front))
    return two(counts, front + back, int32s(values), lengths=lengths)


def file(*pages: Page, rows: int = 3, values: int = 6, **claims: Any) -> bytes:
    """Write a file with one list column, as by a writer that counts missing lists as nulls."""
    elements = claims.pop("elements", schema())
    writer = claims.pop("writer", b"parquet-cpp-arrow version 10.0.1")
    column = Column(list(pages), rows, values=values, **claims)
    more = ((6, BINARY, varint(len(writer)) + writer),)
    return File([RowGroup([column], rows)], elements=elements, more=more).written()


def mismatch(name: str, data: bytes, word: str) -> Case:
    """Make a case of lists of different lengths."""
    return Case(name, T, data, Expected.MISMATCH, word)


def in_order() -> Iterator[Case]:
    """Odd files that must be read."""
    yield good("version 1", T, file(page()), **RIGHT)
    yield good("version 2", T, file(page_two()), **RIGHT)
    pages = [page([0], [3], [1]), page([1, 0], [3, 3], [2, 3]), page([1, 0, 1], [3] * 3, [4, 5, 6])]
    yield good("lists that go on in the next page", T, file(*pages), **RIGHT)
    pages = [page_two([0, 1], [3, 3], [1, 2], rows=1)]
    pages += [page_two([0, 1] * 2, [3] * 4, [3, 4, 5, 6], rows=2)]
    yield good("pages of version 2", T, file(*pages), **RIGHT)
    gaps = page([0, 0, 1, 0, 1], [0, 3, 2, 2, 3], [3, 6])
    found = {"x_0": [None, 3, None], "x_1": [None, None, 6]}
    yield good("gaps", T, file(gaps, values=5), **found)
    runs = with_length(groups([0, 1] * 3, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    yield good("a run of definition levels", T, file(one(6, runs)), **RIGHT)
    long = with_length(groups([0, 1] * 3, 1)) + with_length(run(3, 1 << 30, 2)) + int32s(VALUES)
    yield good("a run longer than the page", T, file(one(6, long)), **RIGHT)
    two_level = [*schema()[:2], leaf("array", INT32, REPEATED)]
    two_levels = page(definitions=[2] * 6)
    yield good("two levels", T, file(two_levels, elements=two_level), **RIGHT)
    bare = [group("root", 1, None), leaf("x", INT32, REPEATED)]
    body = with_length(groups(REPETITIONS, 1)) + with_length(groups([1] * 6, 1)) + int32s(VALUES)
    yield good("a repeated number", T, file(one(6, body), elements=bare), **RIGHT)
    deep = [
        *(group("root", 1, None), group("a", 1, OPTIONAL), group("b", 1, OPTIONAL)),
        leaf("c", INT32, OPTIONAL),
    ]
    body = with_length(groups([3, 2, 0, 1], 2)) + int32s([7])
    gaps = {"a.b.c": [7, None, None, None]}
    yield good("structs", T, file(one(4, body), rows=4, values=4, elements=deep), **gaps)


def levels() -> Iterator[Case]:
    """Levels that say what cannot be."""
    yield corrupt("begins inside a list", T, file(page([1, 1, 0, 1, 0, 1])), "goes on")
    body = with_length(run(2, 6, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    yield corrupt("a repetition level of 2", T, file(one(6, body)), "wider than its bit width")
    required = {"elements": schema(REQUIRED)}
    yield corrupt("too deep", T, file(page(definitions=[3, *[2] * 5]), **required), "level of 3")
    body = with_length(groups(REPETITIONS, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    yield corrupt("a run too deep", T, file(one(6, body), **required), "level of 3")
    body = with_length(groups(REPETITIONS, 1)) + with_length(run(4, 6, 2)) + int32s(VALUES)
    yield corrupt("a run deeper than its bits", T, file(one(6, body)), "wider than its bit width")
    body = with_length(run(0, 0, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    yield corrupt("an empty run", T, file(one(6, body)), "end before")
    body = with_length(run(0, 1, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    yield corrupt("repetition levels too short", T, file(one(6, body)), "end before")
    body = with_length(groups(REPETITIONS, 1)) + with_length(run(3, 2, 2)) + int32s(VALUES)
    yield corrupt("definition levels too short", T, file(one(6, body)), "end before")
    far = (1 << 31).to_bytes(4, "little")
    yield corrupt(
        "repetition levels behind the page", T, file(one(6, far + b"\3" * 40)), "too early"
    )
    body = with_length(groups(REPETITIONS, 1)) + far + int32s(VALUES)
    yield corrupt("definition levels behind the page", T, file(one(6, body)), "too early")
    yield corrupt("no levels", T, file(one(6, b"")), "too early")
    yield corrupt(
        "no definition levels", T, file(one(6, with_length(groups([0, 1] * 3, 1)))), "early"
    )
    lost = page([0, 1, 0, 1, 0, 1], [3, 3, 3, 0, 3, 3], [1, 2, 3, 5, 6])
    yield corrupt("an item that is no item", T, file(lost), "goes on without an item")
    old = page(rle=BIT_PACKED)
    yield unsupported("the oldest form", T, file(old), "given up")
    deep = [
        *(group("root", 1, None), group("a", 1, REQUIRED), group("b", 1, OPTIONAL)),
        leaf("c", INT32, OPTIONAL),
    ]
    body = with_length(groups([3, 2, 0, 1], 2)) + int32s([7])
    told = file(one(4, body), rows=4, values=4, elements=deep)
    yield corrupt("a struct too deep", T, told, "level of 3")


def lengths() -> Iterator[Case]:
    """Lists of other lengths."""
    yield mismatch("longer", file(page([0, 1, 0, 1, 1, 0])), "row 1 of the row group")
    yield mismatch("shorter", file(page([0, 1, 0, 0, 1, 0])), "a list of 1 number,")
    empty = page([0, 1, 0, 0, 1], [3, 3, 1, 3, 3], [1, 2, 5, 6])
    yield mismatch(
        "empty", file(empty, values=5), "row 1 of the row group has a list of no numbers"
    )
    gone = page([0, 1, 0, 0, 0, 1], [3, 3, 3, 0, 3, 3], [1, 2, 3, 5, 6])
    told = file(gone, rows=4)
    yield mismatch("shorter before a gap", told, "row 1 of the row group has a list of 1 number")
    last = page([0, 1, 0, 1, 0, 1, 1], [3] * 7, range(7))
    yield mismatch("the last is longer", file(last, values=7), "row 2 of the row group")
    other = page([0, 1] * 3)
    late = page([0, 1, 1], [3] * 3, [7, 8, 9])
    yield mismatch("a later page", file(other, late, rows=4, values=9), "row 3 of the row group")
    counted = {"statistics": Struct().number(3, 0)}
    lies = page([0, 1, 0, 1, 1, 1])
    yield mismatch("a footer that agrees", file(lies, rows=2, **counted), "row 0 of the row group")
    runs = with_length(run(0, 1, 1) + run(1, 5, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    told = file(one(6, runs), rows=2, **counted)
    yield mismatch("a run that is longer", told, "row 0 of the row group")
    starts = with_length(run(0, 6, 1)) + with_length(run(3, 6, 2)) + int32s(VALUES)
    told = file(one(6, starts), rows=3, **counted)
    yield mismatch("a run of beginnings", told, "row 0 of the row group")
    # Some writers count nulls of items alone: their footers do not tell how long lists are.
    gone = page([0, 0, 1, 1, 0, 0, 1, 1], [0, 3, 3, 3, 0, 3, 3, 3], range(6))
    found = {"x_0": [None, 0, None, 3], "x_1": [None, 1, None, 4], "x_2": [None, 2, None, 5]}
    told = file(gone, rows=4, values=8, writer=b"another", **counted)
    yield good("missing lists that are not counted", T, told, **found)


def counts() -> Iterator[Case]:
    """Counts that disagree."""
    yield corrupt(
        "a list too many", T, file(page([0, 1] * 4, [3] * 8, range(8)), values=8), "lists"
    )
    few = file(page([0, 1] * 2, [3] * 4, range(4)), values=4)
    yield corrupt("a list too few", T, few, "fewer lists than rows")
    cut = page([0, 1, 0, 1, 0], [3] * 5, range(5))
    yield mismatch("the last is cut", file(cut, values=5), "row 2 of the row group")
    yield corrupt("a chunk of more", T, file(page(), values=8), "end 2 values before")
    yield corrupt("a chunk of fewer", T, file(page(), values=4), "where 4 are left")
    yield corrupt("fewer values than rows", T, file(page(), values=2), "2 values for 3 rows")
    yield corrupt("2**62 values", T, file(page(), values=2**62), "claims")
    yield corrupt("values without rows", T, file(page(), rows=0), "6 values for 0 rows")
    yield corrupt("a page of more", T, file(page(count=7), values=7), "")
    yield corrupt("fewer values than levels", T, file(page(values=range(5))), "end")
    yield corrupt("more values than levels", T, file(page(values=range(1, 9))), "more values")
    yield corrupt("rows of a page", T, file(page_two(rows=2)), "3 rows begin")
    yield corrupt("more rows than values", T, file(page_two(rows=7)), "claims 7 rows")
    yield corrupt("nulls of a page", T, file(page_two(nulls=1)), "claims 1")
    pages = [page_two([0], [3], [1], rows=1), page_two([1, 0, 1, 0, 1], [3] * 5, range(5), rows=2)]
    yield corrupt("version 2 goes on", T, file(*pages), "begins inside a list")
    yield corrupt("levels longer than a page", T, file(page_two(lengths=(90, 90))), "longer than")
    yield corrupt("no levels of version 2", T, file(page_two(lengths=(0, 0))), "end before")
    most = with_length(run(0, 1, 1) + run(1, 1 << 30, 1)) + with_length(run(2, 1 << 30, 2))
    told = file(one(1 << 30, most), rows=1, values=1 << 30)
    yield unsupported("a list of 2**30", T, told, "becomes at most")
    gone = with_length(run(0, 1 << 20, 1)) + with_length(run(0, 1 << 20, 2))
    told = file(one(1 << 20, gone), rows=1 << 20, values=1 << 20)
    yield unsupported("no list", T, told, "none of its lists has a number")


def schemas() -> Iterator[Case]:
    """Groups that are no lists of numbers."""
    nested = {
        "that does not repeat": schema(repeated=OPTIONAL),
        "of lists": [
            *schema()[:2],
            group("list", 1, REPEATED),
            group("element", 1, OPTIONAL).number(6, 3),
            *(group("list", 1, REPEATED), leaf("element", INT32, OPTIONAL)),
        ],
        "of structs": [*schema()[:2], group("x_tuple", 1, REPEATED), leaf("y", INT32, OPTIONAL)],
        "of structs, again": [
            *schema()[:2],
            group("array", 1, REPEATED),
            leaf("y", INT32, OPTIONAL),
        ],
        "of what repeats": [*schema()[:2], group("list", 1, REPEATED), leaf("y", INT32, REPEATED)],
    }
    for name, elements in nested.items():
        yield unsupported(f"a list {name}", T, file(page(), elements=elements), "cannot become")


def cases() -> Iterator[Case]:
    """Make all files of this threat."""
    for part in (in_order, levels, lengths, counts, schemas):
        yield from part()
