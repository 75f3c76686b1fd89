"""Measure onecopy and its peers: time and memory for the same matrix, on the same data.

Without a section all of them run, one after the other. Figures go to the terminal and to the
record. It needs Linux, because memory is sampled from /proc.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import peers
import scaling
from bench_data import Shape
from harness import Harness
from machine import describe_machine
from results import Section, append, render_claims

HERE = Path(__file__).parent
SECTIONS: dict[str, Callable[[Harness], Section]] = {
    "peers": peers.peers,
    "reads": peers.reads,
    "orders": scaling.orders,
    "threads": scaling.threads,
    "shapes": scaling.shapes,
    "sizes": scaling.sizes,
    "files": scaling.files,
    "bound": scaling.bound,
}
FULL = {"rows": 1_500_000, "rounds": 7, "cells": 1_000_000_000, "wide": 17_000}
# Enough to see that all works; its figures are no evidence.
QUICK = {"rows": 300_000, "rounds": 3, "cells": 100_000_000, "wide": 4_000}


def read_options() -> argparse.Namespace:
    """Read the command line."""
    sections = [f"  {name:<8} {run.__doc__}" for name, run in SECTIONS.items()]
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="\n".join(["sections:", *sections]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", metavar="section")
    parser.add_argument("--quick", action="store_true", help="less data and fewer rounds")
    parser.add_argument("--rows", type=int, help="of most data sets")
    parser.add_argument("--columns", type=int, default=114, help="of most data sets")
    parser.add_argument("--row-group-rows", type=int, default=500_000, help="of most data sets")
    parser.add_argument("--codec", default="snappy", choices=peers.READ_BARS)
    parser.add_argument("--rounds", type=int, help="warm calls of each contender")
    parser.add_argument("--cells", type=int, help="of the largest data set")
    parser.add_argument("--wide", type=int, help="columns of the widest data set")
    parser.add_argument("--only", nargs="*", default=(), help="parts of the names of others")
    parser.add_argument("--folder", type=Path, default=Path("bench-data"), help="for the data")
    parser.add_argument("--record", type=Path, default=HERE / "record", help="for the figures")
    parser.add_argument("--label", help="of the record: `full` or `quick` if not given")
    options = parser.parse_args()
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    return options


def draw(record: Path, label: str) -> None:
    """Draw the curves of the section `peers`, if matplotlib is there."""
    if find_spec("matplotlib") is None:
        print("  no picture: matplotlib is not installed")
        return
    picture = record.with_name("memory.png" if label == "full" else f"memory-{label}.png")
    command = [sys.executable, str(HERE / "curves.py"), str(record), str(picture)]
    subprocess.run(command, check=True)


def main() -> int:
    """Run the sections that were asked for."""
    options = read_options()
    if not Path("/proc/self/status").exists():
        raise SystemExit("The benchmark samples memory from /proc, so it needs Linux.")
    print("; ".join(f"{key} {value}" for key, value in describe_machine().items()))
    label = options.label or ("quick" if options.quick else "full")
    base = Shape(options.rows, options.columns, options.row_group_rows, options.codec)
    numbers = (options.rounds, options.cells, options.wide)
    failed = []
    with Harness(options.folder, base, *numbers, only=options.only) as harness:
        for name in options.sections or SECTIONS:
            try:
                section = SECTIONS[name](harness)
                if section.claims:
                    print(f"\n{render_claims(section.claims)}", flush=True)
                record = append(options.record, label, section)
            except RuntimeError as error:
                print(f"{name} failed: {error}")
                failed.append(name)
                continue
            if name == "peers":
                draw(record, label)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
