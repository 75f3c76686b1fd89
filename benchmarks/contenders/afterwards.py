"""What is done with a matrix that was loaded plainly, to order its rows: a second one is made."""

import numpy as np
import pyarrow.parquet as pq
from onecopy import load_training_matrix

from contenders import Job


def _plain(job: Job) -> np.ndarray:
    return load_training_matrix(job.sources, columns=job.features).X


def sort(job: Job) -> np.ndarray:
    """Read the key once more, and take the rows by its order."""
    key = pq.read_table(job.path, columns=[job.options["sort_by"]]).column(0).to_numpy()
    return _plain(job)[np.argsort(key, kind="stable")]


def shuffle(job: Job) -> np.ndarray:
    """Take the rows by a permutation."""
    matrix = _plain(job)
    return matrix[np.random.default_rng(0).permutation(len(matrix))]
