"""Perform an action with the guard that it declares: the run's transaction, a barrier in another database, or none.

An action without a guard may have a probe. It is asked first when the answer of an earlier attempt is lost: the step
may be done already, and its compensation gets the output that it needs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction

from sagaflow import registry
from sagaflow.core.json_value import Json
from sagaflow.core.participant import Accepted, BusinessError, NotDone, TechnicalError
from sagaflow.core.run.outcomes import REFUSAL
from sagaflow.core.run.reports import StepFailed
from sagaflow.participants import barrier
from sagaflow.participants.answers import (
    STANDS,
    UNWRITTEN,
    CannotBegin,
    Outcome,
    answered,
    before_it_begins,
    strict,
    tried,
)
from sagaflow.participants.guard import nothing_to_undo
from sagaflow.participants.kinds import KINDS
from sagaflow.participants.probe import ask, with_output
from sagaflow.participants.work import NOTHING, Work
from sagaflow.registry import Action

__all__ = ["perform"]


def perform(work: Work) -> Outcome:
    """Perform one attempt and return its outcome; a transactional action needs the transaction that records it."""
    known = tried(work, lambda: with_output(work)) if work.undoing else work
    return known if isinstance(known, StepFailed) else answered(known, lambda: _carry_out(_action(work.action), known))


def _action(name: str) -> Action:
    with before_it_begins():
        return registry.get_action(name)


def _carry_out(action: Action, work: Work) -> object:
    if action.kind not in KINDS:
        raise CannotBegin(f"Action '{action.name}' is of the unknown kind '{action.kind}'.", code="unknown-kind")

    def run() -> object:
        fate = UNWRITTEN if action.transactional or action.database else STANDS
        answer = strict(KINDS[action.kind](action, work.context), f"action '{action.name}'", fate)
        return answer if work.undoing or isinstance(answer, Accepted) else _unless_refused(work, answer)

    return _undo(action, work, run) if work.undoing else _do(action, work, run)


def _unless_refused(work: Work, answer: Json) -> Json:
    if code := work.refusal(answer):
        raise BusinessError(code, REFUSAL)  # in the participant's transaction, if it has one, which this rolls back
    return answer


def _do(action: Action, work: Work, run: Callable[[], object]) -> object:
    if work.doubtful and action.probe and not isinstance(found := ask(action, work.context), NotDone):
        return _unless_refused(work, found)
    if action.database:
        with _atomic(action.database, action.name):
            return barrier.once(action.database, work.barrier_key, "do", run)
    return _plainly(action, run)


def _undo(action: Action, work: Work, run: Callable[[], object]) -> object:
    """Perform a compensation, unless it is certain that there is nothing to undo."""
    if not action.database:
        return NOTHING if nothing_to_undo(work) else _plainly(action, run)
    with _atomic(action.database, action.name):
        return NOTHING if nothing_to_undo(work) else barrier.once(action.database, work.barrier_key, "undo", run)


def _plainly(action: Action, run: Callable[[], object]) -> object:
    if not action.transactional:
        return run()
    with _atomic("default", action.name):
        return run()


@contextmanager
def _atomic(alias: str, action: str) -> Iterator[None]:
    """Open a transaction or a savepoint, and raise if it would be rolled back although the action succeeded."""
    with transaction.atomic(using=alias):
        yield
        if transaction.get_rollback(using=alias):
            message = f"Action '{action}' swallowed a database error, which rolled back its writes; raise the error."
            raise TechnicalError(message, code="broken-transaction")
