"""What `inspect` says of files, from their footers alone."""

import ast
import re
from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile.files import sheet
from hostile.footers import X
from support.parquet_files import CODECS, write

NAN, INF = float("nan"), float("inf")


def file(folder: Path, columns: dict[str, Any], name: str = "in.parquet", **layout: Any) -> Path:
    return write(pa.table(columns), folder / name, **layout)


def look(folder: Path, columns: dict[str, Any], **layout: Any) -> onecopy.Inspection:
    return onecopy.inspect(file(folder, columns, **layout))


def only(found: onecopy.Inspection) -> Any:
    (column,) = found.columns
    return column


# Files


def test_files_with_their_sizes(folder: Path) -> None:
    one = file(folder, {"a": [1, 2, 3]}, "part-10.parquet", row_group_size=2)
    two = file(folder, {"a": [4]}, "part-2.parquet")
    found = onecopy.inspect(folder)
    assert [(f.path, f.bytes, f.rows, f.row_groups) for f in found.files] == [
        (str(two), two.stat().st_size, 1, 1),
        (str(one), one.stat().st_size, 3, 2),
    ]
    assert (found.rows, found.row_groups) == (4, 3)
    assert found == onecopy.inspect([two, one]) == onecopy.inspect(str(folder / "*.parquet"))


def test_no_rows(folder: Path) -> None:
    found = look(folder, {"a": pa.array([], pa.int8())})
    assert (found.rows, found.files[0].rows) == (0, 0)
    assert (only(found).name, only(found).type, only(found).min) == ("a", "int8", None)


def test_only_the_footer_is_read(folder: Path) -> None:
    path = file(folder, {"a": list(range(1000)), "s": ["x"] * 1000})
    whole, content = onecopy.inspect(path), bytearray(path.read_bytes())
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    content[4:footer] = bytes(footer - 4)
    path.write_bytes(content)
    assert onecopy.inspect(path) == whole


@pytest.mark.parametrize("cut", [1, 8, 100])
def test_a_damaged_footer_is_refused(folder: Path, cut: int) -> None:
    path = file(folder, {"a": [1]})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(onecopy.CorruptFileError, match=r"in\.parquet"):
        onecopy.inspect(path)


def test_a_source_that_is_not_there(folder: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        onecopy.inspect(folder / "absent.parquet")
    assert caught.value.filename == str(folder / "absent.parquet")
    with pytest.raises(TypeError, match="source"):
        onecopy.inspect(3)


# Columns

TIME, DATE = (f"it is a {what}, which datetimes= takes" for what in ("time", "date"))
NUMBER = "it is not a number, and categories= takes it"
OTHERS = "it is a list of what is not a number"
TYPES = [
    *((pa.array([1], kind), str(kind), None) for kind in (pa.int8(), pa.uint8(), pa.int16())),
    *((pa.array([1], kind), str(kind), None) for kind in (pa.uint16(), pa.int32(), pa.uint32())),
    *((pa.array([1], kind), str(kind), None) for kind in (pa.int64(), pa.uint64())),
    (pa.array([1.5], pa.float16()), "float16", None),
    (pa.array([1.5], pa.float32()), "float32", None),
    (pa.array([1.5], pa.float64()), "float64", None),
    (pa.array([True]), "bool", None),
    (pa.nulls(1), "null", None),
    (pa.array([Decimal("1.25")], pa.decimal128(10, 2)), "decimal(10, 2)", None),
    (pa.array([Decimal("1.25")], pa.decimal256(60, 20)), "decimal(60, 20)", None),
    (pa.array(["x"]), "string", NUMBER),
    (pa.array(["x"]).dictionary_encode(), "string", NUMBER),
    (pa.array([b"x"]), "binary", NUMBER),
    (pa.array([b"xy"], pa.binary(2)), "binary", NUMBER),
    (pa.array([1], pa.timestamp("ms")), "timestamp[ms]", TIME),
    (pa.array([1], pa.timestamp("us", "UTC")), "timestamp[us]", TIME),
    (pa.array([1], pa.timestamp("ns")), "timestamp[ns]", TIME),
    (pa.array([1], pa.time32("ms")), "time[ms]", TIME),
    (pa.array([1], pa.time64("us")), "time[us]", TIME),
    (pa.array([1], pa.int32()).cast(pa.date32()), "date", DATE),
    (pa.array([["x"]]), "list<string>", OTHERS),
    (pa.array([[1]], pa.list_(pa.timestamp("ms"))), "list<timestamp[ms]>", OTHERS),
    (pa.array([[1]], pa.list_(pa.duration("ms"))), "list<duration[ms]>", OTHERS),
    (pa.array([[[1]]]), "list<list>", "it is a list of lists"),
    (pa.array([[{"x": 1}]]), "list<struct>", "it is a list of structs"),
    (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())), "map", "it is a map"),
]


