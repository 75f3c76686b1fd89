"""Draw memory over time of all contenders, from a record.

    curves.py RECORD PICTURE

One panel for each, in one scale: linear, from zero, the same for all.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

OURS, OTHERS = "#c2410c", "#1d4ed8"
INK, PALE, GRID = "#111827", "#4b5563", "#e5e7eb"
STYLE = {
    "font.size": 9,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": "#9ca3af",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "grid.color": GRID,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "ytick.left": False,
}
COLUMNS = 4
PANEL = (2.6, 1.75)
HEAD = 1.18
"""Room above the highest peak, for its label."""
LABEL_ROOM = 0.48
"""A line that ends before this part of the width has room for a label beside it."""

Row = dict[str, Any]


def draw_panel(axes: Axes, row: Row, output: float, right: float) -> None:
    """Draw one curve, up to the moment at which its matrix is ready."""
    colour = OURS if row["kind"] == "ours" else OTHERS
    seconds = [point[0] for point in row["curve"]]
    gigabytes = [max(point[1], 0) / 1e9 for point in row["curve"]]
    axes.fill_between(seconds, gigabytes, color=colour, alpha=0.15, linewidth=0)
    axes.plot(seconds, gigabytes, color=colour, linewidth=1.3)
    axes.plot(seconds[-1], gigabytes[-1], "o", color=colour, markersize=4, clip_on=False)
    axes.axhline(output, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1.5)
    axes.set_title(row["contender"], color=colour, fontweight="bold")
    # Beside the end of the line where there is room, else at its left and above.
    end = seconds[-1]
    beside = end < LABEL_ROOM * right
    axes.annotate(
        f"{end:.1f} s, peak {row['peak'] / 1e9:.2f} GB",
        (end, max(gigabytes[-1], output) if beside else max(gigabytes)),
        (6, 4) if beside else (0, 4),
        textcoords="offset points",
        ha="left" if beside else "right",
        va="bottom",
        color=colour,
    )


def draw(section: Row, machine: Row, picture: Path) -> None:
    """Make the picture of one section `peers`."""
    rows = [row for row in section["rows"] if row["kind"] != "reference"]
    output = next(row["nbytes"] for row in rows if row["contender"] == "onecopy") / 1e9
    right = 1.04 * max(row["curve"][-1][0] for row in rows)
    top = HEAD * max(max(row["peak"] for row in rows) / 1e9, output)
    lines = -(-len(rows) // COLUMNS)
    mpl.rcParams.update(STYLE)
    figure, grid = plt.subplots(
        lines,
        COLUMNS,
        figsize=(COLUMNS * PANEL[0], lines * PANEL[1] + 0.9),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axes, row in zip(grid.flat, rows, strict=False):
        draw_panel(axes, row, output, right)
    for axes in grid.flat[len(rows) :]:
        axes.set_visible(False)
    grid[0, 0].set(xlim=(0, right), ylim=(0, top))
    figure.suptitle(
        "Anonymous memory in GB, over seconds, while Parquet becomes one clean matrix; "
        f"dashed: the matrix, {output:.2f} GB",
        x=0.01,
        ha="left",
        fontsize=11.5,
    )
    settings = section["settings"]
    figure.supxlabel(
        f"{settings['rows']:,} rows x {settings['columns']} columns, {settings['codec']}, to "
        f"float32 unless named; each alone in a fresh process, above its level after imports; "
        f"{machine['cores']} cores, {machine['processor']}",
        fontsize=8,
        color=PALE,
    )
    figure.savefig(picture, dpi=150)


def main() -> None:
    """Draw the record that is named first to the file that is named second."""
    record, picture = map(Path, sys.argv[1:])
    facts = json.loads(record.read_text())
    draw(facts["sections"]["peers"], facts["machine"], picture)


if __name__ == "__main__":
    main()
