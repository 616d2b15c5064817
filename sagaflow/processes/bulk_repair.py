"""Carries out bulk repairs. It runs beside the sweeper; several at once share the work."""

import time

from sagaflow import conf, engine
from sagaflow.processes.loop import Loop

__all__ = ["loop", "repair_all"]

SLICE = 1.0
"""Seconds of work after which the loop looks whether it is to stop."""


def loop() -> Loop:
    """Repairs as long as there is something to repair, and looks once per interval."""
    return Loop("repairer", turn, conf.current().sweep_interval)


def turn() -> float | None:
    """One slice; returns the seconds until the next turn, ``None`` for the usual interval."""
    until = time.monotonic() + SLICE
    while engine.repair_next():
        if time.monotonic() >= until:
            return 0.0
    return None


def repair_all() -> int:
    """Everything that is open now; returns how many runs were looked at."""
    done = 0
    while engine.repair_next():
        done += 1
    return done
