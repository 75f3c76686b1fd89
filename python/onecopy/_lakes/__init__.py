"""Tables of Delta and Iceberg, and datasets of pyarrow: which objects they are.

They are made by packages that the user imports, and known by the names of their classes. What
asks them for their files is imported where one is given.
"""

from typing import Any, Protocol, TypeAlias

FILE = "file://"
_READERS = {
    "deltalake.DeltaTable": "delta",
    "pyiceberg.Table": "iceberg",
    "pyiceberg.DataScan": "iceberg",
    "pyarrow.Dataset": "dataset",
}
"""What reads a table, by the package and the name of its class."""


class DeltaSource(Protocol):
    """A table of Delta."""

    def get_add_actions(self) -> Any: ...  # noqa: ANN401


class IcebergTable(Protocol):
    """A table of Iceberg."""

    def scan(self) -> Any: ...  # noqa: ANN401


class IcebergScan(Protocol):
    """A scan of a table of Iceberg."""

    def plan_files(self) -> Any: ...  # noqa: ANN401


class ArrowDataset(Protocol):
    """A dataset of pyarrow."""

    def get_fragments(self) -> Any: ...  # noqa: ANN401


LakeSource: TypeAlias = DeltaSource | IcebergTable | IcebergScan | ArrowDataset


def is_lake(source: object) -> bool:
    """Whether a source is a table that names files."""
    return reader_of(source) is not None


def local_path(path: str) -> str:
    """Return the path of a local file, which may be written as an address."""
    return path.removeprefix(FILE)


def reader_of(source: object) -> str | None:
    """Name the module here that asks a table for its files."""
    for kind in type(source).__mro__:
        name = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
        if name in _READERS:
            return _READERS[name]
    return None
