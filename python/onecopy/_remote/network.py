"""Who waits for the network: one thread with a loop, and threads for packages that block.

All of them are daemons. None of them survives a fork.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from onecopy._remote.failures import Attempts

Got = TypeVar("Got")

MOST_THREADS = 16
"""Threads for requests that block, at most."""


class Loop:
    """The thread with the loop; it begins with the first request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        # A task that nothing refers to may be collected before it is done.
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, Got]) -> "Future[Got]":
        """Begin some work, and return at once."""
        with self._lock:
            if self._loop is None:
                self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
                name = "onecopy-remote"
                threading.Thread(target=self._loop.run_forever, name=name, daemon=True).start()
        if self._pid != os.getpid():
            work.close()
            raise RuntimeError(
                "this process was forked from one that has read remote sources, and lacks the "
                "threads for it; start processes with the method 'spawn' or 'forkserver'"
            )
        future: Future[Got] = Future()
        self._loop.call_soon_threadsafe(self._begin, self._loop, work, future)
        return future

    def _begin(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Got],
        future: "Future[Got]",
    ) -> None:
        if future.cancelled():
            work.close()
            return
        # Not by the functions of asyncio for this: they tie future and task together in a circle,
        # which keeps what came until garbage is collected.
        task = loop.create_task(_deliver(work, future))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        future.add_done_callback(partial(_follow, loop, task))


async def _deliver(work: Coroutine[Any, Any, Got], future: "Future[Got]") -> None:
    try:
        got = await work
    except asyncio.CancelledError:
        future.cancel()
    except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
        with suppress(InvalidStateError):
            future.set_exception(error)
    else:
        with suppress(InvalidStateError):
            future.set_result(got)


def _follow(
    loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]", future: "Future[Any]"
) -> None:
    """Give up the work of a future that was given up."""
    if future.cancelled():
        loop.call_soon_threadsafe(task.cancel)


class Threads:
    """Threads that block; one that hangs is left behind, and takes no other request with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._count = 0
        self._busy = 0

    def run(self, work: Callable[[], Got]) -> "Future[Got]":
        """Begin some work when a thread is free, and return at once."""
        future: Future[Got] = Future()
        self._work.put((future, work))
        with self._lock:
            self._busy += 1
            if self._busy > self._count and self._count < MOST_THREADS:
                self._count += 1
                name = f"onecopy-remote-{self._count}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()
        return future

    def _serve(self) -> None:
        while True:
            future, work = self._work.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
                    future.set_exception(error)
            del future, work
            with self._lock:
                self._busy -= 1


LOOP = Loop()


async def persist(attempts: Attempts, request: Callable[[], Awaitable[Got]]) -> tuple[Got, int]:
    """Make a request until it succeeds or nothing will help; return how often it was repeated."""
    while True:
        try:
            return await request(), attempts.retries
        except Exception as error:  # noqa: BLE001 (judged by `Attempts`)
            pause = attempts.pause(error)
        await asyncio.sleep(pause)


def persist_blocking(
    attempts: Attempts, request: Callable[[], Got], sleep: Callable[[float], None]
) -> tuple[Got, int]:
    """Do the same in a thread that blocks."""
    while True:
        try:
            return request(), attempts.retries
        except Exception as error:  # noqa: BLE001 (judged by `Attempts`)
            pause = attempts.pause(error)
        sleep(pause)
