"""Values, levels and indices as pages hold them."""

import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise

from hostile.thrift import varint, zigzag

PLAIN, DICTIONARY_OLD, RLE, BIT_PACKED, DELTA, DELTA_LENGTH, DELTA_BYTES, DICTIONARY, SPLIT, ALP = (
    *(0, 2, 3, 4, 5),
    *(6, 7, 8, 9, 10),
)


def int32s(values: Iterable[int]) -> bytes:
    """Write plain INT32 values."""
    return b"".join(struct.pack("<i", value) for value in values)


def int64s(values: Iterable[int]) -> bytes:
    """Write plain INT64 values."""
    return b"".join(struct.pack("<q", value) for value in values)


def float32s(values: Iterable[float]) -> bytes:
    """Write plain FLOAT values."""
    return b"".join(struct.pack("<f", value) for value in values)


def float64s(values: Iterable[float]) -> bytes:
    """Write plain DOUBLE values."""
    return b"".join(struct.pack("<d", value) for value in values)


def packed(values: Sequence[int], width: int) -> bytes:
    """Pack values of some bits each, lowest bit first."""
    number = sum(value << at * width for at, value in enumerate(values))
    return number.to_bytes((len(values) * width + 7) // 8, "little")


def run(value: int, count: int, width: int) -> bytes:
    """Write one run of a value."""
    return varint(count << 1) + value.to_bytes((width + 7) // 8, "little")


def groups(values: Sequence[int], width: int) -> bytes:
    """Write groups of eight packed values, the last one padded with zeros."""
    count = (len(values) + 7) // 8
    padded = [*values, *[0] * (8 * count - len(values))]
    return varint(count << 1 | 1) + packed(padded, width)


def with_length(levels: bytes) -> bytes:
    """Put the length in front, as version 1 does."""
    return struct.pack("<I", len(levels)) + levels


def split(body: bytes, width: int) -> bytes:
    """Put first bytes first, then second bytes."""
    return b"".join(body[at::width] for at in range(width))


def delta(
    values: Sequence[int],
    *,
    block: int = 128,
    minis: int = 4,
    count: int | None = None,
    width: int | None = None,
) -> bytes:
    """Write differences, each miniblock as wide as the whole block needs, or `width`."""
    total = len(values) if count is None else count
    first = values[0] if values else 0
    out = varint(block) + varint(minis) + varint(total) + zigzag(first)
    differences = [b - a for a, b in pairwise(values)]
    for start in range(0, len(differences), block):
        some = differences[start : start + block]
        least = min(some)
        bits = max((value - least).bit_length() for value in some) if width is None else width
        size = block // minis
        used = -(-len(some) // size)
        out += zigzag(least) + bytes([bits] * used + [0] * (minis - used))
        shifted = [value - least for value in some] + [0] * (used * size - len(some))
        out += packed(shifted, min(bits, 64))
    return out
