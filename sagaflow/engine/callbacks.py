"""Answers of participants to steps that wait for a callback: the token says which attempt is answered."""

import random

from sagaflow.core.errors import Refused
from sagaflow.core.json_value import Json
from sagaflow.core.run.decision import Decision
from sagaflow.core.run.reports import StepFailed, StepSucceeded
from sagaflow.core.run.state import StepError
from sagaflow.engine.inputs import LONGEST_NAME, LONGEST_REASON, check_payload, check_text
from sagaflow.engine.transaction import change, ignored
from sagaflow.store import Callback, LockedRun
from sagaflow.store.runs import callbacks

__all__ = ["answer"]


def answer(token: str, *, output: Json = None, error: StepError | None = None) -> Decision:
    """Answer the attempt for which ``token`` was issued: with its output, or with an error.

    Raises:
        Refused: an output and an error are given; the token is ``forged``, ``used`` or ``late``, or its attempt is over
            (``stale``).
        InvalidPayload: the output is not strict JSON; the token stays valid.
    """
    if error is not None and output is not None:
        raise Refused("An answer has an output or an error, not both; leave one of them out.", code="not-taken")
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


def _take(run: LockedRun, token: str, report: StepSucceeded | StepFailed) -> Decision:
    callbacks.spend(token, at=run.at)
    return run.take(report)


def _report(callback: Callback, output: Json, error: StepError | None) -> StepSucceeded | StepFailed:
    step, direction, attempt, token = callback.step, callback.direction, callback.attempt, callback.token
    if error is None:
        return StepSucceeded(step=step, direction=direction, attempt=attempt, token=token, output=output, by="callback")
    chance = random.random()  # noqa: S311 - jitter
    return StepFailed(
        step=step, direction=direction, attempt=attempt, token=token, error=error, chance=chance, by="callback"
    )
