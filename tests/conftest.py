"""What all tests share; `support` has the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.object_server import ObjectServer
from support.remote import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for Parquet files, apart from the one for outputs."""
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ObjectServer]:
    """A server of objects, with three files in one folder."""
    root = tmp_path / "served"
    write(root / "bucket" / "train")
    with ObjectServer(root) as server:
        yield server
