"""One change of one run: lock, decide, save, commit, announce. A worker holds its run instead of locking it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from django.db import DatabaseError

from sagaflow import store
from sagaflow.core.errors import SagaflowError
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.facts import SignalIgnored
from sagaflow.core.run.reports import Report
from sagaflow.engine.after_commit import announce
from sagaflow.store import LockedRun, Overtaken
from sagaflow.store.refusals import noted

__all__ = [
    "Changed",
    "HeldChange",
    "change",
    "change_held",
    "change_once",
    "change_together",
    "deliver",
    "ignored",
]

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


@dataclass(frozen=True, slots=True)
class HeldChange(Generic[T]):
    """A change that a worker makes to a run between its own commits."""

    run_id: str
    body: Callable[[LockedRun], T]
    """Decides. It is called again under the lock if another transaction came first."""
    before: LockedRun | None
    """The run as this worker saved it last; ``None``: it has to be read."""
    served: Iterable[str]
    """As for ``change``."""

    def under_lock(self) -> "Changed[T]":
        """Make the change under the lock of the run, so that the next one has to read it."""
        return Changed(change(self.run_id, self.body, served=self.served), None)


class Changed(NamedTuple, Generic[T]):
    """The result of ``body``, and the run for the next change by this worker."""

    result: T
    run: LockedRun | None


def change_held(held: HeldChange[T]) -> Changed[T]:
    """Change the run as ``change`` does, without its lock while no other transaction changes it.

    If another transaction came first, nothing is written, and ``body`` is called again under the lock.
    """
    with noted(held.run_id), suppress(SagaflowError):  # what is held may be behind: the lock tells whether it is true
        if (run := store.held(held.run_id, held.before)) is not None:
            result = held.body(run)
            if store.save_held(run):
                announce(run, served=held.served)
                return Changed(result, run)
    return held.under_lock()


def change_together(changes: Sequence[HeldChange[T]]) -> list[Changed[T] | None]:
    """Make changes of different runs as ``change_held`` does, with one statement that reads and one that saves.

    ``None`` for a change that has to be made under the lock of its run (``HeldChange.under_lock``): it waits for that
    lock, or raises, and so do nothing to the others. Nothing is written of it here. Only on PostgreSQL.
    """
    runs: dict[str, LockedRun] = {}
    with suppress(DatabaseError):
        runs = store.held_together({each.run_id: each.before for each in changes})
    decided: dict[str, tuple[T, LockedRun]] = {}
    for each in changes:
        if each.run_id in runs:
            with suppress(Exception):  # the lock tells whether it is true
                decided[each.run_id] = each.body(runs[each.run_id]), runs[each.run_id]
    saved = store.save_held_together([run for _, run in decided.values()])
    done = {run.run_id for (_, run), is_saved in zip(decided.values(), saved, strict=True) if is_saved}
    answers: list[Changed[T] | None] = []
    for each in changes:
        if each.run_id not in done:
            answers.append(None)
            continue
        result, run = decided[each.run_id]
        announce(run, served=each.served)
        answers.append(Changed(result, run))
    return answers


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
