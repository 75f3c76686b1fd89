"""`completion`: a script that completes commands, options and their words in a shell."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Flag:
    """An option of a command: how it is spelled, what it takes, and what it means."""

    spellings: tuple[str, ...]
    words: tuple[str, ...]
    takes_value: bool
    help: str


@dataclass(frozen=True)
class Command:
    """A command with its options."""

    name: str
    help: str
    flags: tuple[Flag, ...]


def commands_of(parser: argparse.ArgumentParser) -> list[Command]:
    """Read the commands off a parser."""
    found = []
    for action in parser._actions:  # noqa: SLF001 (there is no other way to list them)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001
            for name, command in action.choices.items():
                flags = tuple(_flags(command._actions))  # noqa: SLF001
                found.append(Command(name, helps.get(name, ""), flags))
    return found


def _flags(actions: Sequence[argparse.Action]) -> Iterator[Flag]:
    for action in actions:
        words = tuple(map(str, action.choices or ()))
        takes_value = action.nargs != 0
        if action.option_strings or words:
            text = "" if action.help in (None, argparse.SUPPRESS) else str(action.help)
            first = text.replace("%%", "%").split(". ")[0].rstrip(".")
            yield Flag(tuple(action.option_strings), words, takes_value, first)


def script(shell: str, commands: Sequence[Command]) -> str:
    """Return the script for a shell."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def _bash(commands: Sequence[Command]) -> str:
    names = " ".join(command.name for command in commands)
    lists, words = [], []
    for command in commands:
        flags = " ".join(each for flag in command.flags for each in flag.spellings)
        bare = " ".join(word for flag in command.flags if not flag.spellings for word in flag.words)
        lists.append(f'    {command.name}) offered="{" ".join(filter(None, (flags, bare)))}" ;;')
        words += [
            f'    {command.name}:{each}) offered="{" ".join(flag.words)}" ;;'
            for flag in command.flags
            if flag.words
            for each in flag.spellings
        ]
    lines = [
        "_onecopy() {",
        '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
        '  local command="${COMP_WORDS[1]}" offered=""',
        "  if [ $COMP_CWORD -eq 1 ]; then",
        f'    COMPREPLY=($(compgen -W "{names}" -- "$word")); return',
        "  fi",
        '  case "$command:$before" in',
        *words,
        "  esac",
        '  if [ -n "$offered" ]; then',
        '    COMPREPLY=($(compgen -W "$offered" -- "$word")); return',
        "  fi",
        '  case "$command" in',
        *lists,
        "  esac",
        '  COMPREPLY=($(compgen -W "$offered" -- "$word"))',
        "}",
        "complete -o default -o bashdefault -F _onecopy onecopy",
    ]
    return "\n".join(lines) + "\n"


def _zsh(commands: Sequence[Command]) -> str:
    lines = ["#compdef onecopy", "_onecopy() {", "  local -a commands", "  commands=("]
    lines += [f"    {_quoted(f'{command.name}:{command.help}')}" for command in commands]
    lines += [
        "  )",
        "  if (( CURRENT == 2 )); then",
        "    _describe command commands; return",
        "  fi",
        '  case "$words[2]" in',
    ]
    for command in commands:
        lines += [f"    {command.name})", "      _arguments \\"]
        for flag in command.flags:
            lines += [f"        {_quoted(spec)} \\" for spec in _zsh_specs(flag)]
        lines += ["        '*:file:_files' ;;"]
    lines += ["  esac", "}", 'if [ "$funcstack[1]" = "_onecopy" ]; then', '  _onecopy "$@"']
    return "\n".join([*lines, "else", "  compdef _onecopy onecopy", "fi"]) + "\n"


def _zsh_specs(flag: Flag) -> Iterator[str]:
    text = flag.help.replace("[", "(").replace("]", ")").replace(":", " ")
    action = f"({' '.join(flag.words)})" if flag.words else "_files"
    if not flag.spellings:
        yield f"1:word:{action}"
    for spelling in flag.spellings:
        yield f"*{spelling}[{text}]" + (f":value:{action}" if flag.takes_value else "")


def _fish(commands: Sequence[Command]) -> str:
    lines = []
    for command in commands:
        told = _fish_quoted(command.help)
        lines.append(f"complete -c onecopy -n __fish_use_subcommand -f -a {command.name} -d {told}")
    for command in commands:
        seen = f"-n '__fish_seen_subcommand_from {command.name}'"
        for flag in command.flags:
            words = f" -x -a {_fish_quoted(' '.join(flag.words))}" if flag.words else ""
            needs = " -r" if flag.takes_value and flag.spellings and not words else ""
            spelled = "".join(
                f" -l {each[2:]}" if each.startswith("--") else f" -s {each[1:]}"
                for each in flag.spellings
            )
            told = _fish_quoted(flag.help)
            lines.append(f"complete -c onecopy {seen}{spelled}{words}{needs} -d {told}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
