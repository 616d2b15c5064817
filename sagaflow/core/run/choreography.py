"""Choreographed segments: no step is commanded. Each outcome is an event, and each step reacts to events."""

from sagaflow.core.definition.problems import ROLLING_BACK
from sagaflow.core.definition.saga import Style
from sagaflow.core.json_value import Json
from sagaflow.core.mask import masked
from sagaflow.core.run.commands import PublishEvent
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import EventDelivered, EventPublished, IgnoredBecause, SignalIgnored, StepScheduled
from sagaflow.core.run.reach import may_go_on
from sagaflow.core.run.state import Direction, StepStatus

__all__ = ["back_event", "deliver", "publish", "publish_back", "publish_done", "react"]


def react(draft: Draft, name: str, direction: Direction, due_at: float) -> None:
    """Make the reaction of a step due: the last event that it waited for has arrived."""
    step = draft.step(name)
    step_state = draft.step_state(name)
    event = draft.last_event.get(name) or _delivered_before(draft, name)
    if direction is Direction.UNDO:
        event = back_event(draft)
        draft.record(EventDelivered(step=name, direction=direction, event=event))
    deadline = None if step.timeout is None else due_at + step.timeout
    draft.record(
        StepScheduled(
            step=name,
            direction=direction,
            attempt=step_state.attempts_in(direction) + 1,
            due_at=due_at,
            deadline=deadline,
            event=event,
            failure=step_state.do_error if direction is Direction.UNDO else None,
        )
    )


def publish_done(draft: Draft, name: str) -> None:
    """Publish the success of a step, if its style, its definition, a subscriber or an observer asks for it."""
    step = draft.step(name)
    event = step.done_event
    if _choreographed(draft, name) or step.emits or _subscribers(draft, event) or _observers(draft, event):
        publish(draft, event, name, Direction.DO, draft.step_state(name).output)
        deliver(draft, event)


def publish_back(draft: Draft, event: str, name: str, direction: Direction, payload: Json, *, declared: bool) -> None:
    """Publish a failure or an undo, for the choreographed steps that have to compensate.

    ``declared``: the definition names the event.
    """
    # An event that the definition does not ask for leaves without sensitive fields: its author did not release them.
    asked_for = declared or bool(name and _choreographed(draft, name)) or bool(_observers(draft, event))
    if asked_for or _choreographed_before(draft, name, direction):
        publish(draft, event, name, direction, payload if asked_for else masked(payload, draft.saga.masked))
        draft.back_event = event


def publish(
    draft: Draft, event: str, step: str = "", direction: Direction = Direction.DO, payload: Json = None
) -> None:
    """Record the event, and hand it to the output stream and the observers."""
    seq = draft.record(EventPublished(event=event, step=step, direction=direction, payload=payload), causes=True)
    draft.command(PublishEvent(seq=seq, event=event, step=step, payload=payload, observers=_observers(draft, event)))


def deliver(draft: Draft, event: str) -> None:
    """Deliver the event to every choreographed step that waits for it. If a rollback takes the step back, ignore it.

    A step that a rollback only holds gets the event too. It is not delivered again when the step goes on.
    """
    for name in _subscribers(draft, event):
        if not may_go_on(draft.saga, draft.state, name):
            message = f"'{name}' does not react to '{event}': the run is rolling back."
            draft.record(
                SignalIgnored(
                    signal="EventDelivered", why=IgnoredBecause.ROLLING_BACK, step=name, event=event, message=message
                )
            )
        elif draft.step_state(name).status is StepStatus.PENDING:
            draft.record(EventDelivered(step=name, event=event))
            draft.last_event[name] = event


def _delivered_before(draft: Draft, name: str) -> str:
    """Return the last event that the step got in an earlier decision, while a rollback or its other steps held it."""
    ended = {}
    for event in draft.graph.reacts_to[name]:
        source = draft.state.steps.get(draft.graph.emitters.get(event, ""))
        if source is not None and source.status is StepStatus.DONE and source.ended_at is not None:
            ended[event] = source.ended_at
    received = (event for event in draft.graph.awaits[name] if event in draft.state.received)
    return max(ended, key=ended.__getitem__) if ended else next(received, "")


def back_event(draft: Draft) -> str:
    """Return the event that an undo reacts to: the latest of this decision, else the one that began the rollback."""
    rollback = draft.state.rollback
    if draft.back_event or rollback is None:
        return draft.back_event
    if rollback.by_failure and rollback.error:
        return draft.step(rollback.step).failed_event(rollback.error.code)
    return ROLLING_BACK


def _choreographed(draft: Draft, name: str) -> bool:
    return draft.segment(name).style is Style.CHOREOGRAPHED


def _choreographed_before(draft: Draft, name: str, direction: Direction) -> bool:
    """Say whether a choreographed step may have to compensate now: after an undo, one that the step depends on."""
    concerned = draft.graph.choreographed
    if direction is Direction.UNDO:
        return name in concerned or not concerned.isdisjoint(draft.graph.ancestors[name])
    return bool(concerned)


def _subscribers(draft: Draft, event: str) -> tuple[str, ...]:
    return draft.graph.subscribers.get(event, ())


def _observers(draft: Draft, event: str) -> tuple[str, ...]:
    return tuple(observer.name for observer in draft.saga.observers if event in observer.on)
