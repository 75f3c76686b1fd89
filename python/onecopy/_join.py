"""The options of a join, settled: which tables, on which key, by which rules."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self, TypeAlias

from onecopy import _checks as checks
from onecopy._json import Document
from onecopy._render import quoted
from onecopy._sources import Source, expand

On: TypeAlias = str | Sequence[str] | None
DUPLICATES = ("raise", "first", "last")


@dataclass(frozen=True)
class JoinRules:
    """How tables are joined to a source.

    Attributes
    ----------
    on : tuple of str
        The columns of the key.
    duplicates : str
        What a key is that stands twice in a table.
    prefix : str or None
        What stands before the names of a table's features.
    """

    on: tuple[str, ...]
    duplicates: str
    prefix: str | None

    def to_dict(self) -> Document:
        """Give the rules as a dict of plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> Self:
        """Make rules from what `to_dict` gave."""
        prefix = document.get("prefix")
        if prefix is not None and not isinstance(prefix, str):
            raise ValueError(f"prefix: expected a text, found {prefix!r}")
        try:
            on = checks.names("on", document.get("on"))
        except TypeError as error:
            raise ValueError(str(error)) from error
        duplicates = checks.choice("duplicates", document.get("duplicates"), DUPLICATES)
        return cls(on, duplicates, prefix)


def settle_join(
    join: Source | None,
    *,
    on: On,
    duplicates: str,
    prefix: str | None,
    known: JoinRules | None,
) -> tuple[list[str], JoinRules | None]:
    """Settle the tables and the rules, which a recipe may know."""
    duplicates = checks.choice("duplicates", duplicates, DUPLICATES)
    if prefix is not None and not isinstance(prefix, str):
        raise TypeError(f"prefix: expected a text or None, found {type(prefix).__name__}")
    names = None if on is None else checks.names("on", [on] if isinstance(on, str) else on)
    if join is None:
        named = {
            "on": names,
            "prefix": prefix,
            "duplicates": duplicates if duplicates != "raise" else None,
        }
        unused = [option for option, value in named.items() if value is not None]
        if unused:
            raise ValueError(f"{unused[0]}: it needs tables to join; name them with join=")
        return [], None
    if known is not None:
        names, duplicates, prefix = _follow(known, names, duplicates, prefix)
    if names is None:
        raise ValueError("on: a join needs the column of its key; name it with on=")
    return expand(join, "join"), JoinRules(names, duplicates, prefix)


def _follow(
    known: JoinRules, names: tuple[str, ...] | None, duplicates: str, prefix: str | None
) -> tuple[tuple[str, ...], str, str | None]:
    """Take what the recipe knows, and refuse options that say otherwise."""
    if names not in (None, known.on):
        raise ValueError(
            f"on: the recipe says {quoted(known.on)}, found {quoted(names)}; leave it out"
        )
    if duplicates not in ("raise", known.duplicates):
        raise ValueError(
            f'duplicates: the recipe says "{known.duplicates}", found "{duplicates}"; leave it out'
        )
    if prefix not in (None, known.prefix):
        raise ValueError(
            f"prefix: the recipe says {known.prefix!r}, found {prefix!r}; leave it out"
        )
    return known.on, known.duplicates, known.prefix
