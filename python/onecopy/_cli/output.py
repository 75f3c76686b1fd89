"""What commands print: text for people, JSON for programs; colours only where they are wanted."""

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from onecopy._errors import OnecopyWarning
from onecopy._json import encode

BOLD, RED, GREEN = "1", "31", "32"


def has_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours, and no one has asked for none."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def coloured(text: str, colour: str, stream: TextIO) -> str:
    """Colour a text, where the stream shows it."""
    return f"\x1b[{colour}m{text}\x1b[0m" if has_colours(stream) else text


def show(text: str) -> None:
    """Print a text whose first line is its title."""
    title, _, rest = text.partition("\n")
    title = coloured(title, BOLD, sys.stdout)
    print(f"{title}\n{rest}" if rest else title)  # noqa: T201 (what a command is for)


def show_json(document: Mapping[str, object]) -> None:
    """Print one JSON object; numbers that are not finite are text in it."""
    sys.stdout.write(encode(document).decode("ascii"))


def say(text: str) -> None:
    """Tell what is no result on stderr."""
    if sys.stderr is not None:
        print(text, file=sys.stderr)  # noqa: T201 (what a command is for)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show warnings of onecopy as lines without places in its code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", OnecopyWarning)
        usual = warnings.showwarning

        def shown(message: Warning | str, category: type[Warning], *place: object) -> None:
            if issubclass(category, OnecopyWarning):
                say(f"onecopy: warning: {message}")
            else:
                usual(message, category, *place)  # type: ignore[arg-type]

        warnings.showwarning = shown  # type: ignore[assignment]
        yield
