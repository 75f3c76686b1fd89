"""What a load over a Dask cluster will do, before a value is read."""

from collections.abc import Iterable
from dataclasses import dataclass

from onecopy._options import Options
from onecopy._render import show_size
from onecopy._shard import Shard
from onecopy._shares import shared_plan

# What ordinary columns take: a sample, a look at some rows, and two at all.
_MESSAGES = 4


@dataclass(frozen=True, repr=False)
class DaskPlan:
    """What `onecopy.dask.load_training_matrix` will do; made by `onecopy.dask.plan`.

    Print it for an explanation.

    Attributes
    ----------
    shape : tuple of int
        Rows and features of all blocks.
    dtype : str
        The dtype of the matrix.
    npartitions : int
        How many blocks there are, each poured by a task.
    block_rows : int
        The rows of a block, at most.
    block_bytes : int
        The bytes of a block with the arrays beside it, at most.
    task_bytes : int
        The memory of a task while it pours, at most: its block, and scratch.
    message_bytes : int
        About the most bytes that a task says at a time, to find medians; 0 where there are none.
    exchanged_bytes : int
        About the most that all tasks say, where columns take no more looks than ordinary ones.
    read_bytes : int
        The bytes that all tasks read from the files.
    """

    shape: tuple[int, int]
    dtype: str
    npartitions: int
    block_rows: int
    block_bytes: int
    task_bytes: int
    message_bytes: int
    exchanged_bytes: int
    read_bytes: int

    @classmethod
    def of(cls, options: Options, partitions: int) -> "DaskPlan":
        """Plan a load of so many partitions."""
        whole = shared_plan(options, partitions)
        facts = whole.facts()
        rows = facts["shape"][0]
        # The last one is among the largest.
        largest = whole.share(*Shard(partitions - 1, partitions, None).rows(rows)).facts()
        message = facts["message_bytes"]
        return cls(
            shape=facts["shape"],
            dtype=facts["dtype"],
            npartitions=partitions,
            block_rows=largest["shape"][0],
            block_bytes=largest["output_bytes"],
            task_bytes=largest["output_bytes"] + largest["scratch_bytes"],
            message_bytes=message,
            exchanged_bytes=_MESSAGES * message * partitions,
            read_bytes=facts["read_bytes"],
        )

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self._lines())
        return "\n".join(f"{name:<{width}}  {text}" for name, text in self._lines())

    def __repr__(self) -> str:
        rows, features = self.shape
        return f"DaskPlan({rows}x{features} {self.dtype} in {self.npartitions} partitions)"

    def _lines(self) -> Iterable[tuple[str, str]]:
        rows, features = self.shape
        yield "matrix", f"{rows:,} x {features:,} {self.dtype}"
        block = f"{self.block_rows:,} rows and {show_size(self.block_bytes)} each, at most"
        yield "partitions", f"{self.npartitions:,}; {block}"
        scratch = show_size(self.task_bytes - self.block_bytes)
        yield "task", f"{show_size(self.task_bytes)} at most, {scratch} of it scratch"
        if self.message_bytes:
            total = show_size(self.exchanged_bytes)
            each = f"about {show_size(self.message_bytes)} at most from each at a time"
            yield "messages", f"{each}, {total} in all where columns are ordinary"
        else:
            yield "messages", "only counts: no median is to be found"
        yield "read", show_size(self.read_bytes)
