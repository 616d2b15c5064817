"""What is wrong with a run, as one text that is equal for the same trouble of many runs.

It is made of the step and its direction, the code of the error, and its message without what differs from run to run.
A charge that failed and a refund that failed are two troubles: what helps the one may harm with the other.
"""

import re
from dataclasses import dataclass

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepError, StepState, StepStatus

__all__ = ["WORST_FIRST", "Failure", "cause_of", "failure_of", "legible", "normalised", "read_failure", "severity"]

LONGEST = 255
SEPARATOR = "|"
BACK = "undo:"
"""In front of the step where it is its compensation that failed; no name of a step has a colon."""
WORST_FIRST = (StepStatus.STUCK, StepStatus.PARKED, StepStatus.IN_DOUBT, StepStatus.FAILED)
"""The statuses of a step in trouble. Lists, pages and flowcharts of runs all show them in this order."""
MISSING = "missing"
"""The code where no error says what is wrong: an expected reaction did not come."""
VARIABLE = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "#"),
    (re.compile(r"\S+@\S+"), "@"),
    (re.compile(r"'[^']*'|\"[^\"]*\""), "'…'"),
    (re.compile(r"\b(?=\w*\d)\w[\w.:-]*"), "#"),
    (re.compile(r"\s+"), " "),
)
"""IDs, addresses, quotations, and words with a digit."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The trouble that a person would name first."""

    step: str
    code: str
    message: str
    """Of a run: as the error has it. In a fingerprint: without what differs from run to run."""
    direction: Direction = Direction.DO
    """Whether the step failed, or its compensation."""

    @property
    def fingerprint(self) -> str:
        """One text, at most 255 characters: equal for the same trouble of different runs."""
        place = (BACK if self.direction is Direction.UNDO else "") + self.step
        code = self.code.replace(SEPARATOR, "/")
        return SEPARATOR.join((place, code, normalised(self.message)))[:LONGEST]


def failure_of(saga: Saga, state: RunState) -> Failure | None:
    """The worst trouble of a run; what it was rolled back for, if it was; ``None``: nothing is wrong."""
    if state.status is RunStatus.COMPLETED:
        return None
    troubled = [(name, state.steps[name]) for name in saga.graph.order if _in_trouble(state, state.steps[name])]
    if troubled:
        name, step_state = min(troubled, key=lambda pair: severity(pair[1].status))
        back = step_state.status.direction is Direction.UNDO
        return _failure(name, step_state.undo_error if back else step_state.do_error, step_state.status.direction)
    rollback = state.rollback
    if rollback is None or not rollback.step:
        return None
    return _failure(rollback.step, rollback.error)


def cause_of(saga: Saga, state: RunState) -> tuple[str, StepError | None]:
    """The step that has failed, and why, when a person, a parent or the deadline turns the run back; else ``""``.

    A rollback that is under way keeps the cause that it has.
    """
    if state.rollback is not None and state.rollback.step:
        return state.rollback.step, state.rollback.error
    failed = [
        (name, step_state)
        for name, step_state in state.steps.items()
        if step_state.do_error and _in_trouble(state, step_state)
    ]
    if not failed:
        return "", None
    order = saga.graph.order
    name, step_state = min(failed, key=lambda pair: (severity(pair[1].status), order.index(pair[0])))
    return name, step_state.do_error


def severity(status: StepStatus) -> int:
    """Return the rank of a step's trouble: 0 is the worst; a step that may still get on by itself comes last."""
    return WORST_FIRST.index(status) if status in WORST_FIRST else len(WORST_FIRST)


def read_failure(fingerprint: str) -> Failure:
    """The parts of a fingerprint, for people. One without a direction is about doing the step."""
    step, code, message = [*fingerprint.split(SEPARATOR, 2), "", ""][:3]
    direction = Direction.UNDO if step.startswith(BACK) else Direction.DO
    return Failure(step.removeprefix(BACK), code, message, direction)


def normalised(message: str) -> str:
    """The message without IDs, numbers, addresses and quotations."""
    for pattern, mark in VARIABLE:
        message = pattern.sub(mark, message)
    return message.strip()


def legible(message: str) -> str:
    """The message of a fingerprint for people: what was left out, and an end that was cut off, are an ellipsis."""
    return message.replace("#", "…")


def _failure(step: str, error: StepError | None, direction: Direction = Direction.DO) -> Failure:
    if error is None:
        return Failure(step, MISSING, "", direction)
    return Failure(step, error.code, "" if error.message == error.code else error.message, direction)


def _in_trouble(state: RunState, step_state: StepState) -> bool:
    if step_state.status in WORST_FIRST:
        return True
    if state.status.ended or not step_state.status.working:
        return False
    return step_state.error is not None or step_state.missed_at is not None
