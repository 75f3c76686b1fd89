"""From a source, as the user names it, to the files to read and the tables in memory."""

import os
from collections.abc import Sequence
from typing import TypeAlias

from onecopy import _native
from onecopy._constants import NativeFilter
from onecopy._frames import ArrowSource, is_frame, take

OneSource: TypeAlias = str | os.PathLike[str] | ArrowSource
Source: TypeAlias = OneSource | Sequence[OneSource]

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
