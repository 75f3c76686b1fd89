"""Measure sources that are no local files, beside the ways that their own packages offer.

Each way runs in a process of its own, in turns; its time is the median of its rounds, and its peak
the most anonymous memory above the level before, as `memory` samples it. A case is a function.
"""

import argparse
import atexit
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from memory import Child, mark

if TYPE_CHECKING:
    import polars as pl
    from memory import Measurement
    from numpy.typing import NDArray

ROWS, COLUMNS = 1_500_000, 114
MISSING = 0.1

Load: TypeAlias = "Callable[[], NDArray[np.float32]]"


def polars_frame(rows: int, columns: int) -> "pl.DataFrame":
    """Make a frame of mixed columns, a tenth of whose values are missing in every second one."""
    import polars as pl  # noqa: PLC0415 (only in the process that needs it)

    rng = np.random.default_rng(23)
    kinds = [np.float64, np.float32, np.int64, np.int32, np.int16, np.bool_]
    made = {}
    for at in range(columns):
        values = (rng.standard_normal(rows) * 1000).astype(kinds[at % len(kinds)])
        series = pl.Series(values)
        if at % 2:
            gaps = pl.Series(rng.random(rows) < MISSING)
            series = pl.select(pl.when(gaps).then(None).otherwise(series)).to_series()
        made[f"f{at}"] = series
    return pl.DataFrame(made)


def frame_onecopy(rows: int, columns: int) -> Load:
    """Load a Polars frame by onecopy."""
    import onecopy  # noqa: PLC0415

    frame = polars_frame(rows, columns)
    return lambda: onecopy.load_training_matrix(frame).X


def frame_polars(rows: int, columns: int) -> Load:
    """Load a Polars frame by its own cast, fill and `to_numpy`."""
    import polars as pl  # noqa: PLC0415
    import polars.selectors as cs  # noqa: PLC0415

    frame = polars_frame(rows, columns)
    missing = cs.float().replace([np.inf, -np.inf, np.nan], None)

    def load() -> "NDArray[np.float32]":
        cast = frame.with_columns(pl.all().cast(pl.Float32)).with_columns(missing)
        return cast.with_columns(pl.all().fill_null(pl.all().median())).to_numpy(order="c")

    return load


def table_onecopy(rows: int, columns: int) -> Load:
    """Load a pyarrow table by onecopy."""
    import onecopy  # noqa: PLC0415

    table = polars_frame(rows, columns).to_arrow()
    return lambda: onecopy.load_training_matrix(table).X


def file_of(rows: int, columns: int) -> Path:
    """Write the frame as plain Parquet, once for all ways and rounds."""
    path = Path("bench-data") / f"sources-{rows}x{columns}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        settings: dict[str, Any] = {"compression": "uncompressed", "row_group_size": 1 << 17}
        polars_frame(rows, columns).write_parquet(path.with_suffix(".partial"), **settings)
        path.with_suffix(".partial").rename(path)
    path.read_bytes()
    return path


def file_local(rows: int, columns: int) -> Load:
    """Load a file of this machine."""
    import onecopy  # noqa: PLC0415

    path = file_of(rows, columns)
    return lambda: onecopy.load_training_matrix(path).X


def file_served(latency: float) -> Callable[[int, int], Load]:
    """Load the same file from a server that takes its time before it answers."""

    def make(rows: int, columns: int) -> Load:
        import onecopy  # noqa: PLC0415

        path = file_of(rows, columns)
        server = Path(__file__).with_name("range_server.py")
        command = [sys.executable, str(server), str(path.parent), str(latency)]
        serving = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        atexit.register(serving.terminate)
        url = f"{serving.stdout.readline().strip() if serving.stdout else ''}/{path.name}"
        # The package and its thread are there from then on.
        onecopy.inspect(url)
        return lambda: onecopy.load_training_matrix(url).X

    return make


CASES: dict[str, Callable[[int, int], Load]] = {
    "frame-onecopy": frame_onecopy,
    "frame-polars": frame_polars,
    "table-onecopy": table_onecopy,
    "file-local": file_local,
    "file-loopback": file_served(0),
    "file-30ms": file_served(0.03),
}


def run_case(name: str, rows: int, columns: int) -> None:
    """Run one way here: its memory is that of the first call, its time the best of three more."""
    load = CASES[name](rows, columns)
    mark("ready")
    matrix = load()
    mark("done", bytes=matrix.nbytes, digest=sha256(matrix).hexdigest())
    del matrix
    took = []
    for _ in range(3):
        began = time.perf_counter()
        load()
        took.append(time.perf_counter() - began)
    mark("timed", seconds=min(took), read=file_bytes(name, rows, columns))


def file_bytes(name: str, rows: int, columns: int) -> int:
    """Count the bytes of the file that a way reads, if it reads one."""
    return file_of(rows, columns).stat().st_size if name.startswith("file-") else 0


def main() -> int:
    """Run all cases in turns, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        run_case(options.case, options.rows, options.columns)
        return 0
    size = ["--rows", str(options.rows), "--columns", str(options.columns)]
    found: dict[str, list[Measurement]] = {name: [] for name in options.only}
    for _ in range(options.rounds):
        for name, measured in found.items():
            measured.append(Child([sys.executable, __file__, "--case", name, *size]).run())
    print(f"{'way':<16} {'seconds':>8} {'MB/s':>7} {'peak MB':>9} {'peak / matrix':>14}")
    digests: set[str] = set()
    for name, measured in found.items():
        seconds = statistics.median(one.facts["seconds"] for one in measured)
        peak = statistics.median(one.peak for one in measured)
        matrix = measured[0].facts["bytes"]
        digests.add(measured[0].facts["digest"])
        read = measured[0].facts["read"] / seconds / 1e6
        speed = f"{read:>7.0f}" if read else " " * 7
        print(f"{name:<16} {seconds:>8.3f} {speed} {peak / 1e6:>9.1f} {peak / matrix:>14.2f}")
    print("all matrices are equal" if len(digests) == 1 else "the matrices DIFFER")
    return 0 if len(digests) == 1 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"a case failed: {error}")
