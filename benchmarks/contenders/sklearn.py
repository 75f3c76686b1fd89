"""scikit-learn: a matrix that was loaded plainly, split into parts."""

import numpy as np
from onecopy import load_training_matrix
from sklearn.model_selection import train_test_split

from contenders import Job


def split(job: Job) -> tuple[np.ndarray, ...]:
    """Take the first part, then divide the rest, as is usual with three parts."""
    matrix = load_training_matrix(job.sources, columns=job.features).X
    first, *others = job.options["split"].values()
    train, rest = train_test_split(matrix, train_size=first, random_state=0)
    del matrix
    share = others[0] / sum(others)
    return (train, *train_test_split(rest, train_size=share, random_state=0))
