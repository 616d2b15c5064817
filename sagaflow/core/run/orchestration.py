"""Orchestrated segments: the coordinator commands a step, or its compensation, and waits for its outcome."""

from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import StepCommanded
from sagaflow.core.run.state import Direction

__all__ = ["command"]


def command(draft: Draft, name: str, direction: Direction, due_at: float) -> None:
    """Record the command to do a step, or to undo it."""
    step_state = draft.step_state(name)
    attempt = step_state.attempts_in(direction) + 1
    failure = step_state.do_error if direction is Direction.UNDO else None
    draft.record(StepCommanded(step=name, direction=direction, attempt=attempt, due_at=due_at, failure=failure))
