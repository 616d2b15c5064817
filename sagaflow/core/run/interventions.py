"""The verbs of operators, and the reasons why one does not apply. ``allowed`` and the verbs ask the same questions."""

from collections.abc import Callable

from sagaflow.core.copied import copied
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run import forward, four_eyes, rollback
from sagaflow.core.run.draft import Draft
from sagaflow.core.run.facts import CompensationSettled, StepRetried, StepSkipped
from sagaflow.core.run.people import deciders
from sagaflow.core.run.reach import is_untouched, pivot_is_open, takes_back
from sagaflow.core.run.reports import (
    CancelRequested,
    CompensationMarkedDone,
    ResumeRequested,
    RetryRequested,
    RollbackRequested,
    SkipRequested,
)
from sagaflow.core.run.schedule import begin_waiting
from sagaflow.core.run.state import Direction, RollbackCode, RunState, RunStatus, StepState, StepStatus

__all__ = [
    "KEEPS_INPUT",
    "allowed",
    "cancel",
    "mark_done",
    "pivot_decides",
    "refusal",
    "require_input",
    "resume",
    "retry",
    "roll_back",
    "skip",
]

RETRIES = {"retry": "retry", "retry_with_input": "edit the input of", "redeliver": "redeliver the event to"}
"""The words for each verb that tries a step again, in the error message if it does not apply."""
WORDS = RETRIES | {"resume": "resume from"}

KEEPS_INPUT = (
    "the run that it started keeps the input that it got; edit the input of a step of that run, or cancel this run and "
    "start it again."
)
"""The reason why the input of a sub-saga cannot be edited while its run may still be the outcome of the step."""
OPEN = (StepStatus.PARKED, StepStatus.WAITING, StepStatus.DUE)
UNDO_OPEN = (StepStatus.STUCK, StepStatus.UNDO_DUE, StepStatus.UNDO_WAITING)
RESUMABLE = (RunStatus.PARKED, RunStatus.STUCK, RunStatus.ROLLED_BACK)


def allowed(saga: Saga, state: RunState, at: float, step: str | None = None) -> dict[str, str | None]:
    """Return for each verb on a step, or on the run, why it does not apply now; ``None``: it applies."""
    draft = Draft(saga, state, at)
    if step is None:
        return {"roll_back": _why_no_rollback(draft), "cancel": _why_no_cancel(draft)}
    step_state = _known(draft, step)
    return dict.fromkeys(RETRIES, _why_no_retry(draft, step)) | {
        "retry_with_input": _why_no_edit(draft, step),
        "skip": _why_no_skip(draft, step),
        "mark_done": _why_not_by_hand(step_state),
        "resume": _why_no_resume(draft, step),
    }


def retry(draft: Draft, asked: RetryRequested) -> None:
    """Schedule another attempt now. The retry policy counts from here again."""
    step_state = _known(draft, asked.step)
    _require(draft, asked.step, asked.verb, _why_no_edit if asked.edited else _why_no_retry)
    if asked.edited:
        require_input(asked.step, asked.input)
    direction, step = step_state.status.direction, draft.step(asked.step)
    deadline = None if step.timeout is None else draft.at + step.timeout
    draft.record(
        StepRetried(
            step=asked.step,
            direction=direction,
            attempt=step_state.attempts_in(direction) + 1,
            due_at=draft.at,
            deadline=deadline,
            by=asked.by,
            reason=asked.reason,
            input=asked.input,
            edited=asked.edited,
            of_undo=asked.edited and direction is Direction.UNDO,
        ),
        causes=True,
    )
    begin_waiting(draft, asked.step)


def refusal(step: str, verb: str, why_not: str) -> Refused:
    """Return the error that says why ``verb``, by its name or in the words of a sentence, does not apply to a step."""
    return Refused(f"Cannot {WORDS.get(verb, verb)} step '{step}': {why_not}", code="not-applicable")


def require_input(step: str, value: Json) -> None:
    """Refuse ``None`` as the edited input of a step: in the journal, ``None`` stands for the input without an edit.

    Raises:
        Refused: the value is ``None``.
    """
    if value is None:
        message = f"The new input of step '{step}' is missing or null. Give the whole new input, such as {{}}."
        raise Refused(message, code="no-input")


def skip(draft: Draft, asked: SkipRequested) -> None:
    """Let the run go on without the step, or without its compensation."""
    step_state = _known(draft, asked.step)
    _require(draft, asked.step, "skip", _why_no_skip)
    if step_state.status.direction is Direction.UNDO:
        if asked.output is not None:
            message = f"The compensation of '{asked.step}' is skipped, and nothing reads an output of it; leave it out."
            raise Refused(message, code="not-taken")
        _settle(draft, asked.step, StepStatus.UNDO_SKIPPED, asked.by, asked.reason)
        return
    four_eyes.require_another(draft.saga, draft.state, asked.step, *deciders(asked.by, asked.reason))
    skipped = StepSkipped(step=asked.step, output=asked.output, by=asked.by, reason=asked.reason)
    untouched = is_untouched(draft.step(asked.step).does, step_state)
    draft.record(copied(skipped, untouched=untouched), causes=True)
    if draft.step(asked.step).pivot and draft.state.rollback is not None:
        rollback.withdraw(draft, asked.step)
    forward.settled(draft, asked.step)


