"""The two verbs that lead to a matrix."""

from typing import Any, overload

from onecopy import _native
from onecopy._arguments import Arguments, Arrays, ArraysArguments, MatrixArguments, takes
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options
from onecopy._plan import Plan
from onecopy._run import run_stream
from onecopy._shard import Shard


@overload
@takes(MatrixArguments)
def load_training_matrix(given: Arguments, /) -> TrainingMatrix: ...
@overload
@takes(ArraysArguments)
def load_training_matrix(given: Arguments, /) -> Arrays: ...
@takes(Arguments)
def load_training_matrix(given: Arguments, /) -> TrainingMatrix | Arrays:
    """Pour Parquet, or tables in memory, into one NumPy matrix, cleaned and ready for ``fit``.

    Every value is decoded once, cleaned on the way and written once, straight into its final
    place: peak memory is the matrix plus a small, bounded scratch.

    Parameters
    ----------
    source : path, address, glob, directory, table in memory, stream, or a list of these
        Parquet files. A list is taken as given; a glob or directory in natural order
        (``part-2`` before ``part-10``). A directory is searched recursively for names that end in
        .parquet, .parq or .pq; names that begin with "_" or "." are skipped. Folders named
        ``key=value`` are columns of their files wherever they are named, and no features by
        themselves: int64 if all values are whole numbers, else text. Those that `filters`
        exclude are not looked into. An address begins with s3://, gs://, az://, abfss://, http://
        or https://, and is read over the network by the package obstore
        (``pip install "onecopy[cloud]"``); in stores, prefixes and globs are listed like folders.
        Or a deltalake.DeltaTable, a table or scan of pyiceberg, or a pyarrow.dataset of Parquet
        files: the files that it names, with its columns. Or what hands out Arrow data: a pyarrow
        Table or RecordBatch, a Polars or pandas DataFrame. It is read where it is, without a copy;
        the index of a pandas frame is no column. What has no length is a stream, such as a
        RecordBatchReader, a DuckDB relation or a Polars LazyFrame: it is read once, batch by batch,
        and never collected, so that `sample`, `split`, `sort_by` and `join`, which need all rows
        first, are refused.
    columns : list of str or "numeric", optional
        The features, in this order. None takes every column not named in another option, and
        refuses a column that is not numeric; "numeric" takes the numeric and bool columns and
        reports those left out. A list of numbers (list, large list or fixed-size list) becomes the
        features ``name_0`` to ``name_{k-1}``; all lists of a column must have one length. A leaf of
        a struct is a column named ``struct.leaf``, and the name of the struct stands for all of
        them.
    exclude : str or collection of str
        Columns to leave out; the name of a struct leaves all its leaves out.
    target : str or list of str, optional
        The column of `y`, of shape (n,); a list gives (n, k). Text becomes int64 codes in the order
        of its bytes; `m.classes` has the text of each, and a recipe keeps them.
    weight, group : str, optional
        The column of one more array each. A group may be of any type: numbers and bools keep their
        dtype, dates and times are datetime64 and timedelta64, and a group of texts becomes int64
        codes 0 to k - 1 in the order of their bytes; `m.groups.keys` has the texts.
    passthrough : str or list of str
        Columns to keep beside the matrix as they are, such as timestamps and ids:
        ``m.passthrough["id"]`` has one value for each row of `X`, in its order. They are no
        features; they may also be the group, or be named in `filters`, `split_by`, `sort_by` and
        `on`. Numbers and bools keep their dtype, dates and timestamps are datetime64 and times of
        day timedelta64 in their unit (the finest of all files), text is an object array of str,
        other bytes one of bytes; a decimal, which has no dtype in NumPy, is the nearest float64.
        A null is NaN, NaT or None; integers and bools that have nulls are a masked array. Lists of
        numbers or times of one length are an array of shape (n, k).
    join : path, address, glob, directory, table in memory, or a list of these, optional
        Tables, one per file, or in memory. Each row of the source gets, from each table, the
        features of the row with the same key; they follow those of the source, table by table.
        Without a match they are missing.
    on : str or list of str
        The columns of the key, in the source and in every table: integers, bools, dates,
        timestamps, decimals or text; they do not become features. Widths, units of time, time
        zones and scales may differ. A null matches nothing.
    duplicates : {"raise", "first", "last"}
        How a key that occurs twice in a table is treated: refuse the load, or take its first or
        last row.
    prefix : str, optional
        What precedes the names of a table's features; "{stem}" is the name of its file without
        the extension, as in ``prefix="{stem}__"``.
    filters : list of tuples, or a list of such lists, optional
        Which rows are loaded: all conditions of a list hold, as in
        ``[("day", ">=", date(2024, 1, 1)), ("symbol", "in", ["A", "B"])]``; of several lists, those
        of any. Operators are ``= == != < <= > >= in "not in"``, and ``is`` and ``"is not"`` with
        None. They see the values of the source, on columns that need not be features, and mean
        what they mean in `pyarrow.Table.filter`; numbers compare exactly across types, and dates
        may be ISO text. Row groups and pages that cannot match are not read.
    unique_on : str or list of str, optional
        Of rows with equal values in these columns one stays; nulls are equal.
    keep : {"first", "last"}
        Which of them.
    sample : float or int, optional
        So large a share of the rows, or so many; in their order, by a seeded permutation.
    split : dict, optional
        Parts of the matrix: names with shares such as ``{"train": 0.8, "test": 0.2}``, or with a
        list of filters each. Each part is a contiguous range of rows, and `parts` has views of
        them. Fills are fitted on the first part alone. With `split_by`, values that are not all
        floats are points of that column at which parts begin, as in
        ``{"train": None, "test": date(2024, 7, 1)}``.
    split_by : str or list of str, optional
        With shares, all rows with equal values in these columns go to one part, by a seeded hash;
        else the column of the points.
    split_gap : timedelta or number, optional
        Rows of a part that are nearer to the next one's point than this are left out.
    sort_by : str or list of str, optional
        Rows of each part ascend by these columns: nulls last, NaN before them, equal rows as they
        came.
    shuffle : bool
        Rows of each part are in the order of a seeded permutation.
    seed : int
        For samples, shares and shuffles. The same data give the same rows, whatever the files.
    rows : slice, optional
        Which rows of the source there are, by their numbers, before all other options about rows:
        ``slice(1_000, 2_000)`` or ``slice(-100, None)``.
    shard : (int, int), optional
        ``(rank, world)``: of the n rows of the load those from ``rank * n // world`` to
        ``(rank + 1) * n // world``, for process `rank` of `world`. All shards end to end are the
        one load.
    gather : callable, optional
        Takes bytes, and returns a list of what each process gave, in the order of their ranks, as
        ``MPI.COMM_WORLD.allgather`` does. With it fills, codes, refusals and the report are those
        of all rows; without it nothing can be fitted. All processes make the same call; where one
        fails, all fail with its error.
    dtype : {"float32", "float16", "float64"}
        The dtype of the matrix, as a name or a NumPy type.
    order : {"C", "F"}
        Whether the values of a row or those of a column are contiguous.
    inf : {"missing", "keep"}
        Whether an infinity in the source counts as missing or stays.
    target_missing : {"raise", "keep", "drop"}
        Whether a null or NaN in a floating target, weight or group is refused or stays as NaN, or
        rows without a target are left out.
    fill : {"median", "mean"}, number, None, or a dict of column to one of these
        What replaces missing values; None leaves NaN. A column that the dict does not name gets
        its median.
    overflow : {"raise", "missing", "clip"}
        How a finite value too large for `dtype` is treated: refuse the load, count it as missing,
        or take the largest finite value of its sign.
    datetimes : {"raise"}, unit, (unit, origin), or a dict of column to one of these
        What dates, times of day, timestamps and durations become: refused, or the number of units
        ("D", "h", "m", "s", "ms", "us" or "ns") since the origin, by default 1970-01-01 UTC. The
        origin is ISO text, a date, a datetime, a numpy.datetime64 or a pandas.Timestamp; without a
        time zone it is UTC, as timestamps are. Times of day and durations need none. Parts of a
        unit count: 90 s are 1.5 "m". A column that the dict does not name is refused.
    categories : {"raise", "codes"} or list of str
        What text, binary and dictionaries of these become: refused, or codes 0 to k - 1 in the
        order of their bytes, for all columns or those of the list. A null, and a text that a recipe
        does not know or that only later parts of a split have, is -1, or what `fill` says in a dict
        for that column. More texts than `dtype` has exact codes for are refused.
    missing_columns : {"raise", "missing"}
        Whether a file that lacks a column is refused, or its values of that column are missing.
    recipe : Recipe, TrainingMatrix or path, optional
        Treat this source like the one that the recipe was made from: the same features, dtype,
        order, rules and fill values. Nothing is fitted, so nothing leaks from a test set.
    for_ : str, estimator or class, optional
        The learner that the matrix is for: "trees", "hist", "linear", "lightgbm", "xgboost",
        "catboost", "torch" or "jax", or an estimator or its class. Sets `dtype`, `order` and
        `fill` where they are not given, so that it copies nothing: "hist" is float64, "catboost"
        has order "F"; for "hist", "lightgbm", "xgboost" and "catboost" missing values stay NaN.
        With a recipe it sets nothing. A plan counts what the fit takes. See `onecopy.explain`.
    out : ndarray or path, optional
        None allocates a new array. An array is filled in place. A path that ends in .npy makes a
        file, which may be many times larger than memory; `X` is then a memmap. Next to
        "train.npy" are train.y.npy, train.weight.npy, train.group.npy and for each column that is
        passed through train.<name>.npy, where asked for, and train.json.
    overwrite : bool
        Whether existing files may be replaced; they stay whole until the new ones replace them.
    memory_limit : int or str, optional
        The most that the call may allocate, including an output in memory: a number of bytes, or
        text such as "4GB" or "512MiB". A load that does not fit is refused before any data is read.
    threads : int, optional
        None takes as many as there are cores that this process may use. The result does not
        depend on it.
    storage_options : dict, optional
        How addresses are reached: options of the store and of the connection, with the words of
        Polars, delta-rs and obstore, such as ``{"region": "eu-west-1"}``; a `credential_provider`
        of obstore; and `max_retries`, how often a request is repeated. Without it, credentials come
        from the environment.
    filesystem : object, optional
        A store of obstore, or a file system of fsspec or pyarrow, that all paths are in.
    progress : bool or callable, optional
        True shows a bar, by tqdm if it is installed. A callable gets a `Progress` at most ten
        times a second; an exception in it cancels the load.
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
        If a key occurs twice in a joined table; `duplicates` allows it.
    CastOverflowError, MissingTargetError
        If values are refused; `overflow` and `target_missing` allow them.
    MemoryLimitError
        If the load cannot be done within `memory_limit`.
    CorruptFileError, InputChangedError
        If a file is damaged, or changes during the load.
    ValueError, TypeError
        If an option is not one of those above, or two contradict each other.
    OSError
        If a file is missing, exists already, or cannot be read or written; `filename` names it.
        A store that does not answer in time is a TimeoutError.

    Warns
    -----
    PrecisionWarning
        If `dtype` cannot tell apart two times that a column can hold.
    EmptyColumnWarning
        If a column has no value that is not missing; it stays, filled with 0.

    Notes
    -----
    A value becomes the nearest one of `dtype`, ties to even, in one rounding, as with
    `numpy.ndarray.astype`; a decimal becomes the nearest float64 first. Missing values are nulls,
    NaNs and, with ``inf="missing"``, infinities. The median is exact, over all values of the column
    after the cast; the mean is the sum in float64 divided by the count. Targets, weights, groups
    and what is passed through are never cast, filled or cleaned. Rows keep the order of files, row
    groups and rows. They are chosen in this order: `filters`, `unique_on`, `sample`, `split`, and
    then sorted or shuffled within each part. The same data gives the same bits, however it is
    split, encoded and compressed, and with any `threads`.

    Text that is passed through is read after the matrix, by one thread, and its objects count on
    top of the memory of a load; ``str(plan(...))`` has an estimate. In a file it is as wide as its
    longest value, so that NumPy maps it: dtype "U" for text and "S" for bytes, or "V" where the
    type of the column has one length. A column with nulls is a masked array there, by
    train.<name>.mask.npy. NumPy drops zeros from the end of "U" and "S", so a value that ends in
    one is refused. Its columns are read twice for a file: once for that width.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from datetime import date
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

    A table in memory is a source as well; in a list it may stand beside files:

    >>> load_training_matrix([folder / "train.parquet", table.slice(2)], columns=["b"]).X[:, 0]
    array([1., 2., 3., 3.], dtype=float32)

    Columns that are no features stay beside the matrix, in the order of its rows:

    >>> kept = load_training_matrix(
    ...     folder / "train.parquet", passthrough="label", sort_by="b", sample=2
    ... )
    >>> kept.feature_names, kept.passthrough["label"].shape
    (['a', 'b'], (2,))

    A test set is filled with the medians of the training set:

    >>> pq.write_table(pa.table({"a": [None, 9.0], "b": [7, 8]}), folder / "test.parquet")
    >>> load_training_matrix(folder / "test.parquet", recipe=train).X
    array([[3., 7.],
           [9., 8.]], dtype=float32)

    Times become numbers of units, and texts codes, which the recipe keeps:

    >>> day = pa.array([date(2024, 1, 1), date(2024, 1, 3)])
    >>> pq.write_table(pa.table({"day": day, "city": ["Rome", "Oslo"]}), folder / "visits.parquet")
    >>> visits = load_training_matrix(
    ...     folder / "visits.parquet", datetimes=("D", "2024-01-01"), categories="codes"
    ... )
    >>> visits.X
    array([[0., 1.],
           [2., 0.]], dtype=float32)
    >>> visits.recipe.categories
    {'city': ('Oslo', 'Rome')}

    Lists of numbers become a block of columns, and structs columns with dotted names:

    >>> emb = pa.array([[1, 2], None, [3, 6]], pa.list_(pa.int16()))
    >>> place = [{"lat": 0.5}, {"lat": 1.5}, None]
    >>> pq.write_table(pa.table({"emb": emb, "at": place}), folder / "vectors.parquet")
    >>> vectors = load_training_matrix(folder / "vectors.parquet", fill={"emb": 0})
    >>> vectors.feature_names
    ['emb_0', 'emb_1', 'at.lat']
    >>> vectors.X
    array([[1. , 2. , 0.5],
           [0. , 0. , 1.5],
           [3. , 6. , 1. ]], dtype=float32)

    Rows are chosen, divided and put in order on the way; fills are those of the first part:

    >>> parts = load_training_matrix(
    ...     folder / "train.parquet",
    ...     filters=[("b", "<=", 3)],
    ...     split={"train": 0.67, "test": 0.33},
    ...     sort_by="b",
    ...     target="label",
    ... ).parts
    >>> {name: (part.X.tolist(), part.y.tolist()) for name, part in parts.items()}
    {'train': ([[1.0, 1.0], [1.0, 2.0]], [0, 1]), 'test': ([[5.0, 3.0]], [0])}

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
    if shard := Shard.from_arguments(given):
        from onecopy._shares import load_share  # noqa: PLC0415 (only where a load is divided)

        matrix = load_share(shard, lambda: Options.from_arguments(given))
    else:
        options = Options.from_arguments(given)
        if options.parts is None:
            return _plan(options).run()
        matrix = run_stream(options, options.progress)
    return (matrix.X, matrix.y) if given.return_X_y and matrix.y is not None else matrix


@overload
@takes(MatrixArguments)
def plan(given: Arguments, /) -> Plan[TrainingMatrix]: ...
@overload
@takes(ArraysArguments)
def plan(given: Arguments, /) -> Plan[Arrays]: ...
@takes(Arguments)
def plan(given: Arguments, /) -> Plan[Any]:
    """Plan a load; only the footers of the files are read, and the columns that choose rows.

    Parameters
    ----------
    source, **options
        As for `load_training_matrix`, with the same checks.

    Returns
    -------
    Plan
        What the load will return, read and need. Print it for an explanation; ``run()`` returns
        what `load_training_matrix` would.

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
    return _plan(Options.from_arguments(given))


def _plan(options: Options) -> Plan[TrainingMatrix | Arrays]:
    if options.shard is not None:
        from onecopy._shares import plan_share  # noqa: PLC0415

        return Plan(plan_share(options, options.shard), options)
    return Plan(_native.plan(options), options)
