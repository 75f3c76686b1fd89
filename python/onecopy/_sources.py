"""From a source, as the user names it, to the files to read and the tables in memory."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from onecopy import _native
from onecopy._constants import NativeFilter
from onecopy._frames import ArrowSource, Query, Taken, is_frame, take, take_any

OneSource: TypeAlias = str | os.PathLike[str] | ArrowSource
Source: TypeAlias = OneSource | Sequence[OneSource]

# Of a source that is read once, what is read in turn.
Part: TypeAlias = _native.Origins | _native.Stream | Query

_TABLES = ("DataFrame", "Table", "Dataset", "RecordBatch")


def expand(
    source: Source, option: str = "source", filters: NativeFilter | None = None
) -> _native.Origins:
    """List what a source consists of, in the order of its rows, or of the tables of a join.

    Folders whose keys exclude what `filters` ask for are not looked into.
    """
    parts = source if isinstance(source, list | tuple) else [source]
    taken = [take(part, option) if is_frame(part) else _text(part, option) for part in parts]
    return _native.Origins(taken, option, filters)


@dataclass(frozen=True, eq=False, repr=False)
class Expanded:
    """What a source consists of: what is known of it, and its parts if some are read once."""

    origins: _native.Origins
    parts: tuple[Part, ...] | None


def expand_any(source: Source, filters: NativeFilter | None = None) -> Expanded:
    """List what a source consists of; of streams there are only columns before they are read."""
    given = source if isinstance(source, list | tuple) else [source]
    taken = [take_any(part) if is_frame(part) else _text(part, "source") for part in given]
    known = [part.columns if isinstance(part, Query) else part for part in taken]
    origins = _native.Origins(known, "source", filters)
    if not any(isinstance(part, _native.Stream | Query) for part in taken):
        return Expanded(origins, None)
    return Expanded(origins, tuple(_parts(taken, filters)))


def _parts(taken: Sequence[Taken | str], filters: NativeFilter | None) -> list[Part]:
    """Gather neighbours that have a length."""
    parts: list[Part] = []
    together: list[_native.Frame | str] = []
    for part in [*taken, None]:
        if isinstance(part, _native.Frame | str):
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
        f"{option}: expected a path, a glob, a directory, a table in memory or a list of these, "
        f"found {type(source).__name__}{hint}"
    )