@pytest.mark.parametrize(("array", "name", "reason"), TYPES, ids=[str(t[0].type) for t in TYPES])
def test_types_and_what_is_refused(
    folder: Path, array: pa.Array, name: str, reason: str | None
) -> None:
    """A column is taken exactly if a load takes it."""
    path = file(folder, {"a": array, "b": [1.0]})
    found = onecopy.inspect(path).columns[0]
    assert (found.name, found.type, found.taken, found.reason) == (
        "a",
        name,
        reason is None,
        reason,
    )
    if reason is None:
        assert onecopy.plan(path).casts[0] == ("a", name)
    else:
        with pytest.raises(onecopy.UnsupportedTypeError):
            onecopy.plan(path)
        assert onecopy.plan(path, columns="numeric").skipped == [("a", name)]


def test_lists_and_leaves_of_structs(folder: Path) -> None:
    place = pa.array([{"lat": 1.0, "of": {"n": 2}}, None])
    path = file(folder, {"emb": [[1, 2], [3, 4]], "gap": [[1.5], None], "at": place})
    found = onecopy.inspect(path).columns
    assert [(column.name, column.type, column.width, column.taken) for column in found] == [
        ("emb", "list<int64>", 2, True),
        ("gap", "list<float64>", None, True),
        ("at.lat", "float64", None, True),
        ("at.of.n", "int64", None, True),
    ]
    assert [column.nullable for column in found] == [True] * 4
    plan = onecopy.plan(path)
    assert plan.feature_names == ["emb_0", "emb_1", "gap_0", "at.lat", "at.of.n"]
    assert plan.vectors == {"emb": 2, "gap": 1}
    assert "2 columns, 'emb_0' to 'emb_1'" in str(plan)
    assert onecopy.plan(path, columns="numeric").skipped == [
        ("emb", "list<int64>"),
        ("gap", "list<float64>"),
    ]


def test_an_encrypted_column_is_refused(folder: Path) -> None:
    (folder / "in.parquet").write_bytes(sheet(X, X.but(name="secret", encrypted=True)))
    found = onecopy.inspect(folder)
    assert [(column.name, column.reason) for column in found.columns] == [
        ("x", None),
        ("secret", "it is encrypted"),
    ]


RANGES = [
    ("int8", [3, None, -7], (1, -7.0, 3.0)),
    ("int64", [2**53, None, -(2**53)], (1, -(2.0**53), 2.0**53)),
    ("uint64", [None, 0, 2**64 - 2048], (1, 0.0, 2.0**64 - 2048)),
    ("float16", [1.5, 0.25, -2.0], (0, -2.0, 1.5)),
    ("float32", [None, 1.5, 2.5, NAN], (1, 1.5, 2.5)),
    ("float64", [1e300, 1.0, INF], (0, 1.0, INF)),
    ("float64", [None, None, None], (3, None, None)),
    ("bool", [True, None, False], (1, 0.0, 1.0)),
    ("string", ["x", None, None], (2, None, None)),
]


