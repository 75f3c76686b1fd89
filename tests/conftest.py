"""Lets the tests import the oracle and the generator that lie beside them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for Parquet files, apart from the one for outputs."""
    path = tmp_path / "files"
    path.mkdir()
    return path
