"""What a join costs per value, at three sizes of tables, rows and columns: flat means linear."""

import argparse
import time
from pathlib import Path

import onecopy
from join_tables import FEATURES_A_TABLE, KEY, TARGET_NAMES, written

TABLES, ROWS = 100, 10_000
STEPS = (1, 2, 4)
ROUNDS = 9


def seconds(folder: Path) -> tuple[float, int]:
    """Load several times; give the shortest time and the values.

    The shortest, because memory that a virtual machine was just given costs several times more.
    """
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        matrix = onecopy.load_training_matrix(
            folder / "targets.parquet",
            join=folder / "features",
            on=KEY,
            target=TARGET_NAMES,
        )
        taken.append(time.perf_counter() - started)
    return min(taken), matrix.X.size


def main() -> None:
    """Write the tables, load them, and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("join-data"))
    options = parser.parse_args()
    print(f"{'grows':<10}{'tables':>8}{'rows':>9}{'columns':>9}{'seconds':>10}{'ns a value':>12}")
    for grows in ("tables", "rows", "columns"):
        costs = []
        for step in STEPS:
            tables = TABLES * (step if grows == "tables" else 1)
            rows = ROWS * (step if grows == "rows" else 1)
            features = FEATURES_A_TABLE * (step if grows == "columns" else 1)
            folder = written(options.folder, tables, rows, features, say=print)
            taken, values = seconds(folder)
            costs.append(taken / values * 1e9)
            columns = values // rows
            print(f"{grows:<10}{tables:>8}{rows:>9}{columns:>9}{taken:>10.3f}{costs[-1]:>12.2f}")
        print(f"{grows:<10}largest cost a value / smallest: {max(costs) / min(costs):.2f}")


if __name__ == "__main__":
    main()
