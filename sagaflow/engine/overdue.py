"""What the clock alone brings, for many runs in one transaction: two thousand timers cost forty commits."""

from collections.abc import Iterable

from django.db import transaction

from sagaflow import store
from sagaflow.core.run.reports import TimePassed, WorkUnserved
from sagaflow.engine.transaction import change_once, deliver
from sagaflow.store import LockedRun
from sagaflow.store.refusals import is_lasting

__all__ = ["leave_unserved", "pass_time"]


def pass_time(run_ids: Iterable[str]) -> int:
    """Let the time pass in runs in which no worker has anything to do; returns in how many something happened.

    It passes in all of them, or in none.
    They have no parents, and are locked in one order, so that nothing can wait for this transaction in a circle.
    """
    with transaction.atomic():
        return sum(change_once(run_id, _pass, savepoint=False) for run_id in sorted(run_ids))


def leave_unserved(run_id: str, found: Iterable[WorkUnserved]) -> None:
    """Journal what no live worker can do. One run whose changes fail must not keep the others waiting."""
    try:
        for fact in found:
            deliver(run_id, fact)
    except Exception as error:
        if not is_lasting(error):
            raise


def _pass(run: LockedRun) -> bool:
    run.take(TimePassed())
    if not run.decisions:
        store.clear_wake(run)
    return bool(run.decisions)
