"""Loads files in child processes, and tells of each load what became of it."""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("load_process.py")
# The signals of the two clocks that a load is held against.
CLOCKS = {14, 27}
WAYS = ("memory", "F", "float16", "file", "target", "join", "inspect", "plan")


@dataclass
class Outcome:
    """What became of one load: an answer, an error, or the end of its process."""

    path: Path
    way: str
    answer: dict[str, Any] | None = None
    error: str = ""
    kinds: list[str] = field(default_factory=list)
    message: str = ""
    seconds: float = 0.0
    peak: int = 0
    signal: int = 0
    said: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether the process died of it, other than by a clock."""
        return self.signal not in {0, *CLOCKS}

    @property
    def is_late(self) -> bool:
        """Whether a clock rang."""
        return self.signal in CLOCKS

    @property
    def is_ours(self) -> bool:
        """Whether it was refused by an error that the contract knows."""
        known = {"OnecopyError", "OSError"} & set(self.kinds)
        return bool(known) and "InternalError" not in self.kinds


def run(loads: Iterable[tuple[Path, str, dict[str, Any]]], folder: Path) -> list[Outcome]:
    """Load files: each with its path, the way and the options."""
    loads = list(loads)
    outcomes = [Outcome(path, way) for path, way, _ in loads]
    tasks = [
        {"id": at, "path": str(path), "way": way, "options": options}
        for at, (path, way, options) in enumerate(loads)
    ]
    workers = os.cpu_count() or 1
    parts = [deque(tasks[at::workers]) for at in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda at: _work(parts[at], outcomes, folder / str(at)), range(workers)))
    return outcomes


def _work(tasks: deque[dict[str, Any]], outcomes: list[Outcome], folder: Path) -> None:
    """Give tasks to a child, and to another one where it dies."""
    folder.mkdir(parents=True)
    while tasks:
        given = "".join(json.dumps(task) + "\n" for task in tasks)
        command = [sys.executable, str(CHILD), str(folder)]
        child = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        begun = None
        for line in child.stdout.splitlines():
            told = json.loads(line)
            if "begin" in told:
                begun = told["begin"]
                continue
            _note(outcomes[told["id"]], told)
            begun = None
            tasks.popleft()
        if child.returncode == 0 and begun is None:
            return
        assert begun is not None, child.stderr[-2000:]
        outcomes[begun].signal = -child.returncode
        outcomes[begun].said = child.stderr[-2000:]
        tasks.popleft()


def _note(outcome: Outcome, told: dict[str, Any]) -> None:
    for name in ("answer", "error", "kinds", "message", "seconds", "peak"):
        if name in told:
            setattr(outcome, name, told[name])
