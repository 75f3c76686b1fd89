"""Programs that fork while they load, and may hang for it: run with a watchdog."""

import os
import signal
import subprocess
import sys

import pytest


def run_forking(code: str, argument: str, seconds: float) -> None:
    """Run a program to its end; the test fails if it fails or takes longer."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, argument],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        # The child that hangs is a child of our child: its session holds both.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        pytest.fail(f"a load in a forked process still ran after {seconds} s")
    assert process.returncode == 0, errors
