"""The outcomes of attempts: success, failure, an answer that comes later, or the death of the worker.

A report counts only if it is about the attempt under way, with its fencing token; any other changes nothing (L2).
A failed attempt goes through ``fail``. Its error decides what follows:

- business: the run rolls back (``_refused``); past the pivot the step is parked instead.
- technical: ``_retried`` schedules the next attempt at the time that the retry policy gives. If none is left,
  ``exhaust`` parks the step or begins a rollback, as ``on_exhausted`` says.
- programming: no retry, because every attempt would fail (``_hopeless``).

A failed compensation is retried likewise. If it fails for good, the run is stuck, or goes on, as ``on_undo_failure``
says (``_undo_failed``).
"""

from sagaflow.core.copied import copied
from sagaflow.core.definition.saga import OnExhausted, OnUndoFailure, Style
from sagaflow.core.errors import Refused
from sagaflow.core.run import choreography, forward, rollback
from sagaflow.core.run.commands import RecordRollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import (
    CompensationSettled,
    IgnoredBecause,
    SignalIgnored,
    StepLeftInDoubt,
    StepParked,
    StepReset,
    StepRetried,
)
from sagaflow.core.run.reach import may_go_on, takes_back
from sagaflow.core.run.record import rollback_record
from sagaflow.core.run.reports import StepAccepted, StepFailed, StepSucceeded, WorkerDied
from sagaflow.core.run.schedule import begin_waiting, time_limit
from sagaflow.core.run.skills import need
from sagaflow.core.run.state import Direction, ErrorKind, RollbackCode, StepError, StepState, StepStatus

__all__ = ["REFUSAL", "accept", "exhaust", "fail", "report", "succeed"]

DO, UNDO = Direction.DO, Direction.UNDO
MOST_DEATHS = 3
"""Deaths of its process after which a step is given up.

The first death may be the fault of another step in the process. At the others, the step was alone.
"""
REFUSAL = "the answer meets the condition of this code in fails_when"
"""The message of a business error that an answer means. It quotes no value: it could be a sensitive one."""
Outcome = StepSucceeded | StepFailed | StepAccepted | WorkerDied


def report(draft: Draft, outcome: Outcome) -> None:
    """Take an outcome if it is about the attempt under way; record any other as ignored.

    Raises:
        Refused: the saga does not have this step.
    """
    if outcome.step not in draft.saga.steps:
        known = ", ".join(draft.saga.steps)
        raise Refused(f"Saga '{draft.saga.name}' has no step '{outcome.step}'; its steps are {known}.", code="unknown")
    if why := _stale(draft.step_state(outcome.step), outcome):
        message = f"attempt {outcome.attempt} with token {outcome.token} is not the one under way"
        draft.record(SignalIgnored(signal=type(outcome).__name__, why=why, step=outcome.step, message=message))
        return
    match outcome:
        case StepAccepted():
            accept(draft, outcome)
        case StepSucceeded():
            succeed(draft, outcome.step, outcome.direction, outcome.output, outcome.by, nothing=outcome.nothing)
        case StepFailed():
            fail(draft, outcome)
        case WorkerDied():
            _died(draft, outcome)


def accept(draft: Draft, outcome: StepAccepted) -> None:
    """Record that the answer comes later; it has to come within the time limit of the step."""
    limit = time_limit(draft, outcome.step, outcome.direction)
    deadline = outcome.deadline if limit is None else draft.at + limit
    attempt, token = outcome.attempt, outcome.token
    draft.record(
        StepAccepted(step=outcome.step, direction=outcome.direction, attempt=attempt, token=token, deadline=deadline),
        causes=True,
    )


def succeed(
    draft: Draft, name: str, direction: Direction, output: object = None, by: str = "", *, nothing: bool = False
) -> None:
    """Record that the current attempt took effect or, with ``nothing``, that there was nothing to undo.

    An answer that ``fails_when`` of the step counts as a refusal is a business error.
    """
    step_state = draft.step_state(name)
    if direction is DO and (code := draft.step(name).refusal(output)):
        error = StepError(ErrorKind.BUSINESS, code, REFUSAL)
        attempt, token = step_state.attempt, step_state.token
        fail(draft, StepFailed(step=name, direction=DO, attempt=attempt, token=token, error=error, by=by))
        return
    done = StepSucceeded(
        step=name, direction=direction, attempt=step_state.attempt, token=step_state.token, output=output, by=by
    )
    draft.record(copied(done, nothing=nothing and direction is UNDO), causes=True)
    if direction is UNDO:
        rollback.undone(draft, name)
        return
    if draft.step(name).pivot and draft.state.rollback is not None:
        rollback.withdraw(draft, name)
    forward.settled(draft, name)


def fail(draft: Draft, outcome: StepFailed) -> None:
    """Record that the current attempt failed, and do what follows from its kind of error."""
    draft.record(outcome, causes=True)
    business = outcome.error.kind is ErrorKind.BUSINESS
    if business and outcome.direction is DO:
        _refused(draft, outcome.step, outcome.error)
    elif outcome.error.kind is ErrorKind.PROGRAMMING:
        _hopeless(draft, outcome)
    elif business or not _retried(draft, outcome):
        exhaust(draft, outcome.step, outcome.direction, outcome.error)


