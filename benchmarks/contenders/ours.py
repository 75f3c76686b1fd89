"""onecopy, into memory and into a file."""

from pathlib import Path

import numpy as np
from onecopy import load_training_matrix

from contenders import Job


def load_memory(job: Job) -> np.ndarray:
    """Load into memory."""
    return load_training_matrix(job.sources, columns=job.features, **job.options).X


def load_file(job: Job) -> np.ndarray:
    """Load into a `.npy` file, mapped into memory."""
    out = Path(job.scratch) / "matrix.npy"
    return load_training_matrix(job.sources, columns=job.features, out=out, **job.options).X
