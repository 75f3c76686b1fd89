"""Run the notebooks from top to bottom and save them with what they show: `make notebooks`.

Each runs in an empty folder of its own, so that no path of a machine gets into it.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def execute(path: Path) -> None:
    """Run a notebook and write it again."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name=KERNEL["name"],
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    # Without the version of the Python that ran it, which would differ from machine to machine.
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def main() -> None:
    """Run those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", type=Path, nargs="*")
    given = parser.parse_args()
    # The kernel imports what lies beside the notebooks, as it would if it were started there.
    beside = [str(HERE), *filter(None, [os.getenv("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(beside)
    for path in given.notebooks or sorted(HERE.glob("*.ipynb")):
        print(path.name, file=sys.stderr)
        execute(path)


if __name__ == "__main__":
    main()
