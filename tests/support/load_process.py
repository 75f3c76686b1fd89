"""A process that loads files one by one and may be killed by any of them.

It is given a folder for outputs, and on its input one line of JSON for each file and way. It
answers with a line before it begins and one when it is done; whoever reads them knows which file
it was busy with when it died. A clock kills it where a load takes too long.
"""

import base64
import json
import resource
import signal
import sys
import time
import warnings
from pathlib import Path

import onecopy
import pyarrow as pa
import pyarrow.parquet as pq

# Of work, and of waiting: a machine may be busy with other things, or stopped for a while.
SECONDS = 5
PATIENCE = 300
LARGEST_SHOWN = 1 << 20


def resident() -> dict[str, int]:
    """Tell what is resident now and at most, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    wanted = ("VmHWM", "RssAnon", "RssFile", "RssShmem")
    parts = (line.split() for line in lines if line.startswith(wanted))
    return {name.rstrip(":"): int(kibibytes) << 10 for name, kibibytes, _ in parts}


def answer(path: str, way: str, options: dict, folder: Path) -> dict:
    """Load a file one way."""
    usual = {"dtype": "float64", "fill": None, "inf": "keep", "overflow": "missing", **options}
    if way == "inspect":
        return {"rows": str(onecopy.inspect(path))[:2000]}
    if way == "plan":
        return {"rows": str(onecopy.plan(path, **usual))[:2000]}
    if way == "target":
        usual |= {"target": "x", "target_missing": "keep", "columns": None}
    if way == "join":
        usual = {**options, "join": path, "on": "x"}
        path = str(folder / "keys.parquet")
    if way == "file":
        usual |= {"out": folder / "X.npy", "overwrite": True}
    if way == "F":
        usual["order"] = "F"
    if way == "float16":
        usual |= {"dtype": "float16", "fill": "median"}
    matrix = onecopy.load_training_matrix(path, **usual)
    small = matrix.X.nbytes <= LARGEST_SHOWN
    told = {"names": matrix.feature_names, "shape": matrix.X.shape, "bytes": matrix.X.nbytes}
    if small:
        told["values"] = base64.b64encode(matrix.X.astype("f8").tobytes("C")).decode()
    return told


def attempt(task: dict, folder: Path) -> dict:
    """Load a file one way, whatever happens."""
    try:
        return {"answer": answer(task["path"], task["way"], task["options"], folder)}
    except BaseException as error:  # noqa: BLE001 - it is told, not handled
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return {"error": type(error).__name__, "kinds": kinds, "message": str(error)}


def set_clocks(seconds: float, patience: int) -> None:
    """Have the process killed when it has worked or waited for too long."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(patience)


def main() -> None:
    """Work through the input."""
    folder = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    keys = pa.table({"x": pa.array([3, 1, 4], pa.int32()), "own": [1.5, 2.5, 3.5]})
    pq.write_table(keys, folder / "keys.parquet")
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps({"begin": task["id"]}), flush=True)
        Path("/proc/self/clear_refs").write_text("5")
        before, began = resident(), time.perf_counter()
        set_clocks(SECONDS, PATIENCE)
        told = attempt(task, folder)
        set_clocks(0, 0)
        seconds, after = time.perf_counter() - began, resident()
        shared = after["RssFile"] + after["RssShmem"]
        peak = after["VmHWM"] - shared - before["RssAnon"]
        print(json.dumps({"id": task["id"], "seconds": seconds, "peak": peak, **told}), flush=True)


if __name__ == "__main__":
    main()
