"""`versions`: what is installed, for a report of a problem."""

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from onecopy import _native
from onecopy._cli.failures import DONE
from onecopy._cli.output import show, show_json

PACKAGES = ("pandas", "pyarrow", "polars", "duckdb", "tqdm", "matplotlib", "scikit-learn")


def run_versions(given: argparse.Namespace) -> int:
    """List versions."""
    facts = found()
    if given.json:
        show_json(facts)
        return DONE
    width = max(map(len, facts)) + 2
    lines = (f"  {name:<{width}}{value or 'not installed'}" for name, value in facts.items())
    show("\n".join([f"onecopy {_native.__version__}", *lines]))
    return DONE


def found() -> dict[str, object]:
    """Return what is installed, without importing it."""
    facts: dict[str, object] = {
        "onecopy": _native.__version__,
        "kernels": _native.kernels,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
    }
    return facts | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
