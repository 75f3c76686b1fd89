"""Sources that are in memory already: what hands out Arrow data, and what it is called."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from onecopy import _native


@runtime_checkable
class ArrowStream(Protocol):
    """What hands out batches by the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule of a stream."""
        ...


@runtime_checkable
class ArrowArray(Protocol):
    """What hands out one batch by the Arrow PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Return capsules of a schema and an array."""
        ...


ArrowSource: TypeAlias = ArrowStream | ArrowArray


def _polars_batches(query: object) -> Iterable[object]:
    """Run a query by the streaming engine, its rows in their order."""
    run: Callable[..., Iterable[object]] | None = getattr(query, "collect_batches", None)
    if run is None:
        raise TypeError(
            "source: expected a Polars that gives the batches of a LazyFrame, found one without "
            "collect_batches; install a newer one, or make a table, by .collect()"
        )
    return run(maintain_order=True)


# Queries without a stream of their own: what gives their columns, and what their batches.
_QUERIES: dict[str, "tuple[Callable[[Any], object], Callable[[Any], Iterable[object]]]"] = {
    "polars.LazyFrame": (
        lambda query: query.limit(0).collect(),
        _polars_batches,
    )
}
# What has a length, but only by running the query once more.
_COUNTED_BY_A_QUERY = {"duckdb.DuckDBPyRelation"}
# What makes a table of one whose rows are not counted.
_WAYS_OUT = {"duckdb.DuckDBPyRelation": ".to_arrow_table()", "polars.LazyFrame": ".collect()"}


@dataclass(eq=False, repr=False)
class Query:
    """What is run once, when its batches are read; its columns are known before."""

    columns: _native.Frame
    name: str
    read: Callable[[], Iterable[object]]

    def frames(self) -> Iterable[_native.Frame]:
        """Run it, and hold one batch after the other."""
        for batch in self.read():
            yield _native.Frame(self.name, batch)


# A source in memory, or one that is read once and has no length before.
Taken: TypeAlias = _native.Frame | _native.Stream | Query


def is_frame(source: object) -> bool:
    """Whether a source is in memory, and no path."""
    has_data = hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")
    return has_data or called(source) in _QUERIES


def take(source: object, option: str) -> _native.Frame:
    """Hold the batches of a source where they are."""
    taken = take_any(source)
    if isinstance(taken, _native.Frame):
        return taken
    way_out = _WAYS_OUT.get(called(source), ".read_all() or the like")
    raise TypeError(
        f"{option}: expected files or tables in memory, found a stream, {called(source)}, which is "
        f"read once and whose rows are not counted before; make it a table, by {way_out}, or write "
        "it to a Parquet file"
    )


def take_any(source: object) -> Taken:
    """Hold the batches of a source where they are, or what they will come from."""
    name = called(source)
    if name in _QUERIES:
        columns, batches = _QUERIES[name]
        return Query(_native.Frame(name, columns(source)), name, lambda: batches(source))
    has_length = hasattr(source, "__len__") and name not in _COUNTED_BY_A_QUERY
    if hasattr(source, "__arrow_c_array__") or has_length:
        return _native.Frame(name, _without_index(source) if name == "pandas.DataFrame" else source)
    return _native.Stream(name, source)


def handed_out(source: object) -> Iterable[object]:
    """Give what a source hands out: itself, or one batch of a query after the other."""
    name = called(source)
    if name not in _QUERIES:
        yield _without_index(source) if name == "pandas.DataFrame" else source
        return
    columns, batches = _QUERIES[name]
    is_empty = True
    for batch in batches(source):
        yield batch
        is_empty = False
    if is_empty:
        yield columns(source)


def called(source: object) -> str:
    """Return what errors and reports call a source: ``pyarrow.Table``, ``polars.DataFrame``."""
    return f"{package_of(source)}.{type(source).__name__}"


def package_of(values: object) -> str:
    """Name the package that an object comes from."""
    return type(values).__module__.partition(".")[0]


def _without_index(frame: object) -> object:
    """Look at the same columns with a plain index, which pandas does not hand out as a column."""
    plain = frame.copy(deep=False)  # type: ignore[attr-defined]
    plain.index = range(len(plain))
    return plain
