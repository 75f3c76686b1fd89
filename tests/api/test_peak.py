"""What a block of code peaks at."""

import time
from pathlib import Path

import numpy as np
import onecopy
import pytest

MB = 1_000_000


def test_what_is_held_for_a_moment_counts() -> None:
    with onecopy.peak() as peak:
        for size in (10, 80, 20):
            array = np.ones(size * MB, dtype=np.uint8)
            time.sleep(0.02)
            del array
    assert 78 * MB < peak.bytes < 100 * MB
    assert "MB" in repr(peak)


def test_the_level_before_does_not_count() -> None:
    held = np.ones(60 * MB, dtype=np.uint8)
    with onecopy.peak() as peak:
        time.sleep(0.02)
    assert peak.bytes < 10 * MB
    assert peak.before > held.nbytes


def test_mapped_files_are_kept_apart(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones(80 * MB, dtype=np.uint8))
    with onecopy.peak() as peak:
        total = np.load(tmp_path / "x.npy", mmap_mode="r").sum()
        time.sleep(0.02)
    assert total == 80 * MB
    assert peak.bytes < 10 * MB
    assert peak.file_bytes > 70 * MB


def test_it_sees_while_the_interpreter_is_busy() -> None:
    # One call that holds the interpreter all the time, and frees what it held.
    with onecopy.peak() as peak:
        length = len(bytes([1]) * (200 * MB))
    assert length == 200 * MB
    assert peak.bytes > 150 * MB


def test_an_error_goes_through() -> None:
    peak = onecopy.peak()
    assert repr(peak) == "Peak(not known yet)"
    with pytest.raises(KeyError), peak:
        raise KeyError
    assert "not known" not in repr(peak)


def test_blocks_may_be_nested() -> None:
    with onecopy.peak() as outer, onecopy.peak() as inner:
        array = np.ones(50 * MB, dtype=np.uint8)
        time.sleep(0.02)
    assert abs(outer.bytes - inner.bytes) < 5 * MB
    assert len(array)
