"""Write seeds for the fuzz targets: small files of all kinds, and public ones, cut into pieces.

Public files are looked for in the folder that ``ONECOPY_CORPUS`` names, or beside the checkout, and
left out where there are none.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from support import parquet_files as files  # noqa: E402
from support.paths import CORPUS, ROOT  # noqa: E402

WORK = Path(os.environ.get("ONECOPY_FUZZ_WORK", ROOT / "target" / "fuzz"))
FILES = 400


def write(folder: Path) -> None:
    """Files of a few rows and columns, in random kinds and layouts."""
    rng = np.random.default_rng(2026)
    for number in range(FILES):
        rows = int(files.one_of(rng, [0, 1, 3, 20, 70, 300]))
        kinds = files.draw_kinds(rng, int(rng.integers(1, 4)))
        table = files.draw_table(rng, rows, kinds, tame=bool(rng.random() < 0.5))
        for name in files.BYSTANDERS:
            if rng.random() < 0.1:
                table = table.append_column(name, files.bystander(name, rows))
        table = required(rng, table)
        files.write(table, folder / f"{number}.parquet", **files.draw_layout(rng, table))


def required(rng: np.random.Generator, table: object) -> object:
    """The table with some columns, where they have no nulls, declared without them."""
    schema = table.schema
    for at, field in enumerate(schema):
        if rng.random() < 0.5 and not pc.any(pc.is_null(table[field.name])).as_py():
            schema = schema.set(at, field.with_nullable(field.type.id == 0))
    return table.cast(schema)


def main() -> None:
    target = os.environ.get("CARGO_TARGET_DIR", str(WORK / "build-seeds"))
    manifest = str(HERE / "Cargo.toml")
    command = ["cargo", "run", "--quiet", "--release", "--manifest-path", manifest]
    command += ["--target-dir", target, "--example", "seeds", "--", str(WORK / "seeds")]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        subprocess.run([*command, folder, *([str(CORPUS)] if CORPUS.is_dir() else [])], check=True)
    for part in sorted((WORK / "seeds").iterdir()):
        print(f"{part}: {len(list(part.iterdir()))} seeds")


if __name__ == "__main__":
    main()
