"""The rollback record, for auditors: the reason of a rollback, and the outcome of each step."""

from collections import Counter
from collections.abc import Mapping

from sagaflow.core.codec import encode
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.json_value import Json
from sagaflow.core.run.state import LESS_THAN_COMPENSATED, ErrorKind, RunState, StepError, StepState, StepStatus

__all__ = ["CHANGES_NOTHING", "WAITED", "called_off", "reason_of", "rollback_record", "stayed"]

WAITED = "waiting leaves nothing behind"
"""The reason why the undo of a wait has nothing to do."""
CHANGES_NOTHING = "it changes nothing"
"""The reason why work that only looks at things needs no undo."""
EARLIER = "in an earlier rollback of this run its outcome was '{}'; the record of that rollback says why"
"""The sentence about what an earlier round of a step left."""

OUTCOMES = {
    StepStatus.COMPENSATED: "compensated",
    StepStatus.SEMANTICALLY_UNDONE: "semantically undone",
    StepStatus.IRREVERSIBLE: "irreversible",
    StepStatus.UNDONE_BY_HAND: "undone by hand",
    StepStatus.UNDO_SKIPPED: "undo skipped",
    StepStatus.NOTHING_TO_UNDO: "nothing to undo",
    StepStatus.FAILED: "nothing to undo",
    StepStatus.SKIPPED: "nothing to undo",
    StepStatus.PENDING: "not started",
    StepStatus.STUCK: "stuck",
}
LOUD = (
    "compensated",
    "semantically undone",
    "undone by hand",
    "undo skipped",
    "irreversible",
    "stuck",
    "pending undo",
)
"""The outcomes that the summary counts, in this order."""


def stayed(state: RunState) -> tuple[StepStatus | None, str]:
    """Return the worst result in a run that rolled back, and the summary of all of them.

    ``(None, "")``: each undo was a compensation, or had nothing to undo.
    """
    left = [step.stays for step in state.steps.values()]
    worst = next((status for status in LESS_THAN_COMPENSATED if status in left), None)
    return (worst, _summary([(_outcome(step), step.left) for step in state.steps.values()])) if worst else (None, "")


def rollback_record(saga: Saga, state: RunState, outcome: str, at: float) -> dict[str, Json]:
    """Return the record as JSON.

    ``outcome``: ``rolled_back``, ``cancelled``, ``savepoint``, ``stuck`` or ``widened``, if another rollback, of the
    whole run, took its place; ``at``: seconds since the epoch.

    Raises:
        ValueError: the run has no rollback.
    """
    rollback = state.rollback
    if rollback is None:
        raise ValueError("The run is not rolling back, so there is nothing to record.")
    scope = saga.graph.scope(rollback.savepoint)
    rows = [_row(saga, state, name, in_scope=name in scope) for name in _in_order_of_undo(saga, state)]
    return {
        "number": rollback.number,
        "outcome": outcome,
        "code": rollback.code.value,
        "message": rollback.message,
        "failed_step": rollback.step,
        "kind": rollback.error.kind.value if rollback.error else "",
        "error": encode(rollback.error) if rollback.error else None,
        "by": rollback.by,
        **({"cancelled_by": rollback.cancelled_by} if rollback.cancelled_by else {}),
        "savepoint": rollback.savepoint,
        "began_at": rollback.began_at,
        "ended_at": at,
        "summary": _summary([(row["outcome"], state.steps[row["step"]].left) for row in rows]),
        "steps": rows,
    }


def _in_order_of_undo(saga: Saga, state: RunState) -> list[str]:
    """Return the steps in the order in which they were undone; steps without an undo come last, in reverse order."""
    backwards = list(reversed(saga.graph.order))
    return sorted(backwards, key=lambda name: state.steps[name].undo_ended_at or float("inf"))


def _row(saga: Saga, state: RunState, name: str, *, in_scope: bool) -> dict[str, Json]:
    step, step_state, segment = saga.steps[name], state.steps[name], saga.graph.segment_of[name]
    return {
        "step": name,
        "segment": segment.name,
        "style": segment.style.value,
        "service": step.service,
        "outcome": _outcome(step_state) if in_scope else "kept",
        "reason": _reason(step, step_state),
        "by": step_state.by,
        "attempts": step_state.attempts,
        "undo_attempts": step_state.undo_attempts,
        "started_at": step_state.started_at,
        "ended_at": step_state.ended_at,
        "undo_started_at": step_state.undo_started_at,
        "undo_ended_at": step_state.undo_ended_at,
        "input": step_state.input,
        "output": step_state.output,
        "undo_output": step_state.undo_output,
        "error": encode(error) if (error := _error(state, name)) else None,
        "undo_error": encode(step_state.undo_error) if step_state.undo_error else None,
    }


def called_off(step_state: StepState) -> bool:
    """Say whether the step had begun when the rollback took it back, and had left nothing."""
    return step_state.status is StepStatus.PENDING and step_state.started_at is not None and step_state.unknown == 0


def _outcome(step_state: StepState) -> str:
    """Return the outcome of this round of the step."""
    if called_off(step_state):
        return "nothing to undo"
    if step_state.status in (StepStatus.PENDING, StepStatus.FAILED) and step_state.unknown > 0:
        return "pending undo"
    return OUTCOMES.get(step_state.status, "pending undo")


def reason_of(row: Mapping[str, Json]) -> str:
    """Return the reason for the outcome of a step, in words."""
    # Records of earlier versions keep the error of a stuck compensation as the error of the step.
    error = row.get("undo_error") or (row.get("error") if row.get("outcome") == "stuck" else None)
    if row.get("reason") or not error:
        return str(row.get("reason") or "")
    return f"its compensation failed: {error.get('message') or error.get('code')}"


def _error(state: RunState, name: str) -> StepError | None:
    """Return the error of the step."""
    # The step whose failure began the rollback may have been under way still, and succeeded since.
    rollback = state.rollback
    cause = rollback.error if rollback and rollback.step == name else None
    return state.steps[name].do_error or cause


def _reason(step: Step, step_state: StepState) -> str:
    """Return the reason for the outcome of this round, and what an earlier one left."""
    earlier = EARLIER.format(OUTCOMES[step_state.left]) if step_state.left else ""
    return "; ".join(filter(None, (_own_reason(step, step_state), earlier)))


def _own_reason(step: Step, step_state: StepState) -> str:
    if step_state.status is StepStatus.SEMANTICALLY_UNDONE and step.undo:
        return step_state.note or step.undo.reason
    refused = called_off(step_state) or (step_state.status is StepStatus.FAILED and step_state.unknown == 0)
    if refused and (error := step_state.error) and (step.does.by_worker or error.kind is ErrorKind.BUSINESS):
        return f"it took no effect: {error.message or error.code}"
    if called_off(step_state):
        return WAITED
    if step_state.undo_error and not step_state.note:
        return f"its compensation failed: {step_state.undo_error.message or step_state.undo_error.code}"
    return step_state.note


def _summary(outcomes: list[tuple[str, StepStatus | None]]) -> str:
    """Return words such as ``3 compensated, 1 semantically undone``, or ``nothing to undo``.

    ``outcomes``: of each step, and what an earlier round of it left, which counts too unless the step was kept.
    """
    counts: Counter[str] = Counter()
    for own, left in outcomes:
        counts.update({own, OUTCOMES[left]} if left and own != "kept" else {own})
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in LOUD if counts[outcome]) or "nothing to undo"
