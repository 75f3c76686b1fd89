"""The plan of a load: what it will return, read and need."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, cast

import numpy as np

from onecopy._options import Options, check_progress
from onecopy._progress import ProgressOption
from onecopy._recode import origin_text
from onecopy._render import quoted, show_size
from onecopy._run import run, run_stream

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from onecopy import _native
    from onecopy._learners import Facts
    from onecopy._matrix import TrainingMatrix

    Result = TypeVar("Result", default=TrainingMatrix)
else:
    from typing import TypeVar

    Result = TypeVar("Result")

_LABEL = 9


class Plan(Generic[Result]):
    """Everything that is decided before a value is read; made by `onecopy.plan`.

    Print it for an explanation; `run` carries it out.
    """

    __slots__ = ("_facts", "_native", "_options")

    def __init__(self, native: "_native.Plan", options: Options) -> None:
        self._native = native
        self._facts = native.facts()
        self._options = options

    @property
    def shape(self) -> tuple[int | None, int]:
        """Rows and features; the rows of a stream are None: they are not known before."""
        rows, features = self._facts["shape"]
        return (None if self._is_stream else rows, features)

    @property
    def parts(self) -> dict[str, int]:
        """The rows of each part of a split, in the order in which they lie in the matrix."""
        return dict(self._facts["parts"])

    @property
    def source_rows(self) -> int | None:
        """The rows of the files; those of the matrix are chosen from them. None for a stream."""
        return None if self._is_stream else self._facts["source_rows"]

    @property
    def row_groups_skipped(self) -> int:
        """Row groups of which no row is chosen."""
        return self._facts["row_groups_skipped"]

    @property
    def feature_names(self) -> list[str]:
        """The columns of the matrix, in order."""
        return list(self._facts["feature_names"])

    @property
    def dtype(self) -> str:
        """The dtype of the matrix."""
        return self._facts["dtype"]

    @property
    def order(self) -> str:
        """The memory order of the matrix, "C" or "F"."""
        return self._facts["order"]

    @property
    def output_bytes(self) -> int | None:
        """The bytes of the output; None where its rows are unknown."""
        return None if self._is_stream else self._facts["output_bytes"]

    @property
    def scratch_bytes(self) -> int:
        """The most memory that is needed in addition to the output."""
        return self._facts["scratch_bytes"]

    @property
    def read_bytes(self) -> int | None:
        """The bytes to read from the files; None for a stream."""
        return None if self._is_stream else self._facts["read_bytes"]

    @property
    def requests(self) -> int:
        """About how many requests read the chosen columns over a network; 0 for local files."""
        return self._facts["requests"]

    @property
    def passes(self) -> int:
        """Number of passes over the matrix: one to pour it, one more for order and fills."""
        return self._facts["passes"]

    @property
    def vectors(self) -> dict[str, int]:
        """For each column of lists how many features it becomes."""
        return {name: width for name, _, width in self._facts["vectors"]}

    @property
    def casts(self) -> list[tuple[str, str]]:
        """For each feature its name and the type that it is cast from."""
        return list(self._facts["casts"])

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """Name and type of each column that ``columns="numeric"`` leaves out."""
        return list(self._facts["skipped"])

    @property
    def enough_memory(self) -> bool:
        """Whether the free memory suffices; True where it is unknown.

        With ``for_=``, it must suffice for the fit as well.
        """
        fit = self._fit_need()
        return self._native.memory()["enough"] and (fit is None or fit["enough"])

    @property
    def fit_bytes(self) -> int | None:
        """Bytes that the learner of ``for_=`` takes for itself, and for copies of the matrix.

        None without ``for_=``, for a learner that was not measured, and where the rows are unknown.
        The model is not counted.
        """
        choice = self._options.learner
        if choice is None or self._is_stream:
            return None
        facts = choice.of(self._handed_over)
        own = choice.learner.own_bytes(facts)
        return None if own is None else own + choice.learner.copied_bytes(facts)

    @property
    def _handed_over(self) -> "Facts":
        """What a learner will be handed; values count as missing where they may be."""
        from onecopy._learners import Facts  # noqa: PLC0415 (a table that few plans need)

        rows, features = self._facts["shape"]
        fills = (self._options.fill, *self._options.fill_columns.values())
        return Facts(
            rows=rows,
            features=features,
            dtype=self.dtype,
            order=self.order,
            is_writeable=not self.is_in_file,
            has_missing=any(fill is None for fill in fills),
        )

    @property
    def _is_stream(self) -> bool:
        return self._options.parts is not None

    @property
    def is_in_file(self) -> bool:
        """Whether the matrix will be in a file."""
        return isinstance(self._options.out, Path)

    @property
    def enough_disk(self) -> bool:
        """Whether the free disk suffices; True where none is needed or it is unknown."""
        disk = self._disk()
        return disk is None or disk["enough"]

    def run(self, progress: ProgressOption = None) -> Result:
        """Carry it out.

        Parameters
        ----------
        progress : bool or callable, optional
            As for `load_training_matrix`; None takes what was given to `onecopy.plan`.

        Returns
        -------
        TrainingMatrix or (X, y)
            What `load_training_matrix` returns with the same arguments.
        """
        chosen = self._options.progress if progress is None else check_progress(progress)
        if self._is_stream:
            matrix = run_stream(self._options, chosen)
        elif shard := self._options.shard:
            from onecopy._shares import load_share  # noqa: PLC0415 (few need it)

            options = replace(self._options, progress=chosen)
            matrix = load_share(shard, lambda: options)
        else:
            matrix = run(self._native, self._facts, self._options, chosen)
        return cast("Result", (matrix.X, matrix.y) if self._options.return_X_y else matrix)

    def explain(self) -> str:
        """Explain in a few lines what will be done; the same as ``str(plan)``."""
        parts = [*self._what(), *self._how(), *self._needs()]
        return "\n".join([self._title(), *(f"  {label:<{_LABEL}}{text}" for label, text in parts)])

    __str__ = explain

    def __repr__(self) -> str:
        return f"Plan({self._title()})"

    def _repr_html_(self) -> str:
        from onecopy._cards.frame import card  # noqa: PLC0415 (slow to import)
        from onecopy._cards.parts import Need, lines, needs  # noqa: PLC0415

        memory, disk = self._native.memory(), self._disk()
        beside = self._extra_bytes
        output = {"matrix": self._facts["output_bytes"] - beside} | (
            {"arrays beside": beside} if beside else {}
        )
        in_memory = output if self._options.out is None else {}
        rest = max(memory["needed"] - sum(in_memory.values()), 0)
        needed = [Need("memory", in_memory | {"scratch, at most": rest}, memory["free"])]
        needed += [] if disk is None else [Need("disk", output, disk["free"])]
        told = lines([*self._what(), *self._how()])
        return card("Plan", [self._title()], needs(needed) + told)

    def _title(self) -> str:
        rows, features = self._facts["shape"]
        if self._is_stream:
            row = show_size(features * np.dtype(self.dtype).itemsize)
            return (
                f"rows of a stream x {features:,} {self.dtype}, order {self.order!r}: {row} a row "
                f"{self._place()}"
            )
        size = show_size(self._facts["output_bytes"] - self._extra_bytes)
        return f"{rows:,} x {features:,} {self.dtype}, order {self.order!r}: {size} {self._place()}"

    def _place(self) -> str:
        out = self._options.out
        if out is None:
            return "in memory"
        return f"in {str(out)!r}" if isinstance(out, Path) else "into the given array"

    def _what(self) -> Iterable[tuple[str, str]]:
        facts = self._facts
        for extra in facts["extras"]:
            if extra["role"] not in {"passthrough", "mask"}:
                what = f"{quoted(extra['names'])}: {extra['shape']} {extra['dtype']}"
                yield extra["role"], f"{what}, codes of texts" if extra["coded"] else what
        if names := self._options.passthrough:
            yield "beside", self._passed(names)
        yield from self._rows()
        if join := self._options.join:
            tables = f"{len(self._options.tables or ()):,} tables on {quoted(join.on)}"
            yield "join", f"{tables}, duplicate keys: {join.duplicates}"
        if self._is_stream:
            yield "read", "once, batch by batch; how many rows there are is known at the end"
        else:
            yield "read", f"{self._read()}, {show_size(self._facts['read_bytes'])}"
        if self.requests:
            yield "network", self._network()
        times = "once" if facts["passes"] == 1 else f"{facts['passes']} times"
        yield "pour", f"{times} over the matrix, {facts['threads']} threads"

    def _read(self) -> str:
        """Say what is read: files, and tables in memory."""
        kinds = Counter[str](kind for *_, kind in self._facts["sources"])
        words = {"file": "files", "object": "remote files", "memory": "tables in memory"}
        parts = [f"{kinds[kind]:,} {word}" for kind, word in words.items() if kinds[kind]]
        parts = parts or ["0 files"]
        groups = "batches" if set(kinds) == {"memory"} else "row groups"
        return f"{', '.join(parts)}, {self._facts['row_groups']:,} {groups}"

    def _network(self) -> str:
        """Say what goes over the network, and what is known of changes there."""
        ahead = show_size(self._facts["fetch_bytes"])
        about = f"about {self.requests:,} requests, at most {ahead} at a time or ahead"
        unpinned = self._facts["unpinned"]
        if not unpinned:
            return about
        return f"{about}; {unpinned:,} files have no ETag and no date: a change may go unnoticed"

    def _passed(self, names: tuple[str, ...]) -> str:
        """Say which columns are passed through, and what their texts take."""
        facts = self._facts
        dtypes = {e["names"][0]: e["dtype"] for e in facts["extras"] if e["role"] == "passthrough"}
        passed = ", ".join(f"{quoted([name])} {dtypes.get(name, 'text')}" for name in names)
        if facts["texts"] and not isinstance(self._options.out, Path):
            return f"{passed}; texts take about {show_size(facts['text_bytes'])}"
        return passed

    def _rows(self) -> Iterable[tuple[str, str]]:
        """Say which rows are chosen, and what had to be read to know them."""
        facts, rules = self._facts, self._options.rows
        rows, source_rows = facts["shape"][0], facts["source_rows"]
        if self._is_stream:
            if rules.filters is not None or rules.unique_on:
                yield "rows", "chosen from each batch, as it comes"
        elif rows != source_rows or facts["columns_to_choose"]:
            skipped = self.row_groups_skipped
            known = "known from footers"
            if names := facts["columns_to_choose"]:
                size = show_size(facts["bytes_to_choose"])
                known = f"{quoted(names)} read to choose them, {size}"
            groups = f"; {skipped:,} of {facts['row_groups']:,} row groups skipped"
            yield "rows", f"{rows:,} of {source_rows:,}, {known}{groups if skipped else ''}"
        if self.parts:
            parts = (f"{name} {count:,}" for name, count in self.parts.items())
            yield "parts", f"{', '.join(parts)}; fills are fitted on the first"
        if rules.sort_by:
            yield "order", f"sorted by {quoted(rules.sort_by)}"
        elif rules.shuffle:
            yield "order", f"shuffled with seed {rules.seed}"
        if shard := self._options.shard:
            yield "shard", str(shard)

    def _how(self) -> Iterable[tuple[str, str]]:
        facts = self._facts
        for name, first, width in facts["vectors"]:
            block = facts["feature_names"][first : first + width]
            yield "vector", f"{quoted([name])}: {width:,} columns, {block[0]!r} to {block[-1]!r}"
        kinds = Counter(kind for _, kind in self.casts)
        casts = (f"{count:,} {kind}" for kind, count in kinds.most_common())
        yield "cast", f"{', '.join(casts)} -> {self.dtype}, overflow: {self._options.overflow}"
        if clocks := facts["clocks"]:
            epochs = {(unit, origin) for _, unit, origin in clocks}
            names = quoted([name for name, _, _ in clocks])
            since = ", ".join(f"{u} since {origin_text(o)}" for u, o in sorted(epochs))
            yield "times", f"{names}: {since}"
        if coded := facts["categories"]:
            yield "codes", f"{quoted(coded)}: {self._vocabularies()}"
        yield "missing", self._missing()
        if self.skipped:
            kinds = Counter(kind for _, kind in self.skipped)
            counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
            names = quoted([name for name, _ in self.skipped])
            yield "skipped", f"not numeric: {counts} ({names})"

    def _vocabularies(self) -> str:
        """Say where the texts of codes come from."""
        if self._options.known_texts:
            return "the texts of the recipe; any other is missing"
        if self._is_stream:
            return "texts are numbered as they come, and sorted at the end"
        fitted = " of the first part" if self.parts else ""
        return f"texts{fitted} are learned, and count as scratch on top"

    def _missing(self) -> str:
        options = self._options
        what = "null, NaN and infinities" if options.inf == "missing" else "null and NaN"
        own = f"{len(options.fill_columns):,} features have their own fill"
        if options.recipe is not None:
            return f"{what} become the values of the recipe"
        fill = options.fill
        if fill is None:
            rule = "stay NaN"
        else:
            rule = f"become {f'the {fill}' if isinstance(fill, str) else fill}"
        return f"{what} {rule}; {own}" if options.fill_columns else f"{what} {rule}"

    def _needs(self) -> Iterable[tuple[str, str]]:
        memory, disk = self._native.memory(), self._disk()
        if self._is_stream:
            grows = "" if self.is_in_file else ", and the rows"
            yield "memory", f"{show_size(self.scratch_bytes)} of scratch at most{grows}"
            return
        yield "memory", _verdict(memory, f", at most {show_size(self.scratch_bytes)} of it scratch")
        if disk is not None:
            yield "disk", _verdict(disk)

        fit, choice = self._fit_need(), self._options.learner
        if choice is not None and fit is not None:
            yield "fit", _verdict(fit, f", {show_size(self.fit_bytes or 0)} of it {choice.name}")

    def _fit_need(self) -> "_native.NeedInfo | None":
        """Say what a fit needs: the matrix, and what the learner takes."""
        if (more := self.fit_bytes) is None:
            return None
        memory = self._native.memory()
        # The scratch is back with the system by then.
        needed = max(memory["needed"] - self.scratch_bytes, 0) + more
        free = memory["free"]
        return {"needed": needed, "free": free, "enough": free is None or needed <= free}

    @property
    def _extra_bytes(self) -> int:
        return sum(extra["bytes"] for extra in self._facts["extras"])

    def _disk(self) -> "_native.NeedInfo | None":
        out = self._options.out
        if self._is_stream or not isinstance(out, Path):
            return None
        return self._native.disk(str(out.parent))


def _verdict(need: "_native.NeedInfo", part: str = "") -> str:
    needed, free = f"{show_size(need['needed'])} needed{part}", need["free"]
    if free is None:
        return f"{needed}, what is free is unknown"
    return f"{needed}, {show_size(free)} free: {'enough' if need['enough'] else 'NOT enough'}"
