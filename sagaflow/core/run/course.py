"""The steps of a run that need no report: it goes forward or back until it has to wait, and time limits pass.

Time passes before a report is taken. So a report that comes after a time limit meets the same state as if a sweeper had
woken the run exactly at the limit.
"""

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run import external, forward, overdue, rollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.state import RunState
from sagaflow.core.run.steps import Steps

__all__ = ["is_still", "move_on", "pass_time", "state_at"]


def move_on(draft: Draft, not_before: float | None = None) -> None:
    """Go forward or back until the run has to wait. ``not_before``: the earliest time for the first steps."""
    # One pass may let the next one do more: a withdrawn rollback, a restored save-point or an event that has come early
    # starts steps. So go on until a pass records nothing.
    before: int | None = None
    while draft.state.seq and before != draft.state.seq and not draft.state.status.ended:
        before = draft.state.seq
        if draft.state.rollback is not None:
            rollback.advance(draft)
        else:
            forward.advance(draft, not_before)
        if not draft.state.status.ended:
            external.meet(draft)


def pass_time(draft: Draft, until: float) -> None:
    """Let everything happen that is overdue at ``until``: limit by limit, each at its own time."""
    before: int | None = None
    while before != draft.state.seq and (limit := overdue.next_limit(draft.saga, draft.state)) is not None:
        if limit > until:
            break
        before = draft.state.seq
        draft.turn_to(limit)
        overdue.tick(draft)
        move_on(draft)
    draft.turn_to(until)


def is_still(saga: Saga, state: RunState, at: float) -> bool:
    """Return true if a decision left the run as it is, so that it waits, and no time limit has passed by ``at``."""
    if not (isinstance(state.steps, Steps) and state.steps.looked):
        return False
    limit = overdue.next_limit(saga, state)
    return limit is None or limit > at


def state_at(saga: Saga, state: RunState, at: float) -> RunState:
    """Return the state after everything that is overdue at ``at`` has happened."""
    draft = Draft(saga, state, at)
    pass_time(draft, at)
    return draft.state
