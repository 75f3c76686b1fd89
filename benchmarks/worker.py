"""The process of one contender: once under the sampler of memory, or call after call.

    worker.py CONTENDER JOB once [--save PATH | --check PATH]
    worker.py CONTENDER JOB serve

"once" marks "ready" and "done" for `memory.Child`. "serve" reads commands from its input, one JSON
object a line, and answers each with one.

Before each call the process touches memory and gives it back. In a virtual machine, memory that
has been free for a while may have gone back to the host, and touching it again can take 25 times
as long. So a call would be slow or fast by what ran before it. This way every call finds memory
that the machine really has.

Before that it reads the input once, unless the call is to be a cold one. Some systems drop files
from the page cache that have not been mapped for a while, and a contender that reads a file without
mapping it would find it gone.
"""

import argparse
import contextlib
import gc
import json
import mmap
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from contenders import CONTENDERS, Contender, Job
from equality import DifferenceError, compare, compare_across, digest
from memory import mark
from page_cache import bring_in
from rows.facts import describe, matrix_of


def read_bytes(path: str, name: str) -> int:
    """Read one field of a file below /proc that counts in kB."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def touch(nbytes: int) -> None:
    """Touch memory and give it back; at most half of what is available."""
    nbytes = min(nbytes, read_bytes("/proc/meminfo", "MemAvailable") // 2)
    if nbytes < mmap.PAGESIZE:
        return
    with mmap.mmap(-1, nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        pages.madvise(mmap.MADV_HUGEPAGE)
        view = np.frombuffer(pages, np.uint8)
        view[:: mmap.PAGESIZE] = 1
        del view  # else the pages could not be unmapped


class Desk:
    """Calls a contender and answers questions about its last result."""

    def __init__(self, contender: Contender, job: Job) -> None:
        """Import what the contender needs."""
        self.contender = contender
        self.job = job
        self.function = contender.function()
        self.taken = job.touch_bytes
        self.result: Any = None

    def prepare(self, *, cold: bool = False) -> None:
        """Forget the last result, and touch as much as the largest call so far took."""
        self.result = None
        gc.collect()
        for left in Path(self.job.scratch).glob("matrix.*"):
            left.unlink()
        if not cold:
            bring_in(self.job.sources)
        touch(self.taken)
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew

    def call(self, *, cold: bool = False) -> dict[str, float]:
        """Do the job once; give the seconds and the seconds of all its threads together."""
        self.prepare(cold=cold)
        level = read_bytes("/proc/self/status", "VmRSS")
        started, processor = time.perf_counter(), time.process_time()
        self.result = self.function(self.job)
        seconds, cpu = time.perf_counter() - started, time.process_time() - processor
        self.taken = max(self.taken, read_bytes("/proc/self/status", "VmHWM") - level)
        return {"seconds": seconds, "cpu": cpu, "taken": self.taken}

    def save(self, path: str) -> dict[str, bool]:
        """Write the last result down as the reference."""
        np.save(path, np.ascontiguousarray(matrix_of(self.result)))
        return {"saved": True}

    def check(self, path: str) -> dict[str, int]:
        """Hold the last result against the reference; count columns whose fill is one step off."""
        reference = np.load(path, mmap_mode="r")
        result = matrix_of(self.result)
        if result.dtype == reference.dtype:
            return {"one_step": compare(reference, result)}
        return {"one_step": compare_across(reference, result)}

    def digest(self) -> dict[str, list[str]]:
        """Describe each array of the last result: equal where type, layout and bits are."""
        arrays = self.result if isinstance(self.result, tuple) else (self.result,)
        facts = [(each.dtype, each.shape, each.strides, digest(each)) for each in arrays]
        return {"arrays": [" ".join(map(str, fact)) for fact in facts]}

    def facts(self) -> dict[str, Any]:
        """Describe the last result so that it can be compared whatever the order of its rows."""
        return describe(self.result)

    def forget(self) -> dict[str, bool]:
        """Give the last result back, where all that take turns would not fit into memory."""
        self.result = None
        gc.collect()
        return {"forgotten": True}

    def once(self, save: str | None, check: str | None) -> None:
        """Do the job under the sampler."""
        self.prepare()
        mark("ready")
        processor = time.process_time()
        self.result = self.function(self.job)
        mark("done", cpu=time.process_time() - processor, **self._size())
        if save:
            mark("saved", **self.save(save))
        if check:
            mark("checked", **self.check(check))

    def serve(self, replies: Any) -> None:  # noqa: ANN401  (a text stream)
        """Answer commands until there are no more."""
        for line in sys.stdin:
            command = json.loads(line)
            try:
                reply = getattr(self, command.pop("do"))(**command)
            except DifferenceError as error:
                reply = {"error": str(error)}
            print(json.dumps(reply), file=replies, flush=True)

    def _size(self) -> dict[str, Any]:
        matrix = matrix_of(self.result)
        if not isinstance(matrix, np.ndarray):
            return {}
        return {"shape": matrix.shape, "nbytes": self.result.nbytes}


@contextlib.contextmanager
def own_output() -> Iterator[Any]:
    """Keep the real output for replies; whatever a library prints goes to the errors."""
    with os.fdopen(os.dup(1), "w") as replies:
        os.dup2(2, 1)
        yield replies


def main() -> None:
    """Work as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("job", type=Job.load)
    parser.add_argument("way", choices=["once", "serve"])
    parser.add_argument("--save")
    parser.add_argument("--check")
    options = parser.parse_args()
    contender = CONTENDERS[options.contender]
    with contextlib.suppress(OSError):
        # If memory runs out, this process is ended, and no other.
        Path("/proc/self/oom_score_adj").write_text("1000")
    desk = Desk(contender, options.job)
    if options.way == "once":
        desk.once(options.save, options.check)
        return
    with own_output() as replies:
        desk.serve(replies)


if __name__ == "__main__":
    main()
