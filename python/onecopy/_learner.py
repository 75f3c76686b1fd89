"""What a learner does with a matrix: the copies that it makes, and what it needs itself."""

from typing import NamedTuple


class LearnerNeed(NamedTuple):
    """Memory that a learner takes for itself."""

    what: str
    bytes: float


class MatrixCopy(NamedTuple):
    """A copy of the matrix that a learner makes, why, and how to avoid it."""

    what: str
    bytes: int
    why: str
    fix: str
