"""Look at every page of the site and at every card as a browser shows them: `make docs-shots`.

Screenshots are made on light and dark grounds, on a wide window and on a phone. A page that is
wider than its window, and a serious finding of axe-core, is an error.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onecopy
import pyarrow as pa
import pyarrow.parquet as pq
from onecopy._cards.frame import page as page_of

WIDTHS = {"wide": 1280, "phone": 390}
SERIOUS = {"serious", "critical"}


def cards(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write a page with each card."""
    for name, shown in _shown(folder):
        path = folder / f"card-{name}.html"
        path.write_text(page_of(f"A card: {name}", shown._repr_html_()), encoding="utf-8")
        yield path.stem, path


def _shown(folder: Path) -> Iterator[tuple[str, object]]:
    random = np.random.default_rng(0)
    rows = 5_000
    columns = {
        f"sensor_{at:02}": pa.array(random.normal(size=rows), mask=random.random(rows) < at / 60)
        for at in range(50)
    }
    key = np.arange(rows)
    source = folder / "source.parquet"
    pq.write_table(pa.table({"key": key, "target": random.integers(0, 2, rows), **columns}), source)
    tables = folder / "tables"
    tables.mkdir()
    for at in range(5):
        some = random.permutation(key)[: rows - 700 * at]
        table = pa.table({"key": some, f"rain_{at}": random.exponential(size=len(some))})
        pq.write_table(table, tables / f"station_{at}.parquet")
    options = {"target": "target", "exclude": ["key"]}
    yield "inspection", onecopy.inspect(source)
    yield "plan", onecopy.plan(source, **options)
    yield "plan-file", onecopy.plan(source, **options, out=folder / "x.npy")
    yield "matrix", onecopy.load_training_matrix(source, **options)
    joined = onecopy.load_training_matrix(source, join=tables, on="key", target="target")
    yield "report-join", joined.report


def pages(site: Path) -> Iterator[tuple[str, Path]]:
    """List the pages of the site."""
    for path in sorted(site.rglob("*.html")):
        name = "-".join(path.relative_to(site).with_suffix("").parts)
        if not name.startswith("_") and name not in {"genindex", "search"}:
            yield name, path


def look(items: list[tuple[str, Path]], out: Path, browser: str) -> list[str]:
    """Make all screenshots, and return what is wrong."""
    from axe_core_python.sync_playwright import Axe  # noqa: PLC0415 (only for this)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    wrong = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for window, width in WIDTHS.items():
                view = chromium.new_page(
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,  # type: ignore[arg-type]
                )
                for name, path in items:
                    view.goto(path.resolve().as_uri())
                    view.screenshot(path=out / f"{name}-{scheme}-{window}.png", full_page=True)
                    where = f"{name}, {scheme}, {window}"
                    found = int(view.evaluate("document.documentElement.scrollWidth"))
                    if found > width:
                        wrong.append(f"{where}: {found} pixels wide")
                    for finding in Axe().run(view)["violations"]:
                        if finding["impact"] in SERIOUS:
                            target = finding["nodes"][0]["target"]
                            wrong.append(f"{where}: {finding['id']}: {finding['help']} {target}")
                view.close()
        chromium.close()
    return wrong


def main() -> int:
    """Look at a site that was built."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="pages whose names have this in them")
    given = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("no browser found: install chromium", file=sys.stderr)  # noqa: T201
        return 1
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        items = [*cards(Path(folder)), *pages(given.site)]
        wrong = look([item for item in items if given.only in item[0]], given.out, browser)
    print("\n".join([*wrong, f"{len(wrong)} findings; screenshots are in {given.out}"]))  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
