"""The acts of operators: each is recorded with the operator, the reason and the outcome, even if it is refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sagaflow import conf, store
from sagaflow.core.definition.saga import Saga
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical
from sagaflow.core.run import preview, queries
from sagaflow.core.run.interventions import pivot_decides
from sagaflow.core.run.people import claims
from sagaflow.core.run.reports import ApprovalDelegated, EventReceived, Report, RetryRequested
from sagaflow.core.run.second_person import SecondPerson
from sagaflow.core.run.state import RunState, StepStatus
from sagaflow.core.run.verbs import VERBS, Verb, value_for
from sagaflow.engine.inputs import LONGEST_NAME, LONGEST_REASON, check_payload, check_step_input, check_text
from sagaflow.engine.rounds import check_round
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import LockedRun, RecordedAct, RefusedAct, refusals
from sagaflow.store.lists import lookup
from sagaflow.store.runs import relatives

__all__ = [
    "Intervention",
    "act",
    "allowed",
    "approve",
    "awaited",
    "check",
    "hinting",
    "operate",
    "perform",
    "plan",
    "record",
    "report_of",
    "second_person",
]

WAITS = (StepStatus.WAITING, StepStatus.PARKED, StepStatus.UNDO_WAITING, StepStatus.STUCK)


@dataclass(frozen=True, slots=True)
class Intervention:
    """A verb that an operator asks for; ``value`` is the JSON that the verb takes."""

    verb: Verb
    by: str
    reason: str
    step: str = ""
    value: Any = None
    round: int | None = None
    unchanged: Callable[[RunState], bool] | None = None
    second: str = ""
    """The second person, and the request, as the reason in the history says it; empty: none gave it."""

    @property
    def why(self) -> str:
        """The reason as it is saved."""
        return f"{self.reason} {self.second}" if self.second else self.reason


def operate(
    run_id: str,
    verb: str,
    *,
    by: str,
    reason: str,
    step: str | None = None,
    input: Json = None,  # noqa: A002
    output: Json = None,
    payload: Json = None,
    to: str = "",
    round: int | None = None,  # noqa: A002
    unchanged: Callable[[RunState], bool] | None = None,
) -> RecordedAct:
    """Do ``verb`` to a run, or to one of its steps.

    ``input``: for ``retry_with_input``, the whole new input of the step, never ``None``; ``output``: for ``skip``, the
    substitute; ``payload``: for ``publish``, the payload of the event that the step is waiting on; ``to``: for
    ``delegate``, the name of the user who may decide too, or empty for the group alone (``access.why_not_delegate``
    says who cannot); ``round``: the round of the step that the operator saw, so that the same request sent twice never
    acts on a later round; ``unchanged``: asked about the state while the run is locked, returns false if it is no
    longer what the operator saw.
    Returns the act: its ``outcome`` is ``done`` or ``refused``, its ``detail`` says what changed or why not.

    Raises:
        Refused: the verb is unknown or does not take what is given, ``by`` or ``reason`` is empty, or there is no such
            run; nothing is recorded.
    """
    run_id = store.as_run_id(run_id)
    if verb not in VERBS:
        raise Refused(f"There is no verb '{verb}'; use one of {', '.join(VERBS)}.", code="unknown")
    named = {"to": to} if to or VERBS[verb].takes == "to" else {}
    value = value_for(VERBS[verb], {"input": input, "output": output, "payload": payload, **named}, step or "")
    request = Intervention(VERBS[verb], by, reason, step or "", value, round, unchanged)
    check(request)
    return perform(run_id, request)


def perform(run_id: str, request: Intervention) -> RecordedAct:
    """Do what was checked, in a transaction of its own. A refusal is recorded too, and returned with its code."""
    try:
        with refusals.SuppressLasting() as suppressed, hinting(run_id, request.verb):
            return change(run_id, lambda run: act(run, request))
        detail, code = refusals.reason(run_id, suppressed.failure), "failed"
    except store.UnknownRun:
        raise
    except (Refused, InvalidPayload) as refused:
        detail, code = str(refused), refused.code
    refusals.release(run_id)
    return RefusedAct(**asdict(record(run_id, request, "refused", detail)), code=code)


@contextmanager
def hinting(run_id: str, verb: Verb) -> Iterator[None]:
    """Add to a refusal inside what the operator may do instead."""
    try:
        yield
    except store.UnknownRun:
        raise
    except Refused as refused:
        if hint := _instead(run_id, verb.name):
            raise Refused(f"{refused}{hint}", code=refused.code) from refused
        raise


def approve(
    run_id: str,
    step: str,
    *,
    approved: bool,
    by: str,
    reason: str = "",
    round: int | None = None,  # noqa: A002
    unchanged: Callable[[RunState], bool] | None = None,
) -> RecordedAct:
    """Record a user's decision about a step that waits for one. Unlike in ``operate`` the reason may be empty.

    ``round``: the round of the step that the user saw, so that a decision sent twice never decides a later round;
    ``unchanged`` as in ``operate``.

    Raises:
        Refused: ``by`` is empty, the step does not wait for a decision, or is in another round; nothing is recorded.
    """
    request = Intervention(
        VERBS["approve" if approved else "reject"], by, reason, step, round=round, unchanged=unchanged
    )
    check(request, needs_reason=False)
    return change(store.as_run_id(run_id), lambda run: act(run, request))


def allowed(run_id: str, step: str | None = None) -> dict[str, str | None]:
    """For each verb on the run, or on one of its steps: ``None`` if it applies now, else the reason why not."""
    saga, state = store.state(run_id)
    return relatives.Relatives(store.as_run_id(run_id), saga, state).allowed(store.now(), step)


def second_person() -> SecondPerson:
    """Return the rule about the acts that need two people."""
    return SecondPerson.of(conf.current().second_person)


def plan(run_id: str) -> tuple[preview.PlannedUndo, ...]:
    """The steps that a rollback of the run would undo now, in order."""
    return preview.plan(*store.state(run_id), store.now())


def awaited(saga: Saga, state: RunState, step: str) -> str:
    """The event from outside that ``step`` is waiting on, or was waiting on when it was parked; empty: none."""
    status = state.steps[step].status
    return saga.steps[step].work(status.direction).awaits if status in WAITS else ""


def check(request: Intervention, *, needs_reason: bool = True) -> None:
    """Refuse names and reasons that cannot be saved.

    Raises:
        Refused: a text is missing, too long or not printable.
    """
    verb = request.verb.title
    check_text(f"name of the operator who asks for '{verb}'", request.by, longest=LONGEST_NAME)
    what = f"reason for '{verb}', which is saved with the run,"
    check_text(what, request.reason, longest=LONGEST_REASON, required=needs_reason)
    _check_claim(request)
    if request.verb.takes == "to":
        check_text("name of the user to delegate to", request.value, longest=LONGEST_NAME, required=False)
    if request.verb.on_step:
        check_text(f"step for '{verb}'", request.step, longest=LONGEST_NAME)


def _check_claim(request: Intervention) -> None:
    """Refuse a reason in which an operator writes that a second person gave the action."""
    if claims(request.reason):
        raise Refused(
            "The reason names a second person in the words of the history. Leave that out: Sagaflow adds it when "
            "another operator gives the action.",
            code="bad-text",
        )


def act(run: LockedRun, request: Intervention) -> RecordedAct:
    """Give the report of the verb to a locked run, and record it.

    Raises:
        Refused: it does not apply, is not what the operator saw, or needs a second person.
        InvalidPayload: its value cannot be converted to strict JSON.
    """
    before = run.state.status.words
    check_round(run.state, [request.step], request.round)
    if request.unchanged is not None and not request.unchanged(run.state):
        raise Refused("The run has changed since you looked at it. Check its state and decide again.", code="outdated")
    _check_claim(request)
    if not request.second and (why := second_person().why(run.saga, run.state, request.verb.name)):
        raise Refused(f"{why} Ask for it, and another operator can give it.", code="second-person")
    report = report_of(run, request)
    detail = _detail(run, request, report)
    decision = run.take(report)
    if isinstance(report, EventReceived) and (lost := ignored(decision)):
        raise Refused(f"The event '{report.event}' would be ignored: {lost.why}.", code="not-applicable")
    detail = detail or f"the run was {before} and is {run.state.status.words}"
    if not request.verb.on_step and (pivot := pivot_decides(run.saga, run.state)):
        detail = f"{detail}; {pivot}"
    return record(run.run_id, request, "done", detail, at=run.at)


def report_of(run: LockedRun, request: Intervention) -> Report:
    """Return the report of the verb, with its value checked.

    Raises:
        Refused: another run forbids the verb, or the value does not match; the core has not been asked yet.
        InvalidPayload: the value cannot be converted to strict JSON.
    """
    verb = request.verb
    relatives.require(run, verb.name, request.step)
    value = _checked_value(run, request)
    if verb.report is EventReceived:
        event = awaited(run.saga, run.state, request.step) if request.step in run.saga.steps else ""
        if not event:
            raise Refused(f"Step '{request.step}' is not waiting on an event from outside.", code="not-applicable")
        return EventReceived(event=event, payload=value, source=f"person {request.by}")
    step = {"step": request.step} if verb.on_step else {}
    taken = {verb.takes: value} if verb.takes else {}
    return verb.report(by=request.by, reason=request.why, **step, **taken, **verb.fields)


def _checked_value(run: LockedRun, request: Intervention) -> Json:
    """Return the operator's JSON, checked: an input by the schema of the saga, another value as strict JSON."""
    match request.verb.takes:
        case "":
            return None
        case "to":
            return str(request.value)
        case "input":
            return check_step_input(run.saga, run.state, request.step, request.value)
        case _:
            return check_payload(request.value, f"The {request.verb.takes_title.lower()} for '{request.step}'")


def _detail(run: LockedRun, request: Intervention, report: Report) -> str:
    """The detail of the act if the report itself says it: the event, the delegate, or the old and new input as JSON."""
    if isinstance(report, ApprovalDelegated):
        return f"delegated to {report.to}" if report.to else "handed back to the group"
    if isinstance(report, EventReceived):
        return f"event {report.event}"
    if isinstance(report, RetryRequested) and report.edited and request.step in run.saga.steps:
        old = queries.input_now(run.saga, run.state, request.step)
        return canonical({"new": report.input, "old": old})
    return ""


def record(run_id: str, request: Intervention, outcome: str, detail: str, *, at: float | None = None) -> RecordedAct:
    """Record an act in the history of the run."""
    act = {"step": request.step, "by": request.by, "reason": request.why}
    return store.record_act(run_id, request.verb.name, **act, outcome=outcome, detail=detail, at=at)


def _instead(run_id: str, verb: str) -> str:
    """A hint for an operator who cancels a rolled-back run and may mean the run that tries the whole of it again."""
    again = lookup.open_try(store.run(run_id)) if verb == "cancel" else None
    return f" Run {again} tries the whole of it again; cancel that one." if again else ""
