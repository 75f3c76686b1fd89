"""The boundary: everything that the Rust core offers to the Python package."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, final, type_check_only

import numpy as np

from onecopy._columns import Column
from onecopy._constants import NativeFilter
from onecopy._finished import FinishedSet
from onecopy._options import Options
from onecopy._serve import Rows
from onecopy._table_writer import TableOptions

# Nulls, NaNs, positive and negative infinities, overflows and fills; the fill value; empty or not.
_ColumnRow: TypeAlias = tuple[int, int, int, int, int, int, float | None, bool]

# The stage, rows done and in all, bytes and seconds.
_Callback: TypeAlias = Callable[[str, int, int, int, float], object]

__all__ = [
    "Buffer",
    "FileOrigin",
    "Fit",
    "FolderLock",
    "Frame",
    "LakeFile",
    "ListedObjects",
    "MappedRows",
    "Objects",
    "Origins",
    "Plan",
    "Rules",
    "Sampler",
    "SharedFit",
    "Stream",
    "TableWriter",
    "Ticket",
    "Writer",
    "__version__",
    "beside",
    "chosen_objects",
    "in_natural_order",
    "inspect",
    "inspect_order",
    "kernels",
    "look",
    "merge_answers",
    "merge_told",
    "plan",
    "releases",
    "shuffled",
    "wants_folder",
    "write_fills",
    "write_whole",
]

__version__: str
kernels: str

@final
class Buffer:
    """Memory owned by the core; `numpy.asarray` makes it an array without a copy."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

@final
class Fit:
    """The fills of columns whose rows are shown window by window."""

    def __new__(cls, dtype: str, kinds: Sequence[str | None], rows: int) -> Fit: ...
    def show(self, rows: np.ndarray[Any, Any], again: bool) -> None: ...
    def finish(self, again: bool) -> None: ...
    def unknown(self) -> list[int]: ...
    def fills(self) -> list[tuple[float | None, bool]]: ...

@final
class SharedFit:
    """The fills of a divided load, found from what all shares tell."""

    def __new__(cls, plan: Plan, told: Sequence[bytes]) -> SharedFit: ...
    def look(self) -> bytes | None: ...
    def hear(self, answers: Sequence[bytes]) -> None: ...
    def fills(self) -> list[tuple[int, float]]: ...
    def report(self) -> RunReport: ...

def look(rows: np.ndarray[Any, Any], asked: bytes, fitted: int, threads: int) -> bytes: ...
def merge_told(told: Sequence[bytes]) -> bytes: ...
def merge_answers(asked: bytes, width: int, answers: Sequence[bytes]) -> bytes: ...
def write_fills(
    rows: np.ndarray[Any, Any], fills: Sequence[tuple[int, float]], threads: int
) -> None: ...

@final
class Frame:
    """A table in memory: the batches that an object hands out, held where they are."""

    def __new__(cls, name: str, source: object) -> Frame: ...

@type_check_only
class Fetcher(Protocol):
    """Begins requests, and gives all of them up."""

    def fetch(self, ticket: Ticket, number: int, start: int, stop: int) -> None: ...
    def cancel(self) -> None: ...

@final
class ListedObjects:
    """The objects that an address stands for."""

@final
class FileOrigin:
    """A file of a table."""

@final
class LakeFile:
    """What a table says of a file: its columns, with numbers of fields, and what is constant."""

    def __new__(
        cls,
        columns: Sequence[tuple[str, int | None]],
        constants: Sequence[tuple[str, str, str | None]],
    ) -> LakeFile: ...
    def local(self, path: str) -> FileOrigin: ...

@final
class Objects:
    """The objects of a source, which a fetcher reads by their numbers."""

    def __new__(cls, fetcher: Fetcher) -> Objects: ...
    def add(self, address: str, size: int, end: object, is_pinned: bool) -> int: ...
    def lake_file(self, number: int, lake: LakeFile) -> FileOrigin: ...
    def listed(
        self, numbers: Sequence[int], named: str, passed: Sequence[str], is_spare: bool
    ) -> ListedObjects: ...

