"""How far the long tests go: a short form in `make test`, the whole one in `make trust`."""

import os

WHOLE = os.environ.get("ONECOPY_WHOLE", "") not in {"", "0"}


def scaled(short: int, whole: int) -> int:
    """Choose a count: `ONECOPY_WHOLE=1` asks for the whole form."""
    return whole if WHOLE else short
