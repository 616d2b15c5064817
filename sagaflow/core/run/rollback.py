"""The rollback of a run: it begins, undoes the steps in reverse, and ends, or returns to a save-point.

1. ``begin`` records why. From here on no forward step starts, and ``course.move_on`` calls ``advance`` instead of
   ``forward.advance``, again after every report, until the rollback has ended.
2. While the pivot may still take effect, ``advance`` waits: the pivot decides whether the rollback stands (L6).
3. ``withdraw_work`` takes scheduled and waiting forward work back. Work that a worker holds is awaited.
4. ``advance`` picks every step whose dependent steps are all undone (L5). The order is that of the graph, which does
   not stop at the borders of segments: one rollback walks through all of them, whatever their style.
5. The style only decides how the compensation becomes due (``schedule``): in an orchestrated segment it is commanded;
   in a choreographed one the step reacts to the event of the latest failure or undo (``publish_back``, ``undone``).
6. When nothing is left to undo, ``_end`` writes the rollback record, and ends the run or restores the save-point.
"""

from sagaflow.core.definition.problems import ROLLING_BACK
from sagaflow.core.definition.saga import CompensateOn, Compensation, Saga, Step, Undo
from sagaflow.core.json_value import Json
from sagaflow.core.run import choreography
from sagaflow.core.run.commands import NotifyParent, RecordRollback, StartAgain
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import (
    CompensationSettled,
    RollbackBegan,
    RollbackWithdrawn,
    RunCancelled,
    RunRolledBack,
    SavepointRestored,
    StepLeftInDoubt,
    StepParked,
    StepReset,
)
from sagaflow.core.run.failure import cause_of
from sagaflow.core.run.reach import child_may_go_on, is_refused, is_untouched, pivot_is_open
from sagaflow.core.run.record import CHANGES_NOTHING, WAITED, rollback_record
from sagaflow.core.run.schedule import schedule
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, RunState, StepError, StepState, StepStatus
from sagaflow.core.run.steps import in_order

__all__ = [
    "GOES_ON",
    "advance",
    "begin",
    "begin_for",
    "compensation",
    "give_up_pivot",
    "leaves_nothing",
    "left_to_undo",
    "reason_of",
    "savepoint_of",
    "undone",
    "waits_for_pivot",
    "withdraw",
    "withdraw_work",
]

GOES_ON = "its sub-saga has not answered, and the run of it may still go on"
"""The sentence about a step without an undo whose child may still take effect after the rollback."""


def begin(
    draft: Draft, code: RollbackCode, message: str, *, step: str = "", error: StepError | None = None, by: str = ""
) -> None:
    """Begin a rollback, and publish its cause for the choreographed steps that have to compensate.

    A rollback that is under way ends here, with its record: this one goes on from where it was, through the whole run.
    ``step`` and ``error``: the failure that begins it. Without them, the record names the step that had failed by then.
    """
    savepoint = savepoint_of(draft, step) if step else None
    cause, why = (step, error) if step else cause_of(draft.saga, draft.state)
    going = draft.state.rollback is not None
    before = rollback_record(draft.saga, draft.state, "widened", draft.clock) if going else None
    seq = draft.record(
        RollbackBegan(code=code, message=message, step=cause, error=why, by=by, savepoint=savepoint), causes=True
    )
    if before is not None:
        draft.command(RecordRollback(seq=seq, record=before | {"followed_by": draft.state.rollbacks}))
    if error is not None:
        definition = draft.step(step)
        declared = error.code in definition.fails_as
        event = definition.failed_event(error.code)
        payload = {"code": error.code, "message": error.message}
        choreography.publish_back(draft, event, step, Direction.DO, payload, declared=declared)
    else:
        payload = {"code": code.value, "message": message}
        choreography.publish_back(draft, ROLLING_BACK, "", Direction.DO, payload, declared=False)


def begin_for(draft: Draft, code: RollbackCode, step: str, error: StepError) -> None:
    """Begin a rollback because of the failure of a step, which the message names."""
    begin(draft, code, f"{step}: {error.message or error.code}", step=step, error=error)


def advance(draft: Draft) -> None:
    """Start every compensation that may start; end the rollback when nothing is left to undo."""
    rollback = draft.state.rollback
    if rollback is None or pivot_is_open(draft.saga, draft.state):
        return
    graph, scope = draft.graph, draft.graph.scope(rollback.savepoint)
    for name in reversed(in_order(draft.saga, draft.state)):
        if name in scope:
            withdraw_work(draft, name)
    # One walk against the order: each step comes after all that depend on it.
    clear: set[str] = set()
    for name in reversed(graph.order):
        if name in scope and clear.issuperset(graph.next[name]):
            if _may_undo(draft, name):
                _undo(draft, name)
            if not left_to_undo(draft.saga, draft.state, name):
                clear.add(name)
    if clear.issuperset(scope):
        _end(draft)


