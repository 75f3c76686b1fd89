"""Which share of a load is loaded: the options ``shard=`` and ``gather=``, checked."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, SupportsIndex

from onecopy._arguments import LoadArguments

_TWO = 2


class Shard(NamedTuple):
    """The share of process `rank` of `world`; `gather` returns what all of them say."""

    rank: int
    world: int
    gather: Callable[[bytes], Sequence[bytes]] | None

    def __str__(self) -> str:
        return f"rank {self.rank:,} of {self.world:,}"

    @classmethod
    def from_arguments(cls, given: LoadArguments) -> "Shard | None":
        """Check both options."""
        gather = given.gather
        if gather is not None and not callable(gather):
            raise TypeError(f"gather: expected a function, found {type(gather).__name__}")
        if given.shard is None:
            if gather is not None:
                raise ValueError("gather: it needs a share of the rows; pass shard=(rank, world)")
            return None
        rank, world = _pair(given.shard)
        if world < 1 or not 0 <= rank < world:
            raise ValueError(
                f"shard: expected (rank, world) with 0 <= rank < world, found ({rank}, {world})"
            )
        return cls(rank, world, gather)

    def rows(self, count: int) -> tuple[int, int]:
        """Return where the rows of the share begin and end, of so many."""
        return self.rank * count // self.world, (self.rank + 1) * count // self.world


def _pair(value: object) -> tuple[int, int]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != _TWO:
        raise TypeError(f"shard: expected (rank, world), found {value!r}")
    rank, world = value
    for number in (rank, world):
        if isinstance(number, bool) or not isinstance(number, SupportsIndex):
            raise TypeError(f"shard: expected two whole numbers, found {value!r}")
    return rank.__index__(), world.__index__()
