"""What is installed, for a report of a problem."""

import os
import platform
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from mmap import PAGESIZE

import numpy as np

from onecopy import _native

PACKAGES = ("pandas", "pyarrow", "polars", "duckdb", "tqdm", "matplotlib", "scikit-learn")


def show_versions() -> None:
    """Print what a report of a problem should say: versions, the system, the processor.

    Nothing is imported for it, and no path and no name of yours is in it.

    Examples
    --------
    >>> import onecopy
    >>> onecopy.show_versions()  # doctest: +ELLIPSIS
    onecopy ...
      onecopy       ...
    """
    sys.stdout.write(f"{described(versions())}\n")


def versions() -> dict[str, object]:
    """Return what is installed, without importing it."""
    facts: dict[str, object] = {
        "onecopy": _native.__version__,
        "kernels": _native.kernels,
        "python": f"{platform.python_implementation()} {platform.python_version()}{_threads()}",
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()).strip() or "that of the system",
        "page": f"{PAGESIZE:,} B",
        "cores": _cores(),
    }
    return facts | {name: _version(name) for name in PACKAGES}


def described(facts: dict[str, object]) -> str:
    """Return a line for each fact."""
    width = max(map(len, facts)) + 2
    lines = (f"  {name:<{width}}{value or 'not installed'}" for name, value in facts.items())
    return "\n".join([f"onecopy {facts['onecopy']}", *lines])


def _threads() -> str:
    return " free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
