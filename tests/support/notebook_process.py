"""A process that runs the code cells of a notebook, as a kernel would, and tells what they show.

It is given the notebook and a file for its answer: for each cell whether it printed, and the forms
in which its last value can be shown. What a card raises, its cell raises.
"""

import ast
import json
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import onecopy


class Printed:
    """An output that remembers whether anything came."""

    def __init__(self) -> None:
        self.is_used = False

    def write(self, text: str) -> int:
        self.is_used |= bool(text)
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def shown(value: Any) -> list[str]:
    """The forms of a value, in the words of notebooks; each is made."""
    if value is None:
        return []
    is_page = hasattr(value, "_repr_html_") and value._repr_html_() is not None
    repr(value)
    return ["text/html", "text/plain"] if is_page else ["text/plain"]


def run(source: str, name: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run a cell; its last expression is what it shows."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed, value = Printed(), None
    with redirect_stdout(printed):
        exec(compile(tree, name, "exec"), namespace)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
    return {"prints": printed.is_used, "shows": shown(value)}


def main(notebook: Path, answer: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    # Those of learners are theirs.
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", onecopy.OnecopyWarning)
    namespace = {"__name__": "__main__"}
    found = [
        run("".join(cell["source"]), f"{notebook.name}, {cell['id']}", namespace)
        for cell in cells
        if cell["cell_type"] == "code"
    ]
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
