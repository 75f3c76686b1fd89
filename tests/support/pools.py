"""Pools of two, of threads and of processes; those begin anew, whatever threads a test has."""

from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest


def _processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("forkserver"))


POOLS = [
    pytest.param(lambda: ThreadPoolExecutor(2), id="threads"),
    pytest.param(_processes, id="processes"),
]
