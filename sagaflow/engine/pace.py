"""The time that the actions of this process take: quick ones can wait for each other, and slow ones do not have to.

The times are those of this machine's clock, waiting included: an action that waits for another service is slow, however
little it computes. An action that was never performed here does not count as quick.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sagaflow.participants import Work

__all__ = ["is_quick", "measured", "serves_quickly"]

QUICK = 0.002
"""Seconds that a quick action takes on average, at most."""
NEWS = 0.2
"""The part that the latest attempt has in the average: one of a second makes any action slow."""

_actions: dict[str, float] = {}
_services: dict[str, float] = {}


@contextmanager
def measured(work: Work) -> Iterator[None]:
    """Measure the attempt in the block."""
    began = time.monotonic()
    try:
        yield
    finally:
        took = time.monotonic() - began
        for averages, name in ((_actions, work.action), (_services, work.context.service)):
            averages[name] = NEWS * took + (1 - NEWS) * averages.get(name, took)


def is_quick(action: str) -> bool:
    """Return true if the action of this name is quick here."""
    return _actions.get(action, QUICK) < QUICK


def serves_quickly(service: str) -> bool:
    """Return true if the actions of this service are quick here."""
    return _services.get(service, QUICK) < QUICK
