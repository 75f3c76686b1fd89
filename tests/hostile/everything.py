"""The whole set, each file under a name of its own."""

from collections import Counter

from hostile import categories, counts, decoding, footers, lists, odd, sizes, writers
from hostile.case import Case


def cases() -> list[Case]:
    """Make all files, always the same ones."""
    parts = (footers, counts, sizes, decoding, odd, writers, categories, lists)
    found = [case for part in parts for case in part.cases()]
    names = Counter((case.threat, case.name) for case in found)
    twice = [name for name, count in names.items() if count > 1]
    assert not twice, twice
    return found
