"""The two verbs that lead to a matrix."""

# ruff: noqa: N803 (`return_X_y` is spelled as in scikit-learn)

from typing import Any, Literal, overload

from numpy.typing import DTypeLike, NDArray

from onecopy._checks import Out
from onecopy._join import On
from onecopy._matrix import TrainingMatrix
from onecopy._options import (
    Columns,
    Exclude,
    Fill,
    RecipeOption,
    Target,
    settle,
)
from onecopy._plan import Plan
from onecopy._progress import ProgressOption
from onecopy._run import run
from onecopy._sources import Source


@overload
def load_training_matrix(
    source: Source,
    *,
    columns: Columns = None,
    exclude: Exclude = (),
    target: Target = None,
    weight: str | None = None,
    group: str | None = None,
    join: Source | None = None,
    on: On = None,
    duplicates: Literal["raise", "first", "last"] = "raise",
    prefix: str | None = None,
    dtype: DTypeLike = "float32",
    order: Literal["C", "F"] = "C",
    inf: Literal["missing", "keep"] = "missing",
    target_missing: Literal["raise", "keep"] = "raise",
    fill: Fill = "median",
    overflow: Literal["raise", "missing", "clip"] = "raise",
    missing_columns: Literal["raise", "missing"] = "raise",
    recipe: RecipeOption = None,
    out: Out = None,
    overwrite: bool = False,
    memory_limit: int | str | None = None,
    threads: int | None = None,
    progress: ProgressOption = None,
    return_X_y: Literal[False] = False,
) -> TrainingMatrix: ...
@overload
def load_training_matrix(
    source: Source,
    *,
    columns: Columns = None,
    exclude: Exclude = (),
    target: Target = None,
    weight: str | None = None,
    group: str | None = None,
    join: Source | None = None,
    on: On = None,
    duplicates: Literal["raise", "first", "last"] = "raise",
    prefix: str | None = None,
    dtype: DTypeLike = "float32",
    order: Literal["C", "F"] = "C",
    inf: Literal["missing", "keep"] = "missing",
    target_missing: Literal["raise", "keep"] = "raise",
    fill: Fill = "median",
    overflow: Literal["raise", "missing", "clip"] = "raise",
    missing_columns: Literal["raise", "missing"] = "raise",
    recipe: RecipeOption = None,
    out: Out = None,
    overwrite: bool = False,
    memory_limit: int | str | None = None,
    threads: int | None = None,
    progress: ProgressOption = None,
    return_X_y: Literal[True],
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def load_training_matrix(
    source: Source,
    *,
    columns: Columns = None,
    exclude: Exclude = (),
    target: Target = None,
    weight: str | None = None,
    group: str | None = None,
    join: Source | None = None,
    on: On = None,
    duplicates: Literal["raise", "first", "last"] = "raise",
    prefix: str | None = None,
    dtype: DTypeLike = "float32",
    order: Literal["C", "F"] = "C",
    inf: Literal["missing", "keep"] = "missing",
    target_missing: Literal["raise", "keep"] = "raise",
    fill: Fill = "median",
    overflow: Literal["raise", "missing", "clip"] = "raise",
    missing_columns: Literal["raise", "missing"] = "raise",
    recipe: RecipeOption = None,
    out: Out = None,
    overwrite: bool = False,
    memory_limit: int | str | None = None,
    threads: int | None = None,
    progress: ProgressOption = None,
    return_X_y: bool = False,
) -> TrainingMatrix | tuple[NDArray[Any], NDArray[Any]]:
    """Pour Parquet into one NumPy matrix, cleaned and ready for ``fit``.

    Every value is decoded once, cleaned in passing and written once, straight into its final
    place: peak memory is the matrix plus a small, bounded scratch.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        Local Parquet files. A list is taken as given; a glob or directory in natural order
        (``part-2`` before ``part-10``). A directory is searched in depth for names that end in
        .parquet, .parq or .pq; names that begin with "_" or "." are passed over.
    columns : list of str or "numeric", optional
        The features, in this order. None takes every column not named in another option, and
        refuses a column that is no number; "numeric" takes all numeric and bool ones and reports
        those left out.
    exclude : str or collection of str
        Columns to leave out.
    target : str or list of str, optional
        The column of `y`, of shape (n,); a list gives (n, k).
    weight, group : str, optional
        One more array each.
    join : path, glob, directory, or a list of these, optional
        Tables, one a file. Each row of the source gets, from each table, the features of the row
        with the same key; they stand behind those of the source, table by table. A row without a
        match is missing there.
    on : str or list of str
        The columns of the key, in the source and in every table: integers, bools, dates,
        timestamps, decimals or text; they are no features. Widths, units of time, time zones and
        scales may differ. A null matches nothing.
    duplicates : {"raise", "first", "last"}
        What a key is that stands twice in a table: refuse the load, or take its first or last row.
    prefix : str, optional
        What stands before the names of a table's features; "{stem}" is the name of its file
        without the ending, as in ``prefix="{stem}__"``.
    dtype : {"float32", "float16", "float64"}
        The dtype of the matrix, by name or as NumPy type.
    order : {"C", "F"}
        Rows together, or columns together.
    inf : {"missing", "keep"}
        Whether an infinity in the source is a missing value or stays.
    target_missing : {"raise", "keep"}
        Whether a null or NaN in a floating target, weight or group is refused or stays, as NaN.
    fill : {"median", "mean"}, number, None, or a dict of column to one of these
        What missing values get; None leaves NaN. A column that the dict does not name gets the
        median.
    overflow : {"raise", "missing", "clip"}
        What happens to a finite value too large for `dtype`: refuse the load, treat it as
        missing, or take the largest finite value of its sign.
    missing_columns : {"raise", "missing"}
        Whether a file that lacks a column is refused, or all its values of it are missing.
    recipe : Recipe, TrainingMatrix or path, optional
        Treat this source as another one was: the same features, dtype, order and rules, the same
        fill values. Nothing is fitted, so nothing leaks from a test set.
    out : ndarray or path, optional
        None makes a new array in memory. An array is filled in place. A path that ends in .npy
        makes a file, which may be many times the memory; `X` is then a memmap. Beside "train.npy"
        lie train.y.npy, train.weight.npy, train.group.npy where asked, and train.json.
    overwrite : bool
        Whether files that exist may be replaced; they stay whole until the new ones replace them.
    memory_limit : int or str, optional
        All that the call may allocate, an output in memory included: bytes, or text such as "4GB"
        or "512MiB". A load that does not fit is refused before any data is read.
    threads : int, optional
        None takes the cores that this process may use. The result does not depend on it.
    progress : bool or callable, optional
        True shows a bar (of tqdm, if installed). A callable gets a `Progress` at most ten times a
        second; an exception in it cancels the load.
    return_X_y : bool
        Return ``(X, y)`` instead of a `TrainingMatrix`; needs `target`.

    Returns
    -------
    TrainingMatrix or (X, y)
        The arrays with their feature names, recipe and report, or only the arrays.

    Raises
    ------
    ColumnNotFoundError, UnsupportedTypeError, SchemaMismatchError
        If the columns of the files are not what was asked for.
    DuplicateKeyError
        If a key stands twice in a joined table; `duplicates` allows it.
    CastOverflowError, MissingTargetError
        If values are refused; `overflow` and `target_missing` allow them.
    MemoryLimitError
        If the load cannot be done within `memory_limit`.
    CorruptFileError, InputChangedError
        If a file is damaged, or changes during the load.
    ValueError, TypeError
        If an option is not one of those above, or two contradict each other.
    OSError
        If a file is missing, exists already, or cannot be read or written; `filename` tells it.

    Warns
    -----
    EmptyColumnWarning
        If a column has no value that is not missing; it stays, filled with 0.

    Notes
    -----
    A value becomes the nearest one of `dtype`, ties to even, in one rounding, as with
    `numpy.ndarray.astype`; a decimal is first the nearest float64. Missing is a null, a NaN or,
    with ``inf="missing"``, an infinity. The median is exact, over all values of the column after
    the cast; the mean is the sum in float64 divided by the count. Targets, weights and groups are
    never cast, filled or cleaned. Rows keep the order of files, row groups and rows. The same data
    gives the same bits, however it is split, encoded and compressed, and with any `threads`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> table = pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3], "label": [0, 1, 0]})
    >>> pq.write_table(table, folder / "train.parquet")
    >>> train = load_training_matrix(folder / "train.parquet", target="label")
    >>> train.X
    array([[1., 1.],
           [3., 2.],
           [5., 3.]], dtype=float32)
    >>> train.y
    array([0, 1, 0])

    A test set is filled with the medians of the training set:

    >>> pq.write_table(pa.table({"a": [None, 9.0], "b": [7, 8]}), folder / "test.parquet")
    >>> load_training_matrix(folder / "test.parquet", recipe=train).X
    array([[3., 7.],
           [9., 8.]], dtype=float32)

    Feature files are joined on a key, each poured into columns of its own:

    >>> days = pa.table({"day": [3, 1, 2], "label": [1, 0, 1]})
    >>> pq.write_table(days, folder / "days.parquet")
    >>> pq.write_table(pa.table({"day": [1, 2, 3], "wind": [4.0, 5.0, 6.0]}), folder / "wind.pq")
    >>> pq.write_table(pa.table({"day": [3, 1], "rain": [0.5, 1.5]}), folder / "rain.pq")
    >>> m = load_training_matrix(
    ...     folder / "days.parquet", join=folder / "*.pq", on="day", target="label"
    ... )
    >>> m.feature_names
    ['rain', 'wind']
    >>> m.X
    array([[0.5, 6. ],
           [1.5, 4. ],
           [1. , 5. ]], dtype=float32)
    >>> [(table.matched, table.unmatched, table.keys) for table in m.report.tables]
    [(2, 1, 'unsorted'), (3, 0, 'unsorted')]
    """
    given = settle(
        source,
        columns=columns,
        exclude=exclude,
        target=target,
        weight=weight,
        group=group,
        join=join,
        on=on,
        duplicates=duplicates,
        prefix=prefix,
        dtype=dtype,
        order=order,
        inf=inf,
        target_missing=target_missing,
        fill=fill,
        overflow=overflow,
        missing_columns=missing_columns,
        recipe=recipe,
        out=out,
        overwrite=overwrite,
        memory_limit=memory_limit,
        threads=threads,
        progress=progress,
        return_X_y=return_X_y,
    )
    matrix = run(given.native_plan(), given, given.progress)
    if return_X_y and matrix.y is not None:
        return matrix.X, matrix.y
    return matrix


def plan(
    source: Source,
    *,
    columns: Columns = None,
    exclude: Exclude = (),
    target: Target = None,
    weight: str | None = None,
    group: str | None = None,
    join: Source | None = None,
    on: On = None,
    duplicates: Literal["raise", "first", "last"] = "raise",
    prefix: str | None = None,
    dtype: DTypeLike = "float32",
    order: Literal["C", "F"] = "C",
    inf: Literal["missing", "keep"] = "missing",
    target_missing: Literal["raise", "keep"] = "raise",
    fill: Fill = "median",
    overflow: Literal["raise", "missing", "clip"] = "raise",
    missing_columns: Literal["raise", "missing"] = "raise",
    recipe: RecipeOption = None,
    out: Out = None,
    overwrite: bool = False,
    memory_limit: int | str | None = None,
    threads: int | None = None,
    progress: ProgressOption = None,
    return_X_y: bool = False,
) -> Plan:
    """Plan a load; only the footers of the files are read.

    Parameters
    ----------
    source, columns, exclude, target, weight, group, join, on, duplicates, prefix, dtype, order, \
inf, target_missing, fill, overflow, missing_columns, recipe, out, overwrite, memory_limit, \
threads, progress, return_X_y
        As for `load_training_matrix`, with the same checks. `Plan.run` always gives a
        `TrainingMatrix`.

    Returns
    -------
    Plan
        What the load will give, read and need. Print it for an explanation; ``run()`` does it.

    Raises
    ------
    OnecopyError, ValueError, TypeError, OSError
        As `load_training_matrix`, for all that can be known without reading data.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, None, 5.0], "b": [1, 2, 3]}), file)
    >>> planned = plan(file)
    >>> planned.shape, planned.dtype, planned.feature_names
    ((3, 2), 'float32', ['a', 'b'])
    >>> len(planned.run())
    3
    """
    given = settle(
        source,
        columns=columns,
        exclude=exclude,
        target=target,
        weight=weight,
        group=group,
        join=join,
        on=on,
        duplicates=duplicates,
        prefix=prefix,
        dtype=dtype,
        order=order,
        inf=inf,
        target_missing=target_missing,
        fill=fill,
        overflow=overflow,
        missing_columns=missing_columns,
        recipe=recipe,
        out=out,
        overwrite=overwrite,
        memory_limit=memory_limit,
        threads=threads,
        progress=progress,
        return_X_y=return_X_y,
    )
    return Plan(given.native_plan(), given)
