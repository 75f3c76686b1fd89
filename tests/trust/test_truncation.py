"""Files cut at every byte and with bits turned: always an answer, and never a wrong one where
checksums are.

`ONECOPY_SWEEPS=whole` cuts everywhere and turns 200,000 bits; otherwise a sample is taken.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import onecopy
import pytest
from headers import headers
from support.paths import ROOT
from support.specimens import Specimen, specimens

SWEEP = ROOT / "tests" / "support" / "sweep_process.py"
IS_WHOLE = os.environ.get("ONECOPY_SWEEPS") == "whole"
SEED = os.environ.get("ONECOPY_SEED", "0")
FLIPS = 200_000 if IS_WHOLE else 6_000
STEP = 1 if IS_WHOLE else 20


@dataclass
class Swept:
    """What one process met."""

    bad: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


def task(specimen: Specimen, folder: Path, flips: int) -> str:
    path = specimen.write(folder)
    bodies = [(header.body.start, header.body.stop) for header in headers(path)]
    told = {
        "path": str(path),
        "bodies": bodies,
        "is_summed": specimen.has_checksums,
        "seed": SEED,
        "step": STEP,
        "flips": flips,
    }
    return json.dumps(told) + "\n"


def sweep(tasks: list[str], folder: Path) -> Swept:
    """Have one process work through some files."""
    folder.mkdir()
    command = [sys.executable, str(SWEEP), str(folder)]
    child = subprocess.run(
        command, input="".join(tasks), capture_output=True, text=True, check=False
    )
    swept = Swept()
    for line in child.stdout.splitlines():
        told = json.loads(line)
        swept.bad += told.pop("bad")
        swept.slowest = max(swept.slowest, told.pop("slowest"))
        swept.counts.update(told)
    if child.returncode != 0:
        note = (folder / "note").read_text().strip()
        swept.bad.append(f"{note}: ended with {child.returncode}: {child.stderr[-1000:]}")
    return swept


@pytest.mark.timeout(3600 if IS_WHOLE else 300)
def test_cut_files_and_turned_bits(tmp_path: Path) -> None:
    every = specimens()
    assert len(every) == 120
    tasks = [task(specimen, tmp_path, -(-FLIPS // len(every))) for specimen in every]
    workers = os.cpu_count() or 1
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(
            lambda at: sweep(tasks[at::workers], tmp_path / f"worker {at}"), range(workers)
        )
        swept = list(parts)
    seconds = time.perf_counter() - began
    counts = sum((part.counts for part in swept), Counter())
    bad = [line for part in swept for line in part.bad]
    print(
        f"\n{len(every)} files: {counts['cuts']} cuts and {counts['flips']} turned bits in "
        f"{seconds:.0f} s: {counts['refused']} refused, {counts['same']} read as before, "
        f"{counts['other']} read otherwise; {counts['in_bodies']} bits under a checksum; "
        f"{len(bad)} wrong; slowest {max(part.slowest for part in swept):.3f} s"
    )
    assert not bad, "\n".join(bad[:50])
    assert counts["flips"] >= FLIPS
    assert counts["in_bodies"] > FLIPS // 20
    # A sweep that refuses everything, or nothing, has not swept.
    assert min(counts["refused"], counts["same"], counts["other"]) > 0


@pytest.mark.parametrize("specimen", specimens(), ids=lambda specimen: specimen.name)
def test_specimens_are_what_they_say(tmp_path: Path, specimen: Specimen) -> None:
    path = specimen.write(tmp_path)
    assert len(headers(path)) >= 4
    told = next(iter(onecopy.inspect(path).columns))
    wanted = {"dictionary": "RLE_DICTIONARY"}.get(specimen.encoding, specimen.encoding)
    assert wanted in told.encodings
    assert onecopy.load_training_matrix(path, fill=None).X.shape == (48, 1)
