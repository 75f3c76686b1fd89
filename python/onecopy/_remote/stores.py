"""What lists and reads objects, and the stores of obstore, which do so by a loop."""

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from onecopy._remote.failures import MOST_RETRIES, Attempts, ObjectChanged, status_of
from onecopy._remote.network import LOOP, persist

if TYPE_CHECKING:
    from concurrent.futures import Future

TAIL = 512 << 10
"""Bytes at the end of an object that its footer is looked for in."""
_NO_SUFFIX = 416


@dataclass(frozen=True, slots=True)
class Seen:
    """What an object is: its size, and what tells its content from any other, if anything does."""

    size: int
    tag: str | None

    def require(self, now: "Seen") -> None:
        """Refuse another content."""
        if now.size != self.size:
            raise ObjectChanged(f"it had {self.size} bytes and now has {now.size}")
        if now.tag != self.tag:
            raise ObjectChanged("another object has taken its place")


@dataclass(frozen=True, slots=True)
class End:
    """What an object is, and its last bytes."""

    seen: Seen
    data: Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some bytes, and who takes them."""

    start: int
    stop: int
    take: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in a folder: keys of objects, and folders without a slash at their ends."""

    objects: list[str]
    folders: list[str]


class Store(Protocol):
    """What lists and reads objects; each call begins a request, and says how often it was made."""

    can_list: bool

    def name(self, path: str) -> str:
        """Return what errors and reports call an object."""
        ...

    def end(self, path: str) -> "Future[tuple[End, int]]":
        """Ask for the last bytes of an object."""
        ...

    def range(self, path: str, seen: Seen, wanted: "Wanted") -> "Future[tuple[None, int]]":
        """Ask for some bytes of an object, which must still be what it was."""
        ...

    def folder(self, path: str) -> "Future[tuple[Folder, int]]":
        """Ask for what is in a folder."""
        ...

    def below(self, path: str) -> "Future[tuple[list[str], int]]":
        """Ask for the keys of all objects below a folder."""
        ...


class ObjectStore:
    """A store of obstore."""

    def __init__(
        self,
        store: Any,  # noqa: ANN401 (its package may be missing)
        name: Callable[[str], str] = str,
        *,
        can_list: bool = True,
        most_retries: int = MOST_RETRIES,
    ) -> None:
        self._store = store
        self._most = most_retries
        self._has_suffixes = type(store).__name__ != "AzureStore"
        self.name = name
        self.can_list = can_list

    def end(self, path: str) -> "Future[tuple[End, int]]":
        return LOOP.run(persist(self._attempts(path), lambda: self._end(path)))

    def range(self, path: str, seen: Seen, wanted: Wanted) -> "Future[tuple[None, int]]":
        async def request() -> None:
            wanted.take(await self._range(path, seen, wanted.start, wanted.stop))

        return LOOP.run(persist(self._attempts(path), request))

    def folder(self, path: str) -> "Future[tuple[Folder, int]]":
        return LOOP.run(persist(self._attempts(path), lambda: self._folder(path)))

    def below(self, path: str) -> "Future[tuple[list[str], int]]":
        return LOOP.run(persist(self._attempts(path), lambda: self._below(path)))

    def _attempts(self, path: str) -> Attempts:
        return Attempts(self.name(path), self._most)

    async def _end(self, path: str) -> End:
        if self._has_suffixes:
            try:
                found = await self._store.get_async(path, options={"range": {"suffix": TAIL}})
                return End(_seen(found.meta), await found.bytes_async())
            except Exception as error:
                # What is empty has no last bytes, and some stores do not count from the end.
                is_unknown = type(error).__name__ == "NotSupportedError"
                if not is_unknown and status_of(error) != _NO_SUFFIX:
                    raise
                self._has_suffixes = self._has_suffixes and not is_unknown
        seen = _seen(await self._store.head_async(path))
        if seen.size == 0:
            return End(seen, b"")
        return End(seen, await self._range(path, seen, max(0, seen.size - TAIL), seen.size))

    async def _range(self, path: str, seen: Seen, start: int, stop: int) -> Any:  # noqa: ANN401
        options: dict[str, Any] = {"range": (start, stop)}
        if seen.tag is not None and seen.tag.startswith('"'):
            options["if_match"] = seen.tag
        found = await self._store.get_async(path, options=options)
        seen.require(_seen(found.meta))
        data = await found.bytes_async()
        if len(data) != stop - start:
            raise OSError(errno.EIO, f"{len(data)} of {stop - start} bytes came")
        return data

    async def _folder(self, path: str) -> Folder:
        found = await self._store.list_with_delimiter_async(path or None)
        folders = [folder.rstrip("/") for folder in found["common_prefixes"]]
        return Folder([entry["path"] for entry in found["objects"]], folders)

    async def _below(self, path: str) -> list[str]:
        batches = self._store.list(path or None)
        return [entry["path"] async for batch in batches for entry in batch]


def _seen(meta: Mapping[str, Any]) -> Seen:
    tag, modified = meta.get("e_tag"), meta.get("last_modified")
    if not tag and modified is not None and modified.timestamp() > 0:
        tag = f"modified {modified.isoformat()}"
    return Seen(meta["size"], tag or None)
