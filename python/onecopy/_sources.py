"""From a source, as the user names it, to the list of files to read."""

import errno
import glob
import os
import re
import stat
from pathlib import Path
from typing import TypeAlias

OneSource: TypeAlias = str | os.PathLike[str]
Source: TypeAlias = OneSource | list[OneSource] | list[str] | list[Path] | tuple[OneSource, ...]

_SUFFIXES = (".parquet", ".parq", ".pq")
_TABLES = ("DataFrame", "LazyFrame", "Table", "Dataset", "RecordBatch")
# Two letters at least, so that a drive is no scheme; one slash, because `Path` merges two.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def expand(source: Source, option: str = "source") -> list[str]:
    """List the files of a source, in the order of their rows, or of the tables of a join."""
    if not isinstance(source, list | tuple):
        return _expand_one(source, option)
    if not source:
        raise ValueError(f"{option}: expected at least one path, found an empty list")
    return [path for part in source for path in _expand_one(part, option)]


def _expand_one(source: OneSource, option: str) -> list[str]:
    text = _text(source, option)
    try:
        mode = Path(text).stat().st_mode
    except OSError:
        if _URL.match(text):
            raise ValueError(
                f"{option}: expected a local file, found the address {text!r}; "
                "download it first, onecopy reads local files only"
            ) from None
        if not glob.has_magic(text):
            raise
        found = _matches(text)
    else:
        found = _walk(text) if stat.S_ISDIR(mode) else [text]
    if not found:
        kind = f"no Parquet file (.parquet, .parq, .pq) in or below the {option}"
        raise FileNotFoundError(errno.ENOENT, kind, text)
    return found


def _text(source: object, option: str) -> str:
    text = os.fspath(source) if isinstance(source, os.PathLike) else source
    if not isinstance(text, str):
        hint = ""
        if type(source).__name__ in _TABLES:
            hint = "; it is in memory already, onecopy reads Parquet files"
        elif isinstance(text, bytes):
            hint = "; decode it with os.fsdecode"
        raise TypeError(
            f"{option}: expected a path, a glob, a directory or a list of these, "
            f"found {type(source).__name__}{hint}"
        )
    if not text:
        raise ValueError(f"{option}: expected a path, found an empty text")
    return text


def _matches(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern.
    hits = glob.glob(pattern, recursive=True)  # noqa: PTH207
    files = set[str]()
    for hit in hits:
        files.update(_walk(hit) if Path(hit).is_dir() else [hit])
    # "**" follows links, which may lead back up: each place counts once, the first in order.
    places = dict[str, str]()
    for file in sorted(files, key=_natural):
        places.setdefault(str(Path(os.path.realpath(Path(file).parent), Path(file).name)), file)
    return list(places.values())


def _walk(directory: str) -> list[str]:
    files = list[str]()
    seen = set[str]()
    for folder, below, names in os.walk(directory, onerror=_refuse, followlinks=True):
        # A link may lead back up: each folder counts once, the first in order.
        real = os.path.realpath(folder)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted((name for name in below if _visible(name)), key=_natural)
        files += [
            str(Path(folder, name))
            for name in names
            if _visible(name) and name.lower().endswith(_SUFFIXES)
        ]
    return sorted(files, key=_natural)


def _visible(name: str) -> bool:
    return not name.startswith(("_", "."))


def _refuse(error: OSError) -> None:
    raise error


def _natural(path: str) -> tuple[object, ...]:
    # Text and numbers alternate in each part, so like is only compared with like.
    parts = tuple(
        tuple(int(piece) if place % 2 else piece for place, piece in enumerate(pieces))
        for pieces in (re.split("([0-9]+)", part) for part in Path(path).parts)
    )
    return parts, path
