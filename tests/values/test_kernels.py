"""Every instruction set that kernels are compiled for gives the same bits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dataset import write_dataset
from support.paths import ROOT

KERNELS = ["plain", "avx2", "avx512"]

LOAD = """
import hashlib, json, sys
import onecopy
from onecopy import _native

digests = {}
for dtype in ("float16", "float32", "float64"):
    for order in ("C", "F"):
        for fill in ("median", "mean", -1.5):
            m = onecopy.load_training_matrix(
                sys.argv[1], dtype=dtype, order=order, fill=fill, overflow="missing"
            )
            name = f"{dtype} {order} {fill}"
            digests[name] = hashlib.sha256(m.X.tobytes()).hexdigest()
print(json.dumps([_native.kernels, digests]))
"""


def run(kernels: str, folder: Path) -> tuple[str, dict[str, str]]:
    """Load in a process that may use these kernels; give those it used, and digests."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)],
        env=os.environ | {"ONECOPY_KERNELS": kernels},
        capture_output=True,
        text=True,
        check=True,
    )
    used, digests = json.loads(done.stdout)
    return used, digests


def test_the_same_bits_everywhere(tmp_path: Path) -> None:
    write_dataset(tmp_path, rows=45_000, columns=37, row_group_rows=20_000, files=1)
    results = [run(kernels, tmp_path) for kernels in KERNELS]
    assert results[0][0] == "plain"
    for (used, digests), wanted in zip(results, KERNELS, strict=True):
        # A machine that lacks the better ones takes what it has.
        assert KERNELS.index(used) <= KERNELS.index(wanted)
        assert digests == results[0][1]


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize(
    "tests", ["api/test_load.py", "values/test_medians.py", "values/test_properties.py"]
)
def test_against_the_oracle(kernels: str, tests: str) -> None:
    """Run those tests once more, a part of the random ones, with these kernels."""
    chosen = ["-k", "batch0 or batch1-"] if tests == "values/test_properties.py" else []
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", str(ROOT / "tests" / tests), *chosen],
        env=os.environ | {"ONECOPY_KERNELS": kernels},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
