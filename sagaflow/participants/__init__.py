"""Performing actions. Each kind of action is a function ``(action, context) → answer`` in ``kinds``."""

from sagaflow.participants.answers import CannotBegin, Outcome, answered, before_it_begins, failed
from sagaflow.participants.call import perform
from sagaflow.participants.guard import guard_of
from sagaflow.participants.kinds import add_kind
from sagaflow.participants.work import NOTHING, Work

__all__ = [
    "NOTHING",
    "CannotBegin",
    "Outcome",
    "Work",
    "add_kind",
    "answered",
    "before_it_begins",
    "failed",
    "guard_of",
    "perform",
]