def withdraw(draft: Draft, pivot: str) -> None:
    """Withdraw the rollback, because the pivot took effect: the run goes forward, and the failed steps are parked."""
    draft.record(RollbackWithdrawn(pivot=pivot), causes=True)
    for name, step in tuple(draft.state.steps.items()):
        if step.status in (StepStatus.FAILED, StepStatus.IN_DOUBT) and step.error:
            draft.record(StepParked(step=name, error=step.error))


def undone(draft: Draft, name: str) -> None:
    """Publish that a step is undone, so that the choreographed steps before it can compensate."""
    step = draft.step(name)
    declared = bool(step.undo and step.undo.emits)
    step_state = draft.step_state(name)
    payload = (
        {"nothing_to_undo": step_state.note}
        if step_state.status is StepStatus.NOTHING_TO_UNDO
        else step_state.undo_output
    )
    choreography.publish_back(draft, step.undone_event, name, Direction.UNDO, payload, declared=declared)


def left_to_undo(saga: Saga, state: RunState, name: str) -> bool:
    """Say whether a rollback still has to wait for the step, or to undo it."""
    step_state, step = state.steps[name], saga.steps[name]
    match step_state.status:
        case StepStatus.PENDING:
            return step_state.unknown > 0
        case StepStatus.SKIPPED:
            return step_state.tried
        case StepStatus.FAILED:
            attempted = step.compensate_on is CompensateOn.ATTEMPTED
            return step_state.unknown > 0 or (attempted and compensation(saga, name).kind is not Undo.NOTHING)
        case _:
            return not step_state.status.undone


def compensation(saga: Saga, name: str) -> Compensation:
    """Return the declared compensation. Without one, a call counts as irreversible, and a wait leaves nothing."""
    step = saga.steps[name]
    if step.undo is not None:
        return step.undo
    if not step.does.by_worker:
        return Compensation(kind=Undo.NOTHING, reason=WAITED)
    if not step.does.has_effect:
        return Compensation(kind=Undo.NOTHING, reason=CHANGES_NOTHING)
    return Compensation(kind=Undo.IRREVERSIBLE, reason="no compensation is declared")


def reason_of(saga: Saga, state: RunState, name: str) -> str:
    """Return the reason that the step gives for its undo. Without work, it notes that a child may still go on."""
    undo = compensation(saga, name)
    return f"{undo.reason}; {GOES_ON}" if undo.does is None and child_may_go_on(saga, state, name) else undo.reason


def waits_for_pivot(draft: Draft) -> bool:
    """Say whether an operator may declare the outcome of the pivot unknown: it is parked, or delays a rollback."""
    pivot = draft.graph.pivot
    status = draft.step_state(pivot).status if pivot else None
    return status is StepStatus.PARKED or (status is StepStatus.WAITING and draft.state.rollback is not None)


def give_up_pivot(draft: Draft) -> None:
    """Leave a pivot in doubt for which an operator waits no longer.

    A timer or a decision that has not come is none, nor a pivot that was refused or could not begin: it is withdrawn.
    """
    pivot = draft.graph.pivot
    if pivot is None or is_untouched(draft.step(pivot).does, draft.step_state(pivot)):
        return
    if waits_for_pivot(draft) and not draft.step(pivot).does.leaves_nothing:
        message = "an operator decided to roll back although its outcome is not known"
        error = draft.step_state(pivot).error or StepError(ErrorKind.TECHNICAL, "unknown-outcome", message)
        draft.record(StepLeftInDoubt(step=pivot, error=error))


def savepoint_of(draft: Draft, step: str) -> str | None:
    """Return the save-point for a failure of ``step``; ``None``: the whole run rolls back."""
    segment = draft.segment(step)
    name = draft.graph.savepoint_for.get(segment.name)
    if name is None or draft.state.rollback is not None:
        return None
    return name if draft.state.restored.get(name, 0) + 1 < segment.forward_attempts else None


