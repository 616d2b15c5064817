"""Hints to workers and viewers after a commit. They may be lost, so an error here is only logged."""

from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

from sagaflow import signals
from sagaflow.counting import counted
from sagaflow.store import LockedRun

__all__ = ["announce"]

logger = counted("sagaflow.engine")


def announce(run: LockedRun, *, served: Iterable[str] = ()) -> None:
    """Send signals about a change after its commit. ``served``: services whose observers the caller handles itself."""
    if not run.changed:
        return
    due = dict.fromkeys(run.due + [observed for observed in run.observed if observed.service not in served])
    transaction.on_commit(lambda: _send_all(run.changed, due))


def _send_all(changed: Iterable[tuple[str, int, str]], due: Iterable[tuple[str, str, float]]) -> None:
    for run_id, seq, status in changed:
        _send(signals.run_changed, run_id=run_id, seq=seq, status=status)
    for run_id, service, due_at in due:
        _send(signals.work_due, run_id=run_id, service=service, due_at=due_at)


def _send(signal: Signal, **facts: object) -> None:
    for receiver, answer in signal.send_robust(sender=None, **facts):
        if isinstance(answer, Exception):
            logger.error("The hint %s failed in the receiver %r: %s", facts, receiver, answer)
