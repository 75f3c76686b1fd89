"""A load over the workers of a Dask cluster; needs ``dask`` and ``distributed``.

Each partition is poured by a task where its rows stay, and looked at there for the fills, which are
those of one load, bit for bit. Only counts travel.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

try:
    import dask.array as da  # type: ignore[import-not-found, unused-ignore]
    from distributed import (  # type: ignore[import-not-found, unused-ignore]
        Client,
        default_client,
    )
except ImportError as _error:
    _message = 'onecopy.dask needs Dask: pip install "onecopy[dask]"'
    raise ImportError(_message) from _error

import numpy as np

from onecopy import _dask_tasks as tasks
from onecopy import _native
from onecopy._arguments import Arguments, bound
from onecopy._dask_files import BlockFolder
from onecopy._dask_plan import DaskPlan
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options, check_shares
from onecopy._recode import texts_from
from onecopy._report import Report
from onecopy._run import recipe_of, warn
from onecopy._shard import Shard
from onecopy._shares import Coded, digest_of, shared_plan, with_texts
from onecopy._sources import Source

__all__ = ["DaskPlan", "load_training_matrix", "plan"]

# Bytes of a partition, at least, where their number is not given; and how many a thread gets.
_LEAST = 64 << 20
_EACH = 2
# Messages that become one.
_TOGETHER = 8

_REFUSED = {
    "shard": "each partition is a shard",
    "gather": "the scheduler brings together what partitions say",
    "rows": "partitions are ranges of rows; choose them with filters=",
    "progress": "the dashboard of Dask shows it",
    "return_X_y": "take .X and .y",
    "for_": "say dtype=, order= and fill=",
}


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The blocks, filled, and what was found of all of them."""

    blocks: list[Any]
    report: Report
    run: "_native.RunReport"


def load_training_matrix(
    source: Source,
    *,
    npartitions: int | None = None,
    client: Client | None = None,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    **options: Any,
) -> TrainingMatrix:
    """Load over the workers of a Dask cluster, with the bits of one load.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        As for `onecopy.load_training_matrix`; all workers must see it.
    npartitions : int, optional
        How many blocks of rows. None makes two for each thread of the workers, of at least 64 MiB.
    client : distributed.Client, optional
        The cluster; None takes the default client.
    out : path, optional
        A folder that the client and all workers see, on one file system: each block is a file
        there, mapped where it is used, so the rows may be more than the workers have memory for.
        `dask.array.from_npy_stack` opens the folder as well; recipe.json beside the blocks is the
        recipe. The folder gets its name when all is written. None keeps blocks in memory.
    overwrite : bool
        Whether a folder of that name may be replaced.
    **options
        As for `onecopy.load_training_matrix`, without those about progress and the order of rows.
        `threads` and `memory_limit` are those of a partition; one thread if it is not given.

    Returns
    -------
    TrainingMatrix
        Its arrays are dask arrays in the memory of the workers, or in `out`: one block a
        partition, with all columns in a block and known numbers of rows. `recipe` and `report` are
        those of one load.

    Raises
    ------
    OnecopyError, ValueError, TypeError, OSError
        As for `onecopy.load_training_matrix`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> from distributed import Client
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, None, 5.0], "y": [0, 1, 0]}), file)
    >>> with Client(processes=False, dashboard_address=None) as client:
    ...     train = load_training_matrix(file, target="y", npartitions=2)
    ...     train.X.compute().ravel().tolist()
    [1.0, 3.0, 5.0]
    """
    client = client or default_client()
    given, checked = _checked("load_training_matrix", source, options)
    facts = shared_plan(checked, 1).facts()
    _require_files(facts)
    parts = _partitions(npartitions, facts, client)
    load = tasks.DaskLoad(given, parts, digest_of(facts, checked), _known(checked))
    coded = Coded.of(facts, checked)
    if coded:
        learned = client.map(tasks.learn_texts, range(parts), load=load, coded=coded, pure=False)
        checked = with_texts(checked, coded, client.gather(learned))
        load = replace(load, known=_known(checked))
    whole = shared_plan(checked, parts)
    folder = None if out is None else BlockFolder(out, overwrite=overwrite)
    try:
        if folder is not None:
            load = replace(load, folder=folder.draft)
        blocks = client.map(tasks.pour, range(parts), load=load, pure=False)
        fitted = _fitted(client, whole, blocks)
        if folder is not None:
            _finish(client, whole.facts(), checked, fitted, folder)
            named = client.map(tasks.moved, fitted.blocks, folder=folder.path, pure=False)
            fitted = replace(fitted, blocks=named)
    except BaseException:
        if folder is not None:
            folder.give_up()
        raise
    warn(fitted.report)
    return _matrix(client, whole.facts(), checked, fitted)


