"""What a section found: claims with their limits, tables in the terminal, and the record."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine import build_digest, describe_machine, describe_packages, describe_project
from memory import Measurement

CURVE_POINTS = 400


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure and what it is to be."""

    what: str
    figure: float
    goal: float
    bar: float | None = None
    """A second limit, easier than the goal."""
    at_least: bool = False

    @property
    def holds(self) -> str:
        """Return "yes", "bar" if only the easier limit is met, or "no"."""
        for limit, answer in ((self.goal, "yes"), (self.bar, "bar")):
            if limit is not None and (
                self.figure >= limit if self.at_least else self.figure <= limit
            ):
                return answer
        return "no"


@dataclass(slots=True)
class Section:
    """The results of one subcommand."""

    name: str
    settings: dict[str, Any]
    build: str = field(default_factory=build_digest)
    """Of onecopy, when the section began."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def render(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align a table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return "  ".join(aligned).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([line(header), rule, *map(line, rows)])


def render_claims(claims: Sequence[Claim]) -> str:
    """Make the table of claims."""
    rows = []
    for claim in claims:
        sign = ">=" if claim.at_least else "<="
        limits = [f"{sign} {limit:g}" if limit else "" for limit in (claim.goal, claim.bar)]
        rows.append([claim.what, f"{claim.figure:.2f}", *limits, claim.holds])
    return render(["claim", "figure", "goal", "bar", "holds"], rows)


def curve(measurement: Measurement) -> list[list[float]]:
    """Return seconds, anonymous and file-backed bytes from "ready" to "done".

    Of neighbours the highest stays, so that thinning out never hides a peak.
    """
    samples = measurement.between()
    start, level = samples[0].seconds, measurement.baseline
    stride = -(-len(samples) // CURVE_POINTS)
    groups = (samples[first : first + stride] for first in range(1, len(samples) - 1, stride))
    highest = (max(group, key=lambda sample: sample.anonymous) for group in groups)
    return [
        [round(point.seconds - start, 4), point.anonymous - level, point.file]
        for point in (samples[0], *highest, samples[-1])
    ]


def append(folder: Path, label: str, section: Section) -> Path:
    """Add a section to the record of this day and label; return its path.

    A section of the same name is replaced, so a record holds the last figures of each. Figures of
    more than one build are refused.
    """
    if build_digest() != section.build:
        raise RuntimeError("another build of onecopy was installed meanwhile; nothing was recorded")
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"{now:%Y-%m-%d}-{label}.json"
    machine = describe_machine()
    record = json.loads(path.read_text()) if path.exists() else {"machine": machine, "sections": {}}
    if record["machine"] != machine:
        raise SystemExit(f"{path.name} is of another machine; choose another --label.")
    claims = [asdict(claim) | {"holds": claim.holds} for claim in section.claims]
    record["sections"][section.name] = {
        "finished": f"{now:%Y-%m-%d %H:%M} UTC",
        "project": describe_project(),
        "packages": describe_packages(),
        **asdict(section),
        "claims": claims,
    }
    path.write_text(spread(record, 4) + "\n")
    return path


def spread(value: object, levels: int) -> str:
    """Write JSON with line breaks in the outer levels only: one measurement, one line."""
    if not levels or not value or not isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, dict):
        inner = [f"{json.dumps(key)}: {spread(item, levels - 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner) + "\n}"
    return "[\n" + ",\n".join(spread(item, levels - 1) for item in value) + "\n]"
