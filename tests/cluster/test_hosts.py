"""Two hosts, each a network of its own: a scheduler and a worker on one, a worker on the other."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("distributed")
IP = shutil.which("ip")
HOSTS = ("onecopy-one", "onecopy-two")
ADDRESSES = ("10.77.0.1", "10.77.0.2")
SCHEDULER = f"tcp://{ADDRESSES[0]}:18786"
BOUND = 120

pytestmark = pytest.mark.skipif(
    IP is None or os.geteuid() != 0, reason="networks of their own need ip, and root"
)

CLIENT = """
import sys
import numpy as np
from distributed import Client
import onecopy.dask

source, out, scheduler = sys.argv[1:]
with Client(scheduler, timeout=60) as client:
    client.wait_for_workers(2, timeout=60)
    hosts = {address.split(":")[1] for address in client.scheduler_info()["workers"]}
    assert len(hosts) == 2, hosts
    train = onecopy.dask.load_training_matrix(source, target="y", npartitions=4)
    # What lies on one host comes to the other.
    moved = client.submit(lambda block: block.sum(), train.X.blocks[3], workers=[*hosts][0])
    np.save(out, train.X.compute())
    train.recipe.save(out + ".json")
"""


def ip(*words: str) -> None:
    subprocess.run([str(IP), *words], check=True, capture_output=True)


@pytest.fixture
def networks() -> Iterator[None]:
    with ExitStack() as undone:
        for host in HOSTS:
            ip("netns", "add", host)
            undone.callback(ip, "netns", "del", host)
        ip("link", "add", "onecopy1", "type", "veth", "peer", "name", "onecopy2")
        for host, address, link in zip(HOSTS, ADDRESSES, ("onecopy1", "onecopy2"), strict=True):
            ip("link", "set", link, "netns", host)
            ip("-n", host, "addr", "add", f"{address}/24", "dev", link)
            ip("-n", host, "link", "set", link, "up")
            ip("-n", host, "link", "set", "lo", "up")
        yield


def on(host: str, *words: str) -> list[str]:
    return [str(IP), "netns", "exec", host, sys.executable, *words]


@pytest.mark.usefixtures("networks")
def test_two_hosts_load_the_bits_of_one(tmp_path: Path) -> None:
    rng, rows = np.random.default_rng(29), 20_003
    values = np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows))
    source = tmp_path / "train.parquet"
    pq.write_table(pa.table({"a": values, "y": rng.integers(0, 2, rows)}), source)
    dask = ["-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    with ExitStack() as undone:
        scheduler = [
            *dask,
            "scheduler",
            "--host",
            ADDRESSES[0],
            "--port",
            "18786",
            "--no-dashboard",
        ]
        started = [on(HOSTS[0], *scheduler)]
        for host, address in zip(HOSTS, ADDRESSES, strict=True):
            worker = [*dask, "worker", SCHEDULER, "--host", address, "--nthreads", "1"]
            started.append(on(host, *worker, "--no-dashboard"))
        for command in started:
            process = subprocess.Popen(command, **quiet)
            undone.callback(process.wait, 30)
            undone.callback(process.terminate)
        out = str(tmp_path / "found.npy")
        client = on(HOSTS[0], "-c", CLIENT, str(source), out, SCHEDULER)
        run = subprocess.run(
            client, capture_output=True, text=True, timeout=BOUND, check=False, cwd=tmp_path
        )
        assert run.returncode == 0, run.stderr[-4_000:]
    one = onecopy.load_training_matrix(source, target="y")
    assert np.load(out).tobytes() == one.X.tobytes()
    assert onecopy.Recipe.load(out + ".json") == one.recipe
