"""The guard of an action's effect, as a word that its claim writes into the journal.

The worker that undoes the effect does not need the code of the action: the barrier holds across services, teams and
deployments (law L10).
"""

from django.db import connections, transaction

from sagaflow import registry
from sagaflow.core.participant import TechnicalError
from sagaflow.participants import barrier
from sagaflow.participants.work import Work

__all__ = ["guard_of", "nothing_to_undo"]

NONE = "none"
TRANSACTION = "transaction"
"""The effect exists if and only if its outcome is recorded."""
DATABASE = "database:"
"""A prefix; the alias of the database with the barrier follows."""


def guard_of(name: str) -> str:
    """Return the guard of an action in this process; empty if the process does not know the action."""
    action = registry.find_action(name)
    if action is None:
        return ""
    if action.database:
        return DATABASE + action.database
    return TRANSACTION if action.transactional else NONE


def nothing_to_undo(work: Work) -> bool:
    """Return True if it is certain that no attempt took effect, and bar later attempts. Opens transactions.

    Raises:
        TechnicalError: with the code ``unguarded``: the barrier is in a database that this process does not know.
    """
    # A claim of an earlier version has no word; the guard that this process knows is used then.
    clear = [_is_clear(word or guard_of(work.undoes), work) for word in work.guards or ("",)] if work.undoes else []
    return bool(clear) and all(clear)


def _is_clear(guard: str, work: Work) -> bool:
    if guard == TRANSACTION:
        return work.doubtful
    if not guard.startswith(DATABASE):
        return False
    alias = guard.removeprefix(DATABASE)
    if alias not in connections.databases:
        return _raise_unless_certain(alias, work)
    with transaction.atomic(using=alias):
        return barrier.bar(alias, work.barrier_key)


def _raise_unless_certain(alias: str, work: Work) -> bool:
    """Return False for a recorded effect, which needs no barrier; raise for any other, because its fate is unknown."""
    if work.certain:
        return False
    context = work.context
    message = (
        f"The database '{alias}' says if step '{context.step}' of saga '{context.saga}' took effect, but this process "
        f"does not know that database; add it to DATABASES where '{work.action}' is served."
    )
    raise TechnicalError(message, code="unguarded")
