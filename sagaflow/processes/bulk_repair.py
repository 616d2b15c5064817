"""Carry out bulk repairs. Each process with a sweeper runs this loop too; several processes share the work."""

import time

from sagaflow import conf, engine
from sagaflow.processes.loop import Loop

__all__ = ["loop", "repair_all"]

SLICE = 1.0
"""Seconds of work after which the loop checks for a request to stop."""


def loop() -> Loop:
    """Return the loop that repairs while there is something to repair, and looks once per interval."""
    return Loop("repairer", turn, conf.current().sweep_interval)


def turn() -> float | None:
    """Repair for one slice; return the seconds until the next turn, ``None`` for the usual interval."""
    until = time.monotonic() + SLICE
    while engine.repair_next():
        if time.monotonic() >= until:
            return 0.0
    return None


def repair_all() -> int:
    """Repair everything that is open now; return the number of runs."""
    done = 0
    while engine.repair_next():
        done += 1
    return done
