"""The memory of a writer stays what it was, however many batches come: but for 24 bytes a key."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.scale import scaled

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc"),
]

MIB = 1 << 20
KEY = 24
BATCHES = scaled(40, 200)
ROWS = scaled(100_000, 1_000_000)

# Half of the keys of each batch were in the one before.
APPENDED = """
import json, sys, tempfile
import numpy as np, onecopy, pyarrow as pa
from concurrent.futures import ThreadPoolExecutor
rows, batches, options = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
values = {f"x{at}": np.random.default_rng(at).normal(size=rows).astype("f4") for at in range(16)}

def batch(number):
    keys = np.arange(rows) + number * (rows // 2)
    text = pa.array(keys.astype("U12")) if options.get("unique_on") else pa.nulls(0)
    return pa.table(values | ({"key": text} if options.get("unique_on") else {}))

def anonymous():
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) << 10

held = []
with tempfile.TemporaryDirectory() as folder:
    with onecopy.MatrixWriter(folder + "/X.npy", **options) as writer:
        for number in range(batches):
            writer.append(batch(number))
            held.append((anonymous(), writer.rows))
    held.append((anonymous(), writer.rows))
print(json.dumps(held))
"""


@pytest.mark.parametrize("unique", [False, True], ids=["all rows", "unique keys"])
def test_memory_is_flat_from_the_tenth_batch_to_the_last(unique: bool) -> None:
    options: dict[str, Any] = {"memory_limit": "128MB"}
    if unique:
        options |= {"unique_on": "key", "exclude": "key"}
    command = [sys.executable, "-c", APPENDED, str(ROWS), str(BATCHES), json.dumps(options)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    held = json.loads(run.stdout)
    (first, few), (last, rows) = held[9], held[-2]
    expected = ROWS // 2 * (BATCHES + 1) if unique else ROWS * BATCHES
    assert rows == expected
    keys = KEY * (rows - few) if unique else 0
    grown = last - first
    print(
        f"{BATCHES} batches: {grown / MIB:.1f} MiB more than after the tenth, keys {keys / MIB:.1f}"
    )
    assert grown <= keys + 16 * MIB
