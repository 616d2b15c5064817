"""One change of one run: lock, decide, save, commit, announce."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from sagaflow import store
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.core.run.reports import Report
from sagaflow.engine.after_commit import announce
from sagaflow.store import LockedRun, Overtaken
from sagaflow.store.refusals import noted

__all__ = ["change", "change_once", "deliver", "ignored"]

T = TypeVar("T")
TRIES = 5
"""A change that was overtaken is made again. With the lock it never is."""


def change(run_id: str, body: Callable[[LockedRun], T], *, served: Iterable[str] = ()) -> T:
    """What ``body`` returns; what it lets the run take is saved in the same transaction.

    Raises:
        UnknownRun: there is no such run.
        Overtaken: again and again somebody was quicker.
    """
    with noted(run_id):
        for _ in range(TRIES - 1):
            try:
                return change_once(run_id, body, served=served)
            except Overtaken:
                continue
        return change_once(run_id, body, served=served)


def deliver(run_id: str, report: Report) -> Decision:
    """Let the run take one report.

    Raises:
        UnknownRun: there is no such run.
        Refused: the report does not apply now; nothing changed.
    """
    return change(store.as_run_id(run_id), lambda run: run.take(report))


def ignored(decision: Decision) -> SignalIgnored | None:
    """Why a report changed nothing, if it did not."""
    return decision.ignored


def change_once(
    run_id: str, body: Callable[[LockedRun], T], *, served: Iterable[str] = (), savepoint: bool = True
) -> T:
    """As ``change``, for a caller whose transaction has to fail as a whole when the run was overtaken."""
    with store.locked(run_id, savepoint=savepoint) as run:
        result = body(run)
    announce(run, served=served)
    return result
