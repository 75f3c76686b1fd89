"""Times of contenders that take turns, and the memory of one alone.

Each contender is a process that stays and is asked to do its job again and again. So imports, the
start of thread pools and the first growth of heaps do not count, and the next in turn runs at
once. The first call of each is for that only, and for holding the result against the reference.
"""

import json
import select
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from contenders import Contender, Job
from memory import Child, Measurement
from page_cache import evict

WORKER = Path(__file__).parent / "worker.py"
TIMEOUT = 1200.0
SLOW_SECONDS, SLOW_ROUNDS = 12.0, 3


@dataclass(frozen=True, slots=True)
class Entrant:
    """A contender with its job."""

    contender: Contender
    job: Job
    python: str = sys.executable
    """The interpreter, with the packages that are measured."""

    def touching(self, nbytes: int) -> "Entrant":
        """Return the same that touches so much memory before a call, at least."""
        return replace(self, job=replace(self.job, touch_bytes=nbytes))

    def command(self, folder: Path, *way: str) -> list[str]:
        """Return the command of its process, which will find the job in this folder."""
        options = self.contender.options | self.job.options
        path = folder / "job.json"
        replace(self.job, scratch=str(folder), options=options).save(path)
        return [self.python, str(WORKER), self.contender.name, str(path), *way]


@dataclass(slots=True)
class Timing:
    """The calls of one entrant."""

    taken: int = 0
    """Resident bytes above the level before a call, at most."""
    cold: float | None = None
    """A call with the input evicted from the page cache, if there was one."""
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    one_step: int | None = None
    """Columns whose fill differs from ours by one step; `None` if nothing was compared."""

    @property
    def median(self) -> float:
        """The middle one of the warm calls, in seconds."""
        return statistics.median(self.seconds)

    def record(self) -> dict[str, Any]:
        """Return what the record keeps."""
        facts = {
            "seconds": round(self.median, 4),
            "cpu": round(statistics.median(self.cpu), 4),
            "cold": self.cold and round(self.cold, 4),
            "rounds": [round(seconds, 4) for seconds in self.seconds],
            "one_step_columns": self.one_step,
        }
        return {name: fact for name, fact in facts.items() if fact is not None}

    def note(self, reply: dict[str, Any]) -> None:
        """Take a warm call into account."""
        self.seconds.append(reply["seconds"])
        self.cpu.append(reply["cpu"])
        self.taken = reply["taken"]


class Worker:
    """The process of an entrant that answers commands."""

    def __init__(self, entrant: Entrant) -> None:
        """Take the entrant; the process starts on entering."""
        self.entrant = entrant
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the process in a scratch folder of its own."""
        parent = Path(self.entrant.job.scratch)
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=parent)))
        self.words = self.stack.enter_context(tempfile.TemporaryFile("w+"))
        self.process = subprocess.Popen(
            self.entrant.command(folder, "serve"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.stack.close()

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Send a command and wait for the answer; `RuntimeError` if there is none."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the worker has not been started")
        try:
            print(json.dumps({"do": do} | arguments), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise self._failure() from None
        # An answer is one line and the only one under way, so nothing waits in the buffer.
        ready, _, _ = select.select([self.process.stdout], [], [], TIMEOUT)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            raise self._failure()
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"{self.entrant.contender.name}: {reply['error']}")
        return reply

    def turn(self, timing: Timing, calls: int) -> None:
        """Have it do its job so many times, of which the last one counts."""
        for _ in range(calls - 1):
            self.ask("call")
        timing.note(self.ask("call"))

    def is_slow(self, timing: Timing) -> bool:
        """Whether this is a peer whose rounds take so long that few must do."""
        return self.entrant.contender.kind == "peer" and timing.median > SLOW_SECONDS

    def _failure(self) -> RuntimeError:
        self.process.kill()
        self.process.wait()
        self.words.seek(0)
        name = self.entrant.contender.name
        return RuntimeError(f"{name} gave no answer: {self.words.read()[-2000:]}")


def alternate(
    entrants: Sequence[Entrant],
    rounds: int,
    *,
    reference: Path | None = None,
    cold: bool = False,
    calls: int = 1,
    identical: bool = False,
) -> list[Timing]:
    """Let entrants take turns, each `rounds` times; fewer, where a peer is very slow.

    A turn has so many `calls`, of which the last one counts. With `cold`, each has one call before
    with its input evicted from the page cache. With `identical`, all results of the first calls
    must be the same, bit for bit.
    """
    timings = [Timing() for _ in entrants]
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(entrant)) for entrant in entrants]
        turns = list(zip(workers, timings, strict=True))
        for worker, timing in turns:
            worker.ask("call")
            if reference and worker.entrant.contender.kind != "reference":
                timing.one_step = worker.ask("check", path=str(reference))["one_step"]
        if identical:
            _check_identical(workers)
        for worker, timing in turns if cold else ():
            evict(worker.entrant.job.sources)
            timing.cold = worker.ask("call", cold=True)["seconds"]
        for done in range(rounds):
            slow = (worker.is_slow(timing) for worker, timing in turns)
            if done >= SLOW_ROUNDS and any(slow):
                break
            for worker, timing in turns:
                worker.turn(timing, calls)
    return timings


def _check_identical(workers: Sequence[Worker]) -> None:
    """Compare the digests of what workers hold; `RuntimeError` where they differ."""
    first, *others = (worker.ask("digest")["arrays"] for worker in workers)
    for other in others:
        if other != first:
            raise RuntimeError(f"results differ: {first} and {other}")


def sample(entrant: Entrant, *reference: str) -> Measurement:
    """Run an entrant once in a fresh process, with its input in the page cache, and sample it.

    `reference` may be "--save" or "--check", and a path.
    """
    with tempfile.TemporaryDirectory(dir=entrant.job.scratch) as folder:
        command = entrant.command(Path(folder), "once", *reference)
        return Child(command, timeout=TIMEOUT).run()
