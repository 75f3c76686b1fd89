"""Random tables of lists, structs and numbers, and the same with a plain column for each number."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

KINDS = [
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()),
    *(pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.decimal128(9, 2)),
    *(pa.decimal128(25, 3), pa.float32(), pa.float32()),
]
WIDTHS = [1, 2, 3, 8, 31, 63, 64, 65, 130]


def numbers(rng: np.random.Generator, kind: pa.DataType, count: int) -> list[Any]:
    """Values of a type, the odd ones among them."""
    if pa.types.is_boolean(kind):
        return [bool(value) for value in rng.integers(0, 2, count)]
    if pa.types.is_decimal(kind):
        return [Decimal(int(value)).scaleb(-kind.scale) for value in rng.integers(-999, 999, count)]
    if pa.types.is_integer(kind):
        info = np.iinfo(kind.to_pandas_dtype())
        wide = rng.integers(info.min, info.max, count, dtype=info.dtype, endpoint=True)
        few = rng.integers(0, 5, count)
        return [int(value) for value in (wide if rng.random() < 0.5 else few)]
    values = rng.normal(0, 100, count).astype(kind.to_pandas_dtype())
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-8]
    if pa.types.is_float64(kind):
        odd += [1e300, -1e300]
    if rng.random() < 0.5:
        marks = rng.random(count) < 0.05
        values[marks] = rng.choice(odd, int(marks.sum())).astype(values.dtype)
    return list(values)


def lists(rng: np.random.Generator, rows: int, width: int, kind: pa.DataType) -> pa.Array:
    """A column of lists, some of them missing, with items that may be missing."""
    values = numbers(rng, kind, rows * width)
    if rng.random() < 0.5:
        gone = rng.random(len(values)) < rng.choice([0.02, 0.3, 1.0], p=[0.6, 0.3, 0.1])
        values = [None if lost else value for value, lost in zip(values, gone, strict=True)]
    whole = [values[row * width : (row + 1) * width] for row in range(rows)]
    if rng.random() < 0.5 and rows > 1:
        share = rng.choice([0.05, 0.5, 0.95])
        whole = [None if rng.random() < share else row for row in whole]
        if all(row is None for row in whole):
            whole[int(rng.integers(0, rows))] = values[:width]
    kinds = [pa.list_(kind), pa.large_list(kind), pa.list_(kind, width)]
    return pa.array(whole, kinds[int(rng.integers(0, 3))])


def structs(rng: np.random.Generator, rows: int, *, is_deep: bool) -> pa.Array:
    """A column of structs with a number and a list, in another struct or not."""
    inner = {"y": pa.array(rng.integers(0, 9, rows)), "v": lists(rng, rows, 3, pa.float32())}
    # One list stays, or nothing would tell how long they are.
    kept = np.arange(rows) == int(pc.index(inner["v"].is_valid(), True).as_py())
    gone = (rng.random(rows) < rng.choice([0.0, 0.2])) & ~kept
    struct = pa.StructArray.from_arrays(list(inner.values()), list(inner), mask=pa.array(gone))
    if is_deep:
        gone = (rng.random(rows) < 0.2) & ~kept
        struct = pa.StructArray.from_arrays([struct], ["t"], mask=pa.array(gone))
    return struct


def draw(rng: np.random.Generator, rows: int) -> pa.Table:
    """A table with lists, structs and numbers."""
    columns: dict[str, pa.Array] = {}
    for name in ("v", "w")[: int(rng.integers(1, 3))]:
        width = int(rng.choice(WIDTHS, p=[0.15] * 5 + [0.0625] * 4))
        columns[name] = lists(rng, rows, width, KINDS[int(rng.integers(0, len(KINDS)))])
    if rng.random() < 0.5:
        columns["x"] = pa.array(rng.normal(size=rows))
    if rng.random() < 0.5:
        columns["s"] = structs(rng, rows, is_deep=bool(rng.random() < 0.5))
    names = list(columns)
    rng.shuffle(names)
    return pa.table({name: columns[name] for name in names})


def write(rng: np.random.Generator, table: pa.Table, path: Path) -> None:
    """Write a table in a random layout."""
    pq.write_table(
        table,
        path,
        row_group_size=int(rng.integers(1, table.num_rows + 2)),
        data_page_size=int(rng.choice([1, 64, 700, 1 << 20])),
        data_page_version=str(rng.choice(["1.0", "2.0"])),
        compression=str(rng.choice(["none", "snappy", "zstd", "gzip", "lz4", "brotli"])),
        use_dictionary=bool(rng.random() < 0.5),
        use_compliant_nested_type=bool(rng.random() < 0.5),
        write_page_checksum=bool(rng.random() < 0.3),
        write_page_index=bool(rng.random() < 0.3),
        write_batch_size=int(rng.choice([1, 7, 1024])),
    )


def is_list(kind: pa.DataType) -> bool:
    """Whether a type is one of lists."""
    kinds = pa.types
    return kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind)


def leaves(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """The columns of a table, and those of its structs under dotted names."""
    found = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_struct(kind):
            # By position: a struct may have two fields of one name.
            inner = [pc.struct_field(column, [at]) for at in range(kind.num_fields)]
            names = [f"{name}.{field.name}" for field in kind]
            found |= leaves(pa.table(inner, names))
        else:
            found[name] = column
    return found


def lengths(column: pa.ChunkedArray) -> set[int]:
    """The lengths of lists that are not missing."""
    # A missing list of a fixed size has one, too.
    found = pc.list_value_length(column.filter(column.is_valid()))
    return set(found.unique().to_pylist())


def flat(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """The columns of a table as a matrix has them."""
    found = {}
    for name, column in leaves(table).items():
        if is_list(column.type):
            (width,) = lengths(column)
            found |= {f"{name}_{item}": pc.list_element(column, item) for item in range(width)}
        else:
            found[name] = column
    return found
