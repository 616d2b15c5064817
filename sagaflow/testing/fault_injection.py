"""Faults around an attempt, as answers for ``when`` and ``when_undone``.

An action returns a value or raises an error. These four functions are about the attempt around it: the worker dies
before or after the effect, the attempt does its work after its lease has ended, or its outcome is reported twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction

from sagaflow import engine, store
from sagaflow.core.run.reports import StepAccepted, StepFailed, StepSucceeded
from sagaflow.engine.claiming import is_transactional
from sagaflow.engine.worker import Shift
from sagaflow.participants import Work, perform

__all__ = [
    "REAL",
    "FaultyAttempt",
    "arrives_late",
    "carry_out",
    "crash",
    "duplicate",
    "effect_done_answer_lost",
    "late_attempts",
]

REAL = object()
"""As an answer in ``when``: the registered action answers."""


class Fault(StrEnum):
    """One way in which an attempt goes wrong."""

    CRASH = "crash"
    ANSWER_LOST = "answer lost"
    LATE = "late"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class FaultyAttempt:
    """An attempt that goes wrong, and the answer that its action gives meanwhile."""

    fault: Fault
    answer: Any = REAL


def crash() -> FaultyAttempt:
    """Let the worker die before the action does anything. Its lease runs out, and the step is tried again."""
    return FaultyAttempt(Fault.CRASH)


def effect_done_answer_lost(answer: object = REAL) -> FaultyAttempt:
    """Let the action do its work, and the worker die before it reports the outcome.

    A transactional action shares the transaction with its outcome, so that its effect is lost as well.
    """
    return FaultyAttempt(Fault.ANSWER_LOST, answer)


def arrives_late(answer: object = REAL) -> FaultyAttempt:
    """Let the attempt stop until its lease has run out, and only then do its work and report it.

    By then another attempt or a compensation may have come first. The report changes nothing, and a participant with a
    barrier does not let the effect happen.
    """
    return FaultyAttempt(Fault.LATE, answer)


def duplicate(answer: object = REAL) -> FaultyAttempt:
    """Report the outcome of the attempt twice. The journal shows the second report as ignored."""
    return FaultyAttempt(Fault.DUPLICATE, answer)


LateAttempt = tuple[Shift, Work]
_late: dict[str, list[LateAttempt]] = {}
"""The attempts that have stopped and will do their work late, by run ID."""


def carry_out(faulty: FaultyAttempt | None, shift: Shift, work: Work) -> Work | None:
    """Carry out an attempt with this fault, or without one. Return the work that the same worker takes next."""
    match faulty and faulty.fault:
        case Fault.CRASH:
            return None
        case Fault.ANSWER_LOST:
            _lose_answer(work)
            return None
        case Fault.LATE:
            _late.setdefault(work.context.run_id, []).append((shift, work))
            return None
        case Fault.DUPLICATE:
            following = shift.carry_out(work)
            _report_again(work)
            return following
        case _:
            return shift.carry_out(work)


def late_attempts(run_id: str) -> list[Callable[[], object]]:
    """Return, and forget, the late attempts of the run whose lease is over. Calling one carries it out."""
    stopped = _late.pop(run_id, [])
    expired = [attempt for attempt in stopped if _has_lost_its_lease(attempt[1])]
    if still_stopped := [attempt for attempt in stopped if attempt not in expired]:
        _late[run_id] = still_stopped
    return [partial(shift.carry_out, work) for shift, work in expired]


def _lose_answer(work: Work) -> None:
    if not is_transactional(work):
        perform(work)
        return
    with transaction.atomic():
        perform(work)
        transaction.set_rollback(True)


def _report_again(work: Work) -> None:
    facts = [entry.fact for entry in store.journal(work.context.run_id)]
    outcomes = [
        fact
        for fact in facts
        if isinstance(fact, StepAccepted | StepFailed | StepSucceeded)
        and (fact.step, fact.token) == (work.context.step, work.token)
    ]
    engine.deliver(work.context.run_id, outcomes[-1])


def _has_lost_its_lease(work: Work) -> bool:
    step_state = store.state(work.context.run_id)[1].steps[work.context.step]
    return step_state.token != work.token or not step_state.status.is_leased
