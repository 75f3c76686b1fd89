"""Tables of Iceberg: the files of one snapshot, and the numbers of their fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from onecopy._lakes.lake import Lake, LakeFile, refuse, type_of

_S3 = {
    "s3.endpoint": "endpoint",
    "s3.region": "region",
    "s3.access-key-id": "access_key_id",
    "s3.secret-access-key": "secret_access_key",
    "s3.session-token": "session_token",
}


def read(source: Any, option: str) -> Lake:  # noqa: ANN401
    scan = source.scan() if hasattr(source, "scan") else source
    if type(scan.row_filter).__name__ != "AlwaysTrue" or scan.limit is not None:
        what = "the scan chooses rows"
        refuse(option, what, "scan the whole table, and choose rows with filters= and rows of ours")
    schema = scan.projection()
    specs = scan.table_metadata.specs()
    lake = Lake([], list(_fields(schema)), storage_options=_s3(scan.io.properties))
    for own in schema.fields:
        if getattr(own, "initial_default", None) is not None:
            what = f"the column {own.name!r} has an initial default, which is not read here"
            refuse(option, what, "load scan.to_arrow(), or rewrite the files")
    for task in scan.plan_files():
        path = task.file.file_path
        if task.delete_files:
            what = f"deleted rows of {path!r} are listed in other files"
            refuse(option, what, "rewrite the table without them, or load scan.to_arrow()")
        if getattr(task.file.file_format, "value", task.file.file_format) != "PARQUET":
            refuse(option, f"{path!r} is no Parquet file", "load scan.to_arrow()")
        constants = {}
        for at, part in enumerate(specs[task.file.spec_id].fields):
            name = schema.find_column_name(part.source_id)
            if str(part.transform) == "identity" and name is not None:
                kind = schema.find_type(part.source_id)
                lake.types[name] = type_of(kind, name, option)
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
