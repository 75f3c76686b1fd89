"""Which files a source stands for, and in which order."""

import os
from pathlib import Path

import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import write


def number(path: Path, value: float) -> Path:
    """A file of one row and one column `a`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(pa.table({"a": [value]}), path)


def loaded(source: object) -> list[float]:
    return onecopy.load_training_matrix(source).X[:, 0].tolist()


@pytest.fixture
def parts(folder: Path) -> Path:
    for value in (10, 2, 1):
        number(folder / f"part-{value}.parquet", value)
    return folder


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path(parts: Path, kind: type) -> None:
    assert loaded(kind(parts / "part-2.parquet")) == [2]


def test_a_path_with_the_characters_of_a_glob(folder: Path) -> None:
    path = number(folder / "a[1]*.parquet", 7)
    assert loaded(path) == [7]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_glob_in_natural_order(parts: Path, kind: type) -> None:
    assert loaded(kind(parts / "part-*.parquet")) == [1, 2, 10]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_directory_in_natural_order(parts: Path, kind: type) -> None:
    assert loaded(kind(parts)) == [1, 2, 10]


def test_a_directory_in_depth(folder: Path) -> None:
    for value, name in enumerate(["day=2/x.parquet", "day=10/a/1.parquet", "day=10/a/2.parquet"]):
        number(folder / name, value)
    assert loaded(folder) == [0, 1, 2]


def test_a_recursive_glob(folder: Path) -> None:
    for value, name in enumerate(["1/x.parquet", "2/deep/x.parquet", "10/x.parquet"]):
        number(folder / name, value)
    assert loaded(f"{folder}/**/*.parquet") == [0, 1, 2]


def test_hidden_and_other_files_are_passed_over(parts: Path) -> None:
    for name in (".hidden.parquet", "_temporary/part-0.parquet", ".cache/part-0.parquet"):
        number(parts / name, 99)
    for name in ("_SUCCESS", "_metadata", "readme.txt", "part-1.parquet.crc"):
        (parts / name).write_text("no Parquet")
    assert loaded(parts) == [1, 2, 10]


def test_a_list_as_given(parts: Path) -> None:
    names = [parts / f"part-{value}.parquet" for value in (2, 10, 1)]
    assert loaded(names) == [2, 10, 1]
    assert loaded([str(name) for name in names]) == [2, 10, 1]
    assert loaded(tuple(names)) == [2, 10, 1]


def test_a_file_named_twice_counts_twice(parts: Path) -> None:
    path = parts / "part-2.parquet"
    assert loaded([path, path]) == [2, 2]


def test_a_list_of_all_kinds(parts: Path) -> None:
    more = number(parts.parent / "more" / "x.parquet", 5).parent
    assert loaded([more, f"{parts}/part-1*.parquet", parts / "part-2.parquet"]) == [5, 1, 10, 2]


def test_a_name_relative_to_the_working_directory(
    parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(parts)
    assert loaded("part-2.parquet") == [2]
    assert loaded("part-1*") == [1, 10]


def test_a_link_is_followed(parts: Path) -> None:
    link = parts.parent / "link.parquet"
    link.symlink_to(parts / "part-10.parquet")
    assert loaded(link) == [10]


def test_a_name_that_is_no_utf8(folder: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/\xff.parquet"))
    try:
        number(folder / "plain.parquet", 3).rename(path)
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    assert loaded(path) == [3]


def test_a_missing_file(folder: Path) -> None:
    path = folder / "absent.parquet"
    with pytest.raises(FileNotFoundError) as caught:
        loaded(path)
    assert caught.value.filename == str(path)


def test_a_missing_file_within_a_list(parts: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.parquet"):
        loaded([parts / "part-1.parquet", parts / "absent.parquet"])


@pytest.mark.parametrize("pattern", ["", "*.parquet", "**/*.parquet"])
def test_nothing_found(folder: Path, pattern: str) -> None:
    source = f"{folder}/{pattern}" if pattern else str(folder)
    with pytest.raises(FileNotFoundError) as caught:
        loaded(source)
    assert caught.value.filename == source


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(parts: Path) -> None:
    path = parts / "part-1.parquet"
    path.chmod(0)
    with pytest.raises(PermissionError) as caught:
        loaded(path)
    assert caught.value.filename == str(path)


@pytest.mark.parametrize("source", [[], ""])
def test_no_source(source: object) -> None:
    with pytest.raises(ValueError, match="source"):
        loaded(source)


@pytest.mark.parametrize("source", [None, 3, b"a.parquet", {"a": [1]}])
def test_what_is_no_source(source: object) -> None:
    with pytest.raises(TypeError, match="source"):
        loaded(source)


def test_an_address_of_another_kind_is_refused_with_a_hint() -> None:
    with pytest.raises(ValueError, match="filesystem="):
        loaded("ftp://host/a.parquet")


def test_files_of_zero_rows_between_others(parts: Path) -> None:
    write(pa.table({"a": pa.array([], pa.float64())}), parts / "part-3.parquet")
    assert loaded(parts) == [1, 2, 10]
