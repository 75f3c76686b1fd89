"""Tables of Delta: the files of one version, and what their folders say."""

from typing import Any
from urllib.parse import unquote

from onecopy._lakes import FILE
from onecopy._lakes.lake import Lake, LakeFile, refuse, type_of

_FEATURES = {"deletionVectors", "timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"} | {
    "columnMapping",
    "typeWidening",
    "typeWidening-preview",
}
"""Features of Delta that change nothing here, or are looked at one by one."""


def read(table: Any, option: str) -> Lake:  # noqa: ANN401 (its package may be missing)
    metadata, protocol = table.metadata(), table.protocol()
    if metadata.configuration.get("delta.columnMapping.mode", "none") != "none":
        what = "the table maps its columns to other names in its files, which is not read here"
        refuse(option, what, "load table.to_pyarrow_table(), or write it without the mapping")
    unknown = set(protocol.reader_features or ()) - _FEATURES
    if unknown:
        what = f"the table needs a reader that knows {', '.join(sorted(unknown))}"
        refuse(option, what, "load it by its own package, and take the table in memory")
    marked = _marked(table)
    if marked:
        what = f"deleted rows are marked in {len(marked):,} files, such as {marked[0]!r}"
        way_out = "rewrite them with table.optimize.compact(), or load table.to_pyarrow_table()"
        refuse(option, what, way_out)
    actions = table.get_add_actions(flatten=True)
    keys = list(metadata.partition_columns)

    def column(name: str) -> list[Any]:
        return [value.as_py() for value in actions.column(name)]

    root = table.table_uri.rstrip("/")
    root = unquote(root) if root.startswith(FILE) else root
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
        types={key: type_of(getattr(types[key], "type", types[key]), key, option) for key in keys},
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
