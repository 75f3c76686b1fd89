"""What all sections share: options, data sets, references, and messages to the user."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from bench_data import Shape, written
from contenders import OURS, Contender, Job
from dataset import feature_names
from memory import Measurement
from results import Section
from rounds import Entrant, Timing, Worker, alternate, sample

MIB = 1 << 20
TOUCH = 2


def scratch_bound(output_bytes: int) -> int:
    """Return the memory that onecopy promises to stay within, above its output."""
    return max(64 * MIB, min(256 * MIB, output_bytes // 20))


@dataclass
class Harness:
    """One run of the benchmark."""

    folder: Path
    base: Shape
    """The data set of most sections."""
    rounds: int
    cells: int = 0
    """Cells of the largest data set."""
    wide: int = 0
    """Columns of the widest data set."""
    only: Sequence[str] = ()
    """Parts of the names of the peers that take part; all if empty."""
    stack: ExitStack = field(default_factory=ExitStack)
    references: dict[str, Path] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Make a folder for what the contenders write, on the same disk as the data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=self.folder)
        self.scratch = Path(self.stack.enter_context(scratch))
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self.stack.close()

    def say(self, words: str) -> None:
        """Print how far the run is."""
        print(f"  {words}", flush=True)

    def section(self, name: str, **settings: Any) -> Section:  # noqa: ANN401  (whatever JSON holds)
        """Begin the results of a subcommand."""
        print(f"\n{name}", flush=True)
        base = {"rows": self.base.rows, "columns": self.base.columns, "rounds": self.rounds}
        return Section(name, base | settings)

    def entrant(
        self, contender: Contender, shape: Shape, *, parts: int | None = None, **options: object
    ) -> Entrant:
        """Give a contender its job; `parts` takes the first files of the data set only."""
        sources = [str(path) for path in written(self.folder, shape, self.say)[:parts]]
        share = len(sources) / shape.files
        touch = int(TOUCH * 4 * shape.cells * share)
        features = feature_names(shape.columns)
        return Entrant(contender, Job(sources, features, str(self.scratch), touch, options))

    def available(self, section: Section, contenders: Sequence[Contender]) -> list[Contender]:
        """Leave out contenders that lack a package, with a message, and those not asked for."""
        found = []
        for contender in contenders:
            asked = [part for part in self.only if part.lower() in contender.name.lower()]
            if self.only and contender.name != OURS.name and not asked:
                continue
            if contender.missing:
                section.skipped.append(f"{contender.name}: not installed")
                self.say(f"{contender.name}: skipped, needs {', '.join(contender.missing)}")
            else:
                found.append(contender)
        return found

    def reference(self, shape: Shape) -> Path:
        """Return our matrix of a data set as a file, made at its first use."""
        if shape.name not in self.references:
            # One reference at a time: each is as large as the output.
            for old in self.references.values():
                old.unlink()
            self.references.clear()
            path = self.scratch / f"{shape.name}.npy"
            with Worker(self.entrant(OURS, shape)) as worker:
                worker.ask("call")
                worker.ask("save", path=str(path))
            self.references[shape.name] = path
        return self.references[shape.name]

    def take_turns(
        self,
        entrants: Sequence[Entrant],
        reference: Path | None = None,
        *,
        cold: bool = False,
        calls: int = 1,
    ) -> list[Timing]:
        """Time entrants that take turns, by the last of so many `calls`."""
        names = " | ".join(entrant.contender.name for entrant in entrants)
        self.say(f"rounds: {names}")
        return alternate(entrants, self.rounds, reference=reference, cold=cold, calls=calls)

    def sample(self, entrant: Entrant, taken: int, reference: Path | None = None) -> Measurement:
        """Sample the memory of one entrant that is known to take so much."""
        self.say(f"memory: {entrant.contender.name}")
        checked = reference and entrant.contender.kind != "reference"
        check = ("--check", str(reference)) if checked else ()
        entrant = replace(entrant, job=replace(entrant.job, touch_bytes=taken))
        return sample(entrant, *check)
