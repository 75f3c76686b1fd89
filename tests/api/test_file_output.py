"""A matrix in a file: a plain .npy, complete or absent, with what belongs to it beside it."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pytest
from support.parquet_files import write

GOOD = {"a": [1.0, None, 3.0], "b": [4, 5, 6], "y": [0, 1, 0], "w": [0.5, 1.0, 2.0], "g": [7, 7, 8]}
TOO_LARGE = {**GOOD, "a": [1e300, 1.0, 2.0]}
ROLES = {"target": "y", "weight": "w", "group": "g"}
NAMES = ["train.group.npy", "train.json", "train.npy", "train.weight.npy", "train.y.npy"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The directory of the output, empty at first."""
    path = tmp_path / "home"
    path.mkdir()
    return path


def source(folder: Path, columns: dict[str, Any] = GOOD) -> Path:
    return write(pa.table(columns), folder / "in.parquet")


def load(folder: Path, out: Path | str, columns: dict[str, Any] = GOOD, **options: Any) -> Any:
    options = {**ROLES, **options}
    return onecopy.load_training_matrix(source(folder, columns), out=out, **options)


def contents(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(home.iterdir())}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numpy_opens_it_without_us(folder: Path, home: Path, order: str, dtype: str) -> None:
    m = load(folder, home / "train.npy", order=order, dtype=dtype)
    for mode in (None, "r"):
        X = np.load(home / "train.npy", mmap_mode=mode, allow_pickle=False)  # noqa: N806
        assert X.tolist() == [[1, 4], [2, 5], [3, 6]]
        assert X.dtype == np.dtype(dtype)
        assert X.flags[f"{order}_CONTIGUOUS"]
    assert isinstance(m.X, np.memmap)
    assert m.path == home / "train.npy"


def test_what_lies_beside_it(folder: Path, home: Path) -> None:
    m = load(folder, home / "train.npy")
    assert sorted(contents(home)) == NAMES
    assert np.load(home / "train.y.npy").tolist() == m.y.tolist() == [0, 1, 0]
    assert np.load(home / "train.weight.npy").tolist() == m.weight.tolist() == [0.5, 1, 2]
    assert np.load(home / "train.group.npy").tolist() == m.group.tolist() == [7, 7, 8]
    document = json.loads((home / "train.json").read_bytes())
    assert {"recipe", "report", "sources"} <= set(document)


def test_only_what_was_asked_for_lies_beside_it(folder: Path, home: Path) -> None:
    options = {"target": None, "weight": None, "group": None}
    load(folder, home / "train.npy", **options)
    assert sorted(contents(home)) == ["train.json", "train.npy"]


@pytest.mark.parametrize("name", NAMES)
def test_the_header_is_plain_and_the_data_aligned(folder: Path, home: Path, name: str) -> None:
    load(folder, home / "train.npy")
    if name.endswith(".json"):
        return
    with (home / name).open("rb") as file:
        version = np.lib.format.read_magic(file)
        assert version in {(1, 0), (2, 0)}
        read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
        shape, _, dtype = read[version[0]](file)
        assert file.tell() % 4096 == 0
        size = int(np.prod(shape)) * dtype.itemsize
        assert (home / name).stat().st_size == file.tell() + size


def test_open_again(folder: Path, home: Path) -> None:
    m = load(folder, home / "train.npy", order="F")
    again = onecopy.TrainingMatrix.open(home / "train.npy")
    for role in ("X", "y", "weight", "group"):
        assert np.array_equal(getattr(again, role), getattr(m, role))
        assert getattr(again, role).dtype == getattr(m, role).dtype
    assert again.X.flags.f_contiguous
    assert (again.feature_names, again.path) == (["a", "b"], home / "train.npy")
    assert again.recipe == m.recipe
    assert again.report == m.report


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
def test_its_recipe_serves_a_test_set(folder: Path, home: Path) -> None:
    load(folder, home / "train.npy")
    test = write(pa.table({"b": [9], "a": pa.nulls(1, pa.int8())}), folder / "test.parquet")
    m = onecopy.load_training_matrix(test, recipe=home / "train.npy")
    assert m.X.tolist() == [[2, 9]]


def test_the_file_equals_the_memory(folder: Path, home: Path) -> None:
    rng = np.random.default_rng(3)
    columns = {f"f{i}": rng.normal(size=30_000) for i in range(11)}
    path = source(folder, columns)
    for order in ("C", "F"):
        filed = onecopy.load_training_matrix(
            path, out=home / "train.npy", order=order, overwrite=True
        )
        held = onecopy.load_training_matrix(path, order=order)
        assert filed.X.tobytes("A") == held.X.tobytes("A")


@pytest.mark.filterwarnings("ignore::onecopy.EmptyColumnWarning")
@pytest.mark.parametrize("order", ["C", "F"])
def test_zero_rows(folder: Path, home: Path, order: str) -> None:
    columns = {name: pa.array(values).slice(0, 0) for name, values in GOOD.items()}
    m = load(folder, home / "train.npy", columns, order=order)
    assert m.X.shape == np.load(home / "train.npy").shape == (0, 2)
    assert onecopy.TrainingMatrix.open(home / "train.npy").y.shape == (0,)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_name_of_either_kind(folder: Path, home: Path, kind: type) -> None:
    assert load(folder, kind(home / "train.npy")).path == home / "train.npy"


