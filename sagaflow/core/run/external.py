"""Reports that do not come from workers: events from outside, approvals, and the ends of sub-sagas."""

from collections.abc import Iterable
from typing import Any

from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.run import choreography, four_eyes, outcomes, rollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import ChildWentBack, CompensationSettled, IgnoredBecause, SignalIgnored, StepParked
from sagaflow.core.run.people import may_be_same
from sagaflow.core.run.reach import child_may_go_on, may_go_on
from sagaflow.core.run.reports import ApprovalDecided, ApprovalDelegated, ChildEnded, EventReceived, StepFailed
from sagaflow.core.run.state import Direction, ErrorKind, RunState, RunStatus, StepError, StepState, StepStatus

__all__ = ["approval", "child", "delegate", "event", "expects_child", "meet"]

DO, UNDO = Direction.DO, Direction.UNDO


def event(draft: Draft, received: EventReceived) -> None:
    """Take an event if a step of this run still expects it; else record why it is ignored."""
    if why := _unwanted(draft, received):
        message = f"'{received.event}' from '{received.source or 'outside'}'"
        draft.record(SignalIgnored(signal="EventReceived", why=why, event=received.event, message=message))
        return
    draft.record(received, causes=True)
    choreography.deliver(draft, received.event)
    meet(draft, received.source)


def meet(draft: Draft, source: str = "") -> None:
    """End every wait whose event has arrived, in either direction, even one that was parked as missing.

    The failure event of an external participant is the business error of the step that waits for it. Like every event
    it may come before the wait begins. ``source``: the sender of the event that has just arrived.
    """
    # An answer may withdraw a rollback, which parks steps: so ask all that listen, and not only those open by now.
    for name in draft.graph.listeners:
        step_state, step = draft.step_state(name), draft.step(name)
        for direction in Direction:
            wanted = step.work(direction).awaits
            if not wanted or not _waits(step_state, direction):
                continue
            refusals = [code for code, event in step.fails_as.items() if draft.state.has_event(event, name)]
            if draft.state.has_event(wanted, name):
                outcomes.succeed(draft, name, direction, draft.state.received[wanted], by=f"event {wanted}")
            elif refusals and direction is DO:
                _refuse(draft, name, refusals[0], f"event {step.fails_as[refusals[0]]}", source)


def approval(draft: Draft, decided: ApprovalDecided) -> None:
    """Take the decision of an approver. A rejection is the business error ``rejected``.

    Raises:
        Refused: the step is not an approval, does not wait for a decision now, or needs another person.
    """
    _require_waiting(draft, decided.step)
    four_eyes.require_another(draft.saga, draft.state, decided.step, decided.by)
    draft.record(decided, causes=True)
    if decided.approved:
        output = {"approved_by": decided.by, "reason": decided.reason}
        outcomes.succeed(draft, decided.step, DO, output, by=decided.by)
    else:
        _refuse(draft, decided.step, "rejected", decided.reason or f"rejected by {decided.by}", decided.by)


def delegate(draft: Draft, handed: ApprovalDelegated) -> None:
    """Let one more person decide, or the group alone again. The rule ``not_by`` holds for both people.

    A person whom the rule keeps away could otherwise choose who decides instead.

    Raises:
        Refused: as for a decision, or the decision is already where it should go.
    """
    step_state = _require_waiting(draft, handed.step)
    four_eyes.require_another(draft.saga, draft.state, handed.step, handed.by, handed.to)
    going, group = step_state.delegation, draft.step(handed.step).does.asks
    if handed.to == (going.to if going else ""):
        where = f"'{handed.to}'" if handed.to else f"the group '{group}' alone"
        raise Refused(f"Step '{handed.step}' already waits for {where}; choose another person.", code="delegated")
    if may_be_same(handed.to, handed.by):
        raise Refused(f"'{handed.by}' can decide step '{handed.step}'; choose another person.", code="delegated")
    draft.record(handed)


def _require_waiting(draft: Draft, name: str) -> StepState:
    step_state = draft.state.steps.get(name)
    if step_state is None or not draft.step(name).does.asks:
        raise Refused(f"'{name}' is not an approval step of saga '{draft.saga.name}'.", code="unknown")
    if step_state.status is not StepStatus.WAITING:
        raise Refused(
            f"Step '{name}' is {step_state.status.words} and does not wait for a decision.", code="not-waiting"
        )
    return step_state


def child(draft: Draft, ended: ChildEnded) -> None:
    """Take the end of a sub-saga's run as the outcome of the step, or of its undo."""
    completed = ended.status == RunStatus.COMPLETED
    if ended.step not in draft.saga.steps or not expects_child(draft.saga, draft.state, ended.step, ended.status):
        _ignored(draft, ended)
    elif draft.step_state(ended.step).status.direction is DO:
        if completed:
            outcomes.succeed(draft, ended.step, DO, ended.output, by=f"run {ended.child}")
        else:
            why = (f": {ended.why}" if ended.why else "") + (f"; {ended.summary}" if ended.summary else "")
            message = f"{_ended(ended)}{why}"
            _gone_back_by_itself(draft, ended, StepError(ErrorKind.BUSINESS, f"sub-saga-{ended.status}", message))
    elif completed:
        _stays_completed(draft, ended)
    else:
        _gone_back(draft, ended)


