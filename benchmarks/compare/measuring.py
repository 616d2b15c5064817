"""Measures one contender: sagas per second, the CPU time of all its processes, and the time of a saga alone."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import psutil

__all__ = ["Sample", "cpu_of", "measured", "quartiles"]

PATIENCE = 300.0
"""Seconds for all sagas of a sample."""


class Sample(NamedTuple):
    """One round of one contender."""

    per_second: float
    cpu: float
    """Milliseconds per saga: client, workers, database and broker."""
    alone: float
    """Milliseconds from the start of one saga, with nothing else under way, to its end; the median of several."""


def measured(
    start: Callable[[int], None], done: Callable[[], int], pids: Sequence[int], runs: int, alone: int
) -> Sample:
    """Start ``runs`` sagas at once, then ``alone`` sagas one after the other. ``done`` counts those that have ended."""
    before, cpu, began = done(), cpu_of(pids), time.perf_counter()
    start(runs)
    _wait(done, before + runs, pause=0.02)
    took, used = time.perf_counter() - began, cpu_of(pids) - cpu
    times = []
    for number in range(1, alone + 1):
        moment = time.perf_counter()
        start(1)
        _wait(done, before + runs + number, pause=0.001)
        times.append((time.perf_counter() - moment) * 1000)
    return Sample(runs / took, used / runs * 1000, statistics.median(times))


def _wait(done: Callable[[], int], number: int, *, pause: float) -> None:
    """Wait until ``number`` sagas have ended."""
    until = time.monotonic() + PATIENCE
    while (found := done()) < number:
        if time.monotonic() > until:
            raise SystemExit(f"Only {found} of {number} sagas ended within {PATIENCE:g} seconds.")
        time.sleep(pause)


def cpu_of(pids: Iterable[int]) -> float:
    """Return the seconds of CPU, user and system, that these processes and all their children took so far."""
    total = 0.0
    for pid in pids:
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total


def quartiles(values: Sequence[float]) -> str:
    """Return the median, and the quartiles in brackets."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"
