"""The pages of a file: headers, each with its checksum and without in as many bytes, and bodies.

A checksum that is to be off becomes a field that no reader knows, behind all others: so two loads
of one file differ in nothing but the sums.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

SIZE, CHECKSUM = 3, 4
# Types of the compact protocol; the values of numbers are a varint each.
BOOLS, NUMBERS, BYTES, STRUCT = (1, 2), (4, 5, 6), 8, 12
MORE = 0x80
# A number in the field 15 behind the last one.
UNKNOWN = b"\xf5"


@dataclass(frozen=True)
class Header:
    """A page header, where it is, and where the body behind it is."""

    at: int
    on: bytes
    off: bytes
    body: range


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read an unsigned number; tell what is behind it, too."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & ~MORE) << shift
        at, shift = at + 1, shift + 7
        if not byte & MORE:
            return value, at


def _fields(data: bytes, at: int) -> tuple[dict[int, tuple[int, int, int]], int]:
    """Find the fields of a struct: where each begins and ends, and its number if it is one."""
    found, field = {}, 0
    while data[at]:
        begin, wire = at, data[at] & 0xF
        step, at, value = data[at] >> 4, at + 1, 0
        field += step
        if not step:
            message = "a page header has a long field id"
            raise ValueError(message)
        if wire in NUMBERS:
            value, at = _varint(data, at)
        elif wire == BYTES:
            length, at = _varint(data, at)
            at += length
        elif wire == STRUCT:
            at = _fields(data, at)[1]
        elif wire not in BOOLS:
            message = f"a page header has a field of type {wire}"
            raise ValueError(message)
        found[field] = (begin, at, value)
    return found, at + 1


def _header(data: bytes, at: int) -> Header:
    """Read the header of a page; one without a checksum has nothing to be off."""
    fields, end = _fields(data, at)
    on = off = data[at:end]
    if CHECKSUM in fields:
        begin, behind, _ = fields[CHECKSUM]
        # The next field counts from the one before the checksum now.
        following = bytes([data[behind] + 0x10]) + data[behind + 1 : end - 1]
        off = data[at:begin] + following + UNKNOWN + data[begin + 1 : behind] + b"\0"
    return Header(at, on, off, range(end, end + (fields[SIZE][2] >> 1)))


def headers(path: Path) -> list[Header]:
    """Find all page headers of a file."""
    data = path.read_bytes()
    found = []
    metadata = pq.read_metadata(path)
    for row_group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(row_group).column(column)
            at = chunk.dictionary_page_offset or chunk.data_page_offset
            end = at + chunk.total_compressed_size
            while at < end:
                found.append(_header(data, at))
                at = found[-1].body.stop
    return found


def switch(path: Path, found: list[Header], *, on: bool) -> None:
    """Write the headers with their checksums, or without."""
    with path.open("r+b", buffering=0) as file:
        for header in found:
            file.seek(header.at)
            file.write(header.on if on else header.off)