def withdraw_work(draft: Draft, name: str) -> None:
    """Take forward work back that no worker holds. If it was tried, it may have taken effect, and is undone (L5)."""
    step_state, work = draft.step_state(name), draft.step(name).does
    untried = step_state.status is StepStatus.DUE and step_state.unknown == 0
    match step_state.status:
        case StepStatus.DUE | StepStatus.PARKED | StepStatus.WAITING if untried or leaves_nothing(draft, name):
            draft.record(StepReset(step=name, reason="a rollback began"))
        case StepStatus.WAITING if work.runs and not rolls_child_back(draft.step(name)):
            return
        case StepStatus.DUE | StepStatus.PARKED | StepStatus.WAITING:
            message = "the rollback began before an answer came"
            error = step_state.error or StepError(ErrorKind.TECHNICAL, "unknown-outcome", message)
            if is_untouched(work, step_state):
                why = "it was refused" if is_refused(step_state) else "it could not begin"
                draft.record(StepReset(step=name, reason=f"{why}: {error.code}"))
            else:
                draft.record(StepLeftInDoubt(step=name, error=error))
        case _:
            return


def leaves_nothing(draft: Draft, name: str) -> bool:
    """Say whether the step only waits: for a time or a decision, or for an event and has no undo."""
    step = draft.step(name)
    return step.does.leaves_nothing or (bool(step.does.awaits) and step.undo is None)


def rolls_child_back(step: Step) -> bool:
    """Say whether the step is a sub-saga that is undone by rolling its run back."""
    return step.work(Direction.UNDO).rolls_child_back


def _may_undo(draft: Draft, name: str) -> bool:
    return left_to_undo(draft.saga, draft.state, name) and _at_rest(draft.step_state(name))


def _at_rest(step: StepState) -> bool:
    return not step.status.working and not step.status.needs_person


def _undo(draft: Draft, name: str) -> None:
    undo = compensation(draft.saga, name)
    match undo.kind:
        case Undo.IRREVERSIBLE:
            draft.record(CompensationSettled(step=name, status=StepStatus.IRREVERSIBLE, reason=_reason(draft, name)))
        case Undo.NOTHING:
            draft.record(_nothing(draft, name))
        case _:
            schedule(draft, name, Direction.UNDO, draft.at)


def _nothing(draft: Draft, name: str) -> CompensationSettled:
    """Settle a step that has no undo. What the run of a sub-saga left when it went back by itself is there still."""
    match draft.step_state(name):
        case StepState(child_left=StepStatus() as left, error=StepError(kind=ErrorKind.BUSINESS, message=end)):
            return CompensationSettled(step=name, status=left, reason=end)
        case _:
            return CompensationSettled(step=name, status=StepStatus.NOTHING_TO_UNDO, reason=_reason(draft, name))


def _reason(draft: Draft, name: str) -> str:
    return reason_of(draft.saga, draft.state, name)


def _end(draft: Draft) -> None:
    rollback = draft.state.rollback
    if rollback is None:
        return
    if rollback.savepoint is not None:
        if _escalates(draft, rollback.savepoint):
            return
        record = rollback_record(draft.saga, draft.state, "savepoint", draft.clock)
        restored = draft.state.restored.get(rollback.savepoint, 0) + 1
        late_at = draft.state.late_at
        seq = draft.record(SavepointRestored(segment=rollback.savepoint, round=restored), causes=True)
        draft.command(RecordRollback(seq=seq, record=record))
        if late_at is not None and late_at >= rollback.began_at:
            # The deadline passed while the run went back to the save-point: it is acted upon now.
            begin(draft, RollbackCode.DEADLINE, "the run's deadline passed")
            advance(draft)
        return
    cancelled = rollback.cancels
    outcome, event = ("cancelled", "SagaCancelled") if cancelled else ("rolled_back", "SagaRolledBack")
    record = rollback_record(draft.saga, draft.state, outcome, draft.clock)
    seq = draft.record(RunCancelled() if cancelled else RunRolledBack(), causes=True)
    draft.command(RecordRollback(seq=seq, record=record))
    choreography.publish(draft, event, payload=_summary(record))
    draft.command(NotifyParent())
    again = draft.saga.after_rollback
    if again.retries and not cancelled and rollback.code is not RollbackCode.PARENT:
        draft.command(StartAgain(not_before=draft.at + again.delay, retries=again.retries))


def _escalates(draft: Draft, savepoint: str) -> bool:
    """Widen the rollback to the whole run, if a step outside the save-point's scope failed with a business error."""
    scope = draft.graph.scope(savepoint)
    for name, step in draft.state.steps.items():
        if name not in scope and step.status is StepStatus.FAILED and step.error:
            begin_for(draft, RollbackCode.BUSINESS_ERROR, name, step.error)
            advance(draft)
            return True
    return False


def _summary(record: dict[str, Json]) -> dict[str, Json]:
    return {key: record[key] for key in ("code", "message", "failed_step", "summary")}
