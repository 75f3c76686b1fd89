"""The process of one fit, under the sampler of memory.

    learner_case.py LEARNER FOLDER PLACE [--set OPTION=VALUE ...]

Loads `FOLDER/train`, or opens `FOLDER/<word>.npy`, and runs the documented line of a learner. A fit
to a few rows comes first, so that what a library takes once does not count. Marks "ready", "loaded"
and "done" for `memory.Child`.
"""

import argparse
import gc
import json
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import onecopy
from learner_lines import JOBS, LINES, Line
from memory import mark
from tensor_epoch import trained

PART = 0.9
"""What is trained on where a learner is given rows to validate with."""


def load(folder: Path, place: str, word: str, options: dict[str, Any]) -> onecopy.TrainingMatrix:
    """Get the matrix as the documents say."""
    if place == "npy":
        return onecopy.TrainingMatrix.open(folder / f"{word}.npy")
    given = {"target": "label", "for_": word, "threads": JOBS} | options
    return onecopy.load_training_matrix(folder / "train", **given)


class Opened:
    """Stands for `TrainingMatrix` where a line opens a file: it opens that of a matrix."""

    def __init__(self, matrix: onecopy.TrainingMatrix) -> None:
        """Take the matrix."""
        self.path = matrix.path

    def open(self, _: str, mode: Literal["r", "c"]) -> onecopy.TrainingMatrix:
        """Open the file."""
        return onecopy.TrainingMatrix.open(self.path or "", mode)


def fit(line: Line, names: dict[str, Any], matrix: onecopy.TrainingMatrix) -> object:
    """Run the line of a learner."""
    scope = names | {"m": matrix, "TrainingMatrix": Opened(matrix)}
    if line.is_split:
        scope["train"], scope["valid"] = matrix.split(PART, 1 - PART)
    in_memory = line.is_for_files and matrix.path is None
    made = eval(line.in_memory if in_memory else line.code, scope)  # noqa: S307 (a line of our own)
    return trained(made, matrix.y) if line.is_trained else made


def facts(matrix: onecopy.TrainingMatrix, model: object) -> dict[str, Any]:
    """Say what was measured."""
    package = type(model).__module__.partition(".")[0]
    version = getattr(sys.modules.get(package), "__version__", "")
    shape = {"rows": matrix.shape[0], "features": matrix.shape[1], "nbytes": matrix.nbytes}
    return shape | {"package": package, "version": version}


def main() -> None:
    """Measure one fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("learner")
    parser.add_argument("folder", type=Path)
    parser.add_argument("place", choices=["memory", "npy"])
    parser.add_argument("--set", action="append", default=[], help="an option of the load, as JSON")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    options = {}
    for text in given.set:
        name, _, value = text.partition("=")
        options[name] = json.loads(value)
    line = next(line for line in LINES if line.learner == given.learner)
    names = line.namespace()
    small = {"for_": line.word, "sample": 2_000, "threads": JOBS, "target": "label"} | options
    with TemporaryDirectory() as folder:
        # It must not be a view of rows: some learners keep what they were handed.
        small["out"] = Path(folder) / "small.npy"
        fit(line, names, onecopy.load_training_matrix(given.folder / "train", **small))
    gc.collect()
    mark("ready")
    matrix = load(given.folder, given.place, line.word, options)
    mark("loaded")
    model = fit(line, names, matrix)
    mark("done", **facts(matrix, model))


if __name__ == "__main__":
    main()
