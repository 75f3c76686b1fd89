"""Remote sources: what addresses stand for, how they are reached, and what errors say."""

import errno
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs
from support.object_server import ObjectServer
from support.remote import EVERYTHING, told, write

pytest.importorskip("obstore")


@pytest.fixture
def local(server: ObjectServer) -> Path:
    return server.root / "bucket" / "train"


def names(source: object, **options: object) -> list[str]:
    return [file.path for file in onecopy.inspect(source, **options).files]


def test_an_address_over_http(server: ObjectServer, local: Path) -> None:
    urls = [f"{server.url}/bucket/train/part-{at}.parquet" for at in range(3)]
    assert told(urls) == told(local)
    assert names(urls) == urls
    assert told(urls[1]) == told(local / "part-1.parquet")


@pytest.mark.parametrize(
    "address",
    [
        "s3://bucket/train",
        "s3://bucket/train/",
        "s3:/bucket/train",
        "S3://bucket/",
        "s3a://bucket/train/part-*.parquet",
        "s3://bucket/**/part-[0-9].parquet",
        "s3://bucket/t*n",
        "s3://bucket/*",
        ["s3://bucket/train/part-0.parquet", "s3://bucket/train/part-[12]*"],
    ],
)
def test_addresses_prefixes_and_globs(
    server: ObjectServer, local: Path, address: str | list[str]
) -> None:
    assert told(address, storage_options=server.s3_options) == told(local)


def test_natural_order_and_hidden_names(server: ObjectServer) -> None:
    folder = server.root / "bucket" / "many"
    for name in ("part-10", "part-2", "_log", ".tmp", "deep/part-1"):
        write(folder / f"{name}.parquet", files=0)
        (folder / f"{name}.parquet").rmdir()
        pq.write_table(pa.table({"a": [1.0]}), folder / f"{name}.parquet")
    (folder / "readme.txt").write_text("no table")
    options = {"storage_options": server.s3_options}
    found = names("s3://bucket/many", **options)
    local = names(folder)
    assert found == [f"s3://bucket/many/{Path(p).relative_to(folder).as_posix()}" for p in local]
    found = names("s3://bucket/many/*.parquet", **options)
    local = names(f"{folder}/*.parquet")
    assert found == [f"s3://bucket/many/{Path(p).relative_to(folder).as_posix()}" for p in local]


def test_a_folder_that_is_named_like_a_file(server: ObjectServer, local: Path) -> None:
    write(server.root / "bucket" / "spark.parquet")
    options = {"storage_options": server.s3_options}
    assert told("s3://bucket/spark.parquet", **options) == told(local)


def test_everything_stands_in_one_list(server: ObjectServer, local: Path) -> None:
    files = sorted(local.iterdir())
    frame = pq.read_table(files[1])
    mixed = [str(files[0]), frame, "s3://bucket/train/part-2.parquet"]
    assert told(mixed, storage_options=server.s3_options) == told(local)
    text = str(onecopy.plan(mixed, storage_options=server.s3_options, **EVERYTHING))
    assert "1 files, 1 remote files, 1 tables in memory" in text


def test_file_urls_are_local(local: Path) -> None:
    assert told(f"file://{local}") == told(local)


def test_all_verbs_and_joins(server: ObjectServer, local: Path) -> None:
    options = {"storage_options": server.s3_options}
    source = "s3://bucket/train"
    found = onecopy.inspect(source, "id", **options)
    assert (found.rows, found.order.is_sorted) == (12_000, True)
    recipe = onecopy.fit_recipe(source, columns=["f0", "f1"], **options)
    assert recipe == onecopy.fit_recipe(local, columns=["f0", "f1"])
    batches = onecopy.batches(source, 5000, recipe=recipe, **options)
    whole = onecopy.load_training_matrix(local, recipe=recipe).X
    assert np.array_equal(np.concatenate([batch.X for batch in batches]), whole)
    table = pq.read_table(local).select(["id", "f0"]).rename_columns(["id", "extra"])
    pq.write_table(table, server.root / "bucket" / "table.parquet")
    joined = {"on": "id", "columns": ["f1", "extra"]}
    remote = onecopy.load_training_matrix(
        source, join="s3://bucket/table.parquet", **joined, **options
    )
    here = onecopy.load_training_matrix(local, join=table, **joined)
    assert remote.X.tobytes() == here.X.tobytes()


