"""Remote sources while things go wrong: the right bytes or an error, in bounded memory and time."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from memory import Child
from support.forks import run_forking
from support.object_server import ObjectServer
from support.remote import told
from support.scale import scaled

pytest.importorskip("obstore")

MIB = 1 << 20
ROUNDS = scaled(2, 20)
BRIEF = {"read_timeout": "500ms", "connect_timeout": "2s"}


@pytest.fixture
def expected(server: ObjectServer) -> dict[str, bytes]:
    return told(server.root / "bucket" / "train")


def by_http(server: ObjectServer) -> list[str]:
    return [f"{server.url}/bucket/train/part-{at}.parquet" for at in range(3)]


FAULTS: dict[str, dict[str, Any]] = {
    "cut": {"cut": 0.3},
    "500": {"status": 500, "share": 0.3},
    "503": {"status": 503, "share": 0.3},
    "429": {"status": 429, "share": 0.3},
    "stalls": {"stalls": 0.15},
    "weak": {"weak_etags": True},
    "untagged": {"has_etags": False},
    "nothing": {"has_etags": False, "has_dates": False},
    "all": {"cut": 0.1, "status": 503, "share": 0.1, "stalls": 0.05, "latency": 0.002},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("threads", [1, 4])
def test_remote_equals_local_whatever_goes_wrong(
    server: ObjectServer, expected: dict[str, bytes], fault: str, threads: int
) -> None:
    for seed in range(ROUNDS):
        server.break_down(seed=seed, **FAULTS[fault])
        options = server.s3_options | BRIEF
        found = told("s3://bucket/train", threads=threads, storage_options=options)
        assert found == expected
        server.break_down(seed=seed, **FAULTS[fault])
        assert told(by_http(server), threads=threads, storage_options=BRIEF) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"filters": [("id", ">", 1_000_500), ("f0", "<", 0.5)]},
        {"filters": [("city", "==", "Rome")], "sort_by": ["f1", "id"]},
        {"unique_on": "city", "keep": "last", "order": "F"},
        {"sample": 0.3, "shuffle": True, "split": {"a": 0.5, "b": 0.5}},
        {"columns": ["f3", "f0"], "memory_limit": "40MB", "fill": "mean"},
    ],
)
def test_options_under_faults(server: ObjectServer, options: dict[str, Any]) -> None:
    here = told(server.root / "bucket" / "train", **options)
    server.break_down(seed=1, cut=0.1, status=503, share=0.1, latency=0.001)
    store = server.s3_options | BRIEF
    assert told("s3://bucket/train", storage_options=store, **options) == here


def test_categories_and_joins_under_faults(server: ObjectServer) -> None:
    def load(source: object, table: object, **options: Any) -> bytes:
        joined = onecopy.load_training_matrix(
            source, join=table, on="id", categories="codes", prefix="{stem}_", **options
        )
        return joined.X.tobytes()

    train = server.root / "bucket" / "train"
    table = pq.read_table(train).select(["id", "city", "f0"])
    pq.write_table(table, server.root / "bucket" / "t.parquet", row_group_size=3000)
    here = load(train, server.root / "bucket" / "t.parquet")
    server.break_down(seed=3, cut=0.1, status=429, share=0.1)
    options = {"storage_options": server.s3_options | BRIEF}
    assert load("s3://bucket/train", "s3://bucket/t.parquet", **options) == here


@pytest.mark.parametrize("ignores", [False, True])
@pytest.mark.parametrize("change", ["change_after", "grow_after"])
@pytest.mark.parametrize("tagged", [True, False])
def test_an_object_that_changes(
    server: ObjectServer, change: str, *, ignores: bool, tagged: bool
) -> None:
    options = {"storage_options": server.s3_options, "columns": ["f0", "f1"]}
    planned = onecopy.plan("s3://bucket/train", **options)
    server.break_down(ignores_if_match=ignores, has_etags=tagged, **{change: 0})
    with pytest.raises(onecopy.InputChangedError, match=r"s3://bucket/train/part-") as raised:
        planned.run()
    assert raised.value.path.startswith("s3://bucket/train/part-")


def test_an_object_that_changes_in_the_middle(server: ObjectServer) -> None:
    for after in range(5):
        server.break_down()
        planned = onecopy.plan(
            "s3://bucket/train",
            columns=["f0", "f1"],
            filters=[("id", ">", 500)],
            storage_options=server.s3_options,
        )
        server.break_down(change_after=after, ignores_if_match=True)
        with pytest.raises(onecopy.InputChangedError):
            planned.run()


def test_ranges_are_asked_for_by_their_tag(server: ObjectServer) -> None:
    faults = server.break_down()
    told("s3://bucket/train", storage_options=server.s3_options)
    # One list, and three ends that tell the tag.
    assert faults.with_if_match == faults.requests - 4


def test_a_server_that_never_answers_is_an_error_in_time(server: ObjectServer) -> None:
    url = by_http(server)[0]
    planned = onecopy.plan(url, columns=["f0"], storage_options=BRIEF | {"max_retries": 1})
    server.break_down(stall_from=0)
    began = time.monotonic()
    with pytest.raises(TimeoutError) as raised:
        planned.run()
    assert raised.value.filename == url
    assert time.monotonic() - began < 5


def test_what_stays_broken_is_an_error(server: ObjectServer) -> None:
    url = by_http(server)[0]
    planned = onecopy.plan(url, columns=["f0"], storage_options={"max_retries": 2})
    server.break_down(status=503, share=1.0)
    with pytest.raises(OSError, match="503") as raised:
        planned.run()
    assert raised.value.filename == url
    # Several parts may be on their way, and each is asked for three times.
    assert server.faults.requests >= 3
    server.break_down(status=403, share=1.0)
    with pytest.raises(PermissionError):
        planned.run()


def test_retries_are_counted(server: ObjectServer) -> None:
    planned = onecopy.plan(
        "s3://bucket/train", columns=["f0"], storage_options=server.s3_options | BRIEF
    )
    faults = server.break_down(seed=4, cut=0.5)
    went = planned.run().report.traffic
    assert went.retries > 0
    assert went.requests == faults.requests


INTERRUPTED = """
import json, signal, sys, time
import onecopy
signal.signal(signal.SIGINT, signal.default_int_handler)
work, options = json.loads(sys.argv[1])
if work == "run":
    planned = onecopy.plan(**options)
