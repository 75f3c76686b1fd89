"""What a file of the set is: its bytes, which threat it stands for, and what must come of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Expected(Enum):
    """What must come of loading a file."""

    GOOD = "read, with the right values"
    CORRUPT = "CorruptFileError"
    UNSUPPORTED = "UnsupportedTypeError"
    LIMIT = "MemoryLimitError"
    MISMATCH = "SchemaMismatchError"
    EITHER = "refused, or read with the right values"


@dataclass(frozen=True)
class Case:
    """One file."""

    name: str
    threat: str
    data: bytes
    expected: Expected
    word: str = ""
    """What the message of a refusal must contain."""
    values: dict[str, Sequence[float | None]] = field(default_factory=dict)
    """The right values, column by column, where the file can be read."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options of the load beside the usual ones."""


def good(name: str, threat: str, data: bytes, **values: Sequence[float | None]) -> Case:
    """Make a case that must be read."""
    return Case(name, threat, data, Expected.GOOD, values=values)


def corrupt(name: str, threat: str, data: bytes, word: str) -> Case:
    """Make a case that must be refused as damaged."""
    return Case(name, threat, data, Expected.CORRUPT, word)


def unsupported(name: str, threat: str, data: bytes, word: str) -> Case:
    """Make a case that must be refused as something that is not read."""
    return Case(name, threat, data, Expected.UNSUPPORTED, word)
