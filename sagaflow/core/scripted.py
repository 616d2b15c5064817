"""Scripted participants: workers, sub-sagas, and the world outside that sends events and decides."""

from typing import TYPE_CHECKING, Any

from sagaflow.core.definition import Approval, Call, RollBackChild, Saga, SubSaga, Timer, WaitForEvent
from sagaflow.core.events import (
    ApprovalDecided,
    ChildEnded,
    EventReceived,
    Report,
    StepAccepted,
    StepClaimed,
    StepFailed,
    StepSucceeded,
)
from sagaflow.core.mishap import Mishap
from sagaflow.core.state import Direction, ErrorKind, RunStatus, StepError

if TYPE_CHECKING:
    from sagaflow.core.simulator import Simulator

__all__ = ["LEASE", "answer", "perform", "publish_awaited", "work_of"]

LEASE = 60.0
"""Seconds for which a simulated worker holds a step."""
LATENESS = 0.5
"""Seconds by which a late reply is late."""
SILENCE = (
    Mishap.TIME_OUT,
    Mishap.TECHNICAL_ERROR,
    Mishap.FAILED_LATE,
    Mishap.CRASH_BEFORE,
    Mishap.CRASH_AFTER,
)
"""As seen by one who waits for an event or a decision: it does not come."""

Work = Call | WaitForEvent | Timer | Approval | SubSaga | RollBackChild


def work_of(saga: Saga, name: str, direction: Direction) -> Work | None:
    """What one direction of a step consists of."""
    step = saga.steps[name]
    if direction is Direction.DO:
        return step.does
    return step.undo.does if step.undo else None


def perform(sim: "Simulator", name: str, direction: Direction) -> None:
    """A worker takes due work and carries it out."""
    sim.report(StepClaimed(step=name, direction=direction, worker="simulator", lease=LEASE))
    mishap = sim.mishap(name, direction)
    call = isinstance(work_of(sim.saga, name, direction), Call)
    if mishap in (Mishap.TECHNICAL_ERROR, Mishap.FAILED_LATE) or (call and mishap is Mishap.BUSINESS_ERROR):
        _fail(sim, name, direction, mishap)
    elif call:
        _call(sim, name, direction, mishap)
    else:
        _start_child(sim, name, direction, mishap)


def answer(sim: "Simulator", name: str, direction: Direction) -> None:
    """The event, or the decision, that a step waits for."""
    now, work = sim.state.steps[name], work_of(sim.saga, name, direction)
    sim.answered.add((name, direction, now.token))
    mishap = sim.mishap(name, direction)
    if mishap in SILENCE:
        return
    refused = mishap is Mishap.BUSINESS_ERROR
    if isinstance(work, Approval):
        sim.report(ApprovalDecided(step=name, approved=not refused, by="simulator"))
    elif isinstance(work, WaitForEvent):
        failures = list(sim.saga.steps[name].fails_as.values()) if direction is Direction.DO else []
        event = work.event if not refused else failures[0] if failures else ""
        if not refused:
            sim.ledger.commit(name, now.round, direction)
        if event:
            event_id = f"{event}:{now.token}"
            _send(
                sim, name, mishap, EventReceived(event=event, payload=_output(sim, name, direction), event_id=event_id)
            )


def publish_awaited(sim: "Simulator", name: str, direction: Direction) -> None:
    """The events from outside that a step reacts to."""
    sim.answered.add((name, direction, 0))
    for event in sim.saga.graph.awaits[name]:
        sim.report(EventReceived(event=event, source="simulator"))


def _fail(sim: "Simulator", name: str, direction: Direction, mishap: Mishap) -> None:
    now = sim.state.steps[name]
    if mishap.takes_effect:
        sim.ledger.commit(name, now.round, direction)
    kind, code = (ErrorKind.TECHNICAL, "unavailable")
    if mishap is Mishap.BUSINESS_ERROR:
        kind, code = ErrorKind.BUSINESS, next(iter(sim.saga.steps[name].fails_as), "refused")
    error = StepError(kind, code, mishap.value)
    sim.report(StepFailed(step=name, direction=direction, attempt=now.attempt, token=now.token, error=error))


def _call(sim: "Simulator", name: str, direction: Direction, mishap: Mishap) -> None:
    now = sim.state.steps[name]
    if mishap.takes_effect:
        sim.ledger.commit(name, now.round, direction)
    if mishap in (Mishap.TIME_OUT, Mishap.LATE_REPLY) and sim.saga.steps[name].timeout is not None:
        sim.report(StepAccepted(step=name, direction=direction, attempt=now.attempt, token=now.token))
    if mishap.answers:
        output = _output(sim, name, direction)
        done = StepSucceeded(step=name, direction=direction, attempt=now.attempt, token=now.token, output=output)
        _send(sim, name, mishap, done)


def _start_child(sim: "Simulator", name: str, direction: Direction, mishap: Mishap) -> None:
    """The run of a sub-saga, or its rollback, begins; its end is the answer."""
    now = sim.state.steps[name]
    if mishap.takes_effect:
        sim.ledger.commit(name, now.round, direction)
    if mishap in (Mishap.CRASH_BEFORE, Mishap.CRASH_AFTER):
        return
    sim.report(StepAccepted(step=name, direction=direction, attempt=now.attempt, token=now.token))
    refused = mishap is Mishap.BUSINESS_ERROR
    if mishap.answers or refused:
        completed = (direction is Direction.DO) is not refused
        status = RunStatus.COMPLETED if completed else RunStatus.ROLLED_BACK
        output = _output(sim, name, direction) if completed else None
        _send(sim, name, mishap, ChildEnded(step=name, child=f"child of {name}", status=status, output=output))


def _send(sim: "Simulator", name: str, mishap: Mishap, report: Report) -> None:
    """Once; twice; or when the time for it is over."""
    if mishap is Mishap.LATE_REPLY:
        now = sim.state.steps[name]
        over = [moment for moment in (now.deadline, now.lease_until) if moment is not None]
        sim.report_later(max(over, default=sim.at) + LATENESS, report)
        return
    sim.report(report)
    if mishap is Mishap.DUPLICATE:
        sim.report(report)


def _output(sim: "Simulator", name: str, direction: Direction) -> Any:
    if direction is Direction.UNDO:
        return None
    return sim.outputs.get(name, {field: f"{name}.{field}" for field in sim.saga.steps[name].outputs or ()})
