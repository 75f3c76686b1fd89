"""Column chunks, row groups, footers and whole files: honest unless told otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hostile.pages import DICTIONARY_PAGE, NONE, Page
from hostile.thrift import Struct

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = range(8)
REQUIRED, OPTIONAL, REPEATED = range(3)
MAGIC = b"PAR1"


@dataclass(frozen=True)
class Column:
    """The pages of one chunk. What is None is told as it is; anything else is a claim."""

    pages: Sequence[Page]
    rows: int
    name: str = "x"
    physical: int = INT32
    repetition: int = REQUIRED
    codec: int = NONE
    tail: bytes = b""
    element: Struct | None = None
    values: int | None = None
    start: int | None = None
    dictionary_start: int | None = None
    bytes_: int | None = None
    plain: int | None = None
    claimed_physical: int | None = None
    elsewhere: bytes | None = None
    encrypted: bool = False
    metadata: Struct | None = None
    statistics: Struct | None = None

    def but(self, **changes: Any) -> "Column":
        """Return the same column with other claims."""
        return replace(self, **changes)

    def data(self) -> bytes:
        """Write the pages."""
        return b"".join(page.bytes() for page in self.pages) + self.tail

    def schema(self) -> Struct:
        """Write the element of the schema."""
        if self.element is not None:
            return self.element
        return leaf(self.name, self.physical, self.repetition)

    def chunk(self, at: int) -> Struct:
        """Write the description of the chunk whose data begins at `at`."""
        out = Struct()
        if self.elsewhere is not None:
            out.binary(1, self.elsewhere)
        out.number(2, 0)
        out.struct(3, self.metadata if self.metadata is not None else self._metadata(at))
        return out.struct(8, Struct()) if self.encrypted else out

    def _metadata(self, at: int) -> Struct:
        size = len(self.data())
        first = self.pages[0] if self.pages else None
        own, data_at = None, at
        if first is not None and first.kind == DICTIONARY_PAGE:
            own, data_at = at, at + len(first.bytes())
        physical = self.physical if self.claimed_physical is None else self.claimed_physical
        out = Struct().number(1, physical).numbers(2, [0, 3]).number(4, self.codec)
        out.number(5, self.rows if self.values is None else self.values)
        out.number(6, size if self.plain is None else self.plain)
        out.number(7, size if self.bytes_ is None else self.bytes_)
        out.number(9, data_at if self.start is None else self.start)
        out.number(11, own if self.dictionary_start is None else self.dictionary_start)
        return out if self.statistics is None else out.struct(12, self.statistics)


def leaf(name: str, physical: int, repetition: int = REQUIRED) -> Struct:
    """Write a leaf of the schema."""
    return Struct().number(1, physical).number(3, repetition).binary(4, name.encode())


def group(name: str, children: int, repetition: int | None = REQUIRED) -> Struct:
    """Write a group of the schema."""
    return Struct().number(3, repetition).binary(4, name.encode()).number(5, children)


@dataclass(frozen=True)
class RowGroup:
    """The columns of some rows."""

    columns: Sequence[Column]
    rows: int | None = None
    chunk_order: Sequence[int] | None = None
    """In which order the chunks lie in the file."""


@dataclass(frozen=True)
class File:
    """A whole file. What is None is told as it is; anything else is a claim."""

    row_groups: Sequence[RowGroup]
    elements: Sequence[Struct] | None = None
    rows: int | None = None
    order: Sequence[int] | None = None
    """In which order the row groups lie in the file."""
    magic: bytes = MAGIC
    end: bytes = MAGIC
    footer_bytes: int | None = None
    more: tuple[tuple[int, int, bytes], ...] = ()
    padding: bytes = b""
    listed: Sequence[Struct] = field(default_factory=tuple)
    """Row groups that the footer lists beside the others."""

    def written(self) -> bytes:
        """Write the file."""
        body, starts = bytearray(self.magic), {}
        for at in self.order or range(len(self.row_groups)):
            columns = self.row_groups[at].columns
            for number in self.row_groups[at].chunk_order or range(len(columns)):
                body += self.padding
                starts[at, number] = len(body)
                body += columns[number].data()
        groups = [self._row_group(at, starts) for at in range(len(self.row_groups))]
        return ending(bytes(body), self._footer([*groups, *self.listed]), self)

    def _row_group(self, at: int, starts: dict[tuple[int, int], int]) -> Struct:
        row_group = self.row_groups[at]
        chunks = [column.chunk(starts[at, n]) for n, column in enumerate(row_group.columns)]
        return described(chunks, _rows(row_group))

    def _footer(self, groups: Iterable[Struct]) -> bytes:
        if self.elements is None:
            columns = self.row_groups[0].columns
            elements = [group("root", len(columns), None), *(c.schema() for c in columns)]
        else:
            elements = list(self.elements)
        rows = sum(map(_rows, self.row_groups)) if self.rows is None else self.rows
        out = Struct().number(1, 1).structs(2, elements).number(3, rows).structs(4, groups)
        for number, wire, value in self.more:
            out.raw(number, wire, value)
        return out.end()


def _rows(row_group: RowGroup) -> int:
    return row_group.columns[0].rows if row_group.rows is None else row_group.rows


def described(chunks: Iterable[Struct], rows: int) -> Struct:
    """Write the description of a row group."""
    return Struct().structs(1, chunks).number(2, 0).number(3, rows)


def ending(body: bytes, footer: bytes, file: File | None = None) -> bytes:
    """Put a footer behind a body."""
    length = len(footer) if file is None or file.footer_bytes is None else file.footer_bytes
    return body + footer + length.to_bytes(4, "little") + (MAGIC if file is None else file.end)


def sheet(*columns: Column, **claims: Any) -> bytes:
    """Write a file of one row group."""
    return File([RowGroup(columns)], **claims).written()
