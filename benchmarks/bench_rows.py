"""Measure how onecopy chooses rows: filters, splits, orders, groups and keys, beside others.

Figures go to the terminal and to the record, and a picture is drawn of them. It needs Linux,
because memory is sampled from /proc.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bench_data import Shape
from harness import Harness
from machine import describe_machine
from results import Section, append, render_claims
from rows import filters, keys, places
from rows.turns import FULL, QUICK, Sizes

HERE = Path(__file__).parent
SECTIONS: dict[str, Callable[[Harness, Sizes], Section]] = {
    "week": filters.week,
    "weeks": filters.weeks,
    "symbols": filters.symbols,
    "everything": filters.everything,
    "split": places.split,
    "orders": places.orders,
    "groups": keys.groups,
    "duplicates": keys.duplicates,
}


def read_options() -> argparse.Namespace:
    """Read the command line."""
    sections = [f"  {name:<10} {run.__doc__}" for name, run in SECTIONS.items()]
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="\n".join(["sections:", *sections]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", metavar="SECTION", choices=SECTIONS)
    parser.add_argument("--quick", action="store_true", help="less data and fewer rounds")
    for field in fields(Sizes):
        full = f"{getattr(FULL, field.name):,}"
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, help=full)
    parser.add_argument("--folder", type=Path, default=Path("bench-data"), help="for the data")
    parser.add_argument("--record", type=Path, default=HERE / "record", help="for the figures")
    parser.add_argument("--label", help="of the record: `rows` or `quick-rows` if not given")
    options = parser.parse_args()
    usual = asdict(QUICK if options.quick else FULL)
    given = {name: getattr(options, name) for name in usual}
    chosen = {name: usual[name] if value is None else value for name, value in given.items()}
    options.sizes = Sizes(**chosen)
    options.label = options.label or ("quick-rows" if options.quick else "rows")
    return options


def main() -> int:
    """Run the sections that were asked for, and draw what the record has."""
    options = read_options()
    if not Path("/proc/self/status").exists():
        raise SystemExit("The benchmark samples memory from /proc, so it needs Linux.")
    print("; ".join(f"{key} {value}" for key, value in describe_machine().items()), flush=True)
    sizes = options.sizes
    base = Shape(sizes.rows, sizes.columns)
    failed, record = [], None
    with Harness(options.folder, base, sizes.rounds) as harness:
        for name in options.only or SECTIONS:
            try:
                section = SECTIONS[name](harness, sizes)
                if section.claims:
                    print(f"\n{render_claims(section.claims)}", flush=True)
                record = append(options.record, options.label, section)
            except RuntimeError as error:
                print(f"{name} failed: {error}", flush=True)
                failed.append(name)
    if record and find_spec("matplotlib"):
        import_module("rows.picture").draw(record, record.with_name(f"{options.label}.png"))
    elif record:
        print("  no picture: matplotlib is not installed")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