@final
class Ticket:
    """Takes what comes of a request, piece by piece, and how it ends."""

    def take(self, piece: object) -> None: ...
    def done(self, retries: int) -> None: ...
    def changed(self, what: str) -> None: ...
    def failed(self, error: BaseException, retries: int) -> None: ...

@final
class Stream:
    """Batches that an object hands out once; their columns are known before."""

    def __new__(cls, name: str, source: object) -> Stream: ...

@final
class Origins:
    """What a source consists of: files, and tables in memory, before they are opened."""

    def __new__(
        cls,
        parts: Sequence[str | Frame | Stream | ListedObjects | Sequence[FileOrigin]],
        option: str,
        filters: NativeFilter | None = None,
    ) -> Origins: ...
    def __len__(self) -> int: ...
    @property
    def paths(self) -> list[str]: ...

@final
class MappedRows:
    """Ranges of bytes of a file behind one another, as a matrix; unmapped with its last array."""

    def __new__(
        cls,
        path: str,
        identity: tuple[int, int, int, int],
        ranges: Sequence[tuple[int, int]],
        dtype: str,
        shape: tuple[int, int],
    ) -> MappedRows: ...
    @property
    def __array_interface__(self) -> dict[str, Any]: ...

@final
class Sampler:
    """Watches the memory of this process from now on."""

    def __new__(cls) -> Sampler: ...
    def finish(self) -> tuple[int, int, int] | None:
        """End: anonymous bytes before and at most, bytes of mapped files at most."""

@final
class FolderLock:
    """Keeps sets of files in a folder from being replaced meanwhile, where the system can."""

    def __new__(cls, folder: str) -> FolderLock: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_raised: object) -> None: ...

@final
class Rules:
    """The names and rules of the features of a recipe, for rows in memory."""

    def __new__(
        cls, recipe: Rows, ticks: Callable[[Any], tuple[int, int, bool] | None]
    ) -> Rules: ...
    def dicts(
        self, rows: Sequence[dict[str, Any]], out: np.ndarray[Any, Any], may_lack: bool
    ) -> None: ...
    def array(self, values: np.ndarray[Any, Any], out: np.ndarray[Any, Any]) -> None: ...
    def columns(self, columns: Sequence[Column | None], out: np.ndarray[Any, Any]) -> None: ...
    @staticmethod
    def absent(name: str, columns: Sequence[str]) -> Exception: ...

def beside(matrix: str, ending: str) -> str:
    """Name another file of the set: train.npy -> train.json."""

def write_whole(path: str, content: bytes) -> None:
    """Write a file that is complete or absent."""

@type_check_only
class TableInfo(TypedDict):
    """How the rows of a joined table matched those of the source."""

    path: str
    rows: int
    matched: int
    unmatched: int
    unused: int
    keys: str

@type_check_only
class RunReport(TypedDict):
    """What one load found and did; a row for each feature, in order."""

    rows: int
    bytes_read: int
    seconds: list[tuple[str, float]]
    peak_scratch: int
    threads: int
    traffic: tuple[int, int, int, int]
    columns: list[_ColumnRow]
    parts: list[list[_ColumnRow]]
    tables: list[TableInfo]
    classes: list[str | bytes] | None
    group_keys: list[str] | list[bytes] | None
    masked: list[str]
    vocabularies: list[tuple[str, list[str | bytes]]]
    steps: list[tuple[str, float, str]]
    text_types: list[tuple[str, str]]
    told: bytes

@type_check_only
class Poured(TypedDict):
    """The result of `Plan.pour`: a buffer for each output in memory, `None` for one in a file."""

    X: Buffer | None
    y: Buffer | None
    weight: Buffer | None
    group: Buffer | None
    passthrough: dict[str, Buffer | np.ndarray[Any, Any]]
    masks: dict[str, Buffer]
    report: RunReport

@type_check_only
class ExtraArray(TypedDict):
    """An array beside the matrix."""

    role: str
    names: list[str]
    coded: bool
    dtype: str
    shape: tuple[int, ...]
    bytes: int

@type_check_only
class NeedInfo(TypedDict):
    """Bytes that are needed, those that are free where that is known, and whether they suffice."""

    needed: int
    free: int | None
    enough: bool

