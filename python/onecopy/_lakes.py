"""Tables of Delta and Iceberg, and datasets of pyarrow: the files that they name, in natural order.

They are made by packages that the user imports, and known by the names of their classes. A table
that is more than its files, such as one with rows that are marked as deleted, is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, unquote

from onecopy import _native
from onecopy._constants import NativeFilter

_NULL = "__HIVE_DEFAULT_PARTITION__"
_FILE = "file://"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (constants are texts without a time zone)
_FEATURES = {"deletionVectors", "timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"} | {
    "columnMapping",
    "typeWidening",
    "typeWidening-preview",
}
"""Features of Delta that change nothing here, or are looked at one by one."""
_TYPES = {
    "integer": ("byte", "short", "integer", "long", "int", "uint"),
    "float": ("float", "double", "halffloat"),
    "bool": ("bool",),
    "text": ("string", "large_string", "dictionary<values=string"),
    "date": ("date",),
    "timestamp": ("timestamp",),
}
_S3 = {
    "s3.endpoint": "endpoint",
    "s3.region": "region",
    "s3.access-key-id": "access_key_id",
    "s3.secret-access-key": "secret_access_key",
    "s3.session-token": "session_token",
}


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
            (name, self.types[name], None if value is None else _text(value, self.types[name]))
            for name, value in file.constants.items()
        ]
        return _native.LakeFile(self.columns, constants)

    def wants(self, file: LakeFile, filters: NativeFilter | None) -> bool:
        """Whether filters can want anything in a file."""
        said = [
            f"{quote(name, safe='')}="
            + (_NULL if value is None else quote(_text(value, self.types[name]), safe=""))
            for name, value in file.constants.items()
        ]
        return _native.wants_folder("/".join(said), "", filters)


def is_lake(source: object) -> bool:
    """Whether a source is a table that names files."""
    return _reader(source) is not None


def lake_of(source: object, option: str) -> Lake:
    """Ask a table for its files."""
    read = _reader(source)
    if read is None:
        raise TypeError(f"{option}: found no table that names files")
    lake = read(source, option)
    if not lake.files:
        raise ValueError(f"{option}: the table has no files, so there is nothing to load")
    order = _native.in_natural_order([file.path for file in lake.files])
    places = {path: at for at, path in enumerate(order)}
    lake.files.sort(key=lambda file: places[file.path])
    return lake


def local_path(path: str) -> str:
    """Return the path of a local file, which may be written as an address."""
    return path.removeprefix(_FILE)


def _reader(source: object) -> Callable[[Any, str], Lake] | None:
    for kind in type(source).__mro__:
        name = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
        if name in _READERS:
            return _READERS[name]
    return None


def _refuse(option: str, what: str, way_out: str) -> None:
    raise ValueError(f"{option}: {what}; {way_out}")


def _delta(table: Any, option: str) -> Lake:  # noqa: ANN401 (its package may be missing)
    metadata, protocol = table.metadata(), table.protocol()
    if metadata.configuration.get("delta.columnMapping.mode", "none") != "none":
        what = "the table maps its columns to other names in its files, which is not read here"
        _refuse(option, what, "load table.to_pyarrow_table(), or write it without the mapping")
    unknown = set(protocol.reader_features or ()) - _FEATURES
    if unknown:
        what = f"the table needs a reader that knows {', '.join(sorted(unknown))}"
        _refuse(option, what, "load it by its own package, and take the table in memory")
    marked = _marked(table)
    if marked:
        what = f"deleted rows are marked in {len(marked):,} files, such as {marked[0]!r}"
        way_out = "rewrite them with table.optimize.compact(), or load table.to_pyarrow_table()"
        _refuse(option, what, way_out)
    actions = table.get_add_actions(flatten=True)
    keys = list(metadata.partition_columns)

    def column(name: str) -> list[Any]:
        return [value.as_py() for value in actions.column(name)]

    root = table.table_uri.rstrip("/")
    root = unquote(root) if root.startswith(_FILE) else root
    values = [column(f"partition.{key}") for key in keys] if actions.num_rows else []
    paths = column("path") if actions.num_rows else []
    types = {own.name: own.type for own in table.schema().fields}
    return Lake(
        files=[
            LakeFile(
                _joined(root, unquote(path)), {k: v[at] for k, v in zip(keys, values, strict=True)}
            )
            for at, path in enumerate(paths)
        ],
        columns=[(name, None) for name in types],
        types={key: _type(getattr(types[key], "type", types[key]), key, option) for key in keys},
        storage_options=getattr(table, "_storage_options", None) or {},
    )


def _joined(root: str, path: str) -> str:
    return path if "://" in path else f"{root}/{path}"


def _marked(table: Any) -> list[str]:  # noqa: ANN401
    """Name the files of a Delta table some of whose rows are marked as deleted."""
    if not hasattr(table, "deletion_vectors"):
        return []
    found = []
    for batch in table.deletion_vectors():
        found += [value.as_py() for value in batch.column("filepath")]
    return found


def _iceberg(source: Any, option: str) -> Lake:  # noqa: ANN401
    scan = source.scan() if hasattr(source, "scan") else source
    if type(scan.row_filter).__name__ != "AlwaysTrue" or scan.limit is not None:
        what = "the scan chooses rows"
        _refuse(
            option, what, "scan the whole table, and choose rows with filters= and rows of ours"
        )
    schema = scan.projection()
    specs = scan.table_metadata.specs()
    lake = Lake([], list(_fields(schema)), storage_options=_s3(scan.io.properties))
    for own in schema.fields:
        if getattr(own, "initial_default", None) is not None:
            what = f"the column {own.name!r} has an initial default, which is not read here"
            _refuse(option, what, "load scan.to_arrow(), or rewrite the files")
    for task in scan.plan_files():
        path = task.file.file_path
        if task.delete_files:
            what = f"deleted rows of {path!r} are listed in other files"
            _refuse(option, what, "rewrite the table without them, or load scan.to_arrow()")
        if getattr(task.file.file_format, "value", task.file.file_format) != "PARQUET":
            _refuse(option, f"{path!r} is no Parquet file", "load scan.to_arrow()")
        constants = {}
        for at, part in enumerate(specs[task.file.spec_id].fields):
            name = schema.find_column_name(part.source_id)
            if str(part.transform) == "identity" and name is not None:
                kind = schema.find_type(part.source_id)
                lake.types[name] = _type(kind, name, option)
                constants[name] = task.file.partition[at]
        lake.files.append(LakeFile(path, constants))
    return lake


def _fields(schema: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401
    """Yield what each leaf is called here, and its number; a list is called like its column."""

    def below(kind: Any, name: str, number: int) -> Iterator[tuple[str, int]]:  # noqa: ANN401
        yield name, number
        for own in getattr(kind, "fields", ()):
            yield from below(own.field_type, f"{name}.{own.name}", own.field_id)
        if hasattr(kind, "element_id"):
            yield from below(kind.element_type, name, kind.element_id)

    for own in schema.fields:
        yield from below(own.field_type, own.name, own.field_id)


def _s3(properties: Mapping[str, Any]) -> dict[str, Any]:
    options = {ours: properties[theirs] for theirs, ours in _S3.items() if theirs in properties}
    if str(options.get("endpoint", "")).startswith("http://"):
        options["allow_http"] = True
    return options


def _dataset(dataset: Any, option: str) -> Lake:  # noqa: ANN401
    from pyarrow import dataset as ds  # type: ignore[import-untyped, unused-ignore] # noqa: PLC0415

    kind = type(dataset).__name__
    if kind != "FileSystemDataset" or dataset.format.default_extname != "parquet":
        what = f"a dataset of Parquet files is expected, found {kind}"
        _refuse(option, what, "load dataset.to_table()")
    if getattr(dataset, "_scan_options", None):
        _refuse(option, "the dataset chooses rows", "pass it unfiltered, and choose by filters=")
    schema = dataset.schema
    lake = Lake([], [(name, None) for name in schema.names])
    for fragment in dataset.get_fragments():
        constants = ds.get_partition_keys(fragment.partition_expression)
        for name in constants:
            lake.types[name] = _type(schema.field(name).type, name, option)
        lake.files.append(LakeFile(fragment.path, constants))
    lake.filesystem = None if dataset.filesystem.type_name == "local" else dataset.filesystem
    return lake


_READERS: dict[str, Callable[[Any, str], Lake]] = {
    "deltalake.DeltaTable": _delta,
    "pyiceberg.Table": _iceberg,
    "pyiceberg.DataScan": _iceberg,
    "pyarrow.Dataset": _dataset,
}


def _type(kind: object, name: str, option: str) -> str:
    """Return what the values of a constant are."""
    text = str(kind)
    for ours, theirs in _TYPES.items():
        if text.startswith(theirs):
            return ours
    what = f"the table is partitioned by {name!r}, whose type {text} is not read here"
    raise ValueError(f"{option}: {what}; load its files by their paths")


def _text(value: object, kind: str) -> str:
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
