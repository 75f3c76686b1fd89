"""onecopy, into memory and into a file."""

from pathlib import Path

import numpy as np
from onecopy import TrainingMatrix, load_training_matrix

from contenders import Job


def load_memory(job: Job) -> np.ndarray:
    """Load into memory."""
    return load_training_matrix(job.sources, columns=job.features, **job.options).X


def load_file(job: Job) -> np.ndarray:
    """Load into a `.npy` file, mapped into memory."""
    out = Path(job.scratch) / "matrix.npy"
    return load_training_matrix(job.sources, columns=job.features, out=out, **job.options).X


def load_arrays(job: Job) -> tuple[np.ndarray, ...]:
    """Load into memory, with the targets and weights that the options name."""
    return _arrays(load_training_matrix(job.sources, **job.options))


def load_join(job: Job) -> tuple[np.ndarray, ...]:
    """Join all files but the first to the first, into memory."""
    source, *tables = job.sources
    return _arrays(load_training_matrix(source, join=tables, **job.options))


def load_rows(job: Job) -> TrainingMatrix:
    """Load the rows that the options choose, with the groups where they ask for them."""
    options = job.options | ({"filters": job.conditions} if job.conditions else {})
    matrix = load_training_matrix(job.sources, columns=job.features, **options)
    if "group" in options:
        _ = matrix.groups  # found at the first use, and kept
    return matrix


def _arrays(matrix: TrainingMatrix) -> tuple[np.ndarray, ...]:
    """Return all arrays that were loaded, the matrix first."""
    return tuple(each for each in (matrix.X, matrix.y, matrix.weight) if each is not None)
