"""Let the time pass in many runs in one transaction: two thousand timers cost forty commits."""

from collections.abc import Iterable

from django.db import transaction

from sagaflow import store
from sagaflow.core.run.reports import TimePassed, WorkUnserved
from sagaflow.engine.transaction import change_once, deliver
from sagaflow.store import LockedRun
from sagaflow.store.refusals import SuppressLasting

__all__ = ["leave_unserved", "pass_time"]


def pass_time(run_ids: Iterable[str]) -> int:
    """Let the time pass in runs that have no work for a worker; return the number of runs that changed.

    It passes in all of the runs, or in none. They have no parents and are locked in a fixed order, so there is no
    deadlock.
    """
    with transaction.atomic():
        return sum(change_once(run_id, _pass, savepoint=False) for run_id in sorted(run_ids))


def leave_unserved(run_id: str, unserved: Iterable[WorkUnserved]) -> None:
    """Journal the work that no live worker can do. A run whose changes fail must not delay the other runs."""
    with SuppressLasting():
        for report in unserved:
            deliver(run_id, report)


def _pass(run: LockedRun) -> bool:
    run.take(TimePassed())
    if not run.decisions:
        store.clear_wake(run)
    return bool(run.decisions)