def exhaust(draft: Draft, name: str, direction: Direction, error: StepError) -> None:
    """Settle a step that has no attempt left: an operator is asked, or the run rolls back, as the definition says."""
    step = draft.step(name)
    if direction is UNDO:
        _undo_failed(draft, name, error)
    elif not may_go_on(draft.saga, draft.state, name):
        draft.record(StepLeftInDoubt(step=name, error=error))
    elif step.on_exhausted is OnExhausted.ROLL_BACK and not step.pivot and not forward.passed_pivot(draft):
        draft.record(StepLeftInDoubt(step=name, error=error))
        if not takes_back(draft.saga, draft.state, name):
            rollback.begin_for(draft, RollbackCode.TECHNICAL_ERROR, name, error)
    else:
        _park(draft, name, error)


def _hopeless(draft: Draft, outcome: StepFailed) -> None:
    """Park a step with a programming error. A rollback would not fix the code, so that none begins."""
    name = outcome.step
    if outcome.direction is DO and not takes_back(draft.saga, draft.state, name):
        _park(draft, name, outcome.error)
    elif outcome.unbegun and outcome.direction is DO and draft.step_state(name).unknown == 0:
        draft.record(StepReset(step=name, reason=f"it could not begin: {outcome.error.code}"))
    else:
        exhaust(draft, name, outcome.direction, outcome.error)


def _died(draft: Draft, died: WorkerDied) -> None:
    """Schedule the attempt again at once, without counting it, unless the step has killed process after process."""
    draft.record(died, causes=True)
    guilty = draft.step_state(died.step).deaths >= MOST_DEATHS
    if guilty or not _again(draft, died.step, died.direction, draft.at):
        error = StepError(ErrorKind.TECHNICAL, "worker-died", _death(draft, died))
        exhaust(draft, died.step, died.direction, error)


def _death(draft: Draft, died: WorkerDied) -> str:
    doing = need(draft.step(died.step), died.direction) or died.step
    return f"the process {died.how} while performing {doing}"


def _park(draft: Draft, name: str, error: StepError) -> None:
    draft.record(StepParked(step=name, error=error), causes=True)
    choreography.publish(draft, "SagaParked", name, payload={"code": error.code, "message": error.message})


def _refused(draft: Draft, name: str, error: StepError) -> None:
    if draft.state.rollback is not None:
        return
    if forward.passed_pivot(draft):
        _park(draft, name, error)
        return
    rollback.begin_for(draft, RollbackCode.BUSINESS_ERROR, name, error)


def _undo_failed(draft: Draft, name: str, error: StepError) -> None:
    if draft.step(name).on_undo_failure is OnUndoFailure.CONTINUE:
        reason = f"the compensation failed for good: {error.message or error.code}"
        draft.record(CompensationSettled(step=name, status=StepStatus.UNDO_SKIPPED, reason=reason), causes=True)
        return
    seq = draft.record(StepParked(step=name, direction=UNDO, error=error), causes=True)
    draft.command(RecordRollback(seq=seq, record=rollback_record(draft.saga, draft.state, "stuck", draft.clock)))
    choreography.publish(draft, "SagaStuck", name, UNDO, {"code": error.code, "message": error.message})


def _retried(draft: Draft, outcome: StepFailed) -> bool:
    """Schedule the next attempt. Return ``False``, and schedule none, if the retry policy has none left."""
    name, direction = outcome.step, outcome.direction
    step, step_state = draft.step(name), draft.step_state(name)
    policy = step.retry if direction is DO else step.undo_retry
    tried = step_state.attempts_in(direction) - step_state.forgiven
    due_at = draft.at + max(policy.wait(tried, outcome.chance), outcome.retry_after or 0.0)
    late = policy.total is not None and due_at > (step_state.first_due_at or draft.at) + policy.total
    return tried < policy.attempts and not late and _again(draft, name, direction, due_at)


def _again(draft: Draft, name: str, direction: Direction, due_at: float) -> bool:
    """Schedule the next attempt. Return ``False``, and schedule none, if a rollback takes the step back."""
    step, step_state = draft.step(name), draft.step_state(name)
    # While the pivot is open it is tried again, because it decides whether the rollback stands. The other steps stay
    # scheduled, in case the rollback is withdrawn; until then no worker may claim them (see ``queries``).
    if direction is DO and not may_go_on(draft.saga, draft.state, name) and not step.pivot:
        return False
    commanded = draft.segment(name).style is not Style.CHOREOGRAPHED
    deadline = None if commanded or step.timeout is None else due_at + step.timeout
    draft.record(
        StepRetried(step=name, direction=direction, attempt=step_state.attempt + 1, due_at=due_at, deadline=deadline)
    )
    begin_waiting(draft, name)
    return True


def _stale(step_state: StepState, outcome: Outcome) -> IgnoredBecause | None:
    """Return why the report is not about the attempt under way; ``None``: it is."""
    same = (
        outcome.attempt == step_state.attempt
        and outcome.token == step_state.token
        and outcome.direction is step_state.status.direction
    )
    if same and (step_state.status.is_leased or step_state.status.is_waiting):
        repeated = step_state.status.is_waiting and isinstance(outcome, StepAccepted)
        return IgnoredBecause.DUPLICATE if repeated else None
    if same and not step_state.status.needs_person and step_state.status is not StepStatus.IN_DOUBT:
        return IgnoredBecause.DUPLICATE
    return IgnoredBecause.LATE if outcome.token == step_state.token else IgnoredBecause.STALE
