"""The listing of sources, written once more in Python: the meaning that the fast one must have."""

import glob
import os
import re
from pathlib import Path

_SUFFIXES = (".parquet", ".parq", ".pq")


def listed(source: str) -> list[str]:
    """List the files of a path, a directory or a glob; the error is that of the first call."""
    try:
        is_directory = Path(source).is_dir() or not Path(source).stat()
    except OSError:
        if not glob.has_magic(source):
            raise
        return _matches(source)
    return _walk(source) if is_directory else [source]


def natural(path: str) -> tuple[object, ...]:
    """Order text as text and numbers as numbers, directory by directory."""
    parts = tuple(
        tuple(int(piece) if place % 2 else piece for place, piece in enumerate(pieces))
        for pieces in (re.split("([0-9]+)", part) for part in Path(path).parts)
    )
    return parts, path


def _matches(pattern: str) -> list[str]:
    files = set[str]()
    for hit in glob.glob(pattern, recursive=True):  # noqa: PTH207
        if Path(hit).is_dir():
            files.update(_walk(hit))
        # Before Python 3.12, "x/**" matched "x/" also where there was no directory x.
        elif not hit.endswith("/"):
            files.add(hit)
    places = dict[str, str]()
    for file in sorted(files, key=natural):
        places.setdefault(str(Path(os.path.realpath(Path(file).parent), Path(file).name)), file)
    return list(places.values())


def _walk(directory: str) -> list[str]:
    files = list[str]()
    seen = set[str]()
    for folder, below, names in os.walk(directory, onerror=_refuse, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted((name for name in below if _is_visible(name)), key=natural)
        files += [
            str(Path(folder, name))
            for name in names
            if _is_visible(name) and name.lower().endswith(_SUFFIXES)
        ]
    return sorted(files, key=natural)


def _is_visible(name: str) -> bool:
    return not name.startswith(("_", "."))


def _refuse(error: OSError) -> None:
    raise error
