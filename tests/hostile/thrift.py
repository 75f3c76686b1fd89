"""The compact Thrift protocol, written: honest structs, and bytes that no honest writer makes."""

from collections.abc import Iterable
from typing import Self

BOOL, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = (
    *(1, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    *(12, 13),
)


def varint(value: int) -> bytes:
    """Write an unsigned number, seven bits at a time."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> bytes:
    """Write a signed number of at most 64 bits."""
    return varint((value << 1 ^ value >> 63) & 0xFFFF_FFFF_FFFF_FFFF)


def list_head(count: int, wire: int) -> bytes:
    """Write the head of a list, whatever follows it."""
    if count < 15:
        return bytes([count << 4 | wire])
    return bytes([0xF0 | wire]) + varint(count)


class Struct:
    """A struct on its way: fields in any order, each as it is told."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._last = 0

    def raw(self, field: int, wire: int, value: bytes = b"") -> Self:
        """Add a field of any type with any bytes."""
        delta = field - self._last
        self._last = field
        if 0 < delta < 16:
            self._out.append(delta << 4 | wire)
        else:
            self._out.append(wire)
            self._out += zigzag(field)
        self._out += value
        return self

    def number(self, field: int, value: int | None) -> Self:
        """Add a number; None leaves the field out."""
        return self if value is None else self.raw(field, I64, zigzag(value))

    def flag(self, field: int, *, value: bool) -> Self:
        """Add a bool, whose value is in its type."""
        return self.raw(field, 1 if value else 2)

    def binary(self, field: int, value: bytes) -> Self:
        """Add bytes."""
        return self.raw(field, BINARY, varint(len(value)) + value)

    def struct(self, field: int, value: "Struct") -> Self:
        """Add a struct."""
        return self.raw(field, STRUCT, value.end())

    def structs(self, field: int, values: Iterable["Struct"]) -> Self:
        """Add a list of structs."""
        parts = [value.end() for value in values]
        return self.raw(field, LIST, list_head(len(parts), STRUCT) + b"".join(parts))

    def numbers(self, field: int, values: Iterable[int]) -> Self:
        """Add a list of numbers."""
        parts = [zigzag(value) for value in values]
        return self.raw(field, LIST, list_head(len(parts), I32) + b"".join(parts))

    def end(self) -> bytes:
        """Return the bytes of the whole struct."""
        return bytes(self._out) + b"\0"


def nested_lists(depth: int) -> bytes:
    """Write lists in lists, one element each."""
    return bytes([0x10 | LIST]) * depth + b"\x05"


def nested_structs(depth: int) -> bytes:
    """Write structs in structs, one field each."""
    return bytes([0x10 | STRUCT]) * depth + b"\0" * (depth + 1)
