"""`convert` and `join`: Parquet into one .npy file with what belongs to it."""

import argparse
import sys

from onecopy._cli.failures import DONE
from onecopy._cli.options import given_options, one_source
from onecopy._cli.output import show, show_json
from onecopy._files import description_beside
from onecopy._load import load_training_matrix
from onecopy._matrix import TrainingMatrix


def run_convert(given: argparse.Namespace) -> int:
    """Load into a file."""
    options = given_options(given)
    if getattr(given, "tables", None):
        options["join"] = one_source(given.tables)
    matrix = load_training_matrix(
        one_source(given.source), **options, progress=wants_progress(given.progress)
    )
    if given.json:
        show_json(_matrix(matrix))
    else:
        show(f"{matrix!r}\n{matrix.report}")
    return DONE


def wants_progress(asked: bool | None) -> bool:  # noqa: FBT001 (what argparse found)
    """Whether a bar is shown: as asked, and else where stderr is a terminal."""
    if asked is None:
        return sys.stderr is not None and sys.stderr.isatty()
    return asked


def _matrix(matrix: TrainingMatrix) -> dict[str, object]:
    path = matrix.path
    return {
        "path": None if path is None else str(path),
        "description": None if path is None else str(description_beside(path)),
        "shape": matrix.shape,
        "dtype": str(matrix.dtype),
        "order": matrix.recipe.order,
        "feature_names": matrix.feature_names,
        "parts": matrix.part_rows,
        "report": matrix.report.to_dict(),
    }
