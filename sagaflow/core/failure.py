"""What is wrong with a run, as one text that is equal for the same trouble of many runs.

It is made of the step, the code of its error, and its message without what differs from run to run.
"""

import re
from dataclasses import dataclass

from sagaflow.core.definition import Saga
from sagaflow.core.state import RunState, RunStatus, StepError, StepState, StepStatus

__all__ = ["Failure", "failure_of", "normalised", "read_failure"]

LONGEST = 255
SEPARATOR = "|"
WORST = (StepStatus.STUCK, StepStatus.PARKED, StepStatus.IN_DOUBT, StepStatus.FAILED)
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

    @property
    def fingerprint(self) -> str:
        """One text, at most 255 characters: equal for the same trouble of different runs."""
        return SEPARATOR.join((self.step, self.code, self.message))[:LONGEST]


def failure_of(saga: Saga, state: RunState) -> Failure | None:
    """The worst trouble of a run; what it was rolled back for, if it was; ``None``: nothing is wrong."""
    if state.status is RunStatus.COMPLETED:
        return None
    troubled = [(name, state.steps[name]) for name in saga.graph.order if _in_trouble(state, state.steps[name])]
    if troubled:
        name, now = min(troubled, key=lambda pair: _rank(pair[1]))
        return _failure(name, now.error)
    rollback = state.rollback
    if rollback is None or not rollback.step:
        return None
    return _failure(rollback.step, rollback.error)


def read_failure(fingerprint: str) -> Failure:
    """The parts of a fingerprint, for people."""
    step, code, message = [*fingerprint.split(SEPARATOR, 2), "", ""][:3]
    return Failure(step, code, message)


def normalised(message: str) -> str:
    """The message without IDs, numbers, addresses and quotations."""
    for pattern, mark in VARIABLE:
        message = pattern.sub(mark, message)
    return message.strip()


def _failure(step: str, error: StepError | None) -> Failure:
    if error is None:
        return Failure(step, MISSING, "")
    message = "" if error.message == error.code else normalised(error.message)
    return Failure(step, error.code.replace(SEPARATOR, "/"), message)


def _in_trouble(state: RunState, now: StepState) -> bool:
    if now.status in WORST:
        return True
    if state.status.ended or not now.status.working:
        return False
    return now.error is not None or now.missed_at is not None


def _rank(now: StepState) -> int:
    return WORST.index(now.status) if now.status in WORST else len(WORST)
