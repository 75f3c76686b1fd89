"""A load over the workers of a Dask cluster; needs ``dask`` and ``distributed``.

Each partition is poured by a task where its rows stay, and looked at there for the fills, which are
those of one load, bit for bit. Only counts travel.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

try:
    import dask.array as da
    from distributed import Client, default_client
except ImportError as _error:
    _message = 'onecopy.dask needs Dask: pip install "onecopy[dask]"'
    raise ImportError(_message) from _error

import numpy as np

from onecopy import _native
from onecopy._arguments import Arguments, bound
from onecopy._errors import InputChangedError
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options, check_shares
from onecopy._recode import texts_from
from onecopy._report import Report
from onecopy._run import PouredArrays, recipe_of, warn
from onecopy._shard import Shard
from onecopy._shares import Coded, Learned, digest_of, learn, shared_plan, with_texts
from onecopy._sources import Source

__all__ = ["load_training_matrix"]

# Bytes of a partition, at least, where their number is not given; and how many a thread gets.
_LEAST = 64 << 20
_EACH = 2

_REFUSED = {
    "shard": "each partition is a shard",
    "gather": "the scheduler brings together what partitions say",
    "rows": "partitions are ranges of rows; choose them with filters=",
    "out": "the blocks are in the memory of the workers",
    "overwrite": "no file is written",
    "progress": "the dashboard of Dask shows it",
    "return_X_y": "take .X and .y",
    "for_": "say dtype=, order= and fill=",
}


@dataclass(frozen=True, eq=False)
class _Load:
    """What every task of a load is told."""

    given: Arguments
    shares: int
    digest: bytes
    known: tuple[Any, Any, Any]

    def options(self) -> Options:
        texts, classes, groups = self.known
        options = Options.from_arguments(self.given)
        return replace(
            options,
            known_texts=texts,
            known_classes=classes,
            known_groups=groups,
        )

    def planned(self, part: int) -> "tuple[_native.Plan, Options, tuple[int, int]]":
        """Plan as the client did, from files that must be what they were."""
        options = self.options()
        whole = shared_plan(options, self.shares)
        facts = whole.facts()
        if digest_of(facts, options) != self.digest:
            raise InputChangedError(
                "the files of the source are not those that the load was planned for: one changed, "
                "came or went, or this worker sees others; load again when nothing writes to them"
            )
        return whole, options, Shard(part, self.shares, None).rows(facts["shape"][0])


@dataclass(frozen=True, eq=False)
class _Block:
    """A partition: its arrays, and what it tells of them."""

    arrays: PouredArrays
    told: bytes
    fitted: int
    report: "_native.RunReport"

    def by_name(self) -> dict[str, Any]:
        """Return the arrays that there are, each by its name."""
        own = self.arrays
        arrays = {"X": own.X, "y": own.y, "weight": own.weight, "group": own.group}
        beside = {f"passthrough {name}": kept for name, kept in own.passthrough.items()}
        return {name: array for name, array in arrays.items() if array is not None} | beside

    def __sizeof__(self) -> int:
        return sum(array.nbytes for array in self.by_name().values())


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The blocks, filled, and what was found of all of them."""

    blocks: list[Any]
    report: Report
    run: "_native.RunReport"


def _learn(part: int, load: _Load, coded: Coded) -> Learned:
    _, options, rows = load.planned(part)
    return learn(options, load.shares, rows, coded)


def _pour(part: int, load: _Load) -> _Block:
    """Pour a partition; what is to be fitted stays NaN."""
    whole, options, rows = load.planned(part)
    share = whole.share(*rows)
    facts = share.facts()
    poured = share.pour(None, overwrite=False, progress=None, sidecar=None)
    parts = facts["parts"]
    return _Block(
        PouredArrays.of(options, poured),
        poured["report"]["told"],
        parts[0][1] if parts else facts["shape"][0],
        poured["report"],
    )


def _told(block: _Block) -> "tuple[bytes, _native.RunReport]":
    """Return what the client has to know of a partition."""
    return block.told, block.report


def _look(block: _Block, asked: bytes) -> bytes:
    return _native.look(block.arrays.X, asked, block.fitted, block.report["threads"])


