"""What a decision asks of the shell, in the imperative: duties at commit. Outstanding work is in the state.

What becomes a row of its own carries the number of the journal entry that it belongs to, so that no two are one row.
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Command", "Hint", "NotifyParent", "PublishEvent", "RecordRollback", "StartAgain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Tell the workers of ``service`` to look at the run (``""``: any worker) at ``due_at`` or later."""

    service: str
    due_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEvent:
    """Put an event on the output stream and before its observers, in the same transaction."""

    seq: int
    """The journal entry of the publication."""
    event: str
    step: str
    payload: Any = field(repr=False)
    observers: tuple[str, ...] = ()
    """Names of the observers that get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRollback:
    """Write the rollback record, in the same transaction."""

    seq: int
    """The journal entry that made it due: of the step that got stuck, or of the end of the rollback."""
    record: Any = field(repr=False)
    """See ``rollback.record``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAgain:
    """Create the next run of the same saga with the same input, first due at ``not_before``, if tries are left."""

    not_before: float
    retries: int
    """How many whole-run retries the definition allows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyParent:
    """The run ended: a parent, if there is one, has to look."""


Command = Hint | PublishEvent | RecordRollback | StartAgain | NotifyParent
