"""The process of one way: it says when it is ready, loads once, and says what came out."""

import contextlib
import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onecopy._cli.bench.ways import BY_NAME

_BLOCK = 1 << 16


def main() -> None:
    """Read the job from the input, and answer on the output, one JSON object a line."""
    job = json.loads(sys.stdin.readline())
    with contextlib.suppress(OSError):
        # Where memory runs out, this process is ended, and no other.
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    load = BY_NAME[job["way"]].make()
    _answer({"ready": True})
    sys.stdin.readline()
    started = time.perf_counter()
    try:
        matrix = load(job["paths"], job["columns"])
    except Exception as error:  # noqa: BLE001 (whatever a library raises is the answer)
        _answer({"error": f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"})
        return
    _answer({"seconds": time.perf_counter() - started})
    _answer({"rows": len(matrix), "bytes": matrix.nbytes, "sums": _sums(matrix)})


def _sums(matrix: NDArray[np.float32]) -> list[list[float]]:
    """Return of each column the sum of its values, and of their magnitudes."""
    sums = np.zeros((2, matrix.shape[1]))
    for start in range(0, len(matrix), _BLOCK):
        block = matrix[start : start + _BLOCK].astype(np.float64)
        sums += block.sum(axis=0), np.abs(block).sum(axis=0)
    return np.nan_to_num(sums).tolist()  # type: ignore[no-any-return]


def _answer(document: dict[str, object]) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201 (the parent reads it)


if __name__ == "__main__":
    main()
