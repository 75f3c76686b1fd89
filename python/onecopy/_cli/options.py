"""The options of a load on the command line, made from those of the call: same words, same help.

An option that is added to the call appears here by itself, with a form read off its type and with
the first sentence of its description.
"""

import argparse
import re
from collections.abc import Collection, Iterator
from dataclasses import fields
from functools import partial
from inspect import cleandoc
from typing import Any, get_type_hints

from onecopy._arguments import DEFAULTS, Arguments
from onecopy._cli.values import Form, merge, parse
from onecopy._load import load_training_matrix

PYTHON_ONLY = frozenset({"source", "progress", "return_X_y", "filesystem", "gather"})
"""What has another form on the command line, or takes an object that no text stands for."""

_SENTENCE = re.compile(r"(.+?\.)(?=\s|$)", re.DOTALL)
_SHORT = {"out": ("-o",)}
_FILE = {"out": "FILE.npy", "recipe": "PATH", "join": "TABLES"}


def names() -> list[str]:
    """List the options of a load that the command line has."""
    return [option.name for option in fields(Arguments) if option.name not in PYTHON_ONLY]


def flag(name: str) -> str:
    """Return an option as it is written on the command line."""
    return "--" + name.rstrip("_").replace("_", "-")


def add_options(parser: argparse.ArgumentParser, without: Collection[str] = ()) -> None:
    """Add the options of a load to a command."""
    group = parser.add_argument_group(
        "options of a load", "as those of load_training_matrix, with the same words and defaults"
    )
    hints, helps = get_type_hints(Arguments), descriptions()
    for name in names():
        if name not in without:
            _add(group, name, Form.of(hints[name]), helps.get(name, ""))


def _add(group: argparse._ArgumentGroup, name: str, form: Form, described: str) -> None:
    flags = [*_SHORT.get(name, ()), flag(name)]
    plain = "--" + name
    text = described.replace("%", "%%")
    settings: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": text}
    if form.is_switch:
        group.add_argument(*flags, action="store_true", **settings)
    elif form.only_words:
        group.add_argument(*flags, choices=form.words, **settings)
    else:
        metavar = _FILE.get(name, form.metavar)
        takes = partial(_value, form)
        group.add_argument(*flags, type=takes, action="append", metavar=metavar, **settings)
    if plain not in flags:
        # The spelling of Python is understood as well.
        group._option_string_actions.setdefault(plain, group._option_string_actions[flags[-1]])  # noqa: SLF001


def _value(form: Form, text: str) -> object:
    try:
        return parse(form, text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def given_options(given: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given, as keyword arguments of a load."""
    options: dict[str, Any] = {}
    for name in names():
        if hasattr(given, name):
            value = getattr(given, name)
            options[name] = merge(value) if isinstance(value, list) else value
    return options


def one_source(paths: list[str]) -> str | list[str]:
    """Return a single source as it is, so that globs and folders keep their natural order."""
    return paths[0] if len(paths) == 1 else paths


def descriptions() -> dict[str, str]:
    """Return the first sentence of what the docstring of a load says about each option."""
    text = cleandoc(load_training_matrix.__doc__ or "")
    _, _, rest = text.partition("Parameters\n----------\n")
    section, _, _ = rest.partition("\n\nReturns\n")
    found = {}
    for heading, body in _entries(section):
        sentence = _SENTENCE.match(body)
        for name in heading.partition(" : ")[0].split(", "):
            shown = (sentence[1] if sentence else body).replace("`", "")
            default = DEFAULTS.get(name)
            is_told = isinstance(default, str | int) and not isinstance(default, bool)
            found[name] = f"{shown} Default: {default}." if is_told else shown
    return found


def _entries(section: str) -> Iterator[tuple[str, str]]:
    """Yield the heading of each parameter, and its description on one line."""
    heading, body = "", list[str]()
    for line in section.splitlines():
        if line and not line.startswith(" "):
            if heading:
                yield heading, " ".join(body)
            heading, body = line, []
        else:
            body.append(line.strip())
    if heading:
        yield heading, " ".join(body)
