"""Draw memory over time of all contenders, from a record.

curves.py RECORD PICTURE
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

OURS = "#c2410c"
COLOURS = {
    "Polars": "#1d4ed8",
    "Polars streaming": "#60a5fa",
    "Polars, pandas, NumPy": "#0e7490",
    "pyarrow table": "#15803d",
    "pyarrow to_tensor": "#65a30d",
    "pyarrow hand loop": "#0f766e",
    "DuckDB": "#a16207",
    "pandas + SimpleImputer": "#7e22ce",
}
REST = "#6b7280"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9ca3af",
    "xtick.color": "#4b5563",
    "ytick.color": "#4b5563",
    "svg.hashsalt": "onecopy",
}
LABEL_GAP = 0.045
"""Distance of two labels, at least, as a part of the height."""


def draw_lines(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """Draw each curve up to the moment at which its matrix is ready."""
    for row in rows:
        ours = row["kind"] == "ours"
        seconds = [point[0] for point in row["curve"]]
        gigabytes = [point[1] / 1e9 for point in row["curve"]]
        colour = OURS if ours else COLOURS.get(row["contender"], REST)
        width = 2.2 if ours else 1.3
        axes.plot(seconds, gigabytes, color=colour, linewidth=width, zorder=3 if ours else 2)
        axes.plot(seconds[-1], gigabytes[-1], "o", color=colour, markersize=4, zorder=4)


def place_labels(axes: Axes, rows: list[dict[str, Any]], right: float, top: float) -> None:
    """Write the names beside the ends of their lines, apart from each other."""
    ends = [(row["curve"][-1][0], row["curve"][-1][1] / 1e9, row) for row in rows]
    taken: list[tuple[float, float]] = []
    for x, y, row in sorted(ends, key=lambda end: end[1]):
        height = y
        near = [other for at, other in taken if abs(at - x) < 0.3 * right]
        while any(abs(height - other) < LABEL_GAP * top for other in near):
            height += LABEL_GAP * top / 4
        taken.append((x, height))
        ours = row["kind"] == "ours"
        axes.annotate(
            f"{row['contender']}  {row['peak'] / 1e9:.2f} GB",
            (x, y),
            (x + 0.012 * right, height),
            va="center",
            color=OURS if ours else COLOURS.get(row["contender"], REST),
            fontweight="bold" if ours else "normal",
            zorder=5,
        )


def main() -> None:
    """Draw."""
    record, picture = map(Path, sys.argv[1:])
    section = json.loads(record.read_text())["sections"]["peers"]
    rows = [row for row in section["rows"] if row["kind"] != "reference"]
    output = next(row["nbytes"] for row in rows if row["contender"] == "onecopy")
    right = max(row["curve"][-1][0] for row in rows)
    top = max(row["peak"] for row in rows) / 1e9
    mpl.rcParams.update(STYLE)
    figure, axes = plt.subplots(figsize=(10, 5.6), layout="constrained")
    draw_lines(axes, rows)
    place_labels(axes, rows, right, top)
    axes.axhline(output / 1e9, color="#111827", linewidth=1, linestyle=(0, (5, 4)), zorder=1)
    axes.set_xlim(0, right * 1.2)
    axes.set_ylim(0, top * 1.05)
    figure.savefig(picture, dpi=160)


if __name__ == "__main__":
    main()
