"""The failure of a run, and its fingerprint: one text that is equal for the same failure of many runs.

It is made of the step and its direction, the code of the error, and its message without IDs, numbers and quotations.
A failed charge and a failed refund are two different failures: what helps one may harm the other.
"""

import re
from dataclasses import dataclass

from sagaflow.core.definition.saga import Saga
from sagaflow.core.run.state import Direction, RunState, RunStatus, StepError, StepState, StepStatus
from sagaflow.core.run.steps import in_order

__all__ = ["WORST_FIRST", "Failure", "cause_of", "failure_of", "legible", "normalised", "read_failure", "severity"]

LONGEST = 255
SEPARATOR = "|"
BACK = "undo:"
"""The prefix of the step if its compensation failed. Names of steps do not contain a colon."""
WORST_FIRST = (StepStatus.STUCK, StepStatus.PARKED, StepStatus.IN_DOUBT, StepStatus.FAILED)
"""The statuses of a step in trouble. Lists, pages and flowcharts of runs all show them in this order."""
MISSING = "missing"
"""The code if there is no error, because an expected event did not come."""
VARIABLE = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "#"),
    (re.compile(r"\S+@\S+"), "@"),
    (re.compile(r"'[^']*'|\"[^\"]*\""), "'…'"),
    (re.compile(r"\b(?=\w*\d)\w[\w.:-]*"), "#"),
    (re.compile(r"\s+"), " "),
)
"""The parts of a message that differ from run to run: IDs, addresses, quotations, and words with a digit."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The failure of a run that matters most."""

    step: str
    code: str
    message: str
    """The message of the error. In a fingerprint, it is normalised."""
    direction: Direction = Direction.DO
    """Says which of the two failed: the step, or its compensation."""

    @property
    def fingerprint(self) -> str:
        """Return a text of at most 255 characters that is equal for the same failure of different runs."""
        place = (BACK if self.direction is Direction.UNDO else "") + self.step
        code = self.code.replace(SEPARATOR, "/")
        return SEPARATOR.join((place, code, normalised(self.message)))[:LONGEST]


def failure_of(saga: Saga, state: RunState) -> Failure | None:
    """Return the worst failure of a run, or else the cause of its rollback; ``None``: nothing is wrong."""
    if state.status is RunStatus.COMPLETED:
        return None
    troubled = [(name, state.steps[name]) for name in in_order(saga, state) if _in_trouble(state, state.steps[name])]
    if troubled:
        name, step_state = min(troubled, key=lambda pair: severity(pair[1].status))
        back = step_state.status.direction is Direction.UNDO
        return _failure(name, step_state.undo_error if back else step_state.do_error, step_state.status.direction)
    rollback = state.rollback
    if rollback is None or not rollback.step:
        return None
    return _failure(rollback.step, rollback.error)


def cause_of(saga: Saga, state: RunState) -> tuple[str, StepError | None]:
    """Return the step that has failed so far, and its error; ``""`` and ``None``: no step has.

    It is recorded if an operator, a parent or the deadline begins a rollback. One under way keeps its cause.
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
    """Return the rank of a step's trouble: 0 is the worst; a step that may still get on by itself comes last.

    An undo that is tried again comes before the failed step that began the rollback: that one is settled.
    """
    if status.working and status.direction is Direction.UNDO:
        return WORST_FIRST.index(StepStatus.FAILED)
    return WORST_FIRST.index(status) + (status is StepStatus.FAILED) if status in WORST_FIRST else len(WORST_FIRST) + 1


def read_failure(fingerprint: str) -> Failure:
    """Return the parts of a fingerprint. A fingerprint without a direction is about doing the step."""
    step, code, message = [*fingerprint.split(SEPARATOR, 2), "", ""][:3]
    direction = Direction.UNDO if step.startswith(BACK) else Direction.DO
    return Failure(step.removeprefix(BACK), code, message, direction)


def normalised(message: str) -> str:
    """Return the message without IDs, numbers, addresses and quotations."""
    for pattern, mark in VARIABLE:
        message = pattern.sub(mark, message)
    return message.strip()


def legible(message: str) -> str:
    """Return the message of a fingerprint for display: an ellipsis stands for each part that was left out."""
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
