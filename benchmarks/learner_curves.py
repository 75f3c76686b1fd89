"""Draw memory over time of load and fit: ours beside pandas and Polars, one panel for each learner.

    learner_curves.py [--rows N] [--columns D] [--folder FOLDER] [--picture PATH]

The others do what is usual: read the files, fill with medians where the learner takes no NaN, hand
over the frame or its values. All panels of a learner have one scale, linear and from zero.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
from curves import INK, OTHERS, OURS, PALE, STYLE
from dataset import write_dataset
from learner_lines import LINES, Line
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
WAYS = ("onecopy", "pandas", "Polars")
CODE = """
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from learner_lines import LINES, JOBS
from memory import mark
way, name, folder = sys.argv[1:]
line = next(line for line in LINES if line.learner == name)
names = line.namespace()
fills = line.word in ("trees", "linear")
if way == "onecopy":
    import onecopy
    mark("ready")
    m = onecopy.load_training_matrix(folder, target="label", for_=line.word, threads=JOBS)
    names["m"] = m
    if line.is_split:
        names["train"], names["valid"] = m.split(0.9, 0.1)
    mark("loaded")
    eval(line.code, names)
else:
    if way == "pandas":
        import pandas as pd
        mark("ready")
        frame = pd.read_parquet(folder)
    else:
        import polars as pl
        mark("ready")
        frame = pl.read_parquet(folder + "/*.parquet").to_pandas()
    y = frame.pop("label").to_numpy()
    frame = frame.replace([np.inf, -np.inf], np.nan)
    if fills:
        frame = frame.fillna(frame.median())
    X = frame if line.word == "hist" else frame.to_numpy("float32")
    mark("loaded")
    if line.word == "lightgbm":
        names["lgb"].train(names["params"], names["lgb"].Dataset(X, y))
    elif line.word == "xgboost":
        names["xgb"].train(names["params"], names["xgb"].DMatrix(X, y))
    else:
        names[line.names[0]]().fit(X, y)
mark("done")
"""


def measure(line: Line, folder: Path) -> dict[str, Measurement]:
    """Sample the memory of each way."""
    found = {}
    for way in WAYS:
        child = Child.script(CODE, way, line.learner, str(folder / "train"), period=0.005)
        found[way] = child.run()
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
