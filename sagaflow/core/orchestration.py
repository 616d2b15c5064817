"""Orchestrated segments: the coordinator commands a step, or its compensation, and waits for the reply."""

from sagaflow.core.draft import Draft
from sagaflow.core.events import StepCommanded
from sagaflow.core.state import Direction

__all__ = ["command"]


def command(draft: Draft, name: str, direction: Direction, due_at: float) -> None:
    """Command one direction of a step."""
    now = draft.now(name)
    attempts = now.attempts if direction is Direction.DO else now.undo_attempts
    draft.record(StepCommanded(step=name, direction=direction, attempt=attempts + 1, due_at=due_at))
