"""Sources that are in memory already: what hands out Arrow data, and what it is called."""

from typing import Protocol, TypeAlias, runtime_checkable

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

# Queries: each look at them runs them again, and what they give has no length before.
_QUERIES = {"duckdb.DuckDBPyRelation": "to_arrow_table()", "polars.LazyFrame": "collect()"}


def is_frame(source: object) -> bool:
    """Whether a source is in memory, and no path."""
    has_data = hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")
    return has_data or called(source) in _QUERIES


def take(source: object, option: str) -> _native.Frame:
    """Hold the batches of a source where they are."""
    name = called(source)
    if name in _QUERIES:
        raise TypeError(_refusal(option, f"a query, {name}", f" .{_QUERIES[name]}"))
    is_known = hasattr(source, "__arrow_c_array__") or hasattr(source, "__len__")
    if not is_known:
        raise TypeError(_refusal(option, f"a stream, {name}", " .read_all() or the like"))
    return _native.Frame(name, _without_index(source) if name == "pandas.DataFrame" else source)


def called(source: object) -> str:
    """Return what errors and reports call a source: ``pyarrow.Table``, ``polars.DataFrame``."""
    return f"{package_of(source)}.{type(source).__name__}"


def package_of(values: object) -> str:
    """Name the package that an object comes from."""
    return type(values).__module__.partition(".")[0]


def _refusal(option: str, found: str, way_out: str) -> str:
    return (
        f"{option}: expected files or tables in memory, found {found}, whose rows are not "
        f"counted before they are read; make it a table, by{way_out}, or write it to a Parquet file"
    )


def _without_index(frame: object) -> object:
    """Look at the same columns with a plain index, which pandas does not hand out as a column."""
    plain = frame.copy(deep=False)  # type: ignore[attr-defined]
    plain.index = range(len(plain))
    return plain
