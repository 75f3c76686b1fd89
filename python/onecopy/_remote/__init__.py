"""Sources that are read over a network: what is in this folder is imported where one is named."""

import re

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def is_address(text: str) -> bool:
    """Whether a text begins with a scheme; one letter is a drive, and a `Path` merges slashes."""
    return _SCHEME.match(text) is not None