def plan(
    source: Source,
    *,
    npartitions: int | None = None,
    client: Client | None = None,
    **options: Any,
) -> DaskPlan:
    """Tell what a load over the workers of a Dask cluster will do; print it for an explanation.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        As for `load_training_matrix`.
    npartitions : int, optional
        As for `load_training_matrix`.
    client : distributed.Client, optional
        As for `load_training_matrix`; it is not asked where `npartitions` is given.
    **options
        As for `load_training_matrix`.

    Returns
    -------
    DaskPlan
        The partitions, the memory of a task, and the bytes of messages.

    Raises
    ------
    OnecopyError, ValueError, TypeError, OSError
        As for `load_training_matrix`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
    >>> pq.write_table(pa.table({"a": [1.0, None, 5.0], "y": [0, 1, 0]}), file)
    >>> plan(file, target="y", npartitions=2)
    DaskPlan(3x1 float32 in 2 partitions)
    """
    _, checked = _checked("plan", source, options)
    facts = shared_plan(checked, 1).facts()
    _require_files(facts)
    if npartitions is None:
        client = client or default_client()
    return DaskPlan.of(checked, _partitions(npartitions, facts, client))


def _checked(call: str, source: Source, options: dict[str, Any]) -> tuple[Arguments, Options]:
    """Check what is asked of every partition."""
    for option, reason in _REFUSED.items():
        if option in options:
            raise TypeError(f"{call}() takes no {option}= with Dask: {reason}")
    given = bound(call, (_absolute(source),), options)
    checked = Options.from_arguments(given)
    check_shares(checked)
    return replace(given, recipe=checked.recipe, threads=given.threads or 1), checked


def _gathered(
    client: Client, messages: list[Any], merge: Callable[[list[bytes]], bytes]
) -> list[bytes]:
    """Bring messages to the client: in a tree, so that few of them are anywhere at a time."""
    while len(messages) > _TOGETHER:
        groups = range(0, len(messages), _TOGETHER)
        messages = [
            client.submit(merge, messages[at : at + _TOGETHER], pure=False) for at in groups
        ]
    gathered: list[bytes] = client.gather(messages)
    return gathered


def _finish(
    client: Client,
    facts: "_native.PlanFacts",
    options: Options,
    fitted: _Fitted,
    folder: BlockFolder,
) -> None:
    """Give a folder its name, when all blocks are written."""
    wait = client.gather(client.map(tasks.is_written, fitted.blocks, pure=False))
    recipe = recipe_of(facts, options, fitted.report, _with_classes(options, fitted.run))
    recipe.save(folder.draft / "recipe.json")
    rows, features = facts["shape"]
    heights = [stop - start for start, stop in _cuts(rows, len(wait))]
    folder.finish(heights, facts["dtype"], features)


def _cuts(rows: int, parts: int) -> list[tuple[int, int]]:
    return [Shard(part, parts, None).rows(rows) for part in range(parts)]


def _with_classes(options: Options, run: "_native.RunReport") -> "_native.RunReport":
    classes = options.known_classes
    return run | {"classes": None if classes is None else list(texts_from(classes))}


