"""File systems of fsspec and pyarrow, which block: their requests are made by threads.

They have no way to ask for bytes of one content only. So what an object is, is asked after its
bytes have come: where it is still the same, they are its bytes.
"""

import errno
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from onecopy._remote.failures import MOST_RETRIES, Attempts
from onecopy._remote.network import Threads, persist_blocking
from onecopy._remote.stores import TAIL, End, Folder, Seen, Wanted

if TYPE_CHECKING:
    from concurrent.futures import Future

Got = TypeVar("Got")

_THREADS = Threads()
_TAGS = ("ETag", "etag", "e_tag", "md5Hash", "content_md5", "checksum", "ino")
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


class BlockingStore(ABC):
    """A file system whose calls block."""

    can_list = True

    def __init__(self, system: Any) -> None:  # noqa: ANN401 (its package may be missing)
        self._system = system

    def name(self, path: str) -> str:
        """Return what errors and reports call an object."""
        return path

    def end(self, path: str) -> "Future[tuple[End, int]]":
        """Ask for the last bytes of an object."""
        return self._run(path, lambda: self._end(path))

    def range(self, path: str, seen: Seen, wanted: Wanted) -> "Future[tuple[None, int]]":
        """Ask for some bytes of an object, which must still be what it was."""

        def request() -> None:
            wanted.take(self._range(path, seen, wanted.start, wanted.stop))

        return self._run(path, request)

    def folder(self, path: str) -> "Future[tuple[Folder, int]]":
        """Ask for what is in a folder."""
        return self._run(path, lambda: self._folder(path))

    def below(self, path: str) -> "Future[tuple[list[str], int]]":
        """Ask for the keys of all objects below a folder."""
        return self._run(path, lambda: self._below(path))

    def _run(self, path: str, request: Callable[[], Got]) -> "Future[tuple[Got, int]]":
        attempts = Attempts(self.name(path), MOST_RETRIES)
        return _THREADS.run(lambda: persist_blocking(attempts, request, time.sleep))

    def _end(self, path: str) -> End:
        seen = self._seen(path)
        if seen.size == 0:
            return End(seen, b"")
        return End(seen, self._range(path, seen, max(0, seen.size - TAIL), seen.size))

    def _range(self, path: str, seen: Seen, start: int, stop: int) -> Any:  # noqa: ANN401
        data = self._bytes(path, start, stop)
        seen.require(self._seen(path))
        if len(data) != stop - start:
            raise OSError(errno.EIO, f"{len(data)} of {stop - start} bytes came")
        return data

    @abstractmethod
    def _seen(self, path: str) -> Seen: ...
    @abstractmethod
    def _bytes(self, path: str, start: int, stop: int) -> Any: ...  # noqa: ANN401
    @abstractmethod
    def _folder(self, path: str) -> Folder: ...
    @abstractmethod
    def _below(self, path: str) -> list[str]: ...


class FsspecStore(BlockingStore):
    """A file system of fsspec."""

    def _seen(self, path: str) -> Seen:
        self._system.invalidate_cache(path)
        info = self._system.info(path)
        if info.get("type") == "directory":
            raise FileNotFoundError(path)
        said = [str(info[key]) for key in (*_TAGS, *_TIMES) if info.get(key) is not None]
        return Seen(info["size"], " ".join(said) or None)

    def _bytes(self, path: str, start: int, stop: int) -> Any:  # noqa: ANN401
        return self._system.cat_file(path, start=start, end=stop)

    def _folder(self, path: str) -> Folder:
        try:
            found = self._system.ls(path, detail=True)
        except FileNotFoundError:
            return Folder([], [])
        kinds = [(entry["name"].rstrip("/"), entry["type"] == "directory") for entry in found]
        folders = [name for name, is_folder in kinds if is_folder]
        return Folder([name for name, is_folder in kinds if not is_folder], folders)

    def _below(self, path: str) -> list[str]:
        return list(self._system.find(path))


class ArrowStore(BlockingStore):
    """A file system of pyarrow."""

    def _seen(self, path: str) -> Seen:
        info = self._system.get_file_info(path)
        if not info.is_file:
            raise FileNotFoundError(path)
        modified = info.mtime_ns
        return Seen(info.size, None if modified is None else f"modified {modified}")

    def _bytes(self, path: str, start: int, stop: int) -> Any:  # noqa: ANN401
        with self._system.open_input_file(path) as file:
            return file.read_at(stop - start, start)

    def _folder(self, path: str) -> Folder:
        found = self._selected(path, is_deep=False)
        folders = [info.path for info in found if not info.is_file]
        return Folder([info.path for info in found if info.is_file], folders)

    def _below(self, path: str) -> list[str]:
        return [info.path for info in self._selected(path, is_deep=True) if info.is_file]

    def _selected(self, path: str, *, is_deep: bool) -> list[Any]:
        from pyarrow import fs  # type: ignore[import-untyped, unused-ignore] # noqa: PLC0415

        selector = fs.FileSelector(path, recursive=is_deep, allow_not_found=True)
        return list(self._system.get_file_info(selector))