def mark_done(draft: Draft, asked: CompensationMarkedDone) -> None:
    """Record that an operator undid the step by hand."""
    if why := _why_not_by_hand(_known(draft, asked.step)):
        raise Refused(f"Cannot mark the compensation of '{asked.step}' done: {why}", code="not-applicable")
    _settle(draft, asked.step, StepStatus.UNDONE_BY_HAND, asked.by, asked.reason)
    rollback.undone(draft, asked.step)


def roll_back(draft: Draft, asked: RollbackRequested) -> None:
    """Begin a rollback of the whole run."""
    if asked.parent:
        _refuse_if("roll back", draft, _why_not_with_parent(draft))
        rollback.begin(draft, RollbackCode.PARENT, asked.reason, by=asked.by)
        return
    _refuse_if("roll back", draft, _why_no_rollback(draft))
    _go_back(draft, RollbackCode.REQUESTED, asked.by, asked.reason)


def cancel(draft: Draft, asked: CancelRequested) -> None:
    """Roll back, and end the run as cancelled. A rollback that is under way goes on, and ends as cancelled."""
    _refuse_if("cancel", draft, _why_no_cancel(draft))
    if draft.state.rollback is None or rollback.waits_for_pivot(draft):
        _go_back(draft, RollbackCode.CANCELLED, asked.by, asked.reason)
    else:
        draft.record(asked, causes=True)


def resume(draft: Draft, asked: ResumeRequested) -> None:
    """Let the run go forward again from a step."""
    _known(draft, asked.step)
    _require(draft, asked.step, "resume", _why_no_resume)
    again = draft.graph.descendants[asked.step] | {asked.step}
    in_doubt = tuple(name for name in draft.graph.order if name in again and _is_in_doubt(draft, name))
    draft.record(copied(asked, in_doubt=in_doubt), causes=True)


def pivot_decides(saga: Saga, state: RunState) -> str:
    """Return the sentence that the pivot may still withdraw the rollback; empty: it may not."""
    if state.status.ended or state.rollback is None or not pivot_is_open(saga, state):
        return ""
    pivot = saga.graph.pivot
    return f"the pivot '{pivot}' is under way and decides: if it takes effect, the run goes forward after all"


def _refuse_if(verb: str, draft: Draft, why_not: str | None) -> None:
    if why_not:
        raise Refused(f"Cannot {verb} a run of '{draft.saga.name}': {why_not}", code="not-applicable")


def _go_back(draft: Draft, code: RollbackCode, by: str, reason: str) -> None:
    rollback.give_up_pivot(draft)
    going = draft.state.rollback
    rollback.begin(draft, RollbackCode.CANCELLED if going and going.cancels else code, reason, by=by)


def _settle(draft: Draft, name: str, status: StepStatus, by: str, reason: str) -> None:
    draft.record(CompensationSettled(step=name, status=status, by=by, reason=reason), causes=True)


def _known(draft: Draft, name: str) -> StepState:
    if name not in draft.saga.steps:
        known = ", ".join(draft.saga.steps)
        raise Refused(f"Saga '{draft.saga.name}' has no step '{name}'; its steps are {known}.", code="unknown")
    return draft.step_state(name)


def _require(draft: Draft, name: str, verb: str, why: Callable[[Draft, str], str | None]) -> None:
    if reason := why(draft, name):
        raise refusal(name, verb, reason)


def _why_no_retry(draft: Draft, name: str) -> str | None:
    step_state = draft.step_state(name)
    if step_state.status in UNDO_OPEN:
        return None
    if step_state.status is StepStatus.WAITING and draft.step(name).does.leaves_nothing:
        return "it waits for a time or a decision; skip it or decide."
    open_ = step_state.status in OPEN
    if open_ and _goes_back_for_good(draft, name):
        return "the run is rolling back; no forward step starts."
    return None if open_ else _is_now(step_state, "only parked, stuck, waiting or retrying steps can be tried again")


def _why_no_edit(draft: Draft, name: str) -> str | None:
    """Say also where no attempt would read the new input: it would be recorded as done, and lost."""
    if why := _why_no_retry(draft, name):
        return why
    status = draft.step_state(name).status
    work = draft.step(name).work(status.direction)
    if work.rolls_child_back:
        return "its compensation rolls the run of the sub-saga back and takes no input; retry it, or act on that run."
    if not work.by_worker:
        what = "its compensation" if status.direction is Direction.UNDO else "it"
        return f"{what} {work.waiting} and takes no input; retry or skip it."
    return KEEPS_INPUT if work.runs and status is StepStatus.WAITING else None


