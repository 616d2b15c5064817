"""One change of one run: lock, decide, save, commit, announce. A worker holds its run instead of locking it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from sagaflow import store
from sagaflow.core.errors import SagaflowError
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.core.run.reports import Report
from sagaflow.engine.after_commit import announce
from sagaflow.store import LockedRun, Overtaken
from sagaflow.store.refusals import noted

__all__ = ["change", "change_held", "change_once", "deliver", "ignored"]

T = TypeVar("T")
TRIES = 5
"""The number of tries of a change that another transaction overtook, which the lock of the row prevents."""


def change(run_id: str, body: Callable[[LockedRun], T], *, served: Iterable[str] = ()) -> T:
    """Lock the run, call ``body``, save what the run took, and commit; return the result of ``body``.

    Raises:
        UnknownRun: there is no such run.
        Overtaken: another transaction came first in every try.
    """
    with noted(run_id):
        for _ in range(TRIES - 1):
            try:
                return change_once(run_id, body, served=served)
            except Overtaken:
                continue
        return change_once(run_id, body, served=served)


def change_held(
    run_id: str, body: Callable[[LockedRun], T], before: LockedRun | None, *, served: Iterable[str] = ()
) -> tuple[T, LockedRun | None]:
    """Change the run as ``change`` does, without its lock while no other transaction changes it.

    ``body`` decides on what this worker saved last (``before``), or on what it reads without a lock. If another
    transaction came first, nothing is written, and ``body`` is called again under the lock. Return the result, and the
    run for the next change by this worker.
    """
    with noted(run_id), suppress(SagaflowError):  # what is held may be behind: the lock tells whether it is true
        if (run := store.held(run_id, before)) is not None:
            result = body(run)
            if store.save_held(run):
                announce(run, served=served)
                return result, run
    return change(run_id, body, served=served), None


def deliver(run_id: str, report: Report) -> Decision:
    """Deliver one report to the run.

    Raises:
        UnknownRun: there is no such run.
        Refused: the report does not apply now; nothing changed.
    """
    return change(store.as_run_id(run_id), lambda run: run.take(report))


def ignored(decision: Decision) -> SignalIgnored | None:
    """Return the reason why a report changed nothing, else ``None``."""
    return decision.ignored


def change_once(
    run_id: str, body: Callable[[LockedRun], T], *, served: Iterable[str] = (), savepoint: bool = True
) -> T:
    """Change a run once, as ``change`` does, for a caller whose whole transaction has to fail if it was overtaken."""
    with store.locked(run_id, savepoint=savepoint) as run:
        result = body(run)
    announce(run, served=served)
    return result
