"""Turns: each way in a fresh process, its memory sampled from the moment it is ready."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EVERY = 0.005
_FIELDS = re.compile(r"^(RssAnon|VmSwap):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Turn:
    """One load: its time, its peak of anonymous memory above the level before, and its curve."""

    way: str
    seconds: float
    peak: int
    curve: list[tuple[float, int]]
    rows: int
    bytes: int
    sums: list[list[float]]


@dataclass(frozen=True)
class Failed:
    """A way that did not give a matrix."""

    way: str
    reason: str


@dataclass(frozen=True)
class Job:
    """What all ways load."""

    paths: list[str]
    columns: list[str]
    timeout: float

    def line(self, way: str) -> str:
        """Write it for the process of a way."""
        return json.dumps({"way": way, "paths": self.paths, "columns": self.columns})


def take_turn(way: str, job: Job) -> Turn | Failed:
    """Load once, in a process of its own."""
    _bring_in(job.paths)
    with _process() as process:
        stop = threading.Timer(job.timeout, process.kill)
        stop.start()
        try:
            return _follow(way, job, process)
        except (ValueError, KeyError, BrokenPipeError):
            timed_out = not stop.is_alive()
            late = f"not done after {job.timeout:g} s"
            return Failed(way, late if timed_out else _end_of(process))
        finally:
            stop.cancel()


def _follow(way: str, job: Job, process: "subprocess.Popen[str]") -> Turn | Failed:
    _tell(process, job.line(way))
    _answer(process)
    level = anonymous(process.pid) or 0
    curve: list[tuple[float, int]] = []
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(process.pid, level, curve, done))
    started = time.perf_counter()
    sampler.start()
    try:
        _tell(process, "go")
        result = _answer(process)
    finally:
        done.set()
        sampler.join()
    if "error" in result:
        return Failed(way, str(result["error"]))
    end = (time.perf_counter() - started, max((anonymous(process.pid) or level) - level, 0))
    facts = _answer(process)
    curve = [(at - started, size) for at, size in curve] + [end]
    peak = max(size for _, size in curve)
    return Turn(way, result["seconds"], peak, curve, **facts)


@contextmanager
def _process() -> Iterator["subprocess.Popen[str]"]:
    paths = [path for path in sys.path if path]
    process = subprocess.Popen(
        [sys.executable, "-m", "onecopy._cli.bench.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin is not None:
        process.stdin.write(line + "\n")
        process.stdin.flush()


def _answer(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Read one answer; libraries may print as well."""
    for line in process.stdout or ():
        if line.startswith("{"):
            answer: dict[str, Any] = json.loads(line)
            return answer
    raise ValueError("the process ended")


def _end_of(process: "subprocess.Popen[str]") -> str:
    code = process.wait()
    return "ran out of memory, or was killed" if code < 0 else f"ended with code {code}"


def _sample(pid: int, level: int, curve: list[tuple[float, int]], done: threading.Event) -> None:
    while not done.wait(_EVERY):
        size = anonymous(pid)
        if size is not None:
            curve.append((time.perf_counter(), max(size - level, 0)))


def anonymous(pid: int) -> int | None:
    """Return the anonymous memory of a process, swapped or not; None where it is not known."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return 1024 * sum(int(size) for _, size in _FIELDS.findall(status))


def _bring_in(paths: list[str]) -> None:
    """Read the files once, so that each turn finds them in the page cache."""
    for path in paths:
        with Path(path).open("rb") as file:
            while file.read(1 << 20):
                pass