def _gone_back_by_itself(draft: Draft, ended: ChildEnded, error: StepError) -> None:
    """Take the end of a run that went back as the refusal of the step, or only as what its earlier attempts left.

    The latter holds of a step that waits for it no more: it is parked, or due for an attempt, which starts another run.
    """
    step_state, left = draft.step_state(ended.step), ended.stayed is not None
    if step_state.status is StepStatus.PARKED:
        draft.record(StepParked(step=ended.step, error=error, left=left, stayed=ended.stayed), causes=True)
        return
    if step_state.status is StepStatus.DUE:
        draft.record(ChildWentBack(step=ended.step, error=error, left=left, stayed=ended.stayed), causes=True)
        return
    place: dict[str, Any] = {"step": ended.step, "attempt": step_state.attempt, "token": step_state.token}
    outcomes.fail(draft, StepFailed(**place, error=error, left=left, stayed=ended.stayed))


def expects_child(saga: Saga, state: RunState, name: str, status: str) -> bool:
    """Say whether the end of a sub-saga's run, with this status, is the outcome of a step, or of its undo.

    An attempt that timed out has its outcome. But a late rollback of the child settles an undo that was given up, and
    says what a step that is parked, or due for another attempt, has left. A child that is still completed does neither.
    """
    step, step_state = saga.steps[name], state.steps[name]
    if step_state.status.is_waiting:
        return bool(step.does.runs) if step_state.status is StepStatus.WAITING else rollback.rolls_child_back(step)
    if status == RunStatus.COMPLETED or not step.does.runs:
        return False
    if step_state.status in (StepStatus.PARKED, StepStatus.DUE):
        return child_may_go_on(saga, state, name)
    return rollback.rolls_child_back(step) and _waits(step_state, UNDO)


def _ignored(draft: Draft, ended: ChildEnded) -> None:
    message = f"run {ended.child}"
    draft.record(SignalIgnored(signal="ChildEnded", why=IgnoredBecause.STALE, step=ended.step, message=message))


def _gone_back(draft: Draft, ended: ChildEnded) -> None:
    """Settle the undo of a step whose child run is rolled back, also if the undo was given up before.

    The undo did no more than the rollback of the child: its worst result counts, and the reason quotes all of them.
    """
    if ended.stayed is None and draft.step_state(ended.step).status is StepStatus.UNDO_WAITING:
        outcomes.succeed(draft, ended.step, UNDO, by=f"run {ended.child}")
        return
    reason = _ended(ended) + (f": {ended.summary}" if ended.summary else "")
    settled = CompensationSettled(step=ended.step, status=ended.stayed or StepStatus.COMPENSATED, reason=reason)
    draft.record(settled, causes=True)
    rollback.undone(draft, ended.step)


def _stays_completed(draft: Draft, ended: ChildEnded) -> None:
    step_state = draft.step_state(ended.step)
    error = StepError(ErrorKind.BUSINESS, "past-pivot", f"its run {ended.child} is completed and cannot be rolled back")
    outcomes.fail(
        draft,
        StepFailed(step=ended.step, direction=UNDO, attempt=step_state.attempt, token=step_state.token, error=error),
    )


def _ended(ended: ChildEnded) -> str:
    return f"its run {ended.child} ended {RunStatus(ended.status).words}"


def _refuse(draft: Draft, name: str, code: str, message: str, by: str) -> None:
    step_state = draft.step_state(name)
    error = StepError(ErrorKind.BUSINESS, code, message)
    attempt, token = step_state.attempt, step_state.token
    outcomes.fail(draft, StepFailed(step=name, attempt=attempt, token=token, error=error, by=by))


def _unwanted(draft: Draft, received: EventReceived) -> IgnoredBecause | None:
    """Return why no step takes the event; ``None``: a step expects it."""
    if draft.repeated or (received.event_id and received.event_id in draft.state.seen):
        return IgnoredBecause.DUPLICATE
    if draft.state.status.ended:
        return IgnoredBecause.LATE
    forward, back = (_heard(draft, draft.saga.steps, direction) for direction in Direction)
    if received.event not in forward | back:
        return IgnoredBecause.UNEXPECTED
    if received.event in draft.state.received and received.event not in draft.state.outdated:
        return IgnoredBecause.DUPLICATE
    if draft.state.rollback is not None and received.event not in back | _still_forward(draft):
        return IgnoredBecause.ROLLING_BACK
    return None


def _still_forward(draft: Draft) -> set[str]:
    """Return the forward events that still count during a rollback.

    While the pivot is open, the rollback may be withdrawn: then all of them count, else only those of paused steps.
    """
    saga, state = draft.saga, draft.state
    return _heard(draft, [name for name in saga.steps if may_go_on(saga, state, name)], DO)


def _heard(draft: Draft, names: Iterable[str], direction: Direction) -> set[str]:
    """Return the events from outside that the steps hear in this direction."""
    return {event for name in names for event in draft.graph.hears[name][direction]}


def _waits(step_state: StepState, direction: Direction) -> bool:
    """Say whether the step takes an event in this direction."""
    # A wait that timed out is parked, or stuck, but nothing was decided yet: a late event is still the answer, and
    # it is better than an operator's guess. Any other error closes the wait.
    error, status = step_state.error, step_state.status
    timed_out = status.needs_person and error is not None and error.code == "timed-out"
    return status.direction is direction and (status.is_waiting or timed_out)