def _fill(block: _Block, fills: list[tuple[int, float]], masked: list[str]) -> _Block:
    """Fill a partition where it is.

    Dask asks that tasks leave their inputs alone. This one does not, and may: pouring is pure,
    every look has ended before any fill is known, and filling what is filled changes nothing. So
    however often a worker dies and tasks run again, the bits are the same.
    """
    arrays = block.arrays
    if not arrays.X.flags.writeable:
        arrays = replace(arrays, X=arrays.X.copy(order="K"))
    _native.write_fills(arrays.X, fills, block.report["threads"])
    return replace(block, arrays=arrays.masked(masked))


def _array(block: _Block, name: str) -> Any:
    return block.by_name()[name]


def load_training_matrix(
    source: Source,
    *,
    npartitions: int | None = None,
    client: Client | None = None,
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
    **options
        As for `onecopy.load_training_matrix`, without those about the output and the order of rows.
        `threads` and `memory_limit` are those of a partition; one thread if it is not given.

    Returns
    -------
    TrainingMatrix
        Its arrays are dask arrays in the memory of the workers, one block a partition, with all
        columns in a block and known numbers of rows; `recipe` and `report` are those of one load.

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
    for option, reason in _REFUSED.items():
        if option in options:
            raise TypeError(f"load_training_matrix() takes no {option}= with Dask: {reason}")
    given = bound("load_training_matrix", (_absolute(source),), options)
    checked = Options.from_arguments(given)
    check_shares(checked)
    client = client or default_client()
    given = replace(given, recipe=checked.recipe, threads=given.threads or 1)
    facts = shared_plan(checked, 1).facts()
    _require_files(facts)
    parts = _partitions(npartitions, facts, client)
    load = _Load(given, parts, digest_of(facts, checked), _known(checked))
    coded = Coded.of(facts, checked)
    if coded:
        learned = client.map(_learn, range(parts), load=load, coded=coded, pure=False)
        checked = with_texts(checked, coded, client.gather(learned))
        load = replace(load, known=_known(checked))
    whole = shared_plan(checked, parts)
    blocks = client.map(_pour, range(parts), load=load, pure=False)
    fitted = _fitted(client, whole, blocks)
    warn(fitted.report)
    return _matrix(client, whole.facts(), checked, fitted)


def _fitted(client: Client, whole: "_native.Plan", blocks: list[Any]) -> "_Fitted":
    """Fit what the blocks lack, and fill them."""
    told = client.gather(client.map(_told, blocks, pure=False))
    fit = _native.SharedFit(whole, [message for message, _ in told])
    while asked := fit.look():
        answers = client.map(_look, blocks, asked=asked, pure=False)
        fit.hear(client.gather(answers))
    run = fit.report()
    filled = client.map(_fill, blocks, fills=fit.fills(), masked=run["masked"], pure=False)
    reports = [report for _, report in told]
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
    rows = facts["shape"][0]
    cuts = [Shard(part, len(filled), None).rows(rows) for part in range(len(filled))]
    heights = [stop - start for start, stop in cuts]
    kept = client.submit(_shapes, filled[0]).result()

    def whole(name: str) -> Any:
        shape, dtype, meta = kept[name]
        pieces = client.map(_array, filled, name=name, pure=False)
        arrays = [
            da.from_delayed(piece, (height, *shape[1:]), dtype=dtype, meta=meta)
            for piece, height in zip(pieces, heights, strict=True)
            if height or len(filled) == 1
        ]
        return client.persist(da.concatenate(arrays))

    beside = {name: whole(name) if name in kept else None for name in ("y", "weight", "group")}
    classes, groups = options.known_classes, options.known_groups
    run = fitted.run | {"classes": None if classes is None else list(texts_from(classes))}
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


def _shapes(block: _Block) -> dict[str, Any]:
    """Return the shape, dtype and an empty array of each array of a block."""
    arrays = block.by_name().items()
    return {name: (array.shape, array.dtype, array[:0]) for name, array in arrays}


def _known(options: Options) -> tuple[Any, Any, Any]:
    return options.known_texts, options.known_classes, options.known_groups


def _partitions(wanted: int | None, facts: "_native.PlanFacts", client: Client) -> int:
    if wanted is not None:
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