@pytest.mark.parametrize(("kind", "values", "want"), RANGES)
def test_nulls_and_range(folder: Path, kind: str, values: list, want: tuple) -> None:
    """Over all row groups; text has no range."""
    found = only(look(folder, {"a": pa.array(values, kind)}, row_group_size=2))
    assert (found.nulls, found.min, found.max) == want


def test_what_a_footer_does_not_say_is_none(folder: Path) -> None:
    path = file(folder, {"a": [1.0, None]}, "1.parquet", write_statistics=False)
    found = only(onecopy.inspect(path))
    assert (found.nulls, found.min, found.max) == (None, None, None)
    file(folder, {"a": [1.0, None]}, "2.parquet")
    found = only(onecopy.inspect(folder))
    assert (found.nulls, found.min, found.max) == (None, None, None)


def test_nullable_is_what_the_schema_says(folder: Path) -> None:
    schema = pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.int32())])
    path = write(pa.table({"a": [1], "b": [2]}, schema), folder / "in.parquet")
    assert [column.nullable for column in onecopy.inspect(path).columns] == [False, True]


@pytest.mark.parametrize("codec", CODECS)
def test_codecs(folder: Path, codec: str) -> None:
    found = look(folder, {"a": [1, 2], "b": [1, 2]}, compression={"a": codec, "b": "none"})
    shown = [column.codecs for column in found.columns]
    assert shown == [["lz4_raw" if codec == "lz4" else codec], ["none"]]


ENCODINGS = {
    "PLAIN": ["PLAIN", "RLE"],
    "DELTA_BINARY_PACKED": ["DELTA_BINARY_PACKED", "RLE"],
    "BYTE_STREAM_SPLIT": ["BYTE_STREAM_SPLIT", "RLE"],
    "dictionary": ["PLAIN", "RLE", "RLE_DICTIONARY"],
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(folder: Path, encoding: str) -> None:
    is_dictionary = encoding == "dictionary"
    layout = {} if is_dictionary else {"column_encoding": encoding}
    found = look(folder, {"a": [1, 2]}, use_dictionary=is_dictionary, **layout)
    assert only(found).encodings == ENCODINGS[encoding]


def test_bytes_are_those_of_the_chunks(folder: Path) -> None:
    rng = np.random.default_rng(0)
    columns = {"a": rng.normal(size=5000), "l": [[1, 2]] * 5000, "p": [{"x": 1, "y": 2}] * 5000}
    path = file(folder, columns, row_group_size=1000)
    metadata, sizes = pq.read_metadata(path), dict.fromkeys(["a", "l", "p.x", "p.y"], 0)
    for at in range(metadata.num_row_groups):
        for leaf in range(metadata.num_columns):
            chunk = metadata.row_group(at).column(leaf)
            sizes[chunk.path_in_schema.removesuffix(".list.element")] += chunk.total_compressed_size
    assert {c.name: c.compressed_bytes for c in onecopy.inspect(path).columns} == sizes


# Several files


def test_files_are_taken_together(folder: Path) -> None:
    schema = pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.float64())])
    one = pa.table({"a": [5, 7], "b": [1.0, None]}, schema)
    two = pa.table({"c": ["x"], "b": pa.array([-1], pa.int16()), "a": [None]})
    two = two.set_column(2, "a", pa.array([None], pa.int32()))
    paths = [
        write(one, folder / "1.parquet", compression="zstd", use_dictionary=False),
        write(two, folder / "2.parquet", compression="gzip"),
    ]
    a, b, c = onecopy.inspect(paths).columns
    single = [{column.name: column for column in onecopy.inspect(path).columns} for path in paths]
    assert (a.name, a.type, a.nullable, a.nulls, a.codecs) == (
        *("a", "int32", True, 1, ["gzip", "zstd"]),
    )
    assert (b.name, b.type, b.nullable, b.nulls, b.min, b.max) == (
        *("b", "float64 | int16", True, 1, -1.0, 1.0),
    )
    assert b.encodings == ["PLAIN", "RLE", "RLE_DICTIONARY"]
    assert (c.name, c.type, c.reason) == ("c", "string", NUMBER)
    for column in (a, b):
        parts = [known[column.name].compressed_bytes for known in single]
        assert column.compressed_bytes == sum(parts)


