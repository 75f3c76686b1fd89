"""Memory of a child process over time, sampled from /proc while it runs.

`ru_maxrss` and most profilers count the pages of mapped files, which the kernel takes back at
will. What a load really costs is anonymous memory, so that is what counts here; file pages are
kept apart.

The child reports its progress with `mark`: "ready" after its imports, "done" after the work. The
peak is the highest level between the two, above the level at "ready".
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

CHANNEL = "ONECOPY_MARKS"


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident bytes of a process at one moment."""

    seconds: float
    """The system-wide monotonic clock, the same in parent and child."""
    anonymous: int
    """`RssAnon` and `VmSwap`: memory that only this process holds."""
    file: int
    """`RssFile`: pages of mapped files."""


def read_sample(process: int | str = "self") -> Sample | None:
    """Read the memory of a process now; `None` once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "RssAnon" not in fields:  # a process that has ended, but is not yet waited for
        return None
    kilobytes = {name: int(fields[name].split()[0]) for name in ("RssAnon", "RssFile", "VmSwap")}
    return Sample(
        time.monotonic(),
        1024 * (kilobytes["RssAnon"] + kilobytes["VmSwap"]),
        1024 * kilobytes["RssFile"],
    )


def mark(name: str, **facts: object) -> None:
    """In the child: name this moment, with facts that JSON can hold; nothing if unmeasured."""
    channel = os.environ.get(CHANNEL)
    sample = read_sample()
    if channel is None or sample is None:
        return
    line = [name, sample.seconds, sample.anonymous, sample.file, facts]
    os.write(int(channel), json.dumps(line).encode() + b"\n")


@dataclass(frozen=True)
class Measurement:
    """What one child did with its memory."""

    curve: list[Sample] = field(default_factory=list, repr=False)
    marks: dict[str, Sample] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """The facts of all marks together."""
    output: str = ""

    def between(self, start: str = "ready", stop: str = "done") -> list[Sample]:
        """Return the samples from one mark to another; to the end if the second is missing."""
        first = self.marks[start].seconds
        last = self.marks[stop].seconds if stop in self.marks else float("inf")
        return [sample for sample in self.curve if first <= sample.seconds <= last]

    @property
    def baseline(self) -> int:
        """Anonymous bytes before the work."""
        return self.marks["ready"].anonymous

    @property
    def peak(self) -> int:
        """Anonymous bytes above the baseline, at most, while the work ran."""
        return max(sample.anonymous for sample in self.between()) - self.baseline

    @property
    def peak_file(self) -> int:
        """Resident pages of mapped files, at most, while the work ran, in bytes."""
        return max(sample.file for sample in self.between())

    @property
    def seconds(self) -> float:
        """Time that the work took."""
        return self.marks["done"].seconds - self.marks["ready"].seconds


class Child:
    """A command whose memory is sampled until it ends."""

    def __init__(
        self, command: Sequence[str], *, period: float = 0.003, timeout: float = 600
    ) -> None:
        """Take the command, the seconds between samples and the seconds that it may run."""
        self.command = list(command)
        self.period = period
        self.timeout = timeout

    @classmethod
    def script(cls, code: str, *arguments: str, **options: float) -> "Child":
        """Make a child from Python source, which may `from memory import mark`."""
        return cls([sys.executable, "-c", code, *arguments], **options)

    def run(self) -> Measurement:
        """Run the command to its end; `RuntimeError` with the end of its output if it fails."""
        reading, writing = os.pipe()
        path = os.pathsep.join(
            [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        # Its output goes to a file, because a full pipe would stop the child.
        with os.fdopen(reading, "rb") as marks, tempfile.TemporaryFile("w+") as words:
            process = subprocess.Popen(
                self.command,
                stdout=words,
                stderr=subprocess.STDOUT,
                pass_fds=[writing],
                env=os.environ | {CHANNEL: str(writing), "PYTHONPATH": path},
            )
            os.close(writing)
            try:
                measurement = self._watch(process, marks)
            finally:
                process.kill()
                process.wait()
            words.seek(0)
            output = words.read()
        if process.returncode != 0:
            raise RuntimeError(f"child ended with {process.returncode}:\n{output[-4000:]}")
        return Measurement(measurement.curve, measurement.marks, measurement.facts, output)

    def _watch(self, process: subprocess.Popen[str], marks: IO[bytes]) -> Measurement:
        seen = Measurement()
        deadline = time.monotonic() + self.timeout
        pending = b""
        channel_open = True
        while process.poll() is None:
            if time.monotonic() > deadline:
                raise RuntimeError(f"child still ran after {self.timeout} s: {self.command}")
            if (sample := read_sample(process.pid)) is not None:
                seen.curve.append(sample)
            ready, _, _ = select.select([marks] if channel_open else [], [], [], self.period)
            if ready:
                received = os.read(marks.fileno(), 65536)
                channel_open = bool(received)
                *lines, pending = (pending + received).split(b"\n")
                _note(seen, lines)
        if channel_open:
            _note(seen, (pending + marks.read()).splitlines())
        # A mark carries the child's own sample, taken at that very moment.
        seen.curve.extend(seen.marks.values())
        seen.curve.sort(key=lambda sample: sample.seconds)
        return seen


def _note(measurement: Measurement, lines: list[bytes]) -> None:
    for line in lines:
        name, seconds, anonymous, file, facts = json.loads(line)
        measurement.marks[name] = Sample(seconds, anonymous, file)
        measurement.facts.update(facts)
