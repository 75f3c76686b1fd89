"""The files that belong to one matrix: their names, and the mark of the one that describes it."""

import os
from pathlib import Path

from onecopy import _native

FORMAT = "onecopy.matrix"
"""What the file that describes a matrix says that it is."""


def matrix_path(name: str, path: str | os.PathLike[str]) -> Path:
    """Check that a path names a .npy file."""
    result = Path(path)
    if not result.name.endswith(".npy") or result.name == ".npy":
        raise ValueError(f'{name}: expected the path of a ".npy" file, found {str(path)!r}')
    return result


def array_beside(path: Path, role: str) -> Path:
    """Name the file of "y" or another array, or of a column: train.npy -> train.y.npy."""
    return Path(_native.beside(str(path), f"{role}.npy"))


def description_beside(path: Path) -> Path:
    """Name the file that describes a matrix: train.npy -> train.json."""
    return Path(_native.beside(str(path), "json"))
