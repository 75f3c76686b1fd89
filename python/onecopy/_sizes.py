"""Sizes in bytes, read from text and shown as text."""

import re
from typing import SupportsIndex

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "b": 1} | {
    f"{letter}{infix}b": base**power
    for power, letter in enumerate("kmgtp", start=1)
    for infix, base in (("", 1000), ("i", 1024))
}
_LARGEST = 2**63 - 1


def parse_size(name: str, value: object) -> int:
    """Read a number of bytes, or a text such as "512MB", "64 MiB" or "1.5GB"."""
    expected = f'{name}: expected a number of bytes above 0 or a text such as "4GB" or "512MiB"'
    if isinstance(value, str):
        match = _SIZE.fullmatch(value)
        unit = _UNITS.get(match[2].lower()) if match else None
        if match is None or unit is None:
            raise ValueError(f"{expected}, found {value!r}")
        whole, _, decimals = match[1].partition(".")
        size: int = int((whole + decimals) or "0") * unit // 10 ** len(decimals)
    elif isinstance(value, SupportsIndex) and not isinstance(value, bool):
        size = int(value)
    else:
        raise TypeError(f"{expected}, found {value!r}")
    if size <= 0:
        raise ValueError(f"{expected}, found {value!r}")
    return min(size, _LARGEST)


def show_size(size: float) -> str:
    """Write a size for people, in decimal units."""
    for unit, scale, decimals in (("TB", 1e12, 2), ("GB", 1e9, 2), ("MB", 1e6, 1), ("kB", 1e3, 1)):
        if size >= scale / 10:
            return f"{size / scale:,.{decimals}f} {unit}"
    return f"{size:.0f} B"
