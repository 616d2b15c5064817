"""The commands that a decision gives to the shell, to run at commit. Work that is due is not among them: see the state.

A command that becomes a row of its own carries the number of its journal entry, so that no two share a row.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Command", "Hint", "NotifyParent", "PublishEvent", "RecordRollback", "StartAgain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Tell the workers of ``service`` (``""``: any worker) to look at the run at ``due_at`` or later."""

    service: str
    due_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvent:
    """Put an event on the output stream and send it to its observers, in the same transaction."""

    seq: int
    """The number of the journal entry of the publication."""
    event: str
    step: str
    payload: Any = field(repr=False)
    observers: tuple[str, ...] = ()
    """The names of the observers that get the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRollback:
    """Write a rollback record, in the same transaction."""

    seq: int
    """The number of the journal entry for which it is written: a step got stuck, or the rollback ended."""
    record: Any = field(repr=False)
    """A JSON object; see ``rollback_record``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAgain:
    """Create the next run of the saga with the same input, due at ``not_before``, if any retries are left."""

    not_before: float
    retries: int
    """The number of retries of the whole run that the definition allows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyParent:
    """Tell the parent run, if there is one, that this run ended."""


Command = Hint | PublishEvent | RecordRollback | StartAgain | NotifyParent
