"""Answers to steps that wait: by a participant with its callback token, or by a person."""

import random
from typing import Any

from sagaflow import store
from sagaflow.core.errors import Refused
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.reports import ApprovalDecided, StepFailed, StepSucceeded
from sagaflow.core.run.state import StepError
from sagaflow.engine.inputs import LONGEST_NAME, LONGEST_REASON, check_payload, check_text
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import Callback, LockedRun
from sagaflow.store.runs import callbacks

__all__ = ["answer", "approve"]


def answer(token: str, *, output: Any = None, error: StepError | None = None) -> Decision:
    """Answer the attempt that ``token`` was given out for: with its output, or with an error.

    Raises:
        Refused: the token is ``forged``, ``used`` or ``late``; or its attempt is over (``stale``).
        InvalidPayload: the output is no strict JSON; the token stays good.
    """
    callback = callbacks.find(token)
    output = check_payload(output, f"The answer to step '{callback.step}'")
    if error is not None:
        check_text("error code", error.code, longest=LONGEST_NAME)
        check_text("error message", error.message, longest=LONGEST_REASON, required=False)
    report = _report(callback, output, error)
    decision = change(callback.run_id, lambda run: _take(run, token, report))
    if why := ignored(decision):
        message = f"Step '{callback.step}' of run {callback.run_id} no longer waits for this answer: {why.message}."
        raise Refused(f"{message} It was written to the journal and changed nothing.", code="stale")
    return decision


def approve(run_id: str, step: str, *, approved: bool, by: str, reason: str = "") -> Decision:
    """A person's decision about a step that waits for one.

    Raises:
        Refused: nobody is named, or the step waits for no decision.
    """
    check_text("name of who decides", by, longest=LONGEST_NAME)
    check_text("reason", reason, longest=LONGEST_REASON, required=False)
    decided = ApprovalDecided(step=step, approved=approved, by=by, reason=reason)
    return change(store.as_run_id(run_id), lambda run: _decide(run, decided))


def _decide(run: LockedRun, decided: ApprovalDecided) -> Decision:
    """The decision is an act of a person like any other."""
    decision = run.take(decided)
    verb = "approve" if decided.approved else "reject"
    place = {"step": decided.step, "by": decided.by, "reason": decided.reason}
    store.record_act(run.run_id, verb, **place, outcome="done", detail="", at=run.at)
    return decision


def _take(run: LockedRun, token: str, report: StepSucceeded | StepFailed) -> Decision:
    callbacks.spend(token, at=run.at)
    return run.take(report)


def _report(callback: Callback, output: Any, error: StepError | None) -> StepSucceeded | StepFailed:
    place = {
        "step": callback.step,
        "direction": callback.direction,
        "attempt": callback.attempt,
        "token": callback.token,
    }
    if error is None:
        return StepSucceeded(**place, output=output, by="callback")
    return StepFailed(**place, error=error, chance=random.random(), by="callback")  # noqa: S311 - jitter
