"""Searches through the orders of outcomes, by number: how often each goes on, and a hash of the ends that it tells.

A search that leaves out an order that matters loses an end, and one that tries more orders than it has to goes on more
often. So both are in ``orders.txt``, for searches that may take as long as they need and for some that are cut.

``python -m tests.core.orders`` writes the file again. That is right only if the search is meant to change.
"""

import hashlib
import itertools
import random
from pathlib import Path

from sagaflow.core.definition.saga import Saga
from sagaflow.core.simulation.races import WORK, parallel_to
from sagaflow.core.simulation.simulate import simulate
from tests.core.golden import drawn

__all__ = ["read", "searched"]

FILE = Path(__file__).parent / "orders.txt"
CUT_AFTER = (2, 4)
"""Events."""


def _numbers(count: int) -> list[int]:
    """Return numbers of sagas with parallel steps: elsewhere there is nothing to search."""
    sagas = ((number, drawn(random.Random(number), 4)) for number in itertools.count())
    chosen = (number for number, saga in sagas if any(parallel_to(saga, step) for step in saga.steps))
    return list(itertools.islice(chosen, count))


def searched(number: int) -> str:
    """Return what the file has for this number."""
    saga = drawn(random.Random(number), 4)
    work = (WORK, *(events * len(saga.steps) for events in CUT_AFTER))
    return " ".join(_search(saga, each) for each in work)


def _search(saga: Saga, work: int) -> str:
    asked = 0

    def halt() -> bool:
        nonlocal asked
        asked += 1
        return False

    outcomes = simulate(saga, {"flag": True, "total": 1}, work=work, halt=halt)
    told = [
        (each.step, each.case.value, each.status, each.compensated, each.before, each.decides, each.cut)
        for each in outcomes
    ]
    return f"{asked}:{hashlib.sha256(repr(told).encode()).hexdigest()[:8]}"


def read() -> dict[int, str]:
    """Return the lines of the file by number."""
    lines = (line.split(" ", 1) for line in FILE.read_text().splitlines())
    return {int(number): found for number, found in lines}


if __name__ == "__main__":
    FILE.write_text("".join(f"{number} {searched(number)}\n" for number in _numbers(30)))
