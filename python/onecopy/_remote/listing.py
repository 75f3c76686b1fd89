"""The objects that addresses stand for: named ones, prefixes, and those that match a pattern."""

import errno
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from onecopy import _native
from onecopy._constants import NativeFilter
from onecopy._remote.address import Spot

if TYPE_CHECKING:
    from concurrent.futures import Future

Asked = TypeVar("Asked")
Got = TypeVar("Got")

AT_ONCE = 16
"""Requests that wait at a time."""
ENDINGS = (".parquet", ".parq", ".pq")
_WILDCARD = re.compile(r"[*?\[]")


@dataclass
class Listed:
    """What one address stands for."""

    spot: Spot
    keys: list[str]
    named: str
    passed: list[str] = field(default_factory=list)
    is_spare: bool = False
    is_guess: bool = False
    """Whether it was not asked whether there is such an object."""


def several(
    ask: Callable[[Asked], "Future[tuple[Got, int]]"], wanted: Iterable[Asked]
) -> Iterator[tuple[Asked, Got | Exception]]:
    """Ask for many things, several at a time; answers and errors come in their order."""
    waiting: deque[tuple[Asked, Future[tuple[Got, int]]]] = deque()
    left = iter(wanted)
    try:
        while True:
            while len(waiting) < AT_ONCE and (next_one := next(left, None)) is not None:
                waiting.append((next_one, ask(next_one)))
            if not waiting:
                return
            asked, future = waiting.popleft()
            try:
                found: Got | Exception = future.result()[0]
            except Exception as error:  # noqa: BLE001 (the caller decides)
                found = error
            yield asked, found
    finally:
        for _, future in waiting:
            future.cancel()


def guessed(spot: Spot) -> Listed | None:
    """Return what an address looks like that names an object; None if it looks like more."""
    named = spot.path.lower()
    is_object = named.endswith(ENDINGS) or not spot.store.can_list
    if _WILDCARD.search(named) or not named or named.endswith("/") or not is_object:
        return None
    return Listed(spot, [spot.path], spot.name, is_guess=True)


def listed(spot: Spot, option: str, filters: NativeFilter | None) -> Listed:
    """List what is below an address, or matches it."""
    if not spot.store.can_list:
        raise ValueError(
            f"{option}: an HTTP server does not list its files, so {spot.name!r} stands for none; "
            "name each file"
        )
    pattern = spot.path.rstrip("/")
    names = pattern.split("/")
    fixed = next((at for at, name in enumerate(names) if _WILDCARD.search(name)), len(names))
    folder = "/".join(names[:fixed])
    walk = _Walk(spot, spot.store.name(folder), filters)
    keys = _native.chosen_objects(walk.keys(folder), pattern)
    found = Listed(spot, keys, walk.named, walk.passed)
    if not keys and walk.passed:
        walk = _Walk(spot, walk.named, None)
        found.keys = _native.chosen_objects(walk.keys(folder), pattern)[:1]
        found.is_spare = True
    if not found.keys and fixed == len(names) and pattern and not walk.has_any:
        return Listed(spot, [spot.path], spot.name)
    if not found.keys:
        what = f"no Parquet file (.parquet, .parq, .pq) in or below the {option}"
        raise FileNotFoundError(errno.ENOENT, what, spot.name)
    return found


class _Walk:
    """A look at what is below a folder; those that filters exclude are passed over."""

    def __init__(self, spot: Spot, named: str, filters: NativeFilter | None) -> None:
        self.store = spot.store
        self.named = named
        self.filters = filters
        self.passed: list[str] = []
        self.has_any = False

    def keys(self, top: str) -> list[str]:
        """Return the keys of all objects below a folder."""
        found: list[str] = []
        folders = [top]
        while folders and self.filters is not None:
            deeper: list[str] = []
            for _, answer in several(self.store.folder, folders):
                inside = _or_raise(answer)
                found += inside.objects
                # Below folders without keys nothing is excluded one by one.
                if any("=" in name.rsplit("/", 1)[-1] for name in inside.folders):
                    deeper += [name for name in inside.folders if self._wants(name)]
                else:
                    found += self._all(inside.folders)
            folders = deeper
        if self.filters is None:
            found += self._all(folders)
        self.has_any = self.has_any or bool(found)
        return found

    def _all(self, folders: list[str]) -> list[str]:
        below = [_or_raise(answer) for _, answer in several(self.store.below, folders)]
        keys = [key for each in below for key in each]
        if self.filters is None:
            return keys
        wanted = {parent: self._wants(parent) for parent in {k.rpartition("/")[0] for k in keys}}
        return [key for key in keys if wanted[key.rpartition("/")[0]]]

    def _wants(self, folder: str) -> bool:
        name = self.store.name(folder)
        wants = _native.wants_folder(name, self.named, self.filters)
        self.has_any = True
        if not wants:
            self.passed.append(name)
        return wants


def _or_raise(answer: Got | Exception) -> Got:
    if isinstance(answer, Exception):
        raise answer
    return answer
