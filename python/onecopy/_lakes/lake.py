"""A table as its reader found it: the files that it names, and what is the same in each.

A table that is more than its files, such as one with rows that are marked as deleted, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any, NoReturn
from urllib.parse import quote

from onecopy import _native
from onecopy._constants import NativeFilter
from onecopy._lakes import reader_of

_NULL = "__HIVE_DEFAULT_PARTITION__"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (constants are texts without a time zone)
_TYPES = {
    "integer": ("byte", "short", "integer", "long", "int", "uint"),
    "float": ("float", "double", "halffloat"),
    "bool": ("bool",),
    "text": ("string", "large_string", "dictionary<values=string"),
    "date": ("date",),
    "timestamp": ("timestamp",),
}


@dataclass
class LakeFile:
    """A file, and what is the same in all its rows."""

    path: str
    constants: dict[str, Any]


@dataclass
class Lake:
    """A table: its files, its columns with the numbers of their fields, and how to reach it."""

    files: list[LakeFile]
    columns: list[tuple[str, int | None]]
    types: dict[str, str] = field(default_factory=dict)
    storage_options: Mapping[str, Any] = field(default_factory=dict)
    filesystem: Any = None

    def native(self, file: LakeFile) -> _native.LakeFile:
        """Return a file as the core knows it."""
        constants = [
            (name, self.types[name], None if value is None else text_of(value, self.types[name]))
            for name, value in file.constants.items()
        ]
        return _native.LakeFile(self.columns, constants)

    def wants(self, file: LakeFile, filters: NativeFilter | None) -> bool:
        """Whether filters can want anything in a file."""
        said = [
            f"{quote(name, safe='')}="
            + (_NULL if value is None else quote(text_of(value, self.types[name]), safe=""))
            for name, value in file.constants.items()
        ]
        return _native.wants_folder("/".join(said), "", filters)


def lake_of(source: object, option: str) -> Lake:
    """Ask a table for its files, and put them in natural order."""
    reader = reader_of(source)
    if reader is None:
        raise TypeError(f"{option}: found no table that names files")
    lake: Lake = import_module(f"{__package__}.{reader}").read(source, option)
    if not lake.files:
        raise ValueError(f"{option}: the table has no files, so there is nothing to load")
    order = _native.in_natural_order([file.path for file in lake.files])
    places = {path: at for at, path in enumerate(order)}
    lake.files.sort(key=lambda file: places[file.path])
    return lake


def refuse(option: str, what: str, way_out: str) -> NoReturn:
    """Say what is not read here, and what to do."""
    raise ValueError(f"{option}: {what}; {way_out}")


def type_of(kind: object, name: str, option: str) -> str:
    """Return what the values of a constant are."""
    text = str(kind)
    for ours, theirs in _TYPES.items():
        if text.startswith(theirs):
            return ours
    what = f"the table is partitioned by {name!r}, whose type {text} is not read here"
    refuse(option, what, "load its files by their paths")


def text_of(value: object, kind: str) -> str:
    """Return a constant as text."""
    if kind == "date" and isinstance(value, int):
        value = _EPOCH.date() + timedelta(value)
    if kind == "timestamp" and isinstance(value, int):
        value = _EPOCH + timedelta(microseconds=value)
    if isinstance(value, datetime):
        naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return naive.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
