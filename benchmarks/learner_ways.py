"""The process of one way to a fitted model, under the sampler of memory: ours, or what is usual.

    learner_ways.py WAY LEARNER FOLDER

"pandas" and "Polars" read the files, make infinities missing, fill with medians where the learner
takes no NaN, and hand over the frame or its values, as most programs do. Marks "ready", "loaded"
and "done" for `memory.Child`.
"""

import sys
import warnings
from typing import Any

import numpy as np
from learner_lines import JOBS, LINES, Line
from memory import mark
from tensor_epoch import trained

WAYS = ("onecopy", "pandas", "Polars")
HELD_OUT = 0.1
FILLED = ("trees", "linear", "torch")
"""Kinds of learners that take no NaN."""


def ours(line: Line, names: dict[str, Any], folder: str) -> None:
    """Load for this learner, and run its documented line."""
    import onecopy  # noqa: PLC0415 (only one way is imported)

    mark("ready")
    m = onecopy.load_training_matrix(folder, target="label", for_=line.word, threads=JOBS)
    scope = names | {"m": m}
    if line.is_split:
        scope["train"], scope["valid"] = m.split(1 - HELD_OUT, HELD_OUT)
    mark("loaded")
    eval(line.code, scope)  # noqa: S307 (a line of our own)


def usual(line: Line, names: dict[str, Any], folder: str, way: str) -> None:
    """Read a frame, clean it, and fit."""
    if way == "pandas":
        import pandas as pd  # noqa: PLC0415 (only one way is imported)

        mark("ready")
        frame = pd.read_parquet(folder)
    else:
        import polars as pl  # noqa: PLC0415 (only one way is imported)

        mark("ready")
        frame = pl.read_parquet(f"{folder}/*.parquet").to_pandas()
    y = frame.pop("label").to_numpy()
    frame = frame.replace([np.inf, -np.inf], np.nan)
    if line.word in FILLED:
        frame = frame.fillna(frame.median())
    X = frame if line.word == "hist" else frame.to_numpy("float32")  # noqa: N806 (as in scikit-learn)
    mark("loaded")
    if line.word == "lightgbm":
        names["lgb"].train(names["params"], names["lgb"].Dataset(X, y))
    elif line.word == "xgboost":
        names["xgb"].train(names["params"], names["xgb"].DMatrix(X, y))
    elif line.is_trained:
        trained(names["torch"].tensor(X), y)
    else:
        names[line.names[0]]().fit(X, y)


def main() -> None:
    """Go one way."""
    way, learner, folder = sys.argv[1:]
    warnings.simplefilter("ignore")
    line = next(line for line in LINES if line.learner == learner)
    names = line.namespace()
    if way == "onecopy":
        ours(line, names, folder)
    else:
        usual(line, names, folder, way)
    mark("done")


if __name__ == "__main__":
    main()