@pytest.mark.parametrize("kind", ["obstore", "fsspec", "pyarrow"])
def test_a_file_system_that_is_handed_over(local: Path, kind: str) -> None:
    root = str(local.parent)
    if kind == "obstore":
        system, path = pytest.importorskip("obstore.store").LocalStore(root), "train"
    elif kind == "fsspec":
        fsspec = pytest.importorskip("fsspec")
        system, path = fsspec.filesystem("file"), f"{root}/train"
    else:
        system, path = fs.SubTreeFileSystem(root, fs.LocalFileSystem()), "train"
    assert told(path, filesystem=system) == told(local)
    assert told(f"{path}/part-*.parquet", filesystem=system) == told(local)
    assert told([f"{path}/part-{at}.parquet" for at in range(3)], filesystem=system) == told(local)
    with pytest.raises(FileNotFoundError) as raised:
        told(f"{path}/none.parquet", filesystem=system)
    assert raised.value.filename.endswith("none.parquet")


def test_a_missing_object(server: ObjectServer) -> None:
    for address in ("s3://bucket/none.parquet", "s3://bucket/none", "s3://bucket/none/*.parquet"):
        with pytest.raises(FileNotFoundError) as raised:
            told(address, storage_options=server.s3_options)
        assert raised.value.filename == address
        assert raised.value.errno == errno.ENOENT
    url = f"{server.url}/bucket/none.parquet"
    with pytest.raises(FileNotFoundError, match="No such file") as raised:
        told(url)
    assert raised.value.filename == url


def test_an_object_that_may_not_be_read(server: ObjectServer) -> None:
    url = f"{server.url}/secret.parquet"
    with pytest.raises(PermissionError) as raised:
        told(url)
    assert raised.value.filename == url


def test_what_is_no_parquet(server: ObjectServer) -> None:
    for content in (b"", b"PAR1", bytes(1 << 20)):
        (server.root / "bucket" / "odd.parquet").write_bytes(content)
        with pytest.raises(onecopy.CorruptFileError, match=r"s3://bucket/odd\.parquet"):
            told("s3://bucket/odd.parquet", storage_options=server.s3_options)


