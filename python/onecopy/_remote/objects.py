"""Objects, opened and fetched for the core."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from onecopy import _native
from onecopy._constants import NativeFilter
from onecopy._lakes.lake import Lake, LakeFile
from onecopy._remote.address import Places, Spot
from onecopy._remote.failures import ObjectChanged
from onecopy._remote.listing import Listed, guessed, listed, several
from onecopy._remote.stores import End, Seen, Store, Wanted


@dataclass(frozen=True, slots=True)
class _Opened:
    store: Store
    path: str
    seen: Seen


class Fetcher:
    """Fetches bytes of objects by their number; the core calls it from its threads."""

    def __init__(self) -> None:
        self.objects: list[_Opened] = []
        self._lock = threading.Lock()
        self._pending: set[Future[tuple[None, int]]] = set()

    def fetch(self, ticket: _native.Ticket, number: int, start: int, stop: int) -> None:
        """Begin a request; its answer goes to the ticket."""
        of = self.objects[number]
        future = of.store.range(of.path, of.seen, Wanted(start, stop, ticket.take))
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(partial(self._answer, ticket))

    def cancel(self) -> None:
        """Give up all requests."""
        with self._lock:
            pending = list(self._pending)
        for future in pending:
            future.cancel()

    def _answer(self, ticket: _native.Ticket, future: "Future[tuple[None, int]]") -> None:
        with self._lock:
            self._pending.discard(future)
        try:
            _, retries = future.result()
        except CancelledError:
            return
        except ObjectChanged as changed:
            ticket.changed(str(changed))
        except BaseException as error:  # noqa: BLE001 (raised by the load)
            ticket.failed(error, getattr(error, "retries", 0))
        else:
            ticket.done(retries)


class Objects:
    """The remote parts of a source; all their objects are opened together."""

    def __init__(
        self,
        option: str,
        filters: NativeFilter | None,
        storage_options: Mapping[str, Any] | None,
        filesystem: object,
    ) -> None:
        self._option = option
        self._filters = filters
        self._places = Places(storage_options, filesystem)
        self._fetcher = Fetcher()
        self._native = _native.Objects(self._fetcher)

    def take(self, texts: Sequence[str]) -> list[_native.ListedObjects]:
        """List what addresses stand for, and open it."""
        spots = [self._places.spot(text, self._option) for text in texts]
        parts = [guessed(spot) or self._listed(spot) for spot in spots]
        wanted = [(at, key) for at, part in enumerate(parts) for key in part.keys]
        numbers: list[list[int]] = [[] for _ in parts]
        missing: dict[int, Exception] = {}
        for (at, key), answer in several(lambda one: parts[one[0]].spot.store.end(one[1]), wanted):
            part = parts[at]
            if isinstance(answer, FileNotFoundError) and part.is_guess and self._may_be_more(part):
                missing[at] = answer
            elif isinstance(answer, Exception):
                raise answer
            else:
                numbers[at].append(self._open(part.spot, key, answer))
        for at, error in missing.items():
            parts[at] = self._folder(parts[at].spot, error)
            keys = parts[at].keys
            for key, answer in several(parts[at].spot.store.end, keys):
                if isinstance(answer, Exception):
                    raise answer
                numbers[at].append(self._open(parts[at].spot, key, answer))
        return [
            self._native.listed(own, part.named, part.passed, part.is_spare)
            for own, part in zip(numbers, parts, strict=True)
        ]

    def lake_files(self, lake: Lake, files: Sequence[LakeFile]) -> list[_native.FileOrigin]:
        """Open files of a table."""
        spots = [self._places.spot(file.path, self._option) for file in files]
        found = []
        opened = several(lambda one: one[0].store.end(one[0].path), zip(spots, files, strict=True))
        for (spot, file), answer in opened:
            if isinstance(answer, Exception):
                raise answer
            number = self._open(spot, spot.path, answer)
            found.append(self._native.lake_file(number, lake.native(file)))
        return found

    def _listed(self, spot: Spot) -> Listed:
        return listed(spot, self._option, self._filters)

    @staticmethod
    def _may_be_more(part: Listed) -> bool:
        return part.spot.store.can_list

    def _folder(self, spot: Spot, missing: Exception) -> Listed:
        """List a folder that is named like a file; where there is none, the file is missing."""
        try:
            found = self._listed(spot)
        except PermissionError:
            raise missing from None
        if found.keys == [spot.path]:
            raise missing
        return found

    def _open(self, spot: Spot, path: str, end: End) -> int:
        self._fetcher.objects.append(_Opened(spot.store, path, end.seen))
        is_pinned = end.seen.tag is not None
        return self._native.add(spot.store.name(path), end.seen.size, end.data, is_pinned)
