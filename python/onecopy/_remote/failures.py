"""What goes wrong with a request: which error of Python it is, and whether to try again."""

import errno
import os
import random
import re

MOST_RETRIES = 8
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_MISSING = 404
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_STATUS = re.compile(r"status code: (\d{3})")
# Signatures and passwords are in queries and before hosts.
_SECRETS = re.compile(r"(?<=[\w/])\?[^\s'\"]*|(?<=://)[^/@\s]*@")
_DENIED = {"PermissionDeniedError", "UnauthenticatedError", "NoCredentialsError"}


class ObjectChanged(Exception):  # noqa: N818 (a fact, which becomes an `InputChangedError`)
    """An object is no longer what it was when it was opened."""


class Attempts:
    """The attempts at one request, by what is asked for; they end with the error that fits."""

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self.retries = 0

    def pause(self, error: Exception) -> float:
        """Return the seconds until the next attempt, or raise what there is to raise."""
        if isinstance(error, ObjectChanged):
            raise error
        if type(error).__name__ == "PreconditionError":
            raise ObjectChanged("another object has taken its place") from error
        own = _error(error, self.name)
        if self.retries >= self.most or not _may_pass(error, own):
            own.retries = self.retries  # type: ignore[attr-defined]
            raise own from error
        self.retries += 1
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self.retries)
        return random.uniform(longest / 2, longest)  # noqa: S311 (no secret)


def shown(address: str) -> str:
    """Return an address without its secrets."""
    return _SECRETS.sub("", address)


def status_of(error: Exception) -> int | None:
    """Return the status that a server answered with, if it did."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else None


def _error(error: Exception, name: str) -> Exception:
    """Return the error of Python that an error of a package is."""
    if isinstance(error, ValueError | TypeError | NotImplementedError):
        return error
    kind, text = type(error).__name__, shown(str(error).split("\n", 1)[0].strip()) or str(error)
    whole = str(error)
    if isinstance(error, FileNotFoundError) or status_of(error) == _MISSING:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    if isinstance(error, PermissionError) or kind in _DENIED or status_of(error) in {401, 403}:
        return PermissionError(errno.EACCES, f"{os.strerror(errno.EACCES)}: {text}", name)
    if isinstance(error, TimeoutError) or "Timeout" in kind + whole or "timed out" in whole:
        return TimeoutError(errno.ETIMEDOUT, f"{os.strerror(errno.ETIMEDOUT)}: {text}", name)
    if kind == "NotSupportedError" or "non-partial" in whole:
        what = f"the server does not answer requests for ranges ({text}); download the file first"
        return OSError(errno.EOPNOTSUPP, what, name)
    return OSError(errno.EIO, text, name)


def _may_pass(error: Exception, own: Exception) -> bool:
    """Whether another attempt may have a better end."""
    status = status_of(error)
    if status is not None:
        return status in _TRANSIENT
    is_network = isinstance(own, OSError) and own.errno in {errno.EIO, errno.ETIMEDOUT}
    return is_network and not isinstance(error, FileNotFoundError | PermissionError)
