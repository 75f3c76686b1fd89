"""How a command ends: its exit code, and one line that says why."""

import errno
import re

from onecopy._arguments import DEFAULTS
from onecopy._cli.options import flag
from onecopy._errors import InternalError, MemoryLimitError, OnecopyError

DONE, REFUSED, USAGE, NO_ROOM, DIFFERENT = 0, 1, 2, 3, 4
DEFECT, INTERRUPTED, CLOSED = 70, 130, 141
CODES = {
    DONE: "done",
    REFUSED: "refused: the files, their columns or their values; the message says why",
    USAGE: "an option or argument that is not one, or two that contradict each other",
    NO_ROOM: "not enough memory or disk",
    DIFFERENT: "verify: the matrix differs from its source",
    DEFECT: "a defect of onecopy",
    INTERRUPTED: "interrupted by Ctrl-C",
}
_CAUSES = ((MemoryLimitError, NO_ROOM), (InternalError, DEFECT), (OnecopyError, REFUSED))
_OPTION = re.compile(
    rf"\b({'|'.join(DEFAULTS)})(?:(=)(?:(\[[^\]]*\])|\"([^\"]*)\"|([0-9][0-9.]*)|True)?|(?=: ))"
)


def code_of(error: BaseException) -> int:
    """Return the exit code of an error."""
    for cause, code in _CAUSES:
        if isinstance(error, cause):
            return code
    if isinstance(error, MemoryError):
        return NO_ROOM
    if isinstance(error, OSError):
        return NO_ROOM if error.errno in {errno.ENOSPC, errno.EDQUOT} else REFUSED
    if isinstance(error, ImportError):
        return REFUSED
    return USAGE if isinstance(error, ValueError | TypeError) else DEFECT


def message_of(error: BaseException) -> str:
    """Say what happened, with options as the command line writes them."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {with_flags(error.strerror)}"
    if code_of(error) == DEFECT:
        return f"{type(error).__name__}: {text} (--debug shows where)"
    return with_flags(text)


def with_flags(text: str) -> str:
    """Write the options in a text as the command line does."""
    return _OPTION.sub(_as_flag, text)


def _as_flag(found: re.Match[str]) -> str:
    name, equals, listed, word, number = found.groups()
    if not equals and found.start() > 0:
        return found[0]
    if listed:
        return f"{flag(name)} '{listed}'"
    value = word or number
    return f"{flag(name)} {value}" if value else flag(name)


def help_of_codes() -> str:
    """Describe the exit codes."""
    return "exit codes:\n" + "\n".join(f"  {code:<5}{meaning}" for code, meaning in CODES.items())
