"""Page headers of a Parquet file, read by what the format says and by nothing of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

DATA_ONE, DICTIONARY, DATA_TWO = 0, 2, 3
_STOP, _TRUE, _FALSE, _BYTE, _BINARY, _STRUCT = 0, 1, 2, 3, 8, 12


@dataclass(frozen=True)
class PageThere:
    """A page in a file: `start` is where its header begins, and `body` where that ends."""

    column: str
    kind: int
    start: int
    body: int
    end: int
    checksum: int | None


class _Walk:
    """Bytes from a place on."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while (byte := self.byte()) >= 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def number(self) -> int:
        raw = self.varint()
        return raw >> 1 ^ -(raw & 1)

    def fields(self) -> Iterator[tuple[int, int]]:
        """The numbers and types of a struct's fields; the one who asks takes the values."""
        last = 0
        while (head := self.byte()) != _STOP:
            last = last + (head >> 4) if head >> 4 else self.number()
            yield last, head & 0x0F

    def skip(self, wire: int) -> None:
        if wire == _STRUCT:
            for _, inner in self.fields():
                self.skip(inner)
        elif wire == _BINARY:
            length = self.varint()
            self.at += length
        elif wire not in {_TRUE, _FALSE}:
            assert _BYTE < wire < _BINARY - 1, f"a page header has the type {wire}"
            self.varint()


def pages(path: Path) -> list[PageThere]:
    """All pages of a file, one after another from the first byte of each chunk to its last."""
    data, meta = path.read_bytes(), pq.read_metadata(path)
    found = []
    for group in range(meta.num_row_groups):
        for column in range(meta.num_columns):
            chunk = meta.row_group(group).column(column)
            at = chunk.dictionary_page_offset or chunk.data_page_offset
            end = at + chunk.total_compressed_size
            while at < end:
                found.append(_page(data, at, chunk.path_in_schema))
                at = found[-1].end
            assert at == end, chunk
    return found


def _page(data: bytes, start: int, column: str) -> PageThere:
    walk = _Walk(data, start)
    numbers: dict[int, int] = {}
    for field, wire in walk.fields():
        if field <= 4:
            numbers[field] = walk.number()
        else:
            walk.skip(wire)
    checksum = numbers[4] & 0xFFFFFFFF if 4 in numbers else None
    return PageThere(column, numbers[1], start, walk.at, walk.at + numbers[3], checksum)
