"""Strict JSON documents: exact floats, no NaN literals, a format and a version in each."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn, TypeAlias

Document: TypeAlias = dict[str, object]

VERSION = 1
_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def encode(document: Mapping[str, object]) -> bytes:
    """Write a document; numbers that are not finite become text."""
    from json import JSONEncoder  # noqa: PLC0415 (takes 2 ms, and few loads need it)

    # ASCII, because a path may hold bytes that are no UTF-8.
    encoder = JSONEncoder(allow_nan=False, indent=1)
    content = bytearray()
    # Piece by piece: all pieces of a wide matrix at once would take many times the bytes.
    for piece in encoder.iterencode(_strict(document)):
        content += piece.encode("ascii")
    content += b"\n"
    return bytes(content)


def decode(path: Path) -> Document:
    """Read a document from a file."""
    return parse(path.read_bytes(), path)


def parse(content: bytes, path: Path) -> Document:
    """Read a document from what a file holds."""
    from json import loads  # noqa: PLC0415 (likewise)

    try:
        document: object = loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected JSON, found something else: {error}") from error
    if isinstance(document, dict):
        return document
    raise ValueError(f"{path}: expected a JSON object, found {type(document).__name__}")


def check_format(document: Mapping[str, object], expected: str) -> None:
    """Refuse a document of another kind or of a later version."""
    found = document.get("format")
    if found != expected:
        raise ValueError(f'expected the format "{expected}", found {found!r}')
    version = document.get("version")
    if version != VERSION:
        raise ValueError(f"expected version {VERSION} of {expected}, found {version!r}")


def number(value: object) -> float:
    """Read a number that may not be finite."""
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, found {value!r}")  # noqa: TRY004 (a damaged file)
    return float(value)


def _strict(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value


def _refuse_constant(literal: str) -> NoReturn:
    raise ValueError(f"{literal} is no JSON")
