"""The names of the files that belong to one matrix, and how a small one is written."""

import os
from pathlib import Path


def matrix_path(name: str, path: str | os.PathLike[str]) -> Path:
    """Check that a path names a .npy file."""
    result = Path(path)
    if not result.name.endswith(".npy") or result.name == ".npy":
        raise ValueError(f'{name}: expected the path of a ".npy" file, found {str(path)!r}')
    return result


def array_beside(path: Path, role: str) -> Path:
    """Name the file of "y", "weight" or "group": train.npy -> train.y.npy."""
    return path.with_name(f"{path.name.removesuffix('.npy')}.{role}.npy")


def description_beside(path: Path) -> Path:
    """Name the file that describes a matrix: train.npy -> train.json."""
    return path.with_name(f"{path.name.removesuffix('.npy')}.json")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is complete or absent."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
