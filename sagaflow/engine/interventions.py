"""What a person may do to a run. Every act is written down with who, why and what came of it, refusals too."""

from collections.abc import Callable
from typing import Any

from sagaflow import store
from sagaflow.core.errors import InvalidPayload, Refused
from sagaflow.core.payload import canonical
from sagaflow.core.run import preview, queries
from sagaflow.core.run.interventions import pivot_decides
from sagaflow.core.run.reports import (
    CancelRequested,
    CompensationMarkedDone,
    Report,
    ResumeRequested,
    RetryRequested,
    RollbackRequested,
    SkipRequested,
)
from sagaflow.engine.inputs import LONGEST_NAME, LONGEST_REASON, check_input, check_payload, check_text
from sagaflow.engine.transaction import change
from sagaflow.store import LockedRun, OperatorAct, refusals
from sagaflow.store.lists import lookup

__all__ = ["VERBS", "allowed", "operate", "plan"]

Given = dict[str, Any]
Asked = Callable[[LockedRun, Given, Given], Report]


def _retry_with_input(run: LockedRun, who: Given, given: Given) -> Report:
    return RetryRequested(**who, input=check_input(run.saga, given["input"]), edited=True, verb="retry_with_input")


def _skip(_: LockedRun, who: Given, given: Given) -> Report:
    return SkipRequested(**who, output=check_payload(given["output"], f"The substitute output of '{who['step']}'"))


STEP_VERBS: dict[str, Asked] = {
    "retry": lambda _run, who, _given: RetryRequested(**who),
    "retry_with_input": _retry_with_input,
    "redeliver": lambda _run, who, _given: RetryRequested(**who, verb="redeliver"),
    "skip": _skip,
    "mark_done": lambda _run, who, _given: CompensationMarkedDone(**who),
    "resume": lambda _run, who, _given: ResumeRequested(**who),
}
RUN_VERBS: dict[str, Asked] = {
    "roll_back": lambda _run, who, _given: RollbackRequested(**who),
    "cancel": lambda _run, who, _given: CancelRequested(**who),
}
VERBS = (*STEP_VERBS, *RUN_VERBS)


def operate(
    run_id: str,
    verb: str,
    *,
    by: str,
    reason: str,
    step: str | None = None,
    input: Any = None,  # noqa: A002
    output: Any = None,
) -> OperatorAct:
    """Do ``verb`` to a run, or to one of its steps.

    ``input``: of ``retry_with_input``, the whole new input of the step; ``output``: of ``skip``, the substitute.
    Returns the act: its ``outcome`` is ``done`` or ``refused``, its ``detail`` says what changed or why not.

    Raises:
        Refused: the verb is unknown, nobody or no reason is named, or there is no such run: nothing is written down.
    """
    run_id = store.as_run_id(run_id)
    _check_request(verb, by, reason, step)
    who: Given = {"by": by, "reason": reason} | ({"step": step} if verb in STEP_VERBS else {})
    given: Given = {"input": input, "output": output}
    try:
        return change(run_id, lambda run: _act(run, verb, who, given))
    except store.UnknownRun:
        raise
    except (Refused, InvalidPayload) as refused:
        detail = f"{refused}{_instead(run_id, verb)}"
    except Exception as error:
        if not refusals.is_lasting(error):
            raise
        detail = refusals.reason(run_id, error)
    refusals.release(run_id)
    return store.record_act(run_id, verb, step=step or "", by=by, reason=reason, outcome="refused", detail=detail)


def allowed(run_id: str, step: str | None = None) -> dict[str, str | None]:
    """For each verb on the run, or on one of its steps: ``None`` if it applies now, else the reason why not."""
    saga, state = store.state(run_id)
    return queries.allowed(saga, state, store.now(), step)


def plan(run_id: str) -> tuple[preview.PlannedUndo, ...]:
    """What a rollback of the run would undo now, in order."""
    return preview.plan(*store.state(run_id), store.now())


def _act(run: LockedRun, verb: str, who: Given, given: Given) -> OperatorAct:
    asked = (STEP_VERBS | RUN_VERBS)[verb]
    step = who.get("step", "")
    detail = _change_of_input(run, step, given["input"]) if verb == "retry_with_input" else ""
    before = run.state.status.value
    run.take(asked(run, who, given))
    detail = detail or f"the run was {before} and is {run.state.status.value}"
    if verb in RUN_VERBS and (but := pivot_decides(run.saga, run.state)):
        detail = f"{detail}; {but}"
    place = {"step": step, "by": who["by"], "reason": who["reason"]}
    return store.record_act(run.run_id, verb, **place, outcome="done", detail=detail, at=run.at)


def _instead(run_id: str, verb: str) -> str:
    """Whoever cancels a run that was rolled back may mean the one that tries the whole of it again."""
    again = lookup.next_try(store.run(run_id)) if verb == "cancel" else None
    return f" Run {again} tries the whole of it again; cancel that one." if again else ""


def _change_of_input(run: LockedRun, step: str, new: Any) -> str:
    if step not in run.saga.steps:
        return ""
    old, _ = queries.inputs(run.saga, run.state, step)
    return canonical({"new": check_input(run.saga, new), "old": old})


def _check_request(verb: str, by: str, reason: str, step: str | None) -> None:
    if verb not in VERBS:
        raise Refused(f"There is no verb '{verb}'; use one of {', '.join(VERBS)}.", code="unknown")
    check_text(f"name of who asks to {verb}", by, longest=LONGEST_NAME)
    check_text(f"reason to {verb}, which is kept with the run,", reason, longest=LONGEST_REASON)
    if verb in STEP_VERBS:
        check_text(f"step to {verb}", step or "", longest=LONGEST_NAME)
