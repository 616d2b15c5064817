"""What guards the effect of an action, as a word that its claim leaves in the journal.

So whoever undoes it need not know the action: the barrier holds across services, teams and deployments (law L10).
"""

from django.db import connections, transaction

from sagaflow import registry
from sagaflow.core.participant import TechnicalError
from sagaflow.participants import barrier
from sagaflow.participants.work import Work
from sagaflow.registry import UnknownAction

__all__ = ["guard_of", "nothing_to_undo"]

NONE = "none"
TRANSACTION = "transaction"
"""The effect exists if and only if its outcome is recorded."""
DATABASE = "database:"
"""Followed by the alias of the database in which the barrier lies."""


def guard_of(name: str) -> str:
    """What guards the action in this process; empty: it does not know the action."""
    try:
        action = registry.get_action(name)
    except UnknownAction:
        return ""
    if action.database:
        return DATABASE + action.database
    return TRANSACTION if action.transactional else NONE


def nothing_to_undo(work: Work) -> bool:
    """Whether it is certain that no attempt took effect; those that may still come are barred. Opens transactions.

    Raises:
        TechnicalError: with the code ``unguarded``: the barrier lies in a database that this process does not know.
    """
    # A claim of an earlier version left no word: then what this process knows has to do.
    found = [_is_clear(word or guard_of(work.undoes), work) for word in work.guards or ("",)] if work.undoes else []
    return bool(found) and all(found)


def _is_clear(guard: str, work: Work) -> bool:
    if guard == TRANSACTION:
        return work.doubtful
    if not guard.startswith(DATABASE):
        return False
    alias = guard.removeprefix(DATABASE)
    if alias not in connections.databases:
        return _unseen(alias, work)
    with transaction.atomic(using=alias):
        return barrier.bar(alias, work.barrier_key)


def _unseen(alias: str, work: Work) -> bool:
    """An effect that was recorded needs no barrier; of any other, nobody here can tell."""
    if work.certain:
        return False
    context = work.context
    message = (
        f"Whether step '{context.step}' of saga '{context.saga}' took effect stands in the database '{alias}', which "
        f"this process does not know; add it to DATABASES where '{work.action}' is served."
    )
    raise TechnicalError(message, code="unguarded")
