"""Making work due, in the style of its segment. What needs no worker (timers, approvals, events) waits at once."""

from sagaflow.core.definition.saga import Style
from sagaflow.core.run import choreography, orchestration
from sagaflow.core.run.commands import Hint
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.reports import StepAccepted
from sagaflow.core.run.state import Direction

__all__ = ["begin_waiting", "schedule"]


def schedule(draft: Draft, name: str, direction: Direction, due_at: float) -> None:
    """The first attempt of one direction becomes due."""
    if draft.segment(name).style is Style.ORCHESTRATED:
        orchestration.command(draft, name, direction, due_at)
    else:
        choreography.react(draft, name, direction, due_at)
    begin_waiting(draft, name)


def begin_waiting(draft: Draft, name: str) -> None:
    """Hand due work on: a hint to the workers of its service, or the start of a wait whose time has come."""
    step_state, step = draft.step_state(name), draft.step(name)
    direction, due_at = step_state.status.direction, step_state.due_at or draft.at
    work = step.work(direction)
    if work.by_worker:
        draft.command(Hint(service=step.service_of(direction), due_at=due_at))
    elif step_state.status.is_due and due_at <= draft.at:
        seconds = step.timeout if work.lasts is None else work.lasts
        deadline = None if seconds is None else draft.at + seconds
        draft.record(
            StepAccepted(step=name, direction=direction, attempt=step_state.attempt, token=0, deadline=deadline),
            causes=True,
        )
