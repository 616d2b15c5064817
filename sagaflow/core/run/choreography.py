"""Choreographed segments: nothing is commanded. Each outcome is an event, and each step reacts on its own."""

from typing import Any

from sagaflow.core.definition.saga import Style
from sagaflow.core.mask import masked
from sagaflow.core.run.commands import PublishEvent
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import EventDelivered, EventPublished, IgnoredBecause, SignalIgnored, StepScheduled
from sagaflow.core.run.state import Direction, StepStatus

__all__ = ["ROLLING_BACK", "back_event", "deliver", "publish", "publish_back", "publish_done", "react"]

ROLLING_BACK = "SagaRollingBack"
"""The failure event of a rollback that no step's failure started."""


def react(draft: Draft, name: str, direction: Direction, due_at: float) -> None:
    """The reaction of a step is due: the last event that it waited for is there."""
    step = draft.step(name)
    started = draft.step_state(name)
    event = draft.last_event.get(name, "")
    if direction is Direction.UNDO:
        event = back_event(draft)
        draft.record(EventDelivered(step=name, direction=direction, event=event))
    deadline = None if step.timeout is None else due_at + step.timeout
    draft.record(
        StepScheduled(
            step=name,
            direction=direction,
            attempt=started.attempts_in(direction) + 1,
            due_at=due_at,
            deadline=deadline,
            event=event,
            failure=started.do_error if direction is Direction.UNDO else None,
        )
    )


def publish_done(draft: Draft, name: str) -> None:
    """A step succeeded: its event leaves if the style, the definition or a reacting step asks for it."""
    step = draft.step(name)
    event = step.done_event
    if _choreographed(draft, name) or step.emits or _subscribers(draft, event) or _observers(draft, event):
        publish(draft, event, name, Direction.DO, draft.step_state(name).output)
        deliver(draft, event)


def publish_back(draft: Draft, event: str, name: str, direction: Direction, payload: Any, *, declared: bool) -> None:
    """A failure or an undo is an event for the steps that may have to compensate on their own.

    Where that is all that it is for, nobody declared what leaves with it: what is sensitive does not.
    """
    upstream = {name, *draft.graph.ancestors[name]} if direction is Direction.UNDO else draft.saga.steps.keys()
    asked_for = declared or bool(name and _choreographed(draft, name)) or bool(_observers(draft, event))
    if asked_for or any(_choreographed(draft, other) for other in upstream):
        publish(draft, event, name, direction, payload if asked_for else masked(payload, draft.saga.sensitive))
        draft.back_event = event


def publish(draft: Draft, event: str, step: str = "", direction: Direction = Direction.DO, payload: Any = None) -> None:
    """Record the event and hand it to the output stream and the observers."""
    seq = draft.record(EventPublished(event=event, step=step, direction=direction, payload=payload), causes=True)
    draft.command(PublishEvent(seq=seq, event=event, step=step, payload=payload, observers=_observers(draft, event)))


def deliver(draft: Draft, event: str) -> None:
    """Every choreographed step that still expects it gets the event; a rollback journals it as ignored."""
    for name in _subscribers(draft, event):
        if draft.state.rollback is not None:
            message = f"'{name}' does not react to '{event}': the run is rolling back."
            draft.record(
                SignalIgnored(
                    signal="EventDelivered", why=IgnoredBecause.ROLLING_BACK, step=name, event=event, message=message
                )
            )
        elif draft.step_state(name).status is StepStatus.PENDING:
            draft.record(EventDelivered(step=name, event=event))
            draft.last_event[name] = event


def back_event(draft: Draft) -> str:
    """The event that an undo reacts to: the latest of this decision, else the one that began the rollback."""
    rollback = draft.state.rollback
    if draft.back_event or rollback is None:
        return draft.back_event
    if rollback.by_failure and rollback.error:
        return draft.step(rollback.step).failed_event(rollback.error.code)
    return ROLLING_BACK


def _choreographed(draft: Draft, name: str) -> bool:
    return draft.segment(name).style is Style.CHOREOGRAPHED


def _subscribers(draft: Draft, event: str) -> tuple[str, ...]:
    reacts_to = draft.graph.reacts_to
    return tuple(name for name, events in reacts_to.items() if event in events and _choreographed(draft, name))


def _observers(draft: Draft, event: str) -> tuple[str, ...]:
    return tuple(observer.name for observer in draft.saga.observers if event in observer.on)