def _fitted(client: Client, whole: "_native.Plan", blocks: list[Any]) -> "_Fitted":
    """Fit what the blocks lack, and fill them."""
    said = client.map(tasks.told, blocks, pure=False)
    fit = _native.SharedFit(whole, _gathered(client, said, tasks.merge_told))
    width = np.dtype(whole.facts()["dtype"]).itemsize
    while asked := fit.look():
        answers = client.map(tasks.look, blocks, asked=asked, pure=False)
        merge = partial(tasks.merge_answers, asked=asked, width=width)
        fit.hear(_gathered(client, answers, merge))
    run = fit.report()
    filled = client.map(tasks.fill, blocks, fills=fit.fills(), masked=run["masked"], pure=False)
    reports = client.gather(client.map(tasks.report, blocks, pure=False))
    seconds: dict[str, float] = {}
    for own in reports:
        for stage, spent in own["seconds"]:
            seconds[stage] = seconds.get(stage, 0.0) + spent
    report = replace(
        Report.from_native(run, whole.facts()),
        seconds=seconds,
        bytes_read=sum(own["bytes_read"] for own in reports),
        peak_scratch=max(own["peak_scratch"] for own in reports),
        threads=sum(client.nthreads().values()),
    )
    return _Fitted(filled, report, run)


def _matrix(
    client: Client,
    facts: "_native.PlanFacts",
    options: Options,
    fitted: "_Fitted",
) -> TrainingMatrix:
    """Make dask arrays of the blocks."""
    filled, report = fitted.blocks, fitted.report
    heights = [stop - start for start, stop in _cuts(facts["shape"][0], len(filled))]
    kept = client.submit(tasks.shapes, filled[0]).result()

    def whole(name: str) -> Any:
        shape, dtype, meta = kept[name]
        pieces = client.map(tasks.array_of, filled, name=name, pure=False)
        arrays = [
            da.from_delayed(piece, (height, *shape[1:]), dtype=dtype, meta=meta)
            for piece, height in zip(pieces, heights, strict=True)
            if height or len(filled) == 1
        ]
        return client.persist(da.concatenate(arrays))

    beside = {name: whole(name) if name in kept else None for name in ("y", "weight", "group")}
    groups, run = options.known_groups, _with_classes(options, fitted.run)
    return TrainingMatrix(
        X=whole("X"),
        **beside,
        feature_names=facts["feature_names"],
        recipe=recipe_of(facts, options, report, run),
        report=report,
        part_rows=dict(facts["parts"]),
        passthrough={name: whole(f"passthrough {name}") for name in options.passthrough},
        group_keys=None if groups is None else np.array(texts_from(groups)),
    )


def _known(options: Options) -> tuple[Any, Any, Any]:
    return options.known_texts, options.known_classes, options.known_groups


def _partitions(wanted: int | None, facts: "_native.PlanFacts", client: Client | None) -> int:
    if wanted is not None or client is None:
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
            raise ValueError(f"npartitions: expected 1 or more, found {wanted!r}")
        return wanted
    rows, features = facts["shape"]
    size = rows * features * np.dtype(facts["dtype"]).itemsize
    threads = sum(client.nthreads().values())
    return int(max(1, min(_EACH * threads, size // _LEAST)))


def _require_files(facts: "_native.PlanFacts") -> None:
    """Refuse tables that are in the memory of the client."""
    if any(kind == "memory" for _, _, kind in facts["sources"]):
        raise TypeError(
            "source: expected files that the workers read, found a table in the memory of this "
            "process; write it to Parquet where they see it"
        )


def _absolute(source: Source) -> Source:
    """Make paths mean the same in the folder of a worker."""
    if isinstance(source, str) and "://" not in source:
        return os.path.abspath(source)  # noqa: PTH100 (a glob is no path)
    if isinstance(source, os.PathLike):
        return os.path.abspath(source)  # noqa: PTH100
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [_absolute(one) for one in source]  # type: ignore[misc]
    return source
