"""Progress, as a bar, as a line, or as calls of the user's function."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Progress:
    """How far a load is; given to the callable of ``progress=``, at most ten times a second.

    An exception in that callable cancels the load and reaches the caller.

    Attributes
    ----------
    stage : str
        What is being done.
    rows_done, rows_total : int
        The rows of this stage.
    bytes_done : int
        The bytes read so far.
    seconds : float
        The time since the load began.
    """

    stage: str
    rows_done: int
    rows_total: int
    bytes_done: int
    seconds: float


ProgressOption: TypeAlias = bool | Callable[[Progress], object] | None
NativeCallback: TypeAlias = Callable[[str, int, int, int, float], object]


@contextmanager
def following(progress: ProgressOption) -> Iterator[NativeCallback | None]:
    """Give the callback for the core, and close what it drew."""
    if progress is None or progress is False:
        yield None
        return
    if callable(progress):
        show = progress
        yield lambda *state: show(Progress(*state))
        return
    drawing = _Bar.or_line()
    try:
        yield lambda *state: drawing.show(Progress(*state))
    finally:
        drawing.close()


class _Line:
    """One line on stderr, updated in place."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, now: Progress) -> None:
        share = now.rows_done / now.rows_total if now.rows_total else 1.0
        self._write(
            f"{now.stage} {share:4.0%}, {now.rows_done:,} of {now.rows_total:,} rows, "
            f"{now.seconds:.1f} s"
        )

    def _write(self, text: str) -> None:
        if sys.stderr is not None:
            sys.stderr.write("\r" + text.ljust(self._width))
            sys.stderr.flush()
            self._width = len(text)

    def close(self) -> None:
        if self._width:
            sys.stderr.write("\n")


class _Bar:
    """A bar of tqdm, which starts again with each stage."""

    def __init__(self, tqdm: Callable[..., Any]) -> None:
        self._bar = tqdm(unit=" rows", unit_scale=True)
        self._stage = ""

    @classmethod
    def or_line(cls) -> "_Bar | _Line":
        try:
            return cls(import_module("tqdm.auto").tqdm)
        except ImportError:
            return _Line()

    def show(self, now: Progress) -> None:
        if now.stage != self._stage:
            self._stage = now.stage
            self._bar.reset(total=now.rows_total)
            self._bar.set_description(now.stage)
        self._bar.update(now.rows_done - self._bar.n)

    def close(self) -> None:
        self._bar.close()
