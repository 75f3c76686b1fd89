"""A process that cuts a file at every byte and turns bits in it, and loads each of these.

On its input stands one line of JSON for each file; it answers each with what it met. Before each
load it notes what it is about to do, so that whoever finds it dead knows what killed it.
"""

import json
import os
import random
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import onecopy
from load_process import PATIENCE, SECONDS, set_clocks


def load(path: Path) -> bytes:
    """Load a file with everything that could differ."""
    matrix = onecopy.load_training_matrix(
        path, dtype="float64", fill=None, inf="keep", overflow="missing", threads=1
    )
    return repr(matrix.X.shape).encode() + np.ascontiguousarray(matrix.X).tobytes()


class Sweep:
    """One file, changed in many ways."""

    def __init__(self, task: dict, note: int, scratch: Path) -> None:
        self._path = Path(task["path"])
        self._data = self._path.read_bytes()
        self._bodies = [range(*span) for span in task["bodies"]]
        self._is_summed = task["is_summed"]
        self._random = random.Random(f"{task['seed']} {self._path.name}")
        self._note = note
        self._scratch = scratch / "x.parquet"
        self._right = load(self._path)
        self.bad: list[str] = []
        self.counts = {"cuts": 0, "flips": 0, "in_bodies": 0, "refused": 0, "same": 0, "other": 0}
        self.slowest = 0.0

    def cut(self, step: int) -> None:
        """Cut it at every byte, or at every so many."""
        for length in range(self._random.randrange(step), len(self._data), step):
            what = self._try(f"cut at {length}", self._data[:length])
            self.counts["cuts"] += 1
            if what != "CorruptFileError":
                self.bad.append(f"cut at {length}: {what}")

    def flip(self, times: int) -> None:
        """Turn bits, one each time."""
        for _ in range(times):
            at, bit = self._random.randrange(len(self._data)), self._random.randrange(8)
            data = bytearray(self._data)
            data[at] ^= 1 << bit
            what = self._try(f"bit {bit} of byte {at}", bytes(data))
            in_body = any(at in body for body in self._bodies)
            self.counts["flips"] += 1
            self.counts["in_bodies"] += in_body and self._is_summed
            if what == "other" and in_body and self._is_summed:
                self.bad.append(f"bit {bit} of byte {at}: undetected")

    def _try(self, about: str, data: bytes) -> str:
        os.pwrite(self._note, f"{self._path.name}: {about}".ljust(100).encode(), 0)
        self._scratch.write_bytes(data)
        began = time.perf_counter()
        set_clocks(SECONDS, PATIENCE)
        try:
            what = "same" if load(self._scratch) == self._right else "other"
        except (onecopy.OnecopyError, OSError) as error:
            what = type(error).__name__
            if what == "InternalError" or not str(error):
                self.bad.append(f"{about}: {what}: {error}")
        except BaseException as error:  # noqa: BLE001 - it is told, not handled
            what = type(error).__name__
            self.bad.append(f"{about}: {what}: {error}")
        set_clocks(0, 0)
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.counts[what if what in {"same", "other"} else "refused"] += 1
        return what


def main() -> None:
    """Work through the input."""
    scratch = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    note = os.open(scratch / "note", os.O_RDWR | os.O_CREAT)
    for line in sys.stdin:
        task = json.loads(line)
        sweep = Sweep(task, note, scratch)
        sweep.cut(task["step"])
        sweep.flip(task["flips"])
        told = {"bad": sweep.bad, "slowest": sweep.slowest, **sweep.counts}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
