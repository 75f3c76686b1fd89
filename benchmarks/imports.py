"""Time `import onecopy` against another revision: in turn, each import in a process of its own.

    imports.py REVISION [--turns N] [--most RATIO]

NumPy is imported before: it takes its time in both, and is no part of the figure.
"""

import argparse
import statistics
import subprocess
import sys

from revision import installed

CODE = """
import time, numpy
began = time.perf_counter()
import onecopy
print(time.perf_counter() - began)
"""


def seconds(python: str) -> float:
    """Import it once in a new process."""
    done = subprocess.run([python, "-c", CODE], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> int:
    """Take turns, and hold the ratio against the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="what this build is compared with")
    parser.add_argument("--turns", type=int, default=101)
    parser.add_argument("--most", type=float, help="the greatest median of ratios that is allowed")
    options = parser.parse_args()
    base = installed(options.revision, say=print)
    pythons = {"before": base.python, "after": sys.executable}
    for python in pythons.values():
        seconds(python)
    turns = [{at: seconds(python) for at, python in pythons.items()} for _ in range(options.turns)]
    for at in pythons:
        print(f"{at:<8} {1e3 * statistics.median(turn[at] for turn in turns):7.1f} ms")
    ratio = statistics.median(turn["after"] / turn["before"] for turn in turns)
    print(f"ratio    {ratio:7.3f}")
    return int(options.most is not None and ratio > options.most)


if __name__ == "__main__":
    sys.exit(main())
