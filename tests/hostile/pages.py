"""Pages: a header, honest unless told otherwise, and a body."""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from hostile.encodings import PLAIN, RLE, groups, int32s, run, with_length
from hostile.thrift import Struct

DATA_ONE, INDEX, DICTIONARY_PAGE, DATA_TWO = range(4)
NONE, SNAPPY, GZIP, LZO, BROTLI, LZ4, ZSTD, LZ4_RAW = range(8)
_CODECS = {SNAPPY: "snappy", BROTLI: "brotli", ZSTD: "zstd", LZ4_RAW: "lz4_raw"}


def compress(codec: int, body: bytes) -> bytes:
    """Compress a body."""
    if codec == GZIP:
        return gzip.compress(body, mtime=0)
    return pa.compress(body, codec=_CODECS[codec], asbytes=True) if codec in _CODECS else body


@dataclass(frozen=True)
class Page:
    """A page. What is None is told as it is; anything else is what the header claims."""

    kind: int
    about: Struct
    body: bytes
    plain_bytes: int
    claimed_kind: int | None = None
    claimed_plain: int | None = None
    claimed_bytes: int | None = None
    checksum: int | bool | None = None
    more: tuple[tuple[int, int, bytes], ...] = ()

    def but(self, **changes: Any) -> "Page":
        """Return the same page with other claims."""
        return replace(self, **changes)

    def header(self) -> bytes:
        """Write the header."""
        kind = self.kind if self.claimed_kind is None else self.claimed_kind
        plain = self.plain_bytes if self.claimed_plain is None else self.claimed_plain
        stored = len(self.body) if self.claimed_bytes is None else self.claimed_bytes
        out = Struct().number(1, kind).number(2, plain).number(3, stored)
        if self.checksum is True:
            out.number(4, _signed(zlib.crc32(self.body)))
        elif self.checksum is not None:
            out.number(4, int(self.checksum))
        out.struct({DATA_ONE: 5, INDEX: 6, DICTIONARY_PAGE: 7, DATA_TWO: 8}[self.kind], self.about)
        for field, wire, value in self.more:
            out.raw(field, wire, value)
        return out.end()

    def bytes(self) -> bytes:
        """Write the page."""
        return self.header() + self.body


def _signed(number: int) -> int:
    return number - (1 << 32) if number >= 1 << 31 else number


def one(
    values: int | None,
    body: bytes,
    *,
    encoding: int | None = PLAIN,
    codec: int = NONE,
    rle: int = RLE,
) -> Page:
    """Make a data page of version 1; the body has its levels, if any, in front."""
    about = Struct().number(1, values).number(2, encoding).number(3, rle).number(4, RLE)
    return Page(DATA_ONE, about, compress(codec, body), len(body))


def two(
    counts: tuple[int | None, int | None, int | None],
    levels: bytes,
    body: bytes,
    *,
    encoding: int = PLAIN,
    codec: int = NONE,
    lengths: tuple[int, int] | None = None,
    is_compressed: bool | None = None,
) -> Page:
    """Make a data page of version 2: values, nulls and rows, then definition levels and values."""
    values, nulls, rows = counts
    definition, repetition = lengths or (len(levels), 0)
    about = Struct().number(1, values).number(2, nulls).number(3, rows).number(4, encoding)
    about.number(5, definition).number(6, repetition)
    if is_compressed is not None:
        about.flag(7, value=is_compressed)
    stored = body if codec == NONE or is_compressed is False else compress(codec, body)
    return Page(DATA_TWO, about, levels + stored, len(levels) + len(body))


def dictionary(count: int | None, body: bytes, *, encoding: int = PLAIN, codec: int = NONE) -> Page:
    """Make a dictionary page."""
    about = Struct().number(1, count).number(2, encoding)
    return Page(DICTIONARY_PAGE, about, compress(codec, body), len(body))


def index() -> Page:
    """Make an index page, which nobody has ever written."""
    return Page(INDEX, Struct(), b"what it holds is nobody's business", 34)


def plain(values: Sequence[int], **options: Any) -> Page:
    """Make a page of INT32 values without levels."""
    return one(len(values), int32s(values), **options)


def nullable(values: Sequence[int | None], **options: Any) -> Page:
    """Make a page of INT32 values with levels."""
    levels = with_length(groups([int(value is not None) for value in values], 1))
    return one(len(values), levels + int32s(v for v in values if v is not None), **options)


def indices(count: int, width: int, runs: bytes, **options: Any) -> Page:
    """Make a page of indices into a dictionary, without levels."""
    return one(count, bytes([width]) + runs, encoding=8, **options)


def nulls(count: int, **options: Any) -> Page:
    """Make a page of nulls only."""
    return one(count, with_length(run(0, count, 1)), **options)
