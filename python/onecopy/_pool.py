"""Batches that a pool of threads or processes makes, never more of them than were asked for."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_Item = TypeVar("_Item")

_ORDERS = ("items", "arrival")


def append_from(
    append: "Callable[[Any], None]",
    executor: "Executor",
    function: "Callable[[_Item], object]",
    items: Iterable[_Item],
    *,
    in_flight: int,
    order: Literal["items", "arrival"],
) -> None:
    """Have a pool make a batch of each item, and append each; `in_flight` of them exist at most."""
    if isinstance(in_flight, bool) or not isinstance(in_flight, int):
        raise TypeError(f"in_flight: expected a number of batches, found {in_flight!r}")
    if in_flight < 1:
        raise ValueError(f"in_flight: expected at least 1 batch, found {in_flight}")
    if order not in _ORDERS:
        raise ValueError(f'order: expected "items" or "arrival", found {order!r}')
    rest = iter(items)
    waiting: deque[Future[object]] = deque(
        executor.submit(function, item) for item in islice(rest, in_flight)
    )
    try:
        while waiting:
            _append_next(append, waiting, order)
            waiting.extend(executor.submit(function, item) for item in islice(rest, 1))
    finally:
        for future in waiting:
            future.cancel()


def _append_next(
    append: "Callable[[Any], None]", waiting: "deque[Future[object]]", order: str
) -> None:
    """Append the batch that comes next, and let go of it."""
    if order == "arrival":
        # With the package they would be imported for every user.
        from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415

        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        future = next(future for future in waiting if future in done)
        waiting.remove(future)
    else:
        future = waiting.popleft()
    batch = future.result()
    if batch is not None:
        append(batch)
