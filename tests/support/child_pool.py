"""Loads in children that are forked from a process with everything imported, so that one takes
milliseconds; each can be watched by strace from its first call on, or killed.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 20

# One child for each line of input: it waits for a byte, loads, and says what became of it.
PARENT = """
import json, mmap, os, resource, sys, warnings
import numpy, onecopy, pyarrow.parquet
# What is imported when it is needed: here it is once for all children, and none of their faults.
import onecopy._finished, onecopy._table_writer, onecopy._writer, pyarrow.dataset
warnings.simplefilter("ignore")

def load(arguments):
    error = None
    try:
        os.umask(arguments.pop("umask", 0o022))
        if (limit := arguments.pop("fsize", None)) is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if arguments.pop("writer", False):
            write(**arguments)
        else:
            onecopy.load_training_matrix(**arguments)
    except BaseException as caught:
        error = {
            "type": type(caught).__name__,
            "bases": [base.__name__ for base in type(caught).__mro__],
            "errno": getattr(caught, "errno", None),
            "filename": getattr(caught, "filename", None),
            "message": str(caught),
        }
    return {"error": error}

def write(source, out, batches, table=False, **options):
    kind = onecopy.TableWriter if table else onecopy.MatrixWriter
    whole = tables[source]
    rows = -(-whole.num_rows // batches)
    with kind(out, **options) as writer:
        for at in range(0, whole.num_rows, rows):
            writer.append(whole.slice(at, rows))

tables = {}
for line in sys.stdin:
    arguments = json.loads(line)
    # Batches are there before a child is, so that faults meet no other reader.
    if arguments.get("writer") and arguments["source"] not in tables:
        source = arguments["source"]
        tables[source] = pyarrow.parquet.read_table(source, use_threads=False)
    start, told = os.pipe(), os.pipe()
    if (child := os.fork()) == 0:
        os.close(told[0])
        os.read(start[0], 1)
        os.write(told[1], json.dumps(load(arguments)).encode())
        os._exit(0)
    os.close(told[1])
    print(child, flush=True)
    sys.stdin.readline()
    os.write(start[1], b"1")
    print("started", flush=True)
    text = b""
    while piece := os.read(told[0], 1 << 16):
        text += piece
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for descriptor in (*start, told[0]):
        os.close(descriptor)
    print(json.dumps({"status": status} | json.loads(text or b"{}")), flush=True)
"""


@dataclass(frozen=True)
class Ending:
    """What became of a child: its status, and the error that it told."""

    status: int
    error: dict[str, Any] | None = None

    @property
    def is_whole(self) -> bool:
        return self.status == 0 and self.error is None

    @property
    def is_killed(self) -> bool:
        return self.status == -signal.SIGKILL


class ChildPool:
    """A process that forks one child after the other."""

    def __init__(self, *prefix: str) -> None:
        command = [*prefix, sys.executable, "-c", PARENT]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.child = 0
        self.heard = b""

    def prepare(self, **arguments: Any) -> int:
        """Fork a child that will load, and tell its process id."""
        self._say(json.dumps(arguments))
        self.child = int(self._hear())
        return self.child

    def start(self) -> None:
        self._say("")
        assert self._hear() == b"started"

    def ending(self) -> Ending:
        """Wait for the child; one that hangs is killed, and fails the test."""
        told = json.loads(self._hear())
        return Ending(told["status"], told.get("error"))

    def load(self, **arguments: Any) -> Ending:
        self.prepare(**arguments)
        self.start()
        return self.ending()

    def traced(self, options: list[str], log: Path | None = None, **arguments: Any) -> Ending:
        """Load under strace, which counts calls from the load's first one on."""
        child = self.prepare(**arguments)
        command = ["strace", "-f", "-p", str(child), "-o", str(log or os.devnull), *options]
        strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            told = strace.stderr.readline()
            assert "attached" in told, told
            self.start()
            return self.ending()
        finally:
            if self.process.poll() is None:
                strace.communicate(timeout=PATIENCE)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()

    def _say(self, line: str) -> None:
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def _hear(self) -> bytes:
        # Read here and not by `readline`, which may hold back lines that `select` then waits for.
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.heard:
            if not select.select([pipe], [], [], PATIENCE)[0]:
                os.kill(self.child, signal.SIGKILL)
                pytest.fail(f"a load still ran after {PATIENCE} s")
            piece = os.read(pipe, 1 << 16)
            assert piece, "the pool is gone"
            self.heard += piece
        line, self.heard = self.heard.split(b"\n", 1)
        return line


def can_trace() -> bool:
    """Tell whether strace is there and may attach."""
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-o", os.devnull, "-e", "trace=none", "true"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(not can_trace(), reason="needs strace, and the right to use it")
