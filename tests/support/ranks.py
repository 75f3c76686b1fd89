"""Processes of a divided load, as threads of this one: what each gives comes to all, in order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

BOUND = 60


class Ranks:
    """So many processes that gather bytes; each round ends when all have come."""

    def __init__(self, world: int) -> None:
        self.world = world
        self.sent: list[list[int]] = []
        self._given: list[bytes | None] = [None] * world
        self._come, self._gone = Barrier(world), Barrier(world)

    def gather(self, rank: int) -> Callable[[bytes], list[bytes]]:
        """Return the function of one of them."""

        def gather(given: bytes) -> list[bytes]:
            self._given[rank] = given
            self._come.wait(BOUND)
            heard = [message for message in self._given if message is not None]
            if rank == 0:
                self.sent.append([len(message) for message in heard])
            self._gone.wait(BOUND)
            return heard

        return gather

    def run(self, call: Callable[[int, Callable[[bytes], list[bytes]]], Any]) -> list[Any]:
        """Have each process make a call; what it returns or raises, in their order."""

        def one(rank: int) -> Any:
            try:
                return call(rank, self.gather(rank))
            except Exception as error:  # noqa: BLE001 (it is looked at)
                return error

        with ThreadPoolExecutor(self.world) as threads:
            return list(threads.map(one, range(self.world)))
