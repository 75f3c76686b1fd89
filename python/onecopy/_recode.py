"""The options that turn times and texts into numbers, checked, and what a recipe holds of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from operator import lt
from typing import Literal, Self, TypeAlias

import numpy as np

from onecopy import _checks as checks
from onecopy._choices import UNITS
from onecopy._constants import constant
from onecopy._json import Document

Epoch: TypeAlias = tuple[str, int]
"""A unit, and the nanoseconds from 1970 to the origin."""
Texts: TypeAlias = tuple[str | bytes, ...]

_FRACTION = re.compile(r"[.,](\d+)")
_NANOS = 9
_FARTHEST = 2**96
_EXPECTED = '"raise", one of ' + ", ".join(f'"{unit}"' for unit in UNITS)


@dataclass(frozen=True)
class Clock:
    """How a time became a number.

    Attributes
    ----------
    unit : {"D", "h", "m", "s", "ms", "us", "ns"}
        What was counted.
    origin : int
        The instant that it was counted from, in nanoseconds since 1970-01-01 UTC; durations and
        times of day are counted from nothing.
    """

    unit: str
    origin: int = 0

    def __post_init__(self) -> None:
        checks.choice("unit", self.unit, UNITS)
        origin: object = self.origin
        if not isinstance(origin, int) or isinstance(origin, bool) or abs(origin) > _FARTHEST:
            raise ValueError(f"origin: expected nanoseconds since 1970, found {origin!r}")

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """Make it from what `to_dict` returned."""
        found = document if isinstance(document, Mapping) else {}
        return cls(found.get("unit", ""), found.get("origin", 0))

    def to_dict(self) -> Document:
        """Return it as a dict of plain values."""
        return {"unit": self.unit, "origin": self.origin}


def epochs(value: object) -> tuple[Epoch | None, dict[str, Epoch | None]]:
    """Return what times become by default, and those of single columns; None refuses them."""
    if not isinstance(value, Mapping):
        return _epoch("datetimes", value), {}
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"datetimes: expected names of columns as keys, found {name!r}")
    return None, {name: _epoch(f"datetimes[{name!r}]", own) for name, own in value.items()}


def categories(value: object) -> tuple[str, ...] | Literal["raise", "codes"]:
    """Check which columns of texts become codes."""
    if isinstance(value, str):
        if value in ("raise", "codes"):
            return value  # type: ignore[return-value]
        raise ValueError(
            f'categories: expected "raise", "codes" or a list of columns, found {value!r}; '
            f"for one column write [{value!r}]"
        )
    if isinstance(value, Sequence) and not value:
        return ()
    return checks.names("categories", value)


def text_bytes(texts: Texts) -> list[bytes]:
    """Return texts as bytes."""
    return [text.encode() if isinstance(text, str) else text for text in texts]


def texts_from(found: Iterable[bytes]) -> Texts:
    """Return bytes in their order as text, or as they are where one is not UTF-8."""
    texts = sorted(found)
    try:
        return tuple(text.decode() for text in texts)
    except UnicodeDecodeError:
        return tuple(texts)


def check_count(name: str, count: int, dtype: str) -> None:
    """Refuse more texts than a dtype has exact codes for, in the words of the core."""
    most = 2 ** (np.finfo(dtype).nmant + 1)
    if count > most:
        wider = {"float16": "float32"}.get(dtype, "float64")
        raise ValueError(
            f"categories: `{name}` has {count} different texts, and {dtype} tells {most} codes "
            f'apart; pass dtype="{wider}", or leave it out with exclude=["{name}"]'
        )


def check_texts(name: str, texts: Texts) -> None:
    """Refuse texts that are not in the order of their bytes, each once."""
    found = texts if _are_ascii(texts) else text_bytes(texts)
    if not all(map(lt, found, islice(found, 1, None))):
        raise ValueError(
            f"categories: expected the texts of {name!r} in the order of their bytes, each once"
        )


def _are_ascii(texts: Texts) -> bool:
    """Whether all are text whose characters are in the order of its bytes, seen without a copy."""
    try:
        return all(map(str.isascii, texts))  # type: ignore[arg-type]
    except TypeError:
        return False


def _epoch(option: str, value: object) -> Epoch | None:
    if isinstance(value, str):
        return None if value == "raise" else (_unit(option, value), 0)
    if isinstance(value, Iterable) and not isinstance(value, bytes | Mapping | set):
        pair = tuple(value)
        if len(pair) == 2:  # noqa: PLR2004 (a pair)
            return _unit(option, pair[0]), _origin(option, pair[1])
    raise TypeError(
        f"{option}: expected {_EXPECTED} or a pair of a unit and an origin, found {value!r}"
    )


def _unit(option: str, value: object) -> str:
    if isinstance(value, str) and value in UNITS:
        return str(value)
    kind = ValueError if isinstance(value, str) else TypeError
    raise kind(f"{option}: expected {_EXPECTED}, found {value!r}")


def _origin(option: str, value: object) -> int:
    """Return an instant in nanoseconds since 1970; one without a time zone is UTC."""
    expected = (
        f'{option}: expected an origin such as "2020-01-01", a date, a datetime, a '
        "numpy.datetime64 or a pandas.Timestamp"
    )
    if isinstance(value, str):
        try:
            return _iso(value)
        except ValueError:
            raise ValueError(f"{expected}, found {value!r}") from None
    if isinstance(value, bool | int | float):
        raise TypeError(f"{expected}, found {value!r}")
    try:
        kind, *found = constant(option, value)
    except TypeError:
        raise TypeError(f"{expected}, found {value!r}") from None
    if kind == "date":
        nanos = found[0] * 86_400 * 10**_NANOS
    elif kind == "timestamp":
        nanos = found[0] * 10 ** (_NANOS - found[1])
    else:
        raise TypeError(f"{expected}, found {value!r}")
    if abs(nanos) > _FARTHEST:
        raise ValueError(f"{option}: the origin {value!r} is too far from 1970")
    return int(nanos)


def _iso(text: str) -> int:
    """Read ISO text, which `datetime` cuts off after microseconds."""
    fraction = _FRACTION.search(text)
    digits = fraction[1] if fraction else ""
    if len(digits) > _NANOS:
        raise ValueError(text)
    whole = text[: fraction.start()] + text[fraction.end() :] if fraction else text
    moment = datetime.fromisoformat(whole)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return int(seconds * 10**_NANOS + int(digits.ljust(_NANOS, "0")))


def origin_text(origin: int) -> str:
    """Write an origin as ISO text, or in nanoseconds where no date is so far from 1970."""
    seconds, nanos = divmod(origin, 10**_NANOS)
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return f"{origin} ns"
    if seconds % 86_400 == 0 and nanos == 0:
        return date.isoformat(moment)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{nanos:09d}".rstrip("0").rstrip(".") if nanos else text


def texts_of(document: object) -> Texts:
    """Read texts from a document: text, or bytes in hexadecimal digits."""
    found = document if isinstance(document, Mapping) else {}
    for form in ("text", "hex"):
        texts = found.get(form)
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            return tuple(texts) if form == "text" else tuple(map(bytes.fromhex, texts))
    raise ValueError("categories: expected a list of texts for each column")
