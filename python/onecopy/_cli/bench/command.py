"""The command `bench`: the ways take turns, and a table says what each took."""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from onecopy import _native
from onecopy._cli.bench.picture import picture
from onecopy._cli.bench.turns import Failed, Job, Turn, take_turn
from onecopy._cli.bench.ways import BY_NAME, WAYS
from onecopy._cli.failures import DONE
from onecopy._cli.options import one_source
from onecopy._cli.output import say, show, show_json
from onecopy._cli.pour import wants_progress
from onecopy._errors import UnsupportedTypeError
from onecopy._inspect import inspect
from onecopy._render import quoted, show_size, text_table
from onecopy._sources import expand

_HEADER = ("way", "seconds", "/ onecopy", "peak memory", "peak / matrix", "result")
_BAR = 40
_CLOSE = 1e-5
"""Sums may differ by so much of the magnitudes: medians are rounded twice by some libraries."""


def add_bench(command: argparse.ArgumentParser) -> None:
    """Add its arguments."""
    command.set_defaults(run=run_bench)
    command.add_argument(
        "source", nargs="+", metavar="SRC", help="Parquet files, folders or quoted globs"
    )
    command.add_argument(
        "--columns", metavar="NAME,..", help="the columns to load; by default all numbers"
    )
    command.add_argument("--rounds", type=_count, default=3, metavar="N", help="turns of each way")
    command.add_argument(
        "--ways", metavar="NAME,..", help=f"some of {', '.join(BY_NAME)}; by default all"
    )
    command.add_argument(
        "--timeout", type=float, default=600.0, metavar="SECONDS", help="the most for one load"
    )
    command.add_argument("-o", "--out", metavar="FILE.svg", help="write a picture of the memory")
    command.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="a line on stderr for each turn; by default where that is a terminal",
    )


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def run_bench(given: argparse.Namespace) -> int:
    """Let the ways take turns."""
    source = one_source(given.source)
    names = given.columns.split(",") if given.columns else None
    found = inspect(source)
    columns = names or [column.name for column in found.columns if column.taken]
    if not columns:
        raise UnsupportedTypeError("bench: expected at least one column of numbers, found none")
    chosen = _ways(given.ways)
    job = Job(expand(source).paths, columns, given.timeout)
    missing = [Failed(n, f"needs {quoted(m)}") for n in chosen if (m := BY_NAME[n].missing)]
    turns, failed = _rounds([name for name in chosen if not BY_NAME[name].missing], job, given)
    results = [_result(name, turns, turns["onecopy"]) for name in turns]
    left_out = [*missing, *failed.values()]
    if given.out and turns:
        matrix_bytes = found.rows * len(columns) * 4
        drawn = picture([_middle(each) for each in turns.values()], matrix_bytes)
        _native.write_whole(str(Path(given.out)), drawn.encode())
    if given.json:
        show_json(
            {
                "rows": found.rows,
                "columns": len(columns),
                "ways": results,
                "left_out": {each.way: each.reason for each in left_out},
                "picture": given.out,
            }
        )
    else:
        title = f"{found.rows:,} x {len(columns):,} float32 of {len(job.paths):,} files"
        show("\n".join([title, *_table(results, left_out)]))
    return DONE


def _ways(asked: str | None) -> list[str]:
    """Return the names of the ways, ours first."""
    if asked is None:
        return [way.name for way in WAYS]
    known = {name.lower(): name for name in BY_NAME}
    names = [name.strip().lower() for name in asked.split(",")]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"--ways: expected some of {', '.join(BY_NAME)}, found {unknown[0]!r}")
    return list(dict.fromkeys(["onecopy", *(known[name] for name in names)]))


def _rounds(
    names: Sequence[str], job: Job, given: argparse.Namespace
) -> tuple[dict[str, list[Turn]], dict[str, Failed]]:
    turns: dict[str, list[Turn]] = defaultdict(list)
    failed: dict[str, Failed] = {}
    tells = wants_progress(given.progress)
    for number in range(1, given.rounds + 1):
        for name in names:
            if name in failed:
                continue
            turn = take_turn(name, job)
            if isinstance(turn, Failed):
                if name == "onecopy":
                    raise UnsupportedTypeError(f"bench: onecopy cannot load it: {turn.reason}")
                failed[name] = turn
                turns.pop(name, None)
            else:
                turns[name].append(turn)
            if tells:
                told = turn.reason if isinstance(turn, Failed) else f"{turn.seconds:.2f} s"
                say(f"round {number} of {given.rounds}, {name}: {told}")
    return dict(turns), failed


def _middle(turns: Sequence[Turn]) -> Turn:
    """Return the turn whose time is the middle one."""
    return sorted(turns, key=lambda turn: turn.seconds)[len(turns) // 2]


def _result(name: str, turns: dict[str, list[Turn]], ours: Sequence[Turn]) -> dict[str, object]:
    each = turns[name]
    ratio = median(t.seconds / o.seconds for t, o in zip(each, ours, strict=False))
    peak = max(turn.peak for turn in each)
    return {
        "way": name,
        "seconds": median(turn.seconds for turn in each),
        "ratio": ratio,
        "peak_bytes": peak,
        "peak_ratio": peak / max(each[0].bytes, 1),
        "equal": all(_agree(turn, ours[0]) for turn in each),
        "rounds": [turn.seconds for turn in each],
    }


def _agree(turn: Turn, ours: Turn) -> bool:
    """Whether the columns of two matrices have the same sums."""
    scale = ours.sums[1]
    return turn.rows == ours.rows and all(
        abs(one - two) <= _CLOSE * max(size, 1e-30)
        for one, two, size in zip(turn.sums[0], ours.sums[0], scale, strict=True)
    )


def _table(results: Sequence[dict[str, object]], left_out: Sequence[Failed]) -> list[str]:
    """Return a table, and bars of the time."""
    rows = [
        [
            str(result["way"]),
            f"{result['seconds']:.3f}",
            f"{result['ratio']:.1f}",
            show_size(float(str(result["peak_bytes"]))),
            f"{result['peak_ratio']:.2f}",
            "equal" if result["equal"] else "DIFFERS",
        ]
        for result in results
    ]
    longest = max(float(str(result["seconds"])) for result in results) or 1.0
    width = max(len(str(result["way"])) for result in results)
    bars = [
        f"{result['way']:<{width}}  {_bar(float(str(result['seconds'])) / longest)}"
        for result in results
    ]
    gone = [f"{each.way}: left out, {each.reason}" for each in left_out]
    return [*text_table(_HEADER, rows), "", *bars, *gone]


def _bar(share: float) -> str:
    return "█" * max(round(share * _BAR), 1)