def _why_no_skip(draft: Draft, name: str) -> str | None:
    step_state = draft.step_state(name)
    if step_state.status is StepStatus.UNDO_DUE and step_state.undo_attempts == step_state.forgiven:
        # An operator who meant the step itself, just before the rollback began, must not skip its compensation.
        return "its compensation has not been tried yet; wait for its outcome, or mark it done."
    if step_state.status in UNDO_OPEN:
        return None
    if step_state.status in OPEN:
        going_back = _goes_back_for_good(draft, name)
        return "the run is rolling back; its forward steps no longer matter." if going_back else None
    return _is_now(step_state, "only parked, stuck, waiting or retrying steps can be skipped")


def _goes_back_for_good(draft: Draft, name: str) -> bool:
    """Say whether a rollback takes the step back, and the step cannot withdraw it: only an open pivot can.

    A step outside the scope of a return to a save-point may be repaired meanwhile. It goes on after the return.
    """
    # A pivot outside the scope has to wait too: skipped during the return, it would forbid what is being undone.
    if draft.state.rollback is None or not (draft.step(name).pivot or takes_back(draft.saga, draft.state, name)):
        return False
    return not (draft.step(name).pivot and pivot_is_open(draft.saga, draft.state))


def _why_not_by_hand(step_state: StepState) -> str | None:
    return None if step_state.status in UNDO_OPEN else _is_now(step_state, "no compensation of it is open")


def _why_no_rollback(draft: Draft) -> str | None:
    state = draft.state
    if state.status.ended:
        return f"it is {state.status.words}."
    if why := _why_past_pivot(draft):
        return why
    if state.rollback is not None and state.rollback.savepoint is None and not rollback.waits_for_pivot(draft):
        return "it is rolling back already."
    return None


def _why_past_pivot(draft: Draft) -> str | None:
    if not forward.passed_pivot(draft):
        return None
    return f"the pivot '{draft.graph.pivot}' took effect; go forward: retry or skip what is parked."


def _why_not_with_parent(draft: Draft) -> str | None:
    """A parent takes the whole run back: also one that is completed, returns to a save-point, or goes back by itself.

    A parent asks again when its own attempt is repeated, so that nothing may follow from a second request.
    """
    state = draft.state
    if state.rollback is not None and state.rollback.code is RollbackCode.PARENT:
        return "it is rolling back already."
    if state.rollback is not None and state.rollback.cancels:
        return "it is being cancelled already."
    if state.status is RunStatus.COMPLETED and not forward.passed_pivot(draft):
        return None
    return f"it is {state.status.words}." if state.status.ended else _why_past_pivot(draft)


def _why_no_cancel(draft: Draft) -> str | None:
    rolling, why_not = draft.state.rollback, _why_no_rollback(draft)
    if why_not is None or draft.state.status.ended or rolling is None:
        return why_not
    return "it is being cancelled already." if rolling.cancels else None


def _why_no_resume(draft: Draft, name: str) -> str | None:
    if draft.state.status not in RESUMABLE:
        return f"the run is {draft.state.status.words}; resume works on parked, stuck and rolled-back runs."
    if (going := draft.state.rollback) is not None and going.code is RollbackCode.PARENT:
        return f"{going.by} rolled it back and takes no other end of it; resume that run, which starts a new one."
    again = draft.graph.descendants[name] | {name}
    for other in draft.graph.order:
        step_state = draft.step_state(other)
        if other in again and (step_state.status.working or step_state.status in (StepStatus.DONE, StepStatus.STUCK)):
            return f"'{other}' is {step_state.status.words}; it has to be undone or settled first."
        if other not in again and (
            step_state.status.undone or step_state.status in (StepStatus.FAILED, StepStatus.IN_DOUBT)
        ):
            return f"'{other}' is {step_state.status.words} and does not come after it; resume from '{other}'."
        if other not in again and step_state.status.direction is Direction.UNDO:
            return f"the compensation of '{other}' is open; settle it first."
    return None


def _is_in_doubt(draft: Draft, name: str) -> bool:
    """Say whether the step may have taken effect, or may still, without a failed attempt that says so.

    An operator skipped it while its answer was to come, or its wait for an event has timed out.
    """
    step_state, work = draft.step_state(name), draft.step(name).does
    if step_state.unknown or rollback.leaves_nothing(draft, name) or is_untouched(work, step_state):
        return False
    return step_state.status is StepStatus.PARKED or (step_state.status is StepStatus.SKIPPED and step_state.tried)


def _is_now(step_state: StepState, rule: str) -> str:
    return f"it is {step_state.status.words}; {rule}."
