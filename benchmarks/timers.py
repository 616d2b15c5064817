"""Measures how soon timers fire that are due at the same time. Run: python -m benchmarks.timers

Two thousand runs wait for one moment; then a sweeper handles the timers of all of them, on SQLite or on the database of
DATABASE_URL. Promise: it takes at most ten seconds. If not, the exit code is 1.
"""

# ruff: noqa: T201  (a benchmark prints)

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.engine import prepared

RUNS = 2_000
WANTED = 10.0
"""The promise, in seconds."""
AHEAD = 3600.0
"""Seconds before the moment; long enough for every run to be waiting when it comes."""


def waiting() -> list[str]:
    """Start runs that all wait for the same moment."""
    from django.db import connection, transaction

    from sagaflow import Saga, Step, Timer, engine, orchestrated, registry
    from sagaflow.store.clock import NOW

    registry.register(Saga("alarm", orchestrated("main", Step("ring", Timer(AHEAD)))))
    with transaction.atomic():
        runs = [engine.start("alarm", {}) for _ in range(RUNS)]
    NOW[connection.vendor] = f"({NOW[connection.vendor]} + {2 * AHEAD})"
    return runs


def main() -> int:
    """Print the time, and if the promise was kept."""
    with tempfile.TemporaryDirectory() as folder:
        prepared(Path(folder))
        from sagaflow import engine
        from sagaflow.processes import actors
        from sagaflow.processes.sweeper import Sweeper

        runs = waiting()
        sweeper = Sweeper(actors.current())
        began = time.monotonic()
        sweeper.turn()
        while sweeper.is_amid:
            sweeper.turn()
        seconds = time.monotonic() - began
        left = [run for run in runs if engine.state(run)[1].status != "completed"]
    print(f"{RUNS} timers due at once: {seconds:.1f} s ({seconds / RUNS * 1000:.2f} ms each), {len(left)} not gone off")
    return 0 if not left and seconds <= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
