"""What can go wrong between a worker and the engine, as answers for ``when`` and ``when_undone``.

An action answers, or raises. These four words are about the attempt around it: the worker dies before or after the
effect, the attempt takes place when it was given up already, or its outcome is reported twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction

from sagaflow import engine, store
from sagaflow.core.run.reports import StepAccepted, StepFailed, StepSucceeded
from sagaflow.engine.claiming import is_transactional
from sagaflow.engine.worker import Shift
from sagaflow.participants import Work, perform

__all__ = ["REAL", "Mishap", "arrives_late", "crash", "duplicate", "effect_done_answer_lost", "happen", "late_attempts"]

REAL = object()
"""An answer: let the registered action do it."""


class Kind(StrEnum):
    """What goes wrong with one attempt."""

    CRASH = "crash"
    ANSWER_LOST = "answer lost"
    LATE = "late"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Mishap:
    """One attempt that goes wrong, and what its action answers while it does."""

    kind: Kind
    answer: Any = REAL


def crash() -> Mishap:
    """The worker dies before the action does anything. Its lease runs out, and the step is tried again."""
    return Mishap(Kind.CRASH)


def effect_done_answer_lost(answer: Any = REAL) -> Mishap:
    """The action does its work, and the worker dies before it can report that: the engine never learns of it.

    A transactional action shares the transaction with its outcome, so its effect is lost as well.
    """
    return Mishap(Kind.ANSWER_LOST, answer)


def arrives_late(answer: Any = REAL) -> Mishap:
    """The attempt stands still until its lease has run out, and only then does its work and reports it.

    By then another attempt or a compensation may have come first: the report changes nothing, and a barrier bars the
    effect.
    """
    return Mishap(Kind.LATE, answer)


def duplicate(answer: Any = REAL) -> Mishap:
    """The outcome of the attempt is reported twice. The second report changes nothing and is journalled as such."""
    return Mishap(Kind.DUPLICATE, answer)


Late = tuple[Shift, Work]
_late: dict[str, list[Late]] = {}
"""By run: the attempts that stand still."""


def happen(mishap: Mishap | None, shift: Shift, work: Work) -> Work | None:
    """Carries out an attempt as ``mishap`` wants it; ``None``: as usual."""
    match mishap and mishap.kind:
        case Kind.CRASH:
            return None
        case Kind.ANSWER_LOST:
            _lose_answer(work)
            return None
        case Kind.LATE:
            _late.setdefault(work.context.run_id, []).append((shift, work))
            return None
        case Kind.DUPLICATE:
            following = shift.carry_out(work)
            _report_again(work)
            return following
        case _:
            return shift.carry_out(work)


def late_attempts(run_id: str) -> list[Callable[[], object]]:
    """The attempts of the run that stood still and were given up: to be carried out now. They are forgotten here."""
    waiting = _late.pop(run_id, [])
    over = [late for late in waiting if _is_given_up(late[1])]
    if kept := [late for late in waiting if late not in over]:
        _late[run_id] = kept
    return [lambda late=late: late[0].carry_out(late[1]) for late in over]


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


def _is_given_up(work: Work) -> bool:
    now = store.state(work.context.run_id)[1].steps[work.context.step]
    return now.token != work.token or not now.status.is_leased
