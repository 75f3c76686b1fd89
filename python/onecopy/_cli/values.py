"""From the texts of a command line to the values that an option takes, as its type says.

A text that begins with a bracket is a Python literal, so whatever can be written in a call can be
written here as well. Everything else is the short form that fits the type of the option.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from onecopy._choices import Condition

_BRACKETS = ("[", "(", "{")
_CONDITION = re.compile(
    r"\s*(.+?)\s*(==|!=|<=|>=|=|<|>|\s(?:not\s+in|is\s+not|in|is)\s)\s*(.*?)\s*", re.DOTALL
)
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(W|D|h|m|s|ms|us)")
_UNITS = {
    "W": "weeks",
    "D": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
}


@dataclass(frozen=True, kw_only=True)
class Form:
    """What an option takes."""

    words: tuple[str, ...]
    is_switch: bool
    takes_text: bool
    takes_none: bool
    takes_integer: bool
    takes_number: bool
    takes_list: bool
    takes_mapping: bool
    takes_conditions: bool
    takes_anything: bool
    takes_range: bool
    takes_integers: bool
    is_dtype: bool

    @classmethod
    def of(cls, annotation: object) -> "Form":
        """Read it off the type of the option."""
        members = list(_members(annotation))
        origins = [get_origin(member) or member for member in members]
        lists = [m for m, o in zip(members, origins, strict=True) if o in _LISTS]
        words = [word for m in members if get_origin(m) is Literal for word in get_args(m)]
        return cls(
            words=tuple(word for word in words if isinstance(word, str)),
            is_switch=set(members) <= {bool},
            takes_text=str in members or any(map(_is_dtype, members)),
            takes_none=NoneType in members,
            takes_integer=int in members,
            takes_number=float in members,
            takes_list=bool(lists),
            takes_mapping=any(origin in _MAPPINGS for origin in origins),
            takes_conditions=any(get_args(each)[:1] == (Condition,) for each in lists),
            takes_anything=Any in members,
            takes_range=slice in members,
            takes_integers=any(set(get_args(each)) == {int} for each in lists),
            is_dtype=any(map(_is_dtype, members)),
        )

    @property
    def only_words(self) -> bool:
        """Whether nothing but some words is taken."""
        others = (self.takes_text, self.takes_number, self.takes_list, self.takes_mapping)
        return bool(self.words) and not self.takes_none and not any(others)

    @property
    def metavar(self) -> str:
        """What stands for a value in the help."""
        if self.takes_conditions:
            return "CONDITION"
        if self.takes_mapping and not self.takes_text:
            return "VALUE or NAME=VALUE,.." if self.words else "NAME=VALUE,.."
        if self.takes_range:
            return "FIRST:END"
        if self.takes_list and not self.is_dtype:
            return "N,N" if self.takes_integers else "NAME,.."
        return "N" if self.takes_integer and not self.takes_text else "VALUE"


_LISTS: tuple[object, ...] = (Sequence, Iterable, list, tuple)
_MAPPINGS: tuple[object, ...] = (Mapping, dict)


def _members(annotation: object) -> Iterator[object]:
    """Yield what a union consists of."""
    if get_origin(annotation) in {Union, UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_dtype(member: object) -> bool:
    """Whether it stands for all that NumPy takes as a dtype."""
    return type(member).__name__ == "TypeAliasType" or get_origin(member) is type


def parse(form: Form, text: str) -> object:
    """Return the value of one text; `ValueError` says what was expected."""
    bare = text.strip()
    only_text = not (form.takes_list or form.takes_mapping or form.takes_anything)
    if bare.startswith(_BRACKETS) and not only_text:
        return _literal(bare)
    if bare in form.words:
        return bare
    if form.only_words:
        raise ValueError(f"expected one of {', '.join(form.words)}, found {text!r}")
    if form.takes_none and bare in {"None", "none"}:
        return None
    if form.takes_conditions:
        return [condition(text)]
    return _short(form, text)


def _short(form: Form, text: str) -> object:
    """Return the value of a short form: a number, pairs, a list, or the text itself."""
    number = scalar(text)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if is_number and (form.takes_number or (form.takes_integer and isinstance(number, int))):
        return number
    if form.takes_mapping and "=" in text:
        return _pairs(text)
    if form.takes_anything:
        return number if is_number else _duration(text)
    if form.takes_range or form.takes_list:
        return _several(form, text)
    if form.takes_text:
        return text
    raise ValueError(f"expected {_expected(form)}, found {text!r}")


def _several(form: Form, text: str) -> object:
    if form.takes_range:
        return _range(text)
    if form.takes_integers:
        return tuple(scalar(part) for part in text.split(","))
    names = [name.strip() for name in text.split(",")]
    return names[0] if form.takes_text and len(names) == 1 else names


def _expected(form: Form) -> str:
    words = [*form.words, *(["None"] if form.takes_none else [])]
    if form.takes_number or form.takes_integer:
        words.append("a number" if form.takes_number else "a whole number")
    if form.takes_mapping:
        words.append("pairs such as a=0.8,b=0.2")
    return " or ".join(words)


def merge(values: list[object]) -> object:
    """Return the value of an option that is given several times."""
    if len(values) == 1:
        return values[0]
    if all(isinstance(value, dict) for value in values):
        return {name: item for value in values for name, item in dict(value).items()}  # type: ignore[call-overload]
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [item for items in lists for item in items]


def condition(text: str) -> Condition:
    """Read a filter such as "day >= 2024-01-01" or "symbol in A,B"."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError(f'expected a condition such as "day >= 2024-01-01", found {text!r}')
    name, operator, operand = found[1], " ".join(found[2].split()), found[3]
    if operator in {"in", "not in"}:
        is_literal = operand.startswith(_BRACKETS)
        members = _literal(operand) if is_literal else [scalar(part) for part in operand.split(",")]
        return name, operator, members
    return name, operator, scalar(operand)


def scalar(text: str) -> object:
    """Return a number, a bool, None or a quoted text as Python reads it, and else the text."""
    bare = text.strip()
    try:
        value: object = ast.literal_eval(bare)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return bare
    return value if isinstance(value, int | float | str | bytes | None) else bare


def _literal(text: str) -> object:
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"expected a Python literal, found {text!r}: {error}") from None
    return value


def _range(text: str) -> slice:
    start, colon, stop = text.partition(":")
    ends = [None if not end.strip() else scalar(end) for end in (start, stop)]
    if not colon or not all(end is None or isinstance(end, int) for end in ends):
        raise ValueError(f"expected rows such as 1000:2000, found {text!r}")
    return slice(*ends)


def _pairs(text: str) -> dict[str, object]:
    pairs = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"expected pairs such as a=0.8,b=0.2, found {part!r}")
        pairs[name.strip()] = scalar(value)
    return pairs


def _duration(text: str) -> object:
    found = _DURATION.fullmatch(text.strip())
    return timedelta(**{_UNITS[found[2]]: float(found[1])}) if found else text
