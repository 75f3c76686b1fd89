"""From a source, as the user names it, to the list of files to read."""

import os
from pathlib import Path
from typing import TypeAlias

from onecopy import _native

OneSource: TypeAlias = str | os.PathLike[str]
Source: TypeAlias = OneSource | list[OneSource] | list[str] | list[Path] | tuple[OneSource, ...]

_TABLES = ("DataFrame", "LazyFrame", "Table", "Dataset", "RecordBatch")


def expand(source: Source, option: str = "source") -> list[str]:
    """List the files of a source, in the order of their rows, or of the tables of a join."""
    parts = source if isinstance(source, list | tuple) else [source]
    return _native.list_files([_text(part, option) for part in parts], option)


def _text(source: object, option: str) -> str:
    text = os.fspath(source) if isinstance(source, os.PathLike) else source
    if isinstance(text, str):
        return text
    hint = ""
    if type(source).__name__ in _TABLES:
        hint = "; it is in memory already, onecopy reads Parquet files"
    elif isinstance(text, bytes):
        hint = "; decode it with os.fsdecode"
    raise TypeError(
        f"{option}: expected a path, a glob, a directory or a list of these, "
        f"found {type(source).__name__}{hint}"
    )
