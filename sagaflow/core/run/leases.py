"""Who holds a step: a worker, with a fencing token, until its lease is over."""

from dataclasses import replace

from sagaflow.core.errors import Refused
from sagaflow.core.run import queries
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.reports import LeaseRenewed, StepClaimed, WorkUnserved
from sagaflow.core.run.state import Direction

__all__ = ["claim", "renew", "unserved"]


def claim(draft: Draft, asked: StepClaimed) -> None:
    """A worker takes a step that is due."""
    if (asked.step, asked.direction) not in queries.claimable(draft.saga, draft.state, draft.at):
        message = f"'{asked.step}' of '{draft.saga.name}' is {_status(draft, asked.step)} and cannot be claimed now."
        raise Refused(message, code="not-claimable")
    attempt = draft.step_state(asked.step).attempt
    draft.record(replace(asked, direction=Direction(asked.direction), attempt=attempt), causes=True)


def renew(draft: Draft, asked: LeaseRenewed) -> None:
    """The worker that holds a step is still at it. Whoever has lost the step gets no second lease."""
    step_state = draft.state.steps.get(asked.step)
    held = step_state is not None and step_state.status.is_leased and step_state.status.direction is asked.direction
    if step_state is None or not held or (asked.attempt, asked.token) != (step_state.attempt, step_state.token):
        message = (
            f"Attempt {asked.attempt} of '{asked.step}' of '{draft.saga.name}' is not under way with token "
            f"{asked.token}: the step is {_status(draft, asked.step)}. Stop the work; its outcome will not count."
        )
        raise Refused(message, code="stale")
    draft.record(asked, causes=True)


def unserved(draft: Draft, asked: WorkUnserved) -> None:
    """Due work that no live worker can do is journalled once; what was claimed meanwhile is not."""
    for found in queries.unserved(draft.saga, draft.state, draft.at, ()):
        if (found.step, found.direction) == (asked.step, asked.direction):
            draft.record(replace(found, needs=asked.needs), causes=True)


def _status(draft: Draft, name: str) -> str:
    known = draft.state.steps.get(name)
    return known.status.value if known else "no step of it"
