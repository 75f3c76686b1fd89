"""Datasets of pyarrow: their files, and what their folders say."""

from typing import Any

from onecopy._lakes.lake import Lake, LakeFile, refuse, type_of


def read(dataset: Any, option: str) -> Lake:  # noqa: ANN401
    from pyarrow import dataset as ds  # type: ignore[import-untyped, unused-ignore] # noqa: PLC0415

    kind = type(dataset).__name__
    if kind != "FileSystemDataset" or dataset.format.default_extname != "parquet":
        what = f"a dataset of Parquet files is expected, found {kind}"
        refuse(option, what, "load dataset.to_table()")
    if getattr(dataset, "_scan_options", None):
        refuse(option, "the dataset chooses rows", "pass it unfiltered, and choose by filters=")
    schema = dataset.schema
    lake = Lake([], [(name, None) for name in schema.names])
    for fragment in dataset.get_fragments():
        constants = ds.get_partition_keys(fragment.partition_expression)
        for name in constants:
            lake.types[name] = type_of(schema.field(name).type, name, option)
        lake.files.append(LakeFile(fragment.path, constants))
    lake.filesystem = None if dataset.filesystem.type_name == "local" else dataset.filesystem
    return lake
