"""The course of a run by itself: on, or back, as far as it gets, and through everything that time brings, in its order.

Time passes before a report is taken. So a report that comes after a limit meets what a sweeper at the limit would have
left, whether or not one came by.
"""

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run import external, forward, overdue, rollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.state import RunState

__all__ = ["move_on", "pass_time", "state_at"]


def move_on(draft: Draft, not_before: float | None = None) -> None:
    """Forward or back until nothing more happens by itself. ``not_before``: when the first steps are due."""
    before = -1
    while before != draft.state.seq and not draft.state.status.ended and draft.state.seq > 0:
        before = draft.state.seq
        if draft.state.rollback is not None:
            rollback.advance(draft)
        else:
            forward.advance(draft, not_before)
        if not draft.state.status.ended:
            external.meet(draft)


def pass_time(draft: Draft, until: float) -> None:
    """What is overdue at ``until`` happens: limit by limit, each reckoned from its own moment."""
    before = -1
    while before != draft.state.seq and (limit := overdue.next_limit(draft.saga, draft.state)) is not None:
        if limit > until:
            break
        before = draft.state.seq
        draft.turn_to(limit)
        overdue.tick(draft)
        move_on(draft)
    draft.turn_to(until)


def state_at(saga: Saga, state: RunState, at: float) -> RunState:
    """The state once everything that is overdue at ``at`` has happened."""
    draft = Draft(saga, state, at)
    pass_time(draft, at)
    return draft.state