print("ready", flush=True)
sys.stdin.readline()
try:
    planned.run() if work == "run" else onecopy.plan(**options)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""


@pytest.mark.alone
@pytest.mark.parametrize("work", ["run", "plan"])
@pytest.mark.parametrize("scheme", ["http", "s3"])
def test_ctrl_c_in_a_stall(server: ObjectServer, work: str, scheme: str) -> None:
    source = by_http(server) if scheme == "http" else "s3://bucket/train"
    options = {"source": source, "columns": ["f0"]}
    if scheme == "s3":
        options["storage_options"] = server.s3_options
    server.break_down(stall_from=None if work == "run" else 2)
    program = [sys.executable, "-c", INTERRUPTED, json.dumps([work, options])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(program, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        faults = server.break_down(stall_from=0 if work == "run" else 2)
        process.stdin.write("\n")
        process.stdin.flush()
        deadline = time.monotonic() + 20
        while faults.open < 1 + (work == "plan") and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        seconds = float(process.stdout.readline()) - sent
        server.released.set()
    print(f"{seconds * 1000:.0f} ms")
    assert process.returncode == 0
    assert seconds < 0.2


FORKED = """
import os, sys
import obstore, onecopy
url, path = sys.argv[1].split(" ")
remote = onecopy.load_training_matrix(url, columns=["f0"]).X
child = os.fork()
if child == 0:
    here = onecopy.load_training_matrix(path, columns=["f0"]).X
    try:
        onecopy.load_training_matrix(url, columns=["f0"])
    except RuntimeError as error:
        os._exit(0 if (here == remote).all() and "spawn" in str(error) else 1)
    os._exit(2)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_local_load_survives_a_fork_after_a_remote_one(server: ObjectServer) -> None:
    local = server.root / "bucket" / "train" / "part-0.parquet"
    run_forking(FORKED, f"{by_http(server)[0]} {local}", 30)


LOAD = """
import json, sys
import onecopy, obstore, asyncio
from memory import mark
warm, options = json.loads(sys.argv[1])
onecopy.load_training_matrix(**(options | {"source": warm}))
mark("ready")
matrix = onecopy.load_training_matrix(**options)
mark("done", nbytes=matrix.X.nbytes, peak=matrix.report.peak_scratch)
"""


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("layout", ["one", "groups", "many", "wide"])
def test_memory_stays_within_the_scratch(tmp_path: Path, layout: str) -> None:
    folder = tmp_path / "bucket" / "in"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows, columns = (2_000, 4_000) if layout == "wide" else (1_000_000, 32)
    made = {f"c{at}": rng.standard_normal(rows).astype(np.float32) for at in range(columns)}
    group = {"one": rows, "groups": 20_000, "many": rows, "wide": 500}[layout]
    files = 50 if layout == "many" else 1
    for at in range(files):
        part = pa.table(made).slice(at * rows // files, rows // files)
        plain = {"use_dictionary": False, "compression": "none"}
        pq.write_table(part, folder / f"p{at}.parquet", row_group_size=group, **plain)
    pq.write_table(pa.table(made).slice(0, 10), tmp_path / "bucket" / "warm.parquet")
    with ObjectServer(tmp_path) as server:
        options = {"source": "s3://bucket/in", "storage_options": server.s3_options}
        code = [sys.executable, "-c", LOAD, json.dumps(["s3://bucket/warm.parquet", options])]
        found = Child(code).run()
    beyond = found.peak - found.facts["nbytes"]
    leased = found.facts["peak"]
    print(f"{layout}: {beyond / MIB:.1f} MiB beyond the matrix, {leased / MIB:.1f} leased")
    assert beyond <= 64 * MIB
