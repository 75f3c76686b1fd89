"""What the processes of a divided load say to each other, round by round.

Each says the same number of times something, its error included: so where one fails all fail, and
none waits for a process that has given up. What comes from others is checked before it is used.
"""

import builtins
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from onecopy import _errors
from onecopy._errors import OnecopyError

_MAGIC = b"onecopy gather 1"
_DIGEST = 16
_SAYS, _FAILS = b"\0", b"\1"
_NOTHING = object()
_HEAD = len(_MAGIC) + 4 + _DIGEST + 1

# Errors of Python that are raised by others as what they are.
_BUILT_IN = ("ValueError", "TypeError", "MemoryError", "OverflowError", "NotImplementedError")


class Exchange:
    """The rounds of one process; as a context, it tells all others of an error in the block."""

    def __init__(
        self, gather: Callable[[bytes], Sequence[bytes]], rank: int, world: int, digest: bytes
    ) -> None:
        self.world = world
        self._gather = gather
        self._rank = rank
        self._digest = digest
        self._round = 0
        self._is_over = False

    def __call__(self, payload: bytes) -> list[bytes]:
        """Say something, and return what each process said."""
        return self._say(_SAYS, payload)

    def document(self, told: object, is_one: Callable[[Any], bool]) -> list[Any]:
        """Say something in JSON, and return what each process said, if it is one of the kind."""
        heard = []
        for rank, message in enumerate(self._say(_SAYS, json.dumps(told).encode())):
            try:
                document = json.loads(message)
            except ValueError:
                document = _NOTHING
            if document is _NOTHING or not is_one(document):
                raise ValueError(f"gather: found something else of process {rank} of {self.world}")
            heard.append(document)
        return heard

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or self._is_over:
            return
        # Whatever comes of it, the error of this process is the one to raise.
        with suppress(Exception):
            self._say(_FAILS, json.dumps(_told(error)).encode())

    def _say(self, status: bytes, payload: bytes) -> list[bytes]:
        head = _MAGIC + self._round.to_bytes(4, "little")
        own = b"".join((head, self._digest, status, payload))
        self._round += 1
        # Whatever goes wrong from here on, the others see it as well, or cannot be told.
        self._is_over = True
        heard = self._gather(own)
        messages = self._checked(heard, own, head)
        for rank, message in enumerate(messages):
            if message[_HEAD - 1 : _HEAD] == _FAILS and status != _FAILS:
                raise _raised(bytes(message[_HEAD:]), rank, self.world)
        for rank, message in enumerate(messages):
            if message[len(head) : _HEAD - 1] != self._digest:
                raise ValueError(
                    f"gather: process {rank} of {self.world} loads other data, or with other "
                    "options; all must make the same call, each with its own rank"
                )
        self._is_over = status == _FAILS
        return [bytes(message[_HEAD:]) for message in messages]

    def _checked(self, heard: object, own: bytes, head: bytes) -> Sequence[bytes]:
        """Refuse what is not a message of this round from each process, in their order."""
        expected = f"gather: expected a list of {self.world} bytes, what each process gave in order"
        if isinstance(heard, bytes) or not isinstance(heard, Sequence):
            raise TypeError(f"{expected}, found {type(heard).__name__}")
        if len(heard) != self.world:
            raise ValueError(f"{expected}, found {len(heard)}")
        for rank, message in enumerate(heard):
            if not isinstance(message, bytes | bytearray | memoryview):
                raise TypeError(f"{expected}, found {type(message).__name__} of process {rank}")
            if len(message) < _HEAD or message[: len(head)] != head:
                raise ValueError(f"{expected}, found something else of process {rank}")
        if bytes(heard[self._rank]) != own:
            raise ValueError(f"{expected}, found that of process {self._rank} in another place")
        return heard


def _told(error: BaseException) -> dict[str, Any]:
    """Describe an error so that another process can raise it."""
    told: dict[str, Any] = {"class": type(error).__name__, "message": str(error)}
    if isinstance(error, OnecopyError):
        told["facts"] = {name: fact for name, fact in vars(error).items() if _is_plain(fact)}
    elif isinstance(error, OSError) and error.errno is not None:
        told["system"] = [error.errno, error.strerror, str(error.filename or "")]
    return told


def _is_plain(fact: object) -> bool:
    try:
        json.dumps(fact)
    except (TypeError, ValueError):
        return False
    return True


def _raised(payload: bytes, rank: int, world: int) -> Exception:
    """Make the error that another process tells of."""
    try:
        error = _error(json.loads(payload))
    except (ValueError, TypeError, LookupError, AttributeError):
        error = OnecopyError("it failed, and does not say why")
    error.add_note(f"This is the error of process {rank} of {world}.")
    return error


def _error(told: dict[str, Any]) -> Exception:
    name, message = str(told["class"]), str(told["message"])
    found = getattr(_errors, name, None)
    if isinstance(found, type) and issubclass(found, OnecopyError):
        error = found(message)
        for fact, value in dict(told.get("facts", {})).items():
            setattr(error, str(fact), tuple(value) if isinstance(value, list) else value)
        return error
    if "system" in told:
        code, words, path = told["system"]
        place = (str(path),) if path else ()
        return OSError(int(code), str(words), *place)
    if name in _BUILT_IN:
        return getattr(builtins, name)(message)  # type: ignore[no-any-return]
    return OnecopyError(f"{name}: {message}")
