"""How messages of many workers come together in a tree: simulated, with real messages.

Rows are cut into as many shares as there are workers. Each is poured, tells and answers as it would
on a machine of its own, one after the other in this process; eight messages become one, level by
level. What a round takes on a network is then a sum: for each level the bytes of eight messages
through one connection, and the time that it took to merge them here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onecopy
from onecopy import _native
from onecopy._arguments import bound
from onecopy._options import Options
from onecopy._shard import Shard
from onecopy._shares import shared_plan

TOGETHER = 8
PER_SECOND = 10e9 / 8
"""Bytes that a connection of 10 Gbit/s carries."""


@dataclass
class Round:
    """One round of messages."""

    name: str
    largest: int = 0
    seconds: float = 0.0
    merging: float = 0.0
    levels: int = 0


@dataclass
class Simulation:
    """All rounds of a load by so many workers."""

    workers: int
    same: bool
    rounds: list[Round] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """What the rounds take on the network, looks at rows aside."""
        return sum(each.seconds + each.merging for each in self.rounds)


def merged(
    name: str, messages: list[bytes], merge: Callable[[Sequence[bytes]], bytes]
) -> tuple[list[bytes], Round]:
    """Merge messages until a few are left, level by level."""
    found = Round(name, max(map(len, messages)))
    while len(messages) > TOGETHER:
        groups = [messages[at : at + TOGETHER] for at in range(0, len(messages), TOGETHER)]
        took, made = [], []
        for group in groups:
            began = time.perf_counter()
            made.append(merge(group))
            took.append(time.perf_counter() - began)
        found.levels += 1
        found.seconds += max(sum(map(len, group)) for group in groups) / PER_SECOND
        found.merging += max(took)
        messages = made
        found.largest = max(found.largest, *map(len, messages))
    found.seconds += sum(map(len, messages)) / PER_SECOND
    return messages, found


def simulate(folder: Path, workers: int) -> Simulation:
    """Load by so many workers, and compare the fills with those of one."""
    options = Options.from_arguments(bound("load_training_matrix", (str(folder),), {}))
    whole = shared_plan(options, workers)
    rows = whole.facts()["shape"][0]
    blocks, told = [], []
    for part in range(workers):
        share = whole.share(*Shard(part, workers, None).rows(rows))
        poured = share.pour(None, overwrite=False, progress=None, sidecar=None)
        blocks.append(np.asarray(poured["X"]))
        told.append(poured["report"]["told"])
    said, first = merged("told", told, _native.merge_told)
    fit = _native.SharedFit(whole, said)
    rounds = [first]
    width = blocks[0].dtype.itemsize
    while asked := fit.look():
        answers = [_native.look(block, asked, len(block), 1) for block in blocks]

        def merge(group: Sequence[bytes], asked: bytes = asked) -> bytes:
            return _native.merge_answers(asked, width, group)

        said, found = merged(f"look {len(rounds)}", answers, merge)
        rounds.append(found)
        fit.hear(said)
    fills: list[Any] = [value for _, value in fit.fills()]
    one = onecopy.load_training_matrix(folder).recipe.fill
    return Simulation(workers, fills == list(one.values()), rounds)
