"""The scripted participants of a simulation: workers, sub-sagas, and the outside, which sends events and approves."""

from dataclasses import replace

from sagaflow.core.json_value import Json
from sagaflow.core.run.reports import (
    ApprovalDecided,
    ChildEnded,
    EventReceived,
    Report,
    StepAccepted,
    StepClaimed,
    StepFailed,
    StepSucceeded,
)
from sagaflow.core.run.state import Direction, ErrorKind, RunStatus, StepError
from sagaflow.core.simulation.injected_faults import InjectedFault
from sagaflow.core.simulation.virtual_run import VirtualRun

__all__ = ["LEASE", "answer", "finish", "perform", "publish_awaited", "take"]

LEASE = 60.0
"""Seconds for which a simulated worker holds a step."""
LATENESS = 0.5
"""Seconds between the end of a lease or timeout and a late reply."""
SILENCE = (
    InjectedFault.TIME_OUT,
    InjectedFault.TECHNICAL_ERROR,
    InjectedFault.FAILED_LATE,
    InjectedFault.CRASH_BEFORE,
    InjectedFault.CRASH_AFTER,
)
"""The faults with which an awaited event, or a decision, does not come."""


def perform(run: VirtualRun, name: str, direction: Direction) -> None:
    """Let a worker take due work and carry it out."""
    take(run, name, direction)
    finish(run, name, direction)


def take(run: VirtualRun, name: str, direction: Direction) -> None:
    """Let a worker take due work, and hold it."""
    run.report(StepClaimed(step=name, direction=direction, worker="simulator", lease=LEASE))
    run.held.add((name, direction))


def finish(run: VirtualRun, name: str, direction: Direction) -> None:
    """Let the worker carry out the work that it holds."""
    run.held.remove((name, direction))
    fault = run.next_fault(name, direction)
    work = run.saga.steps[name].work(direction)
    call = bool(work.calls)
    if fault in (InjectedFault.TECHNICAL_ERROR, InjectedFault.FAILED_LATE) or (
        call and fault is InjectedFault.BUSINESS_ERROR
    ):
        _fail(run, name, direction, fault)
    elif call:
        _call(run, name, direction, fault)
    else:
        _start_child(run, name, direction, fault)


def answer(run: VirtualRun, name: str, direction: Direction) -> None:
    """Let the event, or the decision, come for which a step waits."""
    step_state, work = run.state.steps[name], run.saga.steps[name].work(direction)
    run.answered.add((name, direction, step_state.token))
    fault = run.next_fault(name, direction)
    if fault in SILENCE:
        return
    refused = fault is InjectedFault.BUSINESS_ERROR
    if work.asks:
        run.report(ApprovalDecided(step=name, approved=not refused, by=_approver(run, name)))
    elif work.awaits:
        failures = list(run.saga.steps[name].fails_as.values()) if direction is Direction.DO else []
        event = work.awaits if not refused else failures[0] if failures else ""
        if not refused:
            run.ledger.commit(name, step_state.round, direction)
        if event:
            event_id = f"{event}:{step_state.token}"
            _send(
                run, name, fault, EventReceived(event=event, payload=_output(run, name, direction), event_id=event_id)
            )


def _approver(run: VirtualRun, name: str) -> str:
    """Return a person whom no rule of an approval keeps away: where one does, each approval has a person of its own."""
    return f"simulator of {name}" if any(step.does.bars for step in run.saga.steps.values()) else "simulator"


def publish_awaited(run: VirtualRun, name: str, _direction: Direction) -> None:
    """Let the events come from outside to which a step reacts; in each round, as a wait is answered in each."""
    for event in run.saga.graph.awaits[name]:
        run.report(EventReceived(event=event, source="simulator"))


def _fail(run: VirtualRun, name: str, direction: Direction, fault: InjectedFault) -> None:
    step_state = run.state.steps[name]
    if fault.takes_effect:
        run.ledger.commit(name, step_state.round, direction)
    kind, code = (ErrorKind.TECHNICAL, "unavailable")
    if fault is InjectedFault.BUSINESS_ERROR:
        kind, code = ErrorKind.BUSINESS, next(iter(run.saga.steps[name].fails_as), "refused")
    error = StepError(kind, code, fault.value)
    run.report(
        StepFailed(step=name, direction=direction, attempt=step_state.attempt, token=step_state.token, error=error)
    )


def _call(run: VirtualRun, name: str, direction: Direction, fault: InjectedFault) -> None:
    step_state = run.state.steps[name]
    called = bool(run.saga.steps[name].does.calls)
    null = direction is Direction.UNDO and called and (name, step_state.round) not in run.ledger.done
    output = _output(run, name, direction)
    refused = direction is Direction.DO and bool(run.saga.steps[name].refusal(output))
    if fault.takes_effect and not refused:
        run.ledger.commit(name, step_state.round, direction)
    if fault in (InjectedFault.TIME_OUT, InjectedFault.LATE_REPLY) and run.saga.steps[name].timeout is not None:
        run.report(StepAccepted(step=name, direction=direction, attempt=step_state.attempt, token=step_state.token))
    if fault.answers:
        done = StepSucceeded(
            step=name, direction=direction, attempt=step_state.attempt, token=step_state.token, output=output
        )
        _send(run, name, fault, replace(done, nothing=null))


def _start_child(run: VirtualRun, name: str, direction: Direction, fault: InjectedFault) -> None:
    """Begin the run of a sub-saga, or its rollback. Its end is the answer."""
    step_state = run.state.steps[name]
    if fault.takes_effect:
        run.ledger.commit(name, step_state.round, direction)
    if fault in (InjectedFault.CRASH_BEFORE, InjectedFault.CRASH_AFTER):
        return
    run.report(StepAccepted(step=name, direction=direction, attempt=step_state.attempt, token=step_state.token))
    refused = fault is InjectedFault.BUSINESS_ERROR
    if fault.answers or refused:
        completed = (direction is Direction.DO) is not refused
        status = RunStatus.COMPLETED if completed else RunStatus.ROLLED_BACK
        output = _output(run, name, direction) if completed else None
        _send(run, name, fault, ChildEnded(step=name, child=f"child of {name}", status=status, output=output))


def _send(run: VirtualRun, name: str, fault: InjectedFault, report: Report) -> None:
    """Send a report once, twice, or too late, as the fault says."""
    if fault is InjectedFault.LATE_REPLY:
        step_state = run.state.steps[name]
        over = [moment for moment in (step_state.deadline, step_state.lease_until) if moment is not None]
        run.report_later(max(over, default=run.at) + LATENESS, report)
        return
    run.report(report)
    if fault is InjectedFault.DUPLICATE:
        run.report(report)


def _output(run: VirtualRun, name: str, direction: Direction) -> Json:
    if direction is Direction.UNDO:
        return None
    return run.outputs.get(name, {field: f"{name}.{field}" for field in run.saga.steps[name].outputs or ()})
