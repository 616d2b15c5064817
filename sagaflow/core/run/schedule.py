"""Scheduling: make an attempt due, and hand due work to workers.

- The first attempt of a step, or of its compensation, is scheduled here (``schedule``), in the style of its segment.
- A retry after a failed attempt is scheduled in ``outcomes._retried``, which asks the step's retry policy for the time.
- A retry after the death of a worker is due at once (``outcomes._died``), and so is one that an operator asks for
  (``interventions.retry``).

All of them end in ``begin_waiting``: a worker gets a hint; work without a worker (a timer, an approval, an event)
begins to wait. A hint may be lost. The due time is in the state of the run, where the sweeper finds it.
"""

from typing import Any

from sagaflow.core.definition.saga import Style
from sagaflow.core.run import choreography, orchestration
from sagaflow.core.run.commands import Hint
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.reports import StepAccepted
from sagaflow.core.run.state import Direction

__all__ = ["begin_waiting", "schedule", "time_limit"]


def schedule(draft: Draft, name: str, direction: Direction, due_at: float) -> None:
    """Make the first attempt of one direction of a step due."""
    if draft.segment(name).style is Style.ORCHESTRATED:
        orchestration.command(draft, name, direction, due_at)
    else:
        choreography.react(draft, name, direction, due_at)
    begin_waiting(draft, name)


def begin_waiting(draft: Draft, name: str) -> None:
    """Send a hint to the workers of a due step's service. A step that needs no worker begins to wait when it is due."""
    step_state, step = draft.step_state(name), draft.step(name)
    direction, due_at = step_state.status.direction, step_state.due_at or draft.at
    work = step.work(direction)
    if work.by_worker:
        draft.command(Hint(service=step.service_of(direction), due_at=due_at))
    elif step_state.status.is_due and due_at <= draft.at:
        seconds = time_limit(draft, name, direction) if work.lasts is None else work.lasts
        deadline = None if seconds is None else draft.at + seconds
        remind_at = None if work.reminds is None else draft.at + work.reminds
        until: dict[str, Any] = {"deadline": deadline, "remind_at": remind_at}
        draft.record(StepAccepted(step=name, direction=direction, attempt=step_state.attempt, token=0, **until))


def time_limit(draft: Draft, name: str, direction: Direction) -> float | None:
    """Return the seconds for which a step waits for an answer or an event; ``None``: the deadline of the run ends it.

    No deadline ends a rollback. So an undo without a limit of its own waits as long as the deadline of the saga says.
    """
    timeout = draft.step(name).timeout
    return draft.saga.deadline if timeout is None and direction is Direction.UNDO else timeout
