"""Verifies each run after every test: its journal is dense and chained, and its snapshot is the fold of the journal."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

from sagaflow import engine, signals, store
from sagaflow.models import Run
from tests.engine import sagas

BOTH = ["default", "participant"]


@pytest.fixture(autouse=True)
def _history_is_whole(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check law L7 after the test."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None:
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    sagas.tokens.clear()
    yield
    if "tampers" not in request.fixturenames:
        faults = [fault for pk in Run.objects.values_list("pk", flat=True) for fault in engine.verify(str(pk))]
        assert faults == []


@pytest.fixture
def tampers() -> None:
    """Marks a test that breaks what the check after it would find."""


@pytest.fixture
def hints() -> Iterator[list[dict[str, Any]]]:
    """The hints that were sent, in order."""
    received: list[dict[str, Any]] = []

    def receive(signal: Any, sender: Any, **facts: Any) -> None:
        received.append(facts)

    signals.work_due.connect(receive)
    yield received
    signals.work_due.disconnect(receive)


@contextmanager
def counting_commits() -> Iterator[list[str]]:
    """Every commit on the connection: those of transactions, and each statement outside of a transaction."""
    commits: list[str] = []
    real = connection._commit

    def commit() -> None:
        commits.append("transaction")
        real()

    def statement(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if connection.get_autocommit() and not sql.lstrip().upper().startswith(("SELECT", "BEGIN")):
            commits.append(sql)
        return execute(sql, params, many, context)

    connection._commit = commit
    try:
        with connection.execute_wrapper(statement):
            yield commits
    finally:
        del connection._commit


def finish(run_id: str, **options: Any) -> str:
    """Wake the run until nothing is due any more. Return its status."""
    while engine.wake(run_id, **options):
        pass
    return status(run_id)


def sweep() -> int:
    """Do one round of a sweeper that does the work itself. Return how many runs it looked at."""
    found = store.overdue().runs
    for run_id in found:
        engine.wake(run_id)
    return len(found)


def status(run_id: str) -> str:
    return engine.state(run_id)[1].status.value


def kinds(run_id: str) -> list[str]:
    return [entry.kind for entry in engine.journal(run_id)]


def at_once(*bodies: Any) -> list[Any]:
    """The result or error of each body. All start at the same moment, in threads with their own connections."""
    gate = threading.Barrier(len(bodies))

    def body(work: Any) -> Any:
        gate.wait()
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - it is the answer
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(body, bodies))