def test_secrets_are_not_told(server: ObjectServer, local: Path) -> None:
    url = f"{server.url}/bucket/train/part-0.parquet?X-Signature=abc"
    assert told(url) == told(local / "part-0.parquet")
    assert names(url) == [url.partition("?")[0]]
    server.break_down(status=500, share=1.0)
    with pytest.raises(OSError, match="500") as raised:
        told(url, storage_options={"max_retries": 0})
    assert "abc" not in str(raised.value)


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        ("hdfs://host/a", {}, ValueError, "expected a path, or an address that begins with s3://"),
        ("s3://", {}, ValueError, "expected a bucket"),
        ("s3://b/a", {"storage_options": 3}, TypeError, "storage_options: expected a dict"),
        ("s3://b/a", {"storage_options": {"regoin": "x"}}, ValueError, "storage_options: .*regoin"),
        ("a", {"filesystem": 3}, TypeError, "filesystem: expected a store of obstore"),
        ("http://host/*.parquet", {}, ValueError, "does not list its files"),
    ],
)
def test_what_is_refused(
    source: str, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        onecopy.plan(source, **options)


def test_a_server_without_ranges(server: ObjectServer) -> None:
    server.break_down(has_ranges=False)
    with pytest.raises(OSError, match="requests for ranges"):
        told(f"{server.url}/bucket/train/part-0.parquet")


def test_plan_and_report_tell_what_went_over_the_network(server: ObjectServer, local: Path) -> None:
    options = {"storage_options": server.s3_options, "columns": ["f0", "f1"]}
    planned = onecopy.plan("s3://bucket/train", **options)
    assert planned.requests > 0
    assert "requests, at most" in str(planned)
    before = server.faults.requests
    seen = []
    found = planned.run(progress=seen.append)
    assert seen[-1].rows_done == 12_000
    went = found.report.traffic
    assert went.requests == server.faults.requests - before
    assert went.retries == 0
    assert planned.read_bytes <= went.bytes - went.gaps
    assert f"{went.requests} requests" in str(found.report)
    again = onecopy.Report.from_dict(json.loads(json.dumps(found.report.to_dict())))
    assert again.traffic == went
    here = onecopy.plan(local, columns=["f0", "f1"])
    assert here.requests == 0
    assert here.run().report.traffic.requests == 0


def test_files_say_where_their_rows_come_from(server: ObjectServer, tmp_path: Path) -> None:
    out = tmp_path / "X.npy"
    options = {"storage_options": server.s3_options, "columns": ["f0"], "out": out}
    onecopy.load_training_matrix("s3://bucket/train/part-0.parquet", **options)
    sources = json.loads((tmp_path / "X.json").read_text())["sources"]
    assert sources[0]["object"] == "s3://bucket/train/part-0.parquet"


def test_an_object_without_a_tag_is_held_by_its_size(server: ObjectServer) -> None:
    server.break_down(has_etags=False, has_dates=False)
    url = f"{server.url}/bucket/train/part-0.parquet"
    assert "no ETag and no date" in str(onecopy.plan(url, columns=["f0"]))


def test_a_filter_on_a_folder_lists_and_reads_one_of_365(tmp_path: Path) -> None:
    first = date(2024, 1, 1)
    root = tmp_path / "bucket" / "days"
    for at in range(365):
        folder = root / f"day={first + timedelta(at)}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"a": [float(at)]}), folder / "0.parquet")
    with ObjectServer(tmp_path) as server:
        server.break_down()
        found = onecopy.load_training_matrix(
            "s3://bucket/days",
            filters=[("day", "==", "2024-03-01")],
            passthrough="day",
            storage_options=server.s3_options,
        )
        assert found.X.tolist() == [[60.0]]
        assert found.passthrough["day"].tolist() == ["2024-03-01"]
        assert server.faults.lists == ["days/", "days/day=2024-03-01/"]
        assert {path for path in server.faults.paths if "?" not in path} == {
            "bucket/days/day=2024-03-01/0.parquet"
        }
        none = onecopy.plan(
            "s3://bucket/days/",
            filters=[("day", "==", "2025-03-01")],
            storage_options=server.s3_options,
        )
        assert none.shape == (0, 1)


def test_a_thousand_small_objects_take_few_round_trips(tmp_path: Path) -> None:
    count, latency = 1000, 0.02
    root = tmp_path / "bucket" / "small"
    root.mkdir(parents=True)
    pq.write_table(pa.table({"a": [1.0, 2.0]}), root / "part-0.parquet")
    for at in range(1, count):
        os.link(root / "part-0.parquet", root / f"part-{at}.parquet")
    with ObjectServer(tmp_path) as server:
        faults = server.break_down(latency=latency)
        found = onecopy.inspect("s3://bucket/small", storage_options=server.s3_options)
        assert found.rows == 2 * count
        print(f"{faults.requests} requests, at most {faults.most_open} at once")
        # One list, and one request for each object.
        assert faults.requests == count + 1
        assert faults.most_open <= 17
        faults = server.break_down(latency=latency)
        whole = onecopy.load_training_matrix("s3://bucket/small", storage_options=server.s3_options)
        assert whole.X.sum() == 3 * count
        print(f"{faults.requests} requests, at most {faults.most_open} at once")
        assert faults.requests <= 2 * count + 1
        assert faults.most_open > 8


def test_the_package_is_named_where_it_is_missing() -> None:
    code = (
        "import sys; sys.modules['obstore'] = None; import onecopy\n"
        "try: onecopy.inspect('s3://bucket/a')\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'onecopy[cloud]'" in done.stdout


def test_local_loads_need_no_network_code(local: Path) -> None:
    code = (
        "import sys, onecopy\n"
        f"onecopy.load_training_matrix({str(local)!r}, columns=['f0'])\n"
        "print([n for n in sys.modules if n.startswith(('obstore', 'onecopy._remote.'))])\n"
        "print('asyncio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "False"]
