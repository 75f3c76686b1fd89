"""What all tests share; `support` has the rest."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for Parquet files, apart from the one for outputs."""
    path = tmp_path / "files"
    path.mkdir()
    return path