def test_a_name_relative_to_the_working_directory(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    load(folder, "train.npy")
    assert sorted(contents(home)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_existing_file_is_kept(folder: Path, home: Path, name: str) -> None:
    (home / name).write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="overwrite") as caught:
        load(folder, home / "train.npy")
    assert caught.value.filename == str(home / name)
    assert contents(home) == {name: b"precious"}


def test_overwrite_replaces_everything(folder: Path, home: Path) -> None:
    load(folder, home / "train.npy")
    columns = {name: values[:2] for name, values in GOOD.items()}
    m = load(folder, home / "train.npy", columns, overwrite=True)
    assert m.X.tolist() == [[1, 4], [1, 5]]
    assert sorted(contents(home)) == NAMES
    again = onecopy.TrainingMatrix.open(home / "train.npy")
    assert again.y.tolist() == [0, 1]


def test_overwrite_does_not_disturb_an_open_matrix(folder: Path, home: Path) -> None:
    old = load(folder, home / "train.npy")
    load(folder, home / "train.npy", {**GOOD, "b": [0, 0, 0]}, overwrite=True)
    assert old.X.tolist() == [[1, 4], [2, 5], [3, 6]]


FAILURES: list[tuple[type[Exception], dict[str, Any]]] = [
    (onecopy.CastOverflowError, {"columns": TOO_LARGE}),
    (onecopy.MissingTargetError, {"columns": {**GOOD, "y": [1, None, 2]}}),
    (onecopy.MissingTargetError, {"columns": {**GOOD, "w": [1.0, None, 2.0]}}),
    (onecopy.ColumnNotFoundError, {"target": "z"}),
    (ZeroDivisionError, {"progress": lambda _: 1 / 0}),
]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_leaves_the_directory_as_it_was(
    folder: Path, home: Path, overwrite: bool
) -> None:
    if overwrite:
        load(folder, home / "train.npy")
    before = contents(home)
    for error, options in FAILURES:
        with pytest.raises(error):
            load(folder, home / "train.npy", overwrite=overwrite, **options)
        assert contents(home) == before


def test_a_broken_page_leaves_the_directory_as_it_was(folder: Path, home: Path) -> None:
    layout = {"write_page_checksum": True, "use_dictionary": False, "row_group_size": 1000}
    table = pa.table({"a": np.random.default_rng(0).normal(size=5000)})
    path = write(table, folder / "in.parquet", compression="none", **layout)
    content = bytearray(path.read_bytes())
    footer = int.from_bytes(content[-8:-4], "little") + 8
    content[-footer - 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(onecopy.CorruptFileError):
        onecopy.load_training_matrix(path, out=home / "train.npy")
    assert contents(home) == {}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o027, 0o077])
def test_the_mode_follows_the_umask(folder: Path, home: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        load(folder, home / "train.npy")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    assert modes == {0o666 & ~mask}


def test_a_link_at_the_target_is_replaced(folder: Path, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.npy"
    other.write_bytes(b"precious")
    (home / "train.npy").symlink_to(other)
    with pytest.raises(FileExistsError):
        load(folder, home / "train.npy")
    load(folder, home / "train.npy", overwrite=True)
    assert not (home / "train.npy").is_symlink()
    assert other.read_bytes() == b"precious"


def test_a_dangling_link_counts_as_existing(folder: Path, home: Path, tmp_path: Path) -> None:
    (home / "train.npy").symlink_to(tmp_path / "absent.npy")
    with pytest.raises(FileExistsError):
        load(folder, home / "train.npy")
    assert not (tmp_path / "absent.npy").exists()


def test_a_directory_that_does_not_exist(folder: Path, home: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load(folder, home / "absent" / "train.npy")
    assert str(home / "absent") in str(caught.value.filename)


def test_a_directory_at_the_target(folder: Path, home: Path) -> None:
    (home / "train.npy").mkdir()
    with pytest.raises(OSError, match=r"train\.npy"):
        load(folder, home / "train.npy", overwrite=True)
    assert [path.name for path in home.iterdir()] == ["train.npy"]


def test_a_plan_writes_nothing(folder: Path, home: Path) -> None:
    plan = onecopy.plan(source(folder), out=home / "train.npy", **ROLES)
    assert contents(home) == {}
    assert plan.run().X.shape == plan.shape == (3, 2)
    assert sorted(contents(home)) == NAMES


@pytest.mark.parametrize("damage", ["short", "other shape", "no json", "no y"])
def test_open_refuses_what_does_not_belong_together(folder: Path, home: Path, damage: str) -> None:
    load(folder, home / "train.npy")
    path = home / "train.npy"
    if damage == "short":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "other shape":
        np.save(path, np.zeros((3, 5), np.float32))
    else:
        (home / {"no json": "train.json", "no y": "train.y.npy"}[damage]).unlink()
    with pytest.raises((ValueError, FileNotFoundError)):
        onecopy.TrainingMatrix.open(path)