def test_a_column_is_refused_where_one_file_has_it_as_text(folder: Path) -> None:
    paths = [file(folder, {"a": [1]}, "1.parquet"), file(folder, {"a": ["1"]}, "2.parquet")]
    for source in (paths, paths[::-1]):
        found = only(onecopy.inspect(source))
        assert (found.taken, found.reason) == (False, NUMBER)
        assert sorted(found.type.split(" | ")) == ["int64", "string"]


# Words


def test_print_is_a_table(folder: Path) -> None:
    path = file(folder, {"a": [1.5, None], "long name": ["x", "y"]}, compression="zstd")
    found = onecopy.inspect(path)
    summary, header, *rows, advice = str(found).splitlines()
    counts = r"1 files, 1 row groups, 2 rows, 2 columns, \d\.\d kB"
    assert re.fullmatch(counts, summary)
    assert repr(found) == f"Inspection({summary})"
    assert header.split() == [
        *("column", "type", "nullable", "nulls", "min", "max", "codecs", "size", "taken"),
    ]
    size = [re.search(r"\S+ k?B", row)[0] for row in rows]
    assert [row.split() for row in rows] == [
        ["a", "float64", "yes", "1", "1.5", "1.5", "zstd", *size[0].split(), "yes"],
        ["long", "name", "string", "yes", "0", "zstd", *size[1].split(), "no:", *NUMBER.split()],
    ]
    assert advice == 'cannot be taken: exclude=["long name"]'


def test_an_index_that_pandas_saved_is_told(folder: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=[5, 3, 9])
    frame.to_parquet(folder / "in.parquet")
    found = onecopy.inspect(folder)
    assert [column.name for column in found.columns] == ["a", "__index_level_0__"]
    note = str(found).splitlines()[-1]
    assert note == 'an index that pandas saved: exclude=["__index_level_0__"]'
    assert "an index that pandas saved" in found._repr_html_()
    frame.set_axis(["x", "y", "z"]).to_parquet(folder / "in.parquet")
    # One of texts is refused already.
    note = str(onecopy.inspect(folder)).splitlines()[-1]
    assert note == 'cannot be taken: exclude=["__index_level_0__"]'
    assert "index" not in str(look(folder, {"a": [1.0]}))


def test_a_least_value_of_zero_has_no_sign(folder: Path) -> None:
    found = look(folder, {"a": [0.0, 2.0]})
    # As Parquet wants it: a zero of either sign may be in the column.
    assert np.signbit(only(found).min)
    assert str(found).splitlines()[-1].split()[4:6] == ["0", "2"]
    assert "-0" not in found._repr_html_()


def test_the_advice_can_be_pasted(folder: Path) -> None:
    names = {"words": ["x"], "two\nlines": ["y"], "Größe": ["z"]}
    path = file(folder, {"a": [1.0], **names})
    advice = str(onecopy.inspect(path)).splitlines()[-1]
    exclude = ast.literal_eval(advice.partition("exclude=")[2])
    assert exclude == list(names)
    assert onecopy.load_training_matrix(path, exclude=exclude).X.tolist() == [[1]]


def test_a_wide_table_is_cut_short(folder: Path) -> None:
    found = look(folder, {f"f{at}": [at] for at in range(203)})
    assert len(found.columns) == 203
    assert str(found).splitlines()[-2].startswith("f199 ")
    assert str(found).splitlines()[-1] == "… and 3 more"


def test_html_is_escaped(folder: Path) -> None:
    html = look(folder, {"<b>": [1], "a&b": ["x"]})._repr_html_()
    assert "&lt;b&gt;" in html
    assert "a&amp;b" in html
    assert "<b>" not in html


def test_facts_cannot_be_changed(folder: Path) -> None:
    found = look(folder, {"a": [1]})
    for thing, field in ((found, "files"), (found.files[0], "rows"), (only(found), "taken")):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, field, None)
