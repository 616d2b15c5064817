"""Leases: a worker holds a step until its lease ends, or until the worker dies.

1. A claim (``claim``) gives the worker a lease and a fencing token: the number of the claim's journal entry. While the
   work goes on, ``engine.lease_renewal`` renews the lease (``renew``).
2. The worker dies. Its parent process, or a process that misses its heartbeat, reports ``WorkerDied`` (see
   ``engine.dead_workers``). Without a report the lease ends: the sweeper wakes the run, and ``overdue._lease_over``
   ends the attempt.
3. ``outcomes`` schedules the next attempt (``_died`` or ``_retried``). A death costs the step no attempt of its retry
   policy; a worker that was only too slow costs one.
4. Another worker claims the step, with a new token and the same idempotency key, so that the effect happens once.
5. If the first worker was only slow and reports late, its token is old: ``outcomes._stale`` has the report journalled
   as ignored, and nothing changes (L2).
"""

from sagaflow.core.copied import copied
from sagaflow.core.errors import Refused
from sagaflow.core.run import queries
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.reports import LeaseRenewed, StepClaimed, WorkUnserved
from sagaflow.core.run.state import Direction

__all__ = ["claim", "renew", "unserved"]


def claim(draft: Draft, asked: StepClaimed) -> None:
    """Let a worker take a step that is due.

    Raises:
        Refused: the step is not due, or this worker may not claim it now.
    """
    if (asked.step, asked.direction) not in queries.claimable(draft.saga, draft.state, draft.at):
        message = f"'{asked.step}' of '{draft.saga.name}' is {_status(draft, asked.step)} and cannot be claimed now."
        raise Refused(message, code="not-claimable")
    attempt = draft.step_state(asked.step).attempt
    draft.record(copied(asked, direction=Direction(asked.direction), attempt=attempt))


def renew(draft: Draft, asked: LeaseRenewed) -> None:
    """Renew the lease of a worker that still performs its step.

    Raises:
        Refused: the worker has lost the step: another attempt has begun, or the outcome was recorded.
    """
    step_state = draft.state.steps.get(asked.step)
    holds = step_state is not None and step_state.status.is_leased and step_state.status.direction is asked.direction
    if step_state is None or not holds or (asked.attempt, asked.token) != (step_state.attempt, step_state.token):
        message = (
            f"Attempt {asked.attempt} of '{asked.step}' of '{draft.saga.name}' is not under way with token "
            f"{asked.token}: the step is {_status(draft, asked.step)}. Stop the work; its outcome will not count."
        )
        raise Refused(message, code="stale")
    draft.record(asked)


def unserved(draft: Draft, asked: WorkUnserved) -> None:
    """Record once that no live worker can do a due step. Do nothing if the step was claimed meanwhile."""
    for work in queries.unserved(draft.saga, draft.state, draft.at, ()):
        if (work.step, work.direction) == (asked.step, asked.direction):
            draft.record(copied(work, needs=asked.needs))


def _status(draft: Draft, name: str) -> str:
    step_state = draft.state.steps.get(name)
    return step_state.status.value if step_state else "not a step of it"
