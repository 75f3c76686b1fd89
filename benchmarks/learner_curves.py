"""Draw memory over time of load and fit: ours beside pandas and Polars, one panel for each learner.

    learner_curves.py [--rows N] [--columns D] [--folder FOLDER] [--picture PATH]

What each way does is in `learner_ways.py`. Scales are linear and from zero. The usual call is not
measured where a way is not installed.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
from curves import INK, OTHERS, OURS, PALE, STYLE
from dataset import write_dataset
from learner_lines import LINES, Line
from learner_ways import WAYS
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from memory import Child, Measurement

SHOWN = (
    "RandomForest",
    "HistGradientBoosting",
    "LogisticRegression",
    "LightGBM",
    "XGBoost",
    "CatBoost",
)
WAY = Path(__file__).with_name("learner_ways.py")


def installed() -> list[str]:
    """List the ways whose packages there are."""
    return [way for way in WAYS if find_spec(way.lower()) is not None]


def measure(line: Line, folder: Path) -> dict[str, Measurement]:
    """Sample the memory of each way."""
    found = {}
    for way in installed():
        command = [sys.executable, str(WAY), way, line.learner, str(folder / "train")]
        found[way] = Child(command, period=0.005).run()
        print(f"{line.learner}, {way}: {found[way].peak / 1e6:,.0f} MB", flush=True)
    return found


def draw(axes: Axes, line: Line, found: dict[str, Measurement]) -> None:
    """Draw the ways to one fitted model."""
    axes.set_title(line.learner)
    for way, measured in found.items():
        samples = measured.between()
        start = measured.marks["ready"].seconds
        times = [sample.seconds - start for sample in samples]
        sizes = [max(sample.anonymous - measured.baseline, 0) / 1e6 for sample in samples]
        color = OURS if way == "onecopy" else OTHERS
        style = ":" if way == "Polars" else "-"
        axes.plot(times, sizes, style, color=color, linewidth=1.6, label=way)
        axes.plot(times[-1], sizes[-1], "o", color=color, markersize=3)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds", color=PALE)


def main() -> None:
    """Measure and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("bench-data/learners"))
    parser.add_argument("--picture", type=Path, default=Path("benchmarks/record/learners.png"))
    given = parser.parse_args()
    folder = given.folder / f"{given.rows}x{given.columns}"
    if not (folder / "train").exists():
        write_dataset(folder / "train", given.rows, given.columns, row_group_rows=50_000, files=2)
    lines = [line for line in LINES if line.learner in SHOWN]
    lines = [line for line in lines if find_spec(line.module.partition(".")[0]) is not None]
    if not lines:
        sys.exit("no learner is installed")
    mpl.use("agg")
    with plt.rc_context(STYLE):
        rows = -(-len(lines) // 3)
        figure, panels = plt.subplots(rows, 3, figsize=(9, 2.4 * rows), squeeze=False)
        for axes in panels.flat[len(lines) :]:
            axes.set_visible(False)
        for axes, line in zip(panels.flat, lines, strict=False):
            draw(axes, line, measure(line, folder))
        panels[0, 0].set_ylabel("MB of anonymous memory", color=INK)
        panels[0, 0].legend(frameon=False)
        figure.tight_layout()
        figure.savefig(given.picture, dpi=150)
    print(f"drew {given.picture}")


if __name__ == "__main__":
    main()
