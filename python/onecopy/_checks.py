"""Checks of single options: each returns the option in its one form, or says what was expected."""

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, Literal, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from onecopy._choices import DTYPES, STATISTICS, FillRule
from onecopy._files import matrix_path
from onecopy._render import quoted

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "b": 1} | {
    f"{letter}{infix}b": base**power
    for power, letter in enumerate("kmgtp", start=1)
    for infix, base in (("", 1000), ("i", 1024))
}
_LARGEST = 2**63 - 1


def choice(name: str, value: object, allowed: Sequence[str]) -> str:
    """Check one of a few words."""
    if isinstance(value, str) and value in allowed:
        return str(value)
    expected = ", ".join(f'"{word}"' for word in allowed)
    raise ValueError(f"{name}: expected one of {expected}, found {value!r}")


def dtype_name(value: object) -> str:
    """Return the name of a dtype that is given by name, type or `numpy.dtype`."""
    if isinstance(value, str) and value in DTYPES:
        return str(value)
    try:
        found = None if value is None else np.dtype(value)  # type: ignore[call-overload]
    except TypeError:
        found = None
    # `==` with a name also compares the byte order.
    if found is None or found not in DTYPES:
        return choice("dtype", value, DTYPES)
    return str(found.name)


def fill_rule(name: str, value: object) -> FillRule:
    """Check how missing values are filled; NaN is None."""
    if value is None or (isinstance(value, str) and value in STATISTICS):
        return value  # type: ignore[return-value]
    expected = f'{name}: expected "median", "mean", a number or None'
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = ValueError if isinstance(value, str) else TypeError
        raise kind(f"{expected}, found {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{expected}, found one too large for a float64") from None
    return None if math.isnan(number) else number


def fill_rules(value: object) -> tuple[FillRule, dict[str, FillRule]]:
    """Return the fill of all columns, and the fills of single ones."""
    if not isinstance(value, Mapping):
        return fill_rule("fill", value), {}
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"fill: expected names of columns as keys, found {name!r}")
    # A column that the mapping leaves out gets the default of the option.
    return "median", {name: fill_rule(f"fill[{name!r}]", rule) for name, rule in value.items()}


def names(option: str, value: object) -> tuple[str, ...]:
    """Check an ordered list of names without repetition."""
    if isinstance(value, str):
        raise TypeError(f"{option}: expected a list of names, found a text; write [{value!r}]")
    if not isinstance(value, Iterable) or isinstance(value, bytes | set | frozenset | Mapping):
        raise TypeError(f"{option}: expected a list of names, found {type(value).__name__}")
    found = tuple(value)
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"{option}: expected names of columns, found {name!r}")
    if not found:
        raise ValueError(f"{option}: expected at least one name, found none")
    repeated = [name for name, count in Counter(found).items() if count > 1]
    if repeated:
        raise ValueError(f"{option}: expected each name once, found more of {quoted(repeated)}")
    return tuple(str(name) for name in found)


def column_choice(value: object) -> tuple[str, ...] | Literal["numeric"] | None:
    """Check which columns become features."""
    if value is None:
        return None
    if isinstance(value, str):
        if value == "numeric":
            return "numeric"
        raise TypeError(
            f'columns: expected a list of names, "numeric" or None, found {value!r}; '
            f"for one column write [{value!r}]"
        )
    return names("columns", value)


def excluded(value: object) -> tuple[str, ...]:
    """Return the names to leave out, given in any kind of collection."""
    if isinstance(value, str):
        return (str(value),)
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        ordered = tuple(dict.fromkeys(value))
        return names("exclude", ordered) if ordered else ()
    raise TypeError(f"exclude: expected a name or names, found {type(value).__name__}")


def passed_through(value: object) -> tuple[str, ...]:
    """Check the columns that are passed through: one name, or several, or none."""
    if isinstance(value, str):
        return (str(value),)
    if value is None or (isinstance(value, list | tuple) and not value):
        return ()
    return names("passthrough", value)


def one_name(option: str, value: object) -> str | None:
    """Check the name of one column."""
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{option}: expected the name of one column, found {type(value).__name__}")


def target_names(value: object) -> str | tuple[str, ...] | None:
    """Check the target: one name, or several."""
    return value if value is None or isinstance(value, str) else names("target", value)


def thread_count(value: object) -> int | None:
    """Check the number of threads."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"threads: expected a whole number or None, found {value!r}")
    count = value.__index__()
    if count < 1:
        raise ValueError(f"threads: expected at least 1, found {count}")
    return count


def parse_size(name: str, value: object) -> int:
    """Return a size in bytes, given as a number, or a text such as "512MB", "64 MiB" or "1.5GB"."""
    expected = f'{name}: expected a number of bytes above 0 or a text such as "4GB" or "512MiB"'
    if isinstance(value, str):
        match = _SIZE.fullmatch(value)
        unit = _UNITS.get(match[2].lower()) if match else None
        if match is None or unit is None:
            raise ValueError(f"{expected}, found {value!r}")
        whole, _, decimals = match[1].partition(".")
        size: int = int((whole + decimals) or "0") * unit // 10 ** len(decimals)
    elif isinstance(value, SupportsIndex) and not isinstance(value, bool):
        size = int(value)
    else:
        raise TypeError(f"{expected}, found {value!r}")
    if size <= 0:
        raise ValueError(f"{expected}, found {value!r}")
    return min(size, _LARGEST)


def destination(value: object) -> NDArray[Any] | Path | None:
    """Check where the matrix goes."""
    if value is None or isinstance(value, np.ndarray):
        return value
    if isinstance(value, str | os.PathLike):
        return matrix_path("out", value)
    raise TypeError(
        "out: expected None, a NumPy array or the path of a .npy file, "
        f"found {type(value).__name__}"
    )
