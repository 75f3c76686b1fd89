"""Draw the benchmark of rows from a record: what it has of times, ratios and memory."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from curves import INK, OTHERS, OURS, PALE, STYLE
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

WIDTH, LINE, HEAD = 11.0, 0.27, 0.95
Bars = list[tuple[str, float, str]]
"""Label, length and kind."""
Sections = dict[str, dict[str, Any]]


def bars(axes: Axes, title: str, found: Bars, unit: str) -> None:
    """Draw horizontal bars from zero, with their figures at their ends."""
    labels, lengths, kinds = zip(*found, strict=True)
    colours = [OURS if kind == "ours" else OTHERS for kind in kinds]
    drawn = axes.barh(range(len(found)), lengths, color=colours, height=0.7)
    axes.bar_label(drawn, fmt="%.2f", padding=3, color=PALE)
    axes.set_yticks(range(len(found)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title(f"{title}, {unit}", fontweight="bold")


def _times(sections: Sections) -> Bars:
    return [
        (f"{row['what']}: {row['contender']}", row["seconds"], row["kind"])
        for name in ("week", "symbols")
        for row in sections.get(name, {"rows": []})["rows"]
    ]


def _ratios(sections: Sections) -> Bars:
    found = []
    for name in ("everything", "split", "orders", "groups", "duplicates"):
        for row in sections.get(name, {"rows": []})["rows"]:
            # What is alone is the plain load, and some others are held against ours.
            if not row["alone"] and not row["what"].endswith("/ ours"):
                label = row["what"].removesuffix(" / plain load")
                who = "" if row["kind"] == "ours" else f": {row['contender'].split(', ')[-1]}"
                found.append((f"{label}{who}", row["ratio"], row["kind"]))
    return found


def _memory(sections: Sections) -> Bars:
    return [
        (
            row["what"].split(": ")[-1] if row["kind"] == "ours" else row["contender"],
            row["peak"] / 1e9,
            row["kind"],
        )
        for name in ("groups", "duplicates")
        for row in sections.get(name, {"rows": []})["rows"]
        if not row["what"].startswith("seed") or row["what"].startswith("seed 0")
    ]


def _weeks(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """Draw seconds over bytes that were read."""
    read = [row["bytes_read"] / 1e6 for row in rows]
    axes.plot(read, [row["seconds"] for row in rows], "o-", color=OURS)
    axes.margins(0.1)
    axes.set(xlim=(0, None), ylim=(0, None), xlabel="MB read")
    for row, right in zip(rows, read, strict=True):
        axes.annotate(row["what"], (right, row["seconds"]), (0, 5), **_BESIDE)
    axes.set_title("Weeks of a year, and the year: seconds", fontweight="bold")


_BESIDE: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "color": PALE}


def draw(record: Path, picture: Path) -> None:
    """Draw a panel for each kind of figure that the record has."""
    facts = json.loads(record.read_text())
    sections, machine = facts["sections"], facts["machine"]
    kinds = (
        ("Rows of a filter", _times(sections), "seconds"),
        ("Against the plain load", _ratios(sections), "ratio of times"),
        ("Peak memory", _memory(sections), "GB"),
    )
    panels: list[tuple[int, Callable[[Axes], None]]] = [
        (len(found), lambda axes, panel=(title, found, unit): bars(axes, *panel))
        for title, found, unit in kinds
        if found
    ]
    if "weeks" in sections:
        panels.insert(1, (8, lambda axes: _weeks(axes, sections["weeks"]["rows"])))
    mpl.rcParams.update(STYLE | {"axes.grid": False, "text.color": INK})
    heights = [LINE * lines + HEAD for lines, _ in panels]
    figure, grid = plt.subplots(
        len(panels),
        1,
        figsize=(WIDTH, sum(heights)),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    for axes, (_, panel) in zip(grid.flat, panels, strict=True):
        panel(axes)
    figure.supxlabel(
        f"warm calls, medians; {machine['cores']} cores, {machine['processor']}",
        fontsize=8,
        color=PALE,
    )
    figure.savefig(picture, dpi=110)
    plt.close(figure)
