"""The memory that a block of code peaks at."""

from types import TracebackType
from typing import Self

from onecopy import _native
from onecopy._render import show_size


class Peak:
    """The memory of a ``with`` block; its numbers are known when the block is left.

    Attributes
    ----------
    bytes : int
        Anonymous memory at its peak, above the level when the block began. This is what counts
        against the memory of the machine.
    before : int
        The level when the block began.
    file_bytes : int
        Pages of mapped files that were in memory at their peak. The system takes them back at
        will, so they are no need.
    """

    def __init__(self) -> None:
        self.bytes = self.before = self.file_bytes = 0
        self._sampler: _native.Sampler | None = None
        self._is_known = False

    def __enter__(self) -> Self:
        self._is_known = False
        self._sampler = _native.Sampler()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        sampler, self._sampler = self._sampler, None
        found = sampler.finish() if sampler is not None else None
        if found is not None:
            self.before, most, self.file_bytes = found
            self.bytes = most - self.before
            self._is_known = True

    def __repr__(self) -> str:
        if not self._is_known:
            return "Peak(not known yet)"
        return f"Peak({show_size(self.bytes)}, and {show_size(self.file_bytes)} of mapped files)"


def peak() -> Peak:
    """Measure the memory that a ``with`` block peaks at, by a thread that looks every 2 ms.

    Anonymous memory, in memory or swapped out, is what counts. `ru_maxrss` and most profilers also
    count the pages of mapped files, which are a cache. Needs Linux; `OSError` elsewhere.

    Examples
    --------
    >>> import numpy, onecopy
    >>> with onecopy.peak() as peak:
    ...     array = numpy.ones(25_000_000)
    >>> 150e6 < peak.bytes < 250e6
    True
    """
    return Peak()
