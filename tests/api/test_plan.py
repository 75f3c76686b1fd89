"""What `plan` says of a load before a value is read, and that running it does just that."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.parquet_files import write

NAN = float("nan")
COLUMNS = {
    "a": pa.array([1, 2, None], pa.int16()),
    "b": [1.5, NAN, 2.5],
    "c": [True, False, True],
    "y": pa.array([1, 0, 1], pa.int8()),
    "w": [0.5, 1.0, 2.0],
    "g": pa.array([7, 7, 8], pa.int32()),
    "s": ["x", "y", "z"],
    "t": pa.array([1, 2, 3], pa.timestamp("us")),
}
ROLES = {"target": "y", "weight": "w", "group": "g"}
MIB = 1 << 20


@pytest.fixture
def path(folder: Path) -> Path:
    return write(pa.table(COLUMNS), folder / "in.parquet", row_group_size=2)


def lines(plan: onecopy.Plan) -> dict[str, str]:
    """The lines of its explanation by their labels; the first one is the title."""
    title, *parts = str(plan).splitlines()
    assert all(re.match(r"  \w+ +\S", part) for part in parts)
    return {"title": title} | dict(part.split(maxsplit=1) for part in parts)


def chunk_bytes(path: Path, names: list[str]) -> int:
    metadata = pq.read_metadata(path)
    chunks = [
        metadata.row_group(at).column(leaf)
        for at in range(metadata.num_row_groups)
        for leaf in range(metadata.num_columns)
    ]
    return sum(c.total_compressed_size for c in chunks if c.path_in_schema in names)


# What it says


def test_shape_names_and_types(path: Path) -> None:
    plan = onecopy.plan(path, columns="numeric", **ROLES)
    assert (plan.shape, plan.feature_names) == ((3, 3), ["a", "b", "c"])
    assert (plan.dtype, plan.order) == ("float32", "C")
    assert plan.casts == [("a", "int16"), ("b", "float64"), ("c", "bool")]
    assert plan.skipped == [("s", "string"), ("t", "timestamp[us]")]


def test_a_list_decides_the_order_and_skips_nothing(path: Path) -> None:
    plan = onecopy.plan(path, columns=["c", "a"], dtype=np.float64, order="F")
    assert plan.feature_names == ["c", "a"]
    assert plan.casts == [("c", "bool"), ("a", "int16")]
    assert plan.skipped == []
    assert (plan.dtype, plan.order) == ("float64", "F")


@pytest.mark.parametrize(("dtype", "item"), [("float16", 2), ("float32", 4), ("float64", 8)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_output_bytes_are_those_of_all_arrays(
    path: Path, dtype: str, order: str, item: int
) -> None:
    options = {"columns": ["a", "b", "c"], "dtype": dtype, "order": order, **ROLES}
    plan = onecopy.plan(path, **options)
    assert plan.output_bytes == 3 * 3 * item + 3 * (1 + 8 + 4)
    m = plan.run()
    assert plan.output_bytes == sum(array.nbytes for array in (m.X, m.y, m.weight, m.group))


def test_several_targets_count_in_their_common_dtype(path: Path) -> None:
    plan = onecopy.plan(path, columns=["a"], target=["y", "w"])
    assert plan.output_bytes == 3 * 4 + 3 * 2 * 8
    assert lines(plan)["y"] == '"y", "w": (3, 2) float64'


def test_read_bytes_are_those_of_the_chosen_chunks(path: Path) -> None:
    plan = onecopy.plan(path, columns=["a", "c"], target="w")
    assert plan.read_bytes == chunk_bytes(path, ["a", "c", "w"])
    whole = onecopy.plan(path, columns="numeric")
    assert whole.read_bytes == chunk_bytes(path, list("abcywg"))


@pytest.mark.parametrize(
    ("options", "passes"),
    [
        ({"columns": ["a", "b"], "order": "C", "fill": "median"}, 2),
        ({"columns": ["a", "b"], "order": "C", "fill": None}, 2),
        ({"columns": ["a", "b"], "order": "F", "fill": "median"}, 2),
        ({"columns": ["a", "b"], "order": "F", "fill": {"a": 0, "b": "mean"}}, 2),
        ({"columns": ["a", "b"], "order": "F", "fill": 0}, 1),
        ({"columns": ["a", "b"], "order": "F", "fill": None}, 1),
        ({"columns": ["a"], "order": "C", "fill": 0}, 1),
        ({"columns": ["a"], "order": "C", "fill": "mean"}, 2),
    ],
)
def test_a_second_pass_is_for_order_or_fills(
    path: Path, options: dict[str, Any], passes: int
) -> None:
    assert onecopy.plan(path, **options).passes == passes


def test_scratch_is_bounded(folder: Path, path: Path) -> None:
    """By 64 MiB for a small matrix, by 5 % of a large one, by 256 MiB for the largest."""
    assert onecopy.plan(path, columns=["a"]).scratch_bytes == 64 * MIB
    rows = 10_000_000
    write(pa.table({"n": pa.nulls(rows)}), folder / "nulls.parquet")
    for files in (40, 100, 200):
        plan = onecopy.plan([folder / "nulls.parquet"] * files, dtype="float64")
        assert plan.output_bytes == files * rows * 8
        assert plan.scratch_bytes == min(256 * MIB, plan.output_bytes // 20)


def test_a_limit_leaves_what_the_output_does_not_take(path: Path, tmp_path: Path) -> None:
    limit, options = 40_000_000, {"columns": ["a", "b"], "target": "w"}
    plan = onecopy.plan(path, memory_limit=limit, **options)
    assert plan.scratch_bytes == limit - plan.output_bytes
    plan = onecopy.plan(path, memory_limit="40MB", out=np.empty((3, 2), np.float32), **options)
    assert plan.scratch_bytes == limit - 3 * 8
    plan = onecopy.plan(path, memory_limit="40MB", out=tmp_path / "X.npy", **options)
    assert plan.scratch_bytes == limit


def test_what_is_too_large_is_said(folder: Path, tmp_path: Path) -> None:
    """1.6 TB, of rows that take no space in their files."""
    write(pa.table({f"n{at}": pa.nulls(10_000_000) for at in range(10)}), folder / "nulls.parquet")
    source = [folder / "nulls.parquet"] * 2000
    held = onecopy.plan(source, dtype="float64")
    assert (held.shape, held.output_bytes) == ((20_000_000_000, 10), 1_600_000_000_000)
    assert (held.enough_memory, held.enough_disk) == (False, True)
    assert "disk" not in lines(held)
    assert lines(held)["memory"].endswith("NOT enough")
    filed = onecopy.plan(source, dtype="float64", out=tmp_path / "X.npy")
    assert filed.enough_disk is False
    assert lines(filed)["disk"].startswith("1.60 TB needed")
    assert lines(filed)["disk"].endswith("NOT enough")


def test_a_small_one_fits(path: Path, tmp_path: Path) -> None:
    plan = onecopy.plan(path, columns=["a"], out=tmp_path / "X.npy")
    assert (plan.enough_memory, plan.enough_disk) == (True, True)
    assert lines(plan)["disk"].startswith("12 B needed")


# Its words


def test_print_explains_it(path: Path) -> None:
    plan = onecopy.plan(path, columns="numeric", threads=2, **ROLES)
    told = lines(plan)
    assert list(told) == [
        *("title", "y", "weight", "group", "read", "pour", "cast", "missing", "skipped", "memory"),
    ]
    del told["memory"]
    assert told == {
        "title": "3 x 3 float32, order 'C': 36 B in memory",
        "y": '"y": (3,) int8',
        "weight": '"w": (3,) float64',
        "group": '"g": (3,) int32',
        "read": "1 files, 2 row groups, 0.9 kB",
        "pour": "2 times over the matrix, 2 threads",
        "cast": "1 int16, 1 float64, 1 bool -> float32, overflow: raise",
        "missing": "null, NaN and infinities become the median",
        "skipped": 'not numeric: 1 string, 1 timestamp[us] ("s", "t")',
    }
    assert plan.explain() == str(plan)
    assert repr(plan) == f"Plan({told['title']})"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fill": "mean"}, "null, NaN and infinities become the mean"),
        ({"fill": -1}, "null, NaN and infinities become -1.0"),
        ({"fill": None, "inf": "keep"}, "null and NaN stay NaN"),
        (
            {"fill": {"a": 0}, "inf": "keep"},
            "null and NaN become the median; 1 features have their own fill",
        ),
    ],
)
def test_what_becomes_of_missing_values(path: Path, options: dict[str, Any], words: str) -> None:
    assert lines(onecopy.plan(path, columns=["a", "b"], **options))["missing"] == words


def test_where_it_goes(path: Path, tmp_path: Path) -> None:
    def title(**options: Any) -> str:
        return lines(onecopy.plan(path, columns=["b"], **options))["title"]

    out = tmp_path / "X.npy"
    assert title(order="F") == "3 x 1 float32, order 'F': 12 B in memory"
    assert title(out=out) == f"3 x 1 float32, order 'C': 12 B in {str(out)!r}"
    array = np.empty((3, 1), np.float64)
    words = "3 x 1 float64, order 'C': 24 B into the given array"
    assert title(out=array, dtype="float64") == words


def test_html_is_escaped(folder: Path) -> None:
    path = write(pa.table({"<a>": [1.0], "<s>": ["x"]}), folder / "in.parquet")
    html = onecopy.plan(path, columns="numeric")._repr_html_()
    assert "<script" not in html
    assert "&lt;s&gt;" in html
    assert "<s>" not in html


# Running it


def test_it_does_what_a_load_does(path: Path) -> None:
    options = {
        "columns": ["c", "b", "a"],
        "dtype": "float64",
        "order": "F",
        "fill": "mean",
        **ROLES,
    }
    m, loaded = onecopy.plan(path, **options).run(), onecopy.load_training_matrix(path, **options)
    assert m.X.tolist() == [[1, 1.5, 1], [0, 2, 2], [1, 2.5, 1.5]]
    for role in ("X", "y", "weight", "group"):
        ours, theirs = getattr(m, role), getattr(loaded, role)
        assert (ours.dtype, ours.tobytes("A")) == (theirs.dtype, theirs.tobytes("A"))
    assert m.recipe == loaded.recipe
    assert m.report.columns == loaded.report.columns


def test_it_can_be_run_again(path: Path) -> None:
    plan = onecopy.plan(path, columns=["a"])
    first, second = plan.run(), plan.run()
    assert first.X.tolist() == second.X.tolist() == [[1], [2], [1.5]]
    assert not np.shares_memory(first.X, second.X)


def test_it_gives_what_return_x_y_says(path: Path) -> None:
    X, y = onecopy.plan(path, columns=["a"], target="y", return_X_y=True).run()  # noqa: N806
    assert X.tolist() == [[1], [2], [1.5]]
    assert y.tolist() == [1, 0, 1]


def test_it_fills_the_array_that_was_given(path: Path) -> None:
    out = np.full((3, 1), -1, np.float32)
    plan = onecopy.plan(path, columns=["a"], out=out)
    assert out.tolist() == [[-1], [-1], [-1]]
    assert np.shares_memory(plan.run().X, out)
    assert out.tolist() == [[1], [2], [1.5]]


def test_a_file_is_made_only_when_it_runs(path: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    plan = onecopy.plan(path, columns=["a"], target="y", out=home / "X.npy")
    assert list(home.iterdir()) == []
    assert plan.run().path == home / "X.npy"
    assert sorted(file.name for file in home.iterdir()) == ["X.json", "X.npy", "X.y.npy"]
    with pytest.raises(FileExistsError):
        plan.run()


def test_progress_is_that_of_the_plan_or_of_the_run(path: Path) -> None:
    planned, ran = [], []
    plan = onecopy.plan(path, columns=["a"], progress=planned.append)
    plan.run()
    assert isinstance(planned[-1], onecopy.Progress)
    count = len(planned)
    plan.run(progress=ran.append)
    assert (len(planned), len(ran) > 0) == (count, True)
    plan.run(progress=False)
    assert len(planned) == count
    with pytest.raises(TypeError, match=r"^progress: "):
        plan.run(progress=3)


def test_an_overflow_is_met_when_it_runs(folder: Path) -> None:
    plan = onecopy.plan(write(pa.table({"a": [1e300]}), folder / "in.parquet"))
    assert plan.shape == (1, 1)
    with pytest.raises(onecopy.CastOverflowError):
        plan.run()


# What it reads and refuses


def test_only_footers_are_read(path: Path) -> None:
    whole, content = onecopy.plan(path, columns="numeric"), bytearray(path.read_bytes())
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    content[4:footer] = bytes(footer - 4)
    path.write_bytes(content)
    plan = onecopy.plan(path, columns="numeric")
    assert (plan.shape, plan.casts, plan.read_bytes) == (whole.shape, whole.casts, whole.read_bytes)
    with pytest.raises(onecopy.CorruptFileError):
        plan.run()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, onecopy.UnsupportedTypeError),
        ({"columns": ["z"]}, onecopy.ColumnNotFoundError),
        ({"columns": ["a"], "target": "z"}, onecopy.ColumnNotFoundError),
        ({"columns": ["a"], "memory_limit": 1}, onecopy.MemoryLimitError),
        ({"columns": ["a"], "dtype": "int32"}, ValueError),
        ({"columns": ["a"], "threads": 0}, ValueError),
        ({"columns": ["a"], "return_X_y": True}, ValueError),
        ({"columns": ["a"], "progress": 3}, TypeError),
    ],
)
def test_it_refuses_what_a_load_refuses(
    path: Path, options: dict[str, Any], error: type[Exception]
) -> None:
    words = []
    for call in (onecopy.plan, onecopy.load_training_matrix):
        with pytest.raises(error) as caught:
            call(path, **options)
        words.append(str(caught.value))
    assert words[0] == words[1]


def test_it_cannot_be_changed(path: Path) -> None:
    plan = onecopy.plan(path, columns=["a"])
    for name in ("shape", "dtype", "passes", "anything"):
        with pytest.raises(AttributeError):
            setattr(plan, name, None)
    plan.feature_names.append("more")
    plan.casts.clear()
    assert (plan.feature_names, plan.casts) == (["a"], [("a", "int16")])
