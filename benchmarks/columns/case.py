"""What a case of the benchmark of columns is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Case:
    """Some data, and who makes a matrix of it; the first contender is ours."""

    what: str
    contenders: dict[str, Callable[[], NDArray[Any]]]
