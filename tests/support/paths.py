"""Where things lie: the checkout, and the public files that may lie beside it."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("ONECOPY_CORPUS", ROOT.parent / "shared" / "corpus"))
