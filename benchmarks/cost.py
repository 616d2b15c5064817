"""Measures what the CPU time of a saga is spent on, by part. Run: python -m benchmarks.cost

One thread starts sagas of five steps that do nothing and carries them to their end, without a broker. The system
interrupts it after each few milliseconds of CPU time, and the innermost function that belongs to a part counts. The
time of the database server is that of the process behind the connection. For PostgreSQL put
``python -m tests.servers exec --postgres --`` in front. It promises nothing: compare two runs on one machine.
"""

# ruff: noqa: T201  (a benchmark prints)

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Self

import psutil

from benchmarks.engine import prepared

PARTS = {
    "core: text and chain": ("core/codec.py", "core/payload.py", "core/run/journal.py", "core/run/snapshot.py"),
    "core: fold": ("core/run/evolve.py", "core/run/steps.py", "core/copied.py"),
    "core: decide": ("sagaflow/core/",),
    "store": ("sagaflow/store/",),
    "engine, participants": ("sagaflow/engine/", "sagaflow/participants/", "sagaflow/registry.py", "sagaflow/conf.py"),
    "driver": ("/psycopg/", "/psycopg_binary/", "/psycopg_pool/", "backends/sqlite3"),
    "Django": ("/django/",),
    "live hints, transport": ("designer/", "sagaflow/transport/", "sagaflow/processes/", "/dramatiq/", "/redis/"),
}
"""A part of the cost → what the path of a file of it contains. The first that fits counts."""
INTERVAL = 0.001
"""Seconds of CPU time between two samples; the system may take longer."""


class Samples:
    """Counts the part, and the function, in which the main thread is found after each ``INTERVAL`` of CPU time."""

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()

    def __enter__(self) -> Self:
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _take(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            code = frame.f_code
            if part := part_of(code.co_filename):
                self.parts[part] += 1
                self.functions[f"{part}: {Path(code.co_filename).stem}.{code.co_qualname}"] += 1
                return
            frame = frame.f_back
        self.parts["other"] += 1


def part_of(path: str) -> str:
    """Return the part that a file belongs to, else an empty text."""
    return next((part for part, places in PARTS.items() if any(place in path for place in places)), "")


def server_time() -> float:
    """Return the seconds of CPU time of the process behind the connection; 0 for SQLite."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        times = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return times.user + times.system


def main() -> int:
    """Print the CPU time per saga, and its parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description="Measure the CPU time of a saga.")
    parser.add_argument("--runs", type=int, default=500, help="sagas (default: %(default)s)")
    parser.add_argument("--saga", default="five", choices=["five", "five-failing"], help="(default: %(default)s)")
    parser.add_argument("--functions", type=int, default=0, help="print so many functions, too")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.compare.settings"
    with tempfile.TemporaryDirectory() as folder:
        prepared(Path(folder))
        from django.db import connections

        print_costs(options.saga, options.runs, options.functions)
        connections.close_all()
    return 0


def print_costs(saga: str, runs: int, functions: int) -> None:
    """Play sagas, and print a line for each part."""
    from sagaflow import engine

    for _ in range(20):
        engine.wake(engine.start(saga, {}))
    samples, starts, wakes = Samples(), 0.0, 0.0
    before = server_time()
    with samples:
        for _ in range(runs):
            began = time.process_time()
            run = engine.start(saga, {})
            started = time.process_time()
            engine.wake(run)
            starts += started - began
            wakes += time.process_time() - started
    server = server_time() - before
    scale = (starts + wakes) / runs * 1000 / max(1, sum(samples.parts.values()))
    print(f"CPU-ms per saga: start {starts / runs * 1000:.2f}, steps {wakes / runs * 1000:.2f}, ", end="")
    print(f"database server {server / runs * 1000:.2f}")
    for part, count in samples.parts.most_common():
        print(f"  {part:24} {count * scale:6.2f}")
    for name, count in samples.functions.most_common(functions):
        print(f"  {count * scale:6.3f}  {name}")


if __name__ == "__main__":
    sys.exit(main())
