"""The words about learners: what one is handed, what it copies and what it takes for itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from onecopy._choices import FillRule

Word: TypeAlias = Literal[
    "trees", "hist", "linear", "lightgbm", "xgboost", "catboost", "torch", "jax"
]
ITEM_BYTES = {"float16": 2, "float32": 4, "float64": 8}


@dataclass(frozen=True)
class Preset:
    """What a matrix for a learner is made of, where a load does not say otherwise."""

    dtype: str
    order: Literal["C", "F"]
    fill: FillRule


@dataclass(frozen=True)
class Facts:
    """What a learner is handed, and how it is set."""

    rows: int
    features: int
    dtype: str
    order: str
    is_contiguous: bool = True
    is_writeable: bool = True
    has_missing: bool = False
    jobs: int = 1
    stops_early: bool = False
    max_bin: int = 256

    @property
    def cells(self) -> int:
        """The number of values."""
        return self.rows * self.features

    @property
    def nbytes(self) -> int:
        """The bytes of the matrix."""
        return self.cells * ITEM_BYTES[self.dtype]


@dataclass(frozen=True)
class Need:
    """Memory that a learner takes for itself."""

    what: str
    bytes: float


@dataclass(frozen=True)
class Copy:
    """A copy of the matrix that a learner makes, why, and how to avoid it."""

    what: str
    bytes: int
    why: str
    fix: str


Needs: TypeAlias = Callable[[Facts], Iterator[Need]]
Copies: TypeAlias = Callable[[Facts], Iterator[Copy]]


@dataclass(frozen=True)
class Learner:
    """A learner, or a kind of them.

    Attributes
    ----------
    name : str
        The name that people know.
    word : str
        What ``for_=`` calls its kind.
    preset : Preset
        How a matrix for it is best made.
    measured : str
        The version that it was measured with.
    needs : callable or None
        What it takes for itself; None where that was not measured.
    copies : callable
        What it copies.
    """

    name: str
    word: Word
    preset: Preset
    measured: str
    needs: Needs | None
    copies: Copies

    def own_bytes(self, facts: Facts) -> int | None:
        """Bytes that it takes for itself; None where they are not known."""
        return None if self.needs is None else int(sum(need.bytes for need in self.needs(facts)))

    def copied_bytes(self, facts: Facts) -> int:
        """Bytes of all copies that it makes of the matrix."""
        return sum(copy.bytes for copy in self.copies(facts))
