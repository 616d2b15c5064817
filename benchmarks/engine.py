"""Measures the cost of a saga, and the gain of one commit per step. Run: python -m benchmarks.engine

A saga of five steps, each a function that does nothing, is driven to its end in this process in two ways. Inline, the
next step is claimed in the transaction that records the last one. By hints, each step is woken by a separate hint, as
if a queue were between them. It counts statements and commits, and takes the best time of three rounds, on SQLite or on
the database of DATABASE_URL. Promise: inline needs at most 1.4 commits per step. If not, the exit code is 1.
"""

# ruff: noqa: T201  (a benchmark prints)

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

ROUNDS, RUNS = 3, 50
STEPS = 5
WANTED = 1.4 * STEPS
OTHERS = ("SAVEPOINT", "RELEASE", "BEGIN", "PRAGMA")
"""Statements that belong to a transaction and do not query the database."""


def prepared(folder: Path) -> None:
    """Set up Django on a database with tables."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/runs.sqlite3")
    os.environ.setdefault("PARTICIPANT_DATABASE_URL", f"sqlite:///{folder}/participant.sqlite3")
    os.environ.setdefault("SECRET_KEY", "only for the benchmark")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # after the variables that it reads

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def register(name: str) -> str:
    """Register a saga of five plain steps."""
    from sagaflow import Saga, Step, orchestrated, registry

    registry.action(f"{name}.do")(lambda _: {"done": True})
    steps = (Step(f"step{number}", f"{name}.do", undo=f"{name}.do") for number in range(STEPS))
    return str(registry.register(Saga(name, orchestrated("main", *steps))).name)


def inline(name: str) -> None:
    """Let the worker continue with the run that it holds."""
    from sagaflow import engine

    engine.wake(engine.start(name, {}))


def by_hints(name: str) -> None:
    """Let the worker release the run after every step; a hint resumes it."""
    from sagaflow import engine

    run = engine.start(name, {})
    while engine.wake(run, go_on=chain([True], repeat(False)).__next__):
        pass


def counted(body: Callable[[str], None], name: str) -> Counter[str]:
    """The number of statements and commits of one run."""
    from django.db import connection

    found: Counter[str] = Counter()
    real = connection._commit  # noqa: SLF001 - the only place that every commit passes

    def commit() -> None:
        found["commits"] += 1
        real()

    def statement(execute: Any, sql: str, *given: Any) -> Any:
        found["statements"] += not sql.startswith(OTHERS)
        found["commits"] += connection.get_autocommit() and not sql.lstrip().startswith((*OTHERS, "SELECT"))
        return execute(sql, *given)

    connection._commit = commit  # noqa: SLF001
    with connection.execute_wrapper(statement):
        body(name)
    connection._commit = real  # noqa: SLF001
    return found


def milliseconds(body: Callable[[str], None], name: str) -> float:
    """The time per run in the best round."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(RUNS):
            body(name)
        rounds.append((time.perf_counter() - began) / RUNS * 1000)
    return min(rounds)


def main() -> int:
    """Print a row for each way, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        prepared(Path(folder))
        from django.db import connection, connections

        name = register("benchmark")
        print(f"{STEPS} steps on {connection.vendor}  statements  commits  ms per run")
        found = {}
        for title, body in {"next step inline": inline, "a hint per step": by_hints}.items():
            body(name)
            costs, took = counted(body, name), milliseconds(body, name)
            found[title] = costs["commits"], took
            print(f"{title:22} {costs['statements']:10} {costs['commits']:8} {took:11.1f}")
        (commits, took), (more, longer) = found.values()
        print(f"inline takes {commits / more:.2f} of the commits and {took / longer:.2f} of the time")
        connections.close_all()
    return int(commits > WANTED)


if __name__ == "__main__":
    sys.exit(main())
