"""The rules of a join: on which key, and how duplicate keys and names are treated."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from onecopy import _checks as checks
from onecopy._choices import DUPLICATES
from onecopy._json import Document


@dataclass(frozen=True)
class JoinRules:
    """How tables are joined to a source.

    Attributes
    ----------
    on : tuple of str
        The columns of the key.
    duplicates : str
        How a key that occurs twice in a table is treated.
    prefix : str or None
        What precedes the names of a table's features.
    """

    on: tuple[str, ...]
    duplicates: str
    prefix: str | None

    def to_dict(self) -> Document:
        """Return the rules as a dict of plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, object]) -> Self:
        """Make rules from what `to_dict` returned."""
        prefix = document.get("prefix")
        if prefix is not None and not isinstance(prefix, str):
            raise ValueError(f"prefix: expected a text, found {prefix!r}")
        try:
            on = checks.names("on", document.get("on"))
        except TypeError as error:
            raise ValueError(str(error)) from error
        duplicates = checks.choice("duplicates", document.get("duplicates"), DUPLICATES)
        return cls(on, duplicates, prefix)
