"""A load over the workers of Ray; needs ``ray``, and Ray Train for `load_training_matrix`.

Each worker loads its share as plain NumPy arrays in its own process. What they say to each other
goes through an actor that takes no CPU.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

try:
    import ray  # type: ignore[import-not-found, unused-ignore]
except ImportError as _error:
    _message = 'onecopy.ray needs Ray: pip install "onecopy[ray]"'
    raise ImportError(_message) from _error

from onecopy._load import load_training_matrix as _load_training_matrix
from onecopy._matrix import TrainingMatrix
from onecopy._sources import Source

__all__ = ["gather", "load_training_matrix"]


class _Board:
    """Brings together what all workers say, round by round."""

    def __init__(self, world: int) -> None:
        self._world = world
        self._rounds: dict[int, dict[int, bytes]] = {}
        self._heard: dict[int, int] = {}
        self._complete = asyncio.Condition()

    async def say(self, number: int, rank: int, message: bytes) -> list[bytes]:
        """Wait until all have said something in a round, and return it in order."""
        async with self._complete:
            said = self._rounds.setdefault(number, {})
            said[rank] = message
            self._complete.notify_all()
            await self._complete.wait_for(lambda: len(said) == self._world)
            self._heard[number] = self._heard.get(number, 0) + 1
            if self._heard[number] == self._world:
                del self._rounds[number], self._heard[number]
            return [said[rank] for rank in range(self._world)]


def gather(
    rank: int, world: int, name: str, *, timeout: float | None = None
) -> Callable[[bytes], list[bytes]]:
    """Return a function that brings together what the workers of a load say.

    Parameters
    ----------
    rank, world : int
        Which worker this is, of how many.
    name : str
        A name that all workers of the load give, and no other load.
    timeout : float, optional
        Seconds after which a worker that does not answer is a TimeoutError. None waits as long as
        Ray lets it; a worker group of Ray Train ends together.

    Returns
    -------
    callable
        For ``gather=`` of `onecopy.load_training_matrix`.

    Examples
    --------
    In tasks or actors of your own, of which all must run at the same time::

        @ray.remote
        def part(rank):
            return onecopy.load_training_matrix(
                "train/", shard=(rank, 8), gather=onecopy.ray.gather(rank, 8, "train, run 1")
            )
    """
    remote: Any = ray.remote(_Board)
    board = remote.options(
        name=f"onecopy {name}", get_if_exists=True, num_cpus=0, max_concurrency=max(world, 2)
    )
    actor = board.remote(world)
    rounds = iter(range(2**63))

    def say(message: bytes) -> list[bytes]:
        said = actor.say.remote(next(rounds), rank, message)
        try:
            return list(ray.get(said, timeout=timeout))
        except ray.exceptions.GetTimeoutError:
            raise TimeoutError(
                f"gather: after {timeout} s not all of the {world} workers have answered; one is "
                "gone, or has not begun: all of them must run at the same time"
            ) from None

    return say


def load_training_matrix(source: Source, **options: Any) -> TrainingMatrix:
    """Load the share of a worker of Ray Train, with the fills of all rows.

    Parameters
    ----------
    source : path, glob, directory, or a list of these
        As for `onecopy.load_training_matrix`; all workers must see it.
    **options
        As for `onecopy.load_training_matrix`, the same for all workers, without `shard` and
        `gather`, which are those of the worker.

    Returns
    -------
    TrainingMatrix
        The rows ``rank * n // world`` to ``(rank + 1) * n // world``, as NumPy arrays.

    Raises
    ------
    OnecopyError, ValueError, TypeError, OSError
        As for `onecopy.load_training_matrix`, in all workers where it is raised in one.

    Examples
    --------
    In the loop of a ``XGBoostTrainer``::

        def train_loop():
            m = onecopy.ray.load_training_matrix("train/", target="label")
            d = xgboost.QuantileDMatrix(m.X, m.y)
            xgboost.train({"tree_method": "hist"}, d, callbacks=[RayTrainReportCallback()])
    """
    for option in ("shard", "gather"):
        if option in options:
            raise TypeError(f"load_training_matrix() takes no {option}= in a worker of Ray Train")
    # Tasks of one's own do not need these.
    import ray.train  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415
    import ray.train.collective  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415

    context = ray.train.get_context()
    rank, world = context.get_world_rank(), context.get_world_size()
    # A name of its own for each attempt and each load, which rank zero makes up.
    name = ray.train.collective.broadcast_from_rank_zero(str(uuid4()))
    together = gather(rank, world, name)
    matrix: TrainingMatrix = _load_training_matrix(
        source, shard=(rank, world), gather=together, **options
    )
    return matrix
