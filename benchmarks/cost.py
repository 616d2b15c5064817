"""Measures what the CPU time of a saga is spent on, by part. Run: python -m benchmarks.cost

One thread starts sagas of five steps that do nothing and carries them to their end, without a broker. The system
interrupts it after each few milliseconds of CPU time, and the innermost function that belongs to a part counts. The
time of the database server is that of the process behind the connection. With ``--together 32``, sagas are started
and carried on in batches of 32, as busy workers do on PostgreSQL. For PostgreSQL put
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
    parser.add_argument("--together", type=int, default=1, help="sagas at once (default: %(default)s)")
    parser.add_argument("--functions", type=int, default=0, help="print so many functions, too")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.compare.settings"
    with tempfile.TemporaryDirectory() as folder:
        prepared(Path(folder))
        from django.db import connections

        print_costs(options)
        connections.close_all()
    return 0


def carry_on(run_ids: list[str]) -> None:
    """Carry on one run, or several in a batch."""
    from sagaflow import engine
    from sagaflow.core.run.skills import ALL
    from sagaflow.engine.batch import Batch, Crew

    if len(run_ids) == 1:
        engine.wake(run_ids[0])
        return

    def join(most: int) -> list[str]:
        joined, run_ids[:] = run_ids[:most], run_ids[most:]
        return joined

    def failed(run_id: str, error: Exception) -> None:
        raise RuntimeError(run_id) from error

    Batch(Crew("worker", ALL, lambda: True, join, run_ids.append, failed)).carry_on()


def print_costs(options: argparse.Namespace) -> None:
    """Play sagas, and print a line for each part."""
    from sagaflow import engine

    saga, together = options.saga, options.together
    for _ in range(20):
        engine.wake(engine.start(saga, {}))
    samples, starts, wakes = Samples(), 0.0, 0.0
    before, runs = server_time(), 0
    with samples:
        while runs < options.runs:
            began = time.process_time()
            started = engine.start_many(saga, [engine.NewRun(input={})] * together)
            half = time.process_time()
            carry_on([run.run_id for run in started])
            starts += half - began
            wakes += time.process_time() - half
            runs += together
    server = server_time() - before
    scale = (starts + wakes) / runs * 1000 / max(1, sum(samples.parts.values()))
    print(f"CPU-ms per saga: start {starts / runs * 1000:.2f}, steps {wakes / runs * 1000:.2f}, ", end="")
    print(f"database server {server / runs * 1000:.2f}")
    for part, count in samples.parts.most_common():
        print(f"  {part:24} {count * scale:6.2f}")
    for name, count in samples.functions.most_common(options.functions):
        print(f"  {count * scale:6.3f}  {name}")


if __name__ == "__main__":
    sys.exit(main())
