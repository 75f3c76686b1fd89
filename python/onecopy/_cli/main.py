"""The command `onecopy`: its commands, their help, and how they end."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NoReturn

from onecopy import _native
from onecopy._cli.bench.command import add_bench
from onecopy._cli.completion import SHELLS, commands_of, script
from onecopy._cli.failures import (
    CLOSED,
    DONE,
    INTERRUPTED,
    USAGE,
    code_of,
    help_of_codes,
    message_of,
)
from onecopy._cli.look import run_inspect, run_plan
from onecopy._cli.options import add_options
from onecopy._cli.output import RED, coloured, plain_warnings, say
from onecopy._cli.pour import run_convert
from onecopy._cli.verify import run_verify
from onecopy._cli.versions import run_versions

_ABOUT = "Parquet poured straight into one NumPy matrix, ready to fit, at one copy of memory."
_VALUES = """how values are written:
  a list of names      a,b,c           or a Python list: '["a", "b,c"]'
  a mapping            a=0.8,b=0.2     or a Python dict: '{"a": 0.8, "b": 0.2}'
  a filter             'day >= 2024-01-01', 'symbol in A,B', 'x is not None'; given several
                       times, all must hold; or a Python list of tuples
  a distance in time   7D, 12h, 30s
  a source             a file, a folder, a glob in quotes (so that part-2 comes before part-10,
                       which a shell sorts otherwise), or several of these
"""

Run = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}\nTry '{self.prog} --help'.\n")


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    main = _Parser(
        prog="onecopy",
        description=_ABOUT,
        epilog=f"{help_of_codes()}\n\nNO_COLOR=1 turns colours off.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    main.add_argument("--version", action="version", version=f"onecopy {_native.__version__}")
    verbs = main.add_subparsers(dest="command", metavar="COMMAND", required=True)
    inspect = _command(verbs, "inspect", "Tell what is in the files; reads footers only.")
    inspect.set_defaults(run=run_inspect)
    _add_sources(inspect)
    inspect.add_argument(
        "--sorted-by",
        metavar="NAME,..",
        help="also tell whether the rows are sorted by these columns, which are read",
    )
    plan = _command(verbs, "plan", "Tell what a load would give, read and need.", loads=True)
    plan.set_defaults(run=run_plan)
    _add_sources(plan)
    add_options(plan)
    _add_convert(verbs)
    _add_join(verbs)
    _add_verify(verbs)
    add_bench(_command(verbs, "bench", "Time this data in the ways that are installed."))
    _command(verbs, "versions", "List versions, for a report of a problem.").set_defaults(
        run=run_versions
    )
    completion = _command(verbs, "completion", "Print a script that completes in a shell.")
    completion.add_argument("shell", choices=SHELLS, help="the shell")
    completion.set_defaults(run=_run_completion)
    return main


Verbs = argparse._SubParsersAction  # noqa: SLF001 (it has no public name)


def _command(verbs: "Verbs[_Parser]", name: str, about: str, *, loads: bool = False) -> _Parser:
    codes = help_of_codes()
    command: _Parser = verbs.add_parser(
        name,
        help=about[0].lower() + about[1:].split(". ", maxsplit=1)[0].rstrip("."),
        description=about,
        epilog=f"{_VALUES}\n{codes}" if loads else codes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if name != "completion":
        command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return command


def _add_sources(command: argparse.ArgumentParser, most: str = "+") -> None:
    command.add_argument(
        "source", nargs=most, metavar="SRC", help="Parquet files, folders or quoted globs"
    )


def _add_progress(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="a bar on stderr; by default where that is a terminal",
    )


def _require_out(command: argparse.ArgumentParser) -> None:
    for action in command._actions:  # noqa: SLF001 (its options are made from those of a load)
        if action.dest == "out":
            action.required = True


def _add_convert(verbs: "Verbs[_Parser]") -> None:
    convert = _command(verbs, "convert", "Pour the files into one .npy file.", loads=True)
    convert.set_defaults(run=run_convert)
    _add_sources(convert)
    _add_progress(convert)
    add_options(convert)
    _require_out(convert)


def _add_join(verbs: "Verbs[_Parser]") -> None:
    join = _command(verbs, "join", "Join tables to a source, into one .npy file.", loads=True)
    join.set_defaults(run=run_convert)
    join.add_argument("source", nargs=1, metavar="SRC", help="the Parquet file that has the rows")
    join.add_argument("tables", nargs="+", metavar="TABLE", help="files, folders or quoted globs")
    _add_progress(join)
    add_options(join, without={"join"})
    _require_out(join)


def _add_verify(verbs: "Verbs[_Parser]") -> None:
    verify = _command(
        verbs,
        "verify",
        "Load a source again, and compare with a matrix bit for bit. Give the options about "
        "columns and rows that the matrix was made with; those that its recipe knows are not "
        "needed.",
        loads=True,
    )
    verify.set_defaults(run=run_verify)
    verify.add_argument("matrix", metavar="FILE.npy", help="the matrix")
    _add_sources(verify)
    verify.add_argument(
        "--fit", action="store_true", help="fit the fills anew, instead of taking the recipe's"
    )
    verify.add_argument(
        "--scratch", metavar="FOLDER", help="where the second matrix is made meanwhile"
    )
    _add_progress(verify)
    add_options(verify, without={"out", "overwrite"})


def _run_completion(given: argparse.Namespace) -> int:
    sys.stdout.write(script(given.shell, commands_of(parser())))
    return DONE


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse, and suggest an option for one that is misspelled."""
    commands = parser()
    given, unknown = commands.parse_known_args(arguments)
    if unknown:
        command = next(each for each in commands_of(commands) if each.name == given.command)
        known = [spelling for flag in command.flags for spelling in flag.spellings]
        close = get_close_matches(unknown[0].partition("=")[0], known, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        commands.error(f"{given.command}: unknown argument {unknown[0]}{hint}")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit code."""
    given = _parsed(arguments)
    try:
        with plain_warnings():
            code: int = given.run(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered would fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except Exception as error:
        if given.debug:
            raise
        label = coloured("error:", RED, sys.stderr)
        say(f"onecopy: {label} {message_of(error)}")
        return code_of(error)
    return code
