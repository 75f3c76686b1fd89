"""What `import onecopy` costs, and what it needs."""

import json
import subprocess
import sys
from importlib.metadata import requires
from statistics import median

from packaging.requirements import Requirement

RUNS = 9
TIMED = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def run(code: str) -> str:
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_import_costs_little_beyond_numpy() -> None:
    # In turns, so that a slow spell of the machine meets both alike.
    seconds: dict[str, list[float]] = {"numpy": [], "onecopy": []}
    for _ in range(RUNS):
        for module, runs in seconds.items():
            runs.append(float(run(TIMED.format(module))))
    numpy, onecopy = (median(runs) for runs in seconds.values())
    print(f"import numpy {numpy:.3f} s, import onecopy {onecopy:.3f} s")
    assert onecopy - numpy < 0.1


def test_import_brings_no_optional_package() -> None:
    modules = set(json.loads(run("import onecopy, sys, json; print(json.dumps([*sys.modules]))")))
    assert "numpy" in modules
    assert not modules & {"pandas", "pyarrow", "sklearn", "tqdm", "scipy", "polars"}
    assert not modules & {"obstore", "fsspec", "asyncio", "onecopy._remote.objects"}


def test_numpy_is_the_only_requirement() -> None:
    requirements = [Requirement(text) for text in requires("onecopy") or []]
    needed = [
        requirement.name
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]
    assert needed == ["numpy"]
