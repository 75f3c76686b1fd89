"""From a source, as the user names it, to the files to read and the tables in memory."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from onecopy import _native
from onecopy._constants import NativeFilter
from onecopy._frames import ArrowSource, Query, is_frame, take, take_any
from onecopy._lakes import FILE, LakeSource, is_lake, local_path
from onecopy._remote import is_address

OneSource: TypeAlias = str | os.PathLike[str] | ArrowSource | LakeSource
Source: TypeAlias = OneSource | Sequence[OneSource]

# Of a source that is read once, what is read in turn.
Part: TypeAlias = _native.Origins | _native.Stream | Query

# What the core lists.
_Known: TypeAlias = str | _native.Frame | _native.ListedObjects | Sequence[_native.FileOrigin]
_Held = TypeVar("_Held")

_TABLES = ("DataFrame", "Table", "Dataset", "RecordBatch")


@dataclass(eq=False)
class Access:
    """How sources are reached that are no local files."""

    storage_options: Mapping[str, Any] | None = None
    filesystem: Any = None

    def __post_init__(self) -> None:
        options = self.storage_options
        if options is not None and not isinstance(options, Mapping):
            found = type(options).__name__
            raise TypeError(f"storage_options: expected a dict or None, found {found}")


LOCAL = Access()


def expand(
    source: Source,
    option: str = "source",
    filters: NativeFilter | None = None,
    access: Access = LOCAL,
) -> _native.Origins:
    """List what a source consists of, in the order of its rows, or of the tables of a join.

    Folders whose keys exclude what `filters` ask for are not looked into.
    """
    taken = _taken(source, option, filters, access, lambda part: take(part, option))
    return _native.Origins(taken, option, filters)


def _taken(
    source: Source,
    option: str,
    filters: NativeFilter | None,
    access: Access,
    hold: Callable[[object], _Held],
) -> list[_Known | _Held]:
    """Take each part of a source; `hold` takes what hands out Arrow data."""
    parts = source if isinstance(source, list | tuple) else [source]
    taken: list[_Known | _Held] = []
    remote: dict[int, str] = {}
    for at, part in enumerate(parts):
        if is_lake(part):
            taken.append(_files_of(part, option, filters, access))
            continue
        if is_frame(part):
            taken.append(hold(part))
            continue
        text = _text(part, option)
        if access.filesystem is not None or (is_address(text) and not text.startswith(FILE)):
            remote[at] = text
        taken.append(_unquoted(local_path(text)) if text.startswith(FILE) else text)
    if remote:
        from onecopy._remote.objects import Objects  # noqa: PLC0415 (a local load needs no network)

        objects = Objects(option, filters, access.storage_options, access.filesystem)
        for at, listed in zip(remote, objects.take(list(remote.values())), strict=True):
            taken[at] = listed
    return taken


def _unquoted(path: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 (takes milliseconds, and few loads need it)

    return unquote(path)


def has_lake(source: Source) -> bool:
    """Whether a part of a source is a table, whose files may lack some of its columns."""
    return any(map(is_lake, source if isinstance(source, list | tuple) else [source]))


def _files_of(
    source: object, option: str, filters: NativeFilter | None, access: Access
) -> list[_native.FileOrigin]:
    """Return the files that a table names; where filters exclude all, the first for its columns."""
    from onecopy._lakes.lake import lake_of  # noqa: PLC0415 (few sources are tables of files)

    lake = lake_of(source, option)
    files = [file for file in lake.files if filters is None or lake.wants(file, filters)]
    files = files or lake.files[:1]
    filesystem = access.filesystem if lake.filesystem is None else lake.filesystem
    paths = [local_path(file.path) for file in files]
    if filesystem is None and not any(map(is_address, paths)):
        return [lake.native(file).local(path) for file, path in zip(files, paths, strict=True)]
    from onecopy._remote.objects import Objects  # noqa: PLC0415 (a local load needs no network)

    options = {**lake.storage_options, **(access.storage_options or {})}
    return Objects(option, None, options, filesystem).lake_files(lake, files)


@dataclass(eq=False, repr=False)
class Expanded:
    """What a source consists of: what is known of it, and its parts if some are read once."""

    origins: _native.Origins
    parts: tuple[Part, ...] | None


def expand_any(
    source: Source, filters: NativeFilter | None = None, access: Access = LOCAL
) -> Expanded:
    """List what a source consists of; of streams there are only columns before they are read."""
    taken = _taken(source, "source", filters, access, take_any)
    known = [part.columns if isinstance(part, Query) else part for part in taken]
    origins = _native.Origins(known, "source", filters)
    if not any(isinstance(part, _native.Stream | Query) for part in taken):
        return Expanded(origins, None)
    return Expanded(origins, tuple(_parts(taken, filters)))


def _parts(
    taken: Sequence[_Known | _native.Stream | Query], filters: NativeFilter | None
) -> list[Part]:
    """Gather neighbours that have a length."""
    parts: list[Part] = []
    together: list[_Known] = []
    for part in [*taken, None]:
        if part is not None and not isinstance(part, _native.Stream | Query):
            together.append(part)
            continue
        if together:
            parts.append(_native.Origins(together, "source", filters))
            together = []
        if part is not None:
            parts.append(part)
    return parts


def _text(source: object, option: str) -> str:
    text = os.fspath(source) if isinstance(source, os.PathLike) else source
    if isinstance(text, str):
        return text
    hint = ""
    if type(source).__name__ in _TABLES:
        hint = "; it does not hand out Arrow data (__arrow_c_stream__): convert it, or write a file"
    elif isinstance(text, bytes):
        hint = "; decode it with os.fsdecode"
    raise TypeError(
        f"{option}: expected a path, an address, a glob, a directory, a table in memory or a list "
        f"of these, found {type(source).__name__}{hint}"
    )
