"""A finished set of files that a writer goes on with: what its arrays are, and where."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onecopy._description import Description
from onecopy._files import array_beside, description_beside


@dataclass(frozen=True, eq=False, repr=False)
class FinishedArray:
    """An array in a file; the core reads these attributes by their names."""

    role: str
    name: str
    path: str
    start: int
    row: int


@dataclass(frozen=True, eq=False, repr=False)
class FinishedSet:
    """A set of files; the core reads these attributes by their names."""

    description: str
    rows: int
    arrays: list[FinishedArray]
    group_texts: list[bytes] | None
    told: Description

    @classmethod
    def of(cls, path: Path) -> "FinishedSet":
        """Read what the set of a .npy file consists of."""
        told = Description.read(path)
        if told.part_rows:
            raise ValueError(
                f"mode: {path} has parts, {', '.join(told.part_rows)}, and a new row would be in "
                "none; write all rows anew"
            )
        arrays = [_array("" if role == "X" else role, "", path) for role in told.layouts]
        for passed in told.passed:
            arrays.append(_array("passthrough", passed.name, path))
            if passed.has_mask:
                arrays.append(_array("mask", passed.name, path))
        keys = told.group_keys
        texts = None if keys is None else [_bytes(key) for key in keys]
        rows = int(told.layouts["X"].shape[0])
        return cls(str(description_beside(path)), rows, arrays, texts, told)


def _array(role: str, name: str, path: Path) -> FinishedArray:
    ending = {"passthrough": name, "mask": f"{name}.mask"}.get(role, role)
    file = array_beside(path, ending) if role else path
    with file.open("rb") as opened:
        if np.lib.format.read_magic(opened) != (1, 0):
            raise ValueError(f"{file}: expected the first version of .npy files")
        shape, is_columns, dtype = np.lib.format.read_array_header_1_0(opened)
        start = opened.tell()
    if is_columns and len(shape) > 1:
        raise ValueError(
            f'mode: {file} is in order "F", where the rows of a column lie together, so that none '
            'can be added behind them; write it with order="C"'
        )
    row = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
    return FinishedArray(role, name, str(file), start, row)


def _bytes(text: object) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()
