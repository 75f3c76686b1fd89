"""What a figure rests on: the machine, the packages and the state of the project.

Nothing here names a host, a user or a folder.
"""

import os
import platform
import re
import subprocess
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGES = (
    "onecopy",
    "numpy",
    "polars",
    "pyarrow",
    "pandas",
    "duckdb",
    "scikit-learn",
    "matplotlib",
)
THP = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def describe_machine() -> dict[str, Any]:
    """Describe the hardware and the system."""
    processor = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", processor, re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    chosen = re.search(r"\[(\w+)\]", THP.read_text()) if THP.exists() else None
    return {
        "processor": model[1].strip() if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory[1]) * 1024 / 1e9, 1) if memory else None,
        "virtual": bool(re.search(r"^flags.*\bhypervisor\b", processor, re.MULTILINE)),
        "system": f"{platform.system()} {platform.release()}",
        "huge_pages": chosen[1] if chosen else None,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def describe_packages() -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def build_digest() -> str:
    """Return a digest that distinguishes builds of onecopy.

    The package that is imported need not be the one that this checkout would build, and another
    may take its place while figures are taken.
    """
    native = find_spec("onecopy._native")
    if native is None or native.origin is None:
        raise SystemExit("The benchmark needs onecopy itself: `make build` installs it.")
    return sha256(Path(native.origin).read_bytes()).hexdigest()[:16]


def describe_project() -> dict[str, Any]:
    """Return the commit of this checkout, and whether files differ from it."""
    root = Path(__file__).parents[1]

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changes = git("status", "--porcelain", "--untracked-files=no", "--", ":!benchmarks/record")
        return {"commit": git("rev-parse", "--short=12", "HEAD"), "changed": bool(changes)}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "changed": None}
