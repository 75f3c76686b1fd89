"""From a source, as the user names it, to the list of files to read and of tables in memory."""

import os
from collections.abc import Sequence
from typing import TypeAlias

from onecopy import _native
from onecopy._frames import ArrowSource, is_frame, take

OneSource: TypeAlias = str | os.PathLike[str] | ArrowSource
Source: TypeAlias = OneSource | Sequence[OneSource]
Origin: TypeAlias = str | _native.Frame

_TABLES = ("DataFrame", "Table", "Dataset", "RecordBatch")


def expand(source: Source, option: str = "source") -> list[Origin]:
    """List what a source consists of, in the order of its rows, or of the tables of a join."""
    parts = list(source) if isinstance(source, list | tuple) else [source]
    if not any(map(is_frame, parts)):
        return [*files(parts, option)]
    origins: list[Origin] = []
    for part in parts:
        if is_frame(part):
            origins.append(take(part, option))
        else:
            origins.extend(files([part], option))
    return origins


def files(paths: Sequence[object], option: str = "source") -> list[str]:
    """List the files of paths, directories and globs, in the order of their rows."""
    return _native.list_files([_text(path, option) for path in paths], option)


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