@type_check_only
class PlanFacts(TypedDict):
    """What a plan decided."""

    shape: tuple[int, int]
    feature_names: list[str]
    dtype: str
    order: str
    output_bytes: int
    scratch_bytes: int
    read_bytes: int
    sources: list[tuple[str, int, Literal["file", "object", "memory"]]]
    requests: int
    fetch_bytes: int
    unpinned: int
    window_rows: int
    passes: int
    threads: int
    row_groups: int
    source_rows: int
    row_groups_skipped: int
    columns_to_choose: list[str]
    bytes_to_choose: int
    parts: list[tuple[str, int]]
    vectors: list[tuple[str, int, int]]
    casts: list[tuple[str, str]]
    clocks: list[tuple[str, str, int]]
    categories: list[str]
    fitted: list[bool]
    message_bytes: int
    skipped: list[tuple[str, str]]
    extras: list[ExtraArray]
    texts: list[str]
    text_bytes: int

@final
class Plan:
    """Everything that is decided before a data byte is read."""

    def facts(self) -> PlanFacts: ...
    def memory(self) -> NeedInfo: ...
    def disk(self, folder: str) -> NeedInfo: ...
    def window(self, start: int, stop: int) -> Plan: ...
    def share(self, start: int, stop: int) -> Plan: ...
    def pour(
        self,
        out: np.ndarray[Any, Any] | str | None,
        *,
        overwrite: bool,
        progress: Callable[[str, int, int, int, float], object] | None,
        sidecar: Callable[[RunReport], bytes] | None,
        gather: Callable[[bytes], Sequence[bytes]] | None = None,
    ) -> Poured: ...

@final
class Writer:
    """Takes batches, from any thread, and makes arrays of them: in a file, or without one."""

    def __new__(
        cls,
        options: Options,
        path: str | None,
        overwrite: bool,
        onto: FinishedSet | None = None,
    ) -> Writer: ...
    @property
    def rows(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    def append(self, origins: Origins, progress: _Callback | None) -> None: ...
    def append_stream(self, stream: Stream, progress: _Callback | None) -> None: ...
    def finish(
        self,
        sidecar: Callable[[PlanFacts, RunReport], bytes] | None,
        progress: _Callback | None,
    ) -> tuple[Plan, Poured]: ...
    def abandon(self) -> None: ...

@final
class TableWriter:
    """Takes batches, from any thread, and makes a table of them: a Parquet file, or a folder."""

    def __new__(cls, options: TableOptions) -> TableWriter: ...
    @property
    def rows(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    def append(self, name: str, batch: object) -> None: ...
    def append_files(self, origins: Origins) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...

def plan(options: Options, /) -> Plan: ...
def shuffled(
    count: int, /, *, seed: int, epoch: int, buffer: int | None
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the numbers below a count in the order of an epoch: of blocks, or of a buffer."""

@type_check_only
class FileInfo(TypedDict):
    """One file, as its footer describes it."""

    path: str
    bytes: int
    rows: int
    row_groups: int

@type_check_only
class ColumnInfo(TypedDict):
    """One top-level column over all files."""

    name: str
    type: str
    nullable: bool
    nulls: int | None
    min: float | None
    max: float | None
    codecs: list[str]
    encodings: list[str]
    compressed_bytes: int
    taken: bool
    reason: str | None
    width: int | None
    only_named: bool

@type_check_only
class Inspection(TypedDict):
    """The footers of a source."""

    files: list[FileInfo]
    columns: list[ColumnInfo]

def inspect(origins: Origins, /) -> Inspection: ...
def chosen_objects(keys: Sequence[str], pattern: str) -> list[str]: ...
def in_natural_order(texts: Sequence[str]) -> list[str]: ...
def wants_folder(folder: str, named: str, filters: NativeFilter | None = None) -> bool: ...
def releases() -> tuple[int, int]:
    """Return the addresses of what lets go of a schema and of an array of the C data interface."""

@type_check_only
class OrderFacts(TypedDict):
    """Whether rows stand in the order of columns; the first violation by file, row group, row."""

    violations: int
    first_violation: tuple[str, int, int] | None
    runs: int
    groups: int

def inspect_order(origins: Origins, sorted_by: Sequence[str], /) -> OrderFacts: ...
