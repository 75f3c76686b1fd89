"""Columns of texts as arrays of objects: `str`, `bytes`, and None or NaN where there is none.

What is no text is handed on as it is; the core refuses it, and names the column.
"""

from typing import Any

import numpy as np

from onecopy._columns import Column, loose, objects, require_one
from onecopy._frames import package_of


def texts(name: str, values: Any) -> Column:
    """Take a column of texts or categories, in whatever form it comes."""
    package = package_of(values)
    if package == "pandas":
        require_one(name, values)
        return np.asarray(values, dtype=object), None
    if package == "polars":
        return objects(values.to_list()), None
    if package == "pyarrow":
        return objects(values.to_pylist()), None
    array, nulls = loose(name, values)
    # Texts of NumPy, of one width or not.
    return (array.astype(object) if array.dtype.kind in "UST" else array), nulls
