"""Every refusal: its class, the built-in that fits, its facts, and a message that helps."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import bystander, write

BASES = {
    "ColumnNotFoundError": ValueError,
    "UnsupportedTypeError": TypeError,
    "SchemaMismatchError": onecopy.OnecopyError,
    "CorruptFileError": ValueError,
    "CastOverflowError": OverflowError,
    "MissingTargetError": ValueError,
    "InputChangedError": OSError,
    "MemoryLimitError": MemoryError,
    "DuplicateKeyError": ValueError,
    "InternalError": Exception,
}


@pytest.mark.parametrize(("name", "base"), BASES.items())
def test_each_error_is_also_a_builtin(name: str, base: type) -> None:
    error = getattr(onecopy, name)
    assert issubclass(error, onecopy.OnecopyError)
    assert issubclass(error, base)
    assert issubclass(onecopy.OnecopyError, Exception)


FACTS: dict[str, dict[str, Any]] = {
    "ColumnNotFoundError": {"columns": ("price", "amount"), "suggestion": "price"},
    "UnsupportedTypeError": {"types": {"city": "string"}},
    "SchemaMismatchError": {"other": "1.parquet", "expected": ("b",), "found": ("c",)},
    "CorruptFileError": {},
    "CastOverflowError": {"dtype": "float32", "counts": {"a": 2}, "largest": {"a": -1e300}},
    "MissingTargetError": {"array": "y", "nulls": {"y": 1}, "nans": {"y": 2}},
    "InputChangedError": {"change": "it has become shorter"},
    "MemoryLimitError": {"needed": 2**40, "limit": 2**20},
    "DuplicateKeyError": {"key": "`k` = 1", "times": 2, "keys": 3, "rows": 6},
    "InternalError": {},
}


@pytest.mark.parametrize("name", BASES)
def test_each_error_can_be_pickled(name: str) -> None:
    error = getattr(onecopy, name)("a message", path="x.parquet", row_group=3, column="price")
    assert {fact: getattr(error, fact) for fact in FACTS[name]} == dict.fromkeys(FACTS[name])
    for fact, value in FACTS[name].items():
        setattr(error, fact, value)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error) == "a message"
    assert (again.path, again.row_group, again.column) == ("x.parquet", 3, "price")
    assert {fact: getattr(again, fact) for fact in FACTS[name]} == FACTS[name]


@pytest.mark.parametrize("name", BASES)
def test_each_fact_is_documented(name: str) -> None:
    error = getattr(onecopy, name)
    assert set(error.__annotations__ if FACTS[name] else ()) == set(FACTS[name])
    assert all(f"    {fact} : " in error.__doc__ for fact in FACTS[name])


def table_file(folder: Path, **columns: Any) -> Path:
    columns = columns or {"price": [1.0, 2.0], "amount": [3, 4], "city": ["x", "y"]}
    return write(pa.table(columns), folder / "train.parquet")


def refused(error: type[Exception], source: Any, **options: Any) -> Any:
    """The error of a load that must be refused; it must survive pickling."""
    with pytest.raises(error) as caught:
        onecopy.load_training_matrix(source, **options)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)
    assert vars(again) == vars(caught.value)
    return again


def refusal(error: type[Exception], source: Any, **options: Any) -> str:
    """The message of a load that must be refused."""
    return str(refused(error, source, **options))


@pytest.mark.parametrize(
    "options",
    [
        {"columns": ["pricee"]},
        {"columns": ["amount"], "target": "pricee"},
        {"columns": ["amount"], "weight": "Price"},
        {"columns": ["amount"], "group": "prise"},
    ],
)
def test_a_column_nearly_named(folder: Path, options: dict[str, Any]) -> None:
    path = table_file(folder)
    error = refused(onecopy.ColumnNotFoundError, path, **options)
    option, name = list(options.items())[-1]
    named = "" if option == "columns" else f", named by `{option}`,"
    name = name[0] if option == "columns" else name
    assert str(error) == (
        f"{path}: column `{name}`{named} not found (3 columns: `price`, `amount`, `city`); did you "
        "mean `price`?"
    )
    assert (error.path, error.column) == (str(path), name)
    assert (error.columns, error.suggestion) == (("price", "amount", "city"), "price")


@pytest.mark.parametrize("option", [{"exclude": ["citty"]}, {"fill": {"amuont": 1}}])
def test_a_name_that_no_column_has(folder: Path, option: dict[str, Any]) -> None:
    options = {"exclude": ["city"], **option}
    given = next(iter(option))
    name = next(iter(option[given]))
    error = refused(onecopy.ColumnNotFoundError, table_file(folder), **options)
    assert f"column `{name}`, named by `{given}`, not found" in str(error)
    assert error.column == name


def test_types_that_cannot_be_taken(folder: Path) -> None:
    odd = {name: bystander(name, 2) for name in ("words", "lists", "when", "day", "pair")}
    path = table_file(folder, a=[1, 2], **odd)
    error = refused(onecopy.UnsupportedTypeError, path)
    message = str(error)
    assert all(name in message for name in odd)
    assert list(error.types) == list(odd)
    assert all(f"`{name}` ({kind})" in message for name, kind in error.types.items())
    assert "exclude=[" in message
    assert "'a'" not in message
    assert "`a`" not in message


def test_the_advice_can_be_pasted(folder: Path) -> None:
    path = table_file(folder)
    message = refusal(onecopy.UnsupportedTypeError, path)
    advice = message[message.index("exclude=[") + len("exclude=") :]
    exclude = [name.strip("\"' ") for name in advice[1 : advice.index("]")].split(",")]
    assert exclude == ["city"]
    assert onecopy.load_training_matrix(path, exclude=exclude).X.shape == (2, 2)


@pytest.mark.parametrize("name", ["words", "when", "day", "lists", "pair"])
def test_a_column_asked_for_that_cannot_be_taken(folder: Path, name: str) -> None:
    path = table_file(folder, a=[1, 2], **{name: bystander(name, 2)})
    error = refused(onecopy.UnsupportedTypeError, path, columns=["a", name])
    assert name in str(error)
    assert (list(error.types), error.column) == ([name], name)


def test_files_of_different_columns(folder: Path) -> None:
    write(pa.table({"a": [1], "b": [2]}), folder / "1.parquet")
    write(pa.table({"a": [1], "c": [2]}), folder / "2.parquet")
    error = refused(onecopy.SchemaMismatchError, folder)
    assert "2.parquet" in str(error)
    assert "b" in str(error)
    assert (Path(error.path).name, Path(error.other).name) == ("2.parquet", "1.parquet")
    assert (error.expected, error.found) == (("b",), ("c",))


def test_a_column_that_one_file_lacks(folder: Path) -> None:
    write(pa.table({"a": [1], "b": [2]}), folder / "1.parquet")
    write(pa.table({"a": [1]}), folder / "2.parquet")
    kinds = (onecopy.SchemaMismatchError, onecopy.ColumnNotFoundError)
    with pytest.raises(kinds, match=r"2\.parquet") as caught:
        onecopy.load_training_matrix(folder, columns=["a", "b"])
    assert "missing_columns" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"PAR1PAR1", b"not a Parquet file at all", b"PAR1" + b"\xff" * 100 + b"PAR1"],
    ids=["empty", "magic", "no footer", "text", "noise"],
)
def test_files_that_are_no_parquet(folder: Path, content: bytes) -> None:
    path = folder / "broken.parquet"
    path.write_bytes(content)
    assert "broken.parquet" in refusal(onecopy.CorruptFileError, path)


def test_truncated_files(folder: Path) -> None:
    path = table_file(folder, a=list(range(100)))
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        refusal(onecopy.CorruptFileError, path)


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "brotli", "lz4", "zstd"])
def test_a_checksum_that_fails(folder: Path, codec: str) -> None:
    """Turn one bit of the last page; the error names the file, the row group and the column."""
    values = np.random.default_rng(0).normal(size=1000)
    layout = {"write_page_checksum": True, "use_dictionary": False, "row_group_size": 500}
    path = write(pa.table({"price": values}), folder / "a.parquet", compression=codec, **layout)
    content = bytearray(path.read_bytes())
    footer = int.from_bytes(content[-8:-4], "little") + 8
    content[-footer - 40] ^= 1
    path.write_bytes(content)
    error = refused(onecopy.CorruptFileError, path)
    assert f"{path}, row group 1, column `price`: " in str(error)
    assert (error.path, error.row_group, error.column) == (str(path), 1, "price")


def test_a_missing_target(folder: Path) -> None:
    path = table_file(folder, a=[1, 2, 3], y=[1.0, None, float("nan")])
    error = refused(onecopy.MissingTargetError, path, target="y")
    assert "y: `y` has 2 missing values (1 null, 1 NaN); drop" in str(error)
    assert (error.array, error.nulls, error.nans, error.column) == ("y", {"y": 1}, {"y": 1}, "y")


def test_values_that_do_not_fit(folder: Path) -> None:
    path = table_file(folder, a=[1.0, -1e300, 1e299], b=[1.0, 2.0, 3e38], c=[1e39, 0.0, 0.0])
    error = refused(onecopy.CastOverflowError, path, fill=None)
    assert error.counts == {"a": 2, "c": 1}
    assert error.largest == {"a": -1e300, "c": 1e39}
    assert (error.dtype, error.column) == ("float32", None)


def test_a_file_that_changed_after_the_plan(folder: Path) -> None:
    path = table_file(folder, a=list(range(10)))
    plan = onecopy.plan(path)
    table_file(folder, a=list(range(5000)))
    with pytest.raises(onecopy.InputChangedError, match=r"train\.parquet") as caught:
        plan.run()
    assert f"({caught.value.change})" in str(caught.value)
    assert caught.value.path == str(path)


def test_too_little_memory(folder: Path) -> None:
    """Refused before any data is read, with the number that would do and the ways out."""
    path = table_file(folder, **{f"f{i}": np.zeros(100_000) for i in range(10)})
    error = refused(onecopy.MemoryLimitError, path, memory_limit="1MB")
    assert "out=" in str(error)
    assert f"memory_limit={error.needed} " in str(error)
    assert error.limit == 1_000_000
    assert onecopy.load_training_matrix(path, memory_limit=error.needed).X.shape == (100_000, 10)
    with pytest.raises(onecopy.MemoryLimitError):
        onecopy.plan(path, memory_limit=1000)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"dtype": "int32"}, ValueError),
        ({"dtype": "bfloat16"}, ValueError),
        ({"order": "K"}, ValueError),
        ({"inf": "drop"}, ValueError),
        ({"fill": "mode"}, ValueError),
        ({"fill": True}, TypeError),
        ({"overflow": "ignore"}, ValueError),
        ({"missing_columns": "skip"}, ValueError),
        ({"target_missing": "fill"}, ValueError),
        ({"threads": 0}, ValueError),
        ({"threads": 1.5}, TypeError),
        ({"memory_limit": "many"}, ValueError),
        ({"memory_limit": -1}, ValueError),
        ({"columns": "price"}, TypeError),
        ({"columns": []}, ValueError),
        ({"columns": ["price", "price"]}, ValueError),
        ({"columns": ["price"], "target": "price"}, ValueError),
        ({"out": "train.csv"}, ValueError),
        ({"out": 3}, TypeError),
        ({"progress": 3}, TypeError),
        ({"return_X_y": True}, ValueError),
    ],
)
def test_arguments_that_make_no_sense(folder: Path, options: dict[str, Any], error: type) -> None:
    options = {"columns": ["price"], **options}
    message = refusal(error, table_file(folder), **options)
    assert next(option for option in reversed(options)) in message


def test_arguments_are_by_keyword(folder: Path) -> None:
    with pytest.raises(TypeError):
        onecopy.load_training_matrix(table_file(folder), ["price"])


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((2, 2), np.float32),
        np.zeros((2, 1), np.float64),
        np.zeros((2, 1), np.int32),
        np.zeros(2, np.float32),
        np.zeros((4, 2), np.float32)[::2, ::2],
        np.zeros((2, 1), ">f4"),
        np.frombuffer(bytes(8), np.float32).reshape(2, 1),
    ],
    ids=["shape", "dtype", "integers", "vector", "strided", "byte order", "read-only"],
)
def test_arrays_that_cannot_be_filled(folder: Path, out: np.ndarray) -> None:
    message = refusal((ValueError, TypeError), table_file(folder), columns=["price"], out=out)
    assert "out" in message


def test_an_array_in_the_other_order(folder: Path) -> None:
    path = table_file(folder, a=[1, 2, 3], b=[4, 5, 6])
    assert "order" in refusal(ValueError, path, out=np.zeros((3, 2), np.float32, "F"))
