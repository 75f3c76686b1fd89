"""The contenders: what each needs, and where its code is.

All do the same job: the features of one Parquet file become one C-ordered `float32` matrix in
memory, with every null, NaN and infinity replaced by the exact median of its column. Each is
written as an experienced user of that library would write it. Where variants differed in speed, the
fastest was kept.

A library is imported only in the process that measures it, and a contender whose packages are
missing is skipped.
"""

import importlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Job:
    """What a contender is to load."""

    sources: list[str]
    features: list[str]
    scratch: str
    """A folder for what it writes."""
    touch_bytes: int
    """Memory to touch and give back before a call, at least."""
    options: dict[str, Any] = field(default_factory=dict)
    """Further options of onecopy, of which contenders that choose rows read theirs."""

    @property
    def path(self) -> str:
        """The file of a job that has one only."""
        (path,) = self.sources
        return path

    @property
    def conditions(self) -> list[tuple[str, str, Any]]:
        """The filters, all of which hold: JSON has no tuples. Moments are ISO text."""
        return [tuple(condition) for condition in self.options.get("filters", ())]

    def save(self, path: Path) -> None:
        """Write it for a process that will do it; it may be too long for a command line."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: str) -> "Job":
        """Read what `save` wrote."""
        return cls(**json.loads(Path(path).read_text()))


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to load."""

    name: str
    call: str
    """Module in this package and function, as "module:function"."""
    packages: tuple[str, ...]
    kind: Literal["ours", "peer", "reference"] = "peer"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """Packages that it needs and that are not installed."""
        return [package for package in self.packages if find_spec(package) is None]

    def function(self) -> Callable[[Job], Any]:
        """Import what it needs, and give the function that does the job."""
        module, name = self.call.split(":")
        return getattr(importlib.import_module(f"contenders.{module}"), name)


def _ours(name: str, call: str = "ours:load_memory", **options: object) -> Contender:
    return Contender(name, call, ("onecopy",), "ours", options)


OURS = _ours("onecopy")
OUR_F = _ours("onecopy, F order", order="F")
# A float16 ends at 65,504, and the data set has larger values.
OUR_16 = _ours("onecopy, float16", dtype="float16", overflow="clip")
OUR_64 = _ours("onecopy, float64", dtype="float64")
OUR_FILE = _ours("onecopy, .npy", "ours:load_file")
OUR_ARRAYS = _ours("onecopy, more arrays", "ours:load_arrays")
OUR_JOIN = _ours("onecopy, join", "ours:load_join")

POLARS = Contender("Polars", "polars:native", ("polars",))
POLARS_STREAMING = Contender("Polars streaming", "polars:streaming", ("polars",))
POLARS_PANDAS = Contender(
    "Polars, pandas, NumPy", "polars:over_pandas", ("polars", "pandas", "pyarrow")
)
ARROW_TABLE = Contender("pyarrow table", "pyarrow:table", ("pyarrow",))
ARROW_TENSOR = Contender("pyarrow to_tensor", "pyarrow:tensor", ("pyarrow",))
HAND_LOOP = Contender("pyarrow hand loop", "pyarrow:hand_loop", ("pyarrow",))
DUCKDB = Contender("DuckDB", "duckdb:query", ("duckdb",))
PANDAS = Contender("pandas + SimpleImputer", "pandas:imputer", ("pandas", "pyarrow", "sklearn"))

# These two only read: no cast, no fill, no matrix. They tell what reading alone costs.
POLARS_READ = Contender("Polars, bare read", "polars:bare_read", ("polars",), "reference")
ARROW_READ = Contender("pyarrow, bare read", "pyarrow:bare_read", ("pyarrow",), "reference")

# These choose rows, as the options of the job say.
OUR_ROWS = _ours("onecopy, rows", "ours:load_rows")
POLARS_FILTER = Contender("Polars eager, filter", "polars:filtered", ("polars",))
POLARS_SCAN = Contender("Polars scan", "polars:scan", ("polars",))
POLARS_SCAN_STREAMING = Contender("Polars scan, streaming", "polars:scan_streaming", ("polars",))
ARROW_FILTER = Contender("pyarrow filters", "pyarrow:filtered", ("pyarrow",))
SKLEARN_SPLIT = Contender("onecopy, then train_test_split", "sklearn:split", ("onecopy", "sklearn"))
NUMPY_SORT = Contender("onecopy, then X[argsort]", "afterwards:sort", ("onecopy", "pyarrow"))
NUMPY_SHUFFLE = Contender("onecopy, then X[permutation]", "afterwards:shuffle", ("onecopy",))
POLARS_LISTS = Contender("Polars group_by, lists", "polars:lists", ("polars", "pyarrow"))
DUCKDB_LISTS = Contender("DuckDB GROUP BY, lists", "duckdb:lists", ("duckdb", "pyarrow"))
POLARS_UNIQUE = Contender("Polars unique", "polars:unique", ("polars",))
ARROW_UNIQUE = Contender("pyarrow group_by, first", "pyarrow:unique", ("pyarrow",))

# `reads` looks for the fastest peer among these. The others were slower with snappy at full size;
# the hand loop is compared in any case.
FAST_PEERS = (POLARS, POLARS_STREAMING, ARROW_TABLE, ARROW_TENSOR)
PEERS = (
    POLARS,
    POLARS_STREAMING,
    POLARS_PANDAS,
    ARROW_TABLE,
    ARROW_TENSOR,
    HAND_LOOP,
    DUCKDB,
    PANDAS,
)
REFERENCES = (POLARS_READ, ARROW_READ)
ROW_FILTERS = (POLARS_FILTER, POLARS_SCAN, POLARS_SCAN_STREAMING, ARROW_FILTER)
ROW_ORDERS = (SKLEARN_SPLIT, NUMPY_SORT, NUMPY_SHUFFLE)
ROW_KEYS = (POLARS_LISTS, DUCKDB_LISTS, POLARS_UNIQUE, ARROW_UNIQUE)
CONTENDERS = {
    contender.name: contender
    for contender in (
        *(OURS, OUR_F, OUR_16, OUR_64, OUR_FILE, OUR_ARRAYS, OUR_JOIN),
        *PEERS,
        *REFERENCES,
        *(OUR_ROWS, *ROW_FILTERS, *ROW_ORDERS, *ROW_KEYS),
    )
}
