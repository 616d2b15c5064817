"""Runs whose changes fail, each for a reason that stays: counted, held back and shown, never in a loop.

The database refuses them, or what is stored of the run cannot be read, or makes no sense to the code. A change that
goes through clears the note, in its own statement. What may pass by itself, such as a lock, a lost connection or a
full disk, is never noted: the same change is simply made again.
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Exists, OuterRef

from sagaflow.core.errors import SagaflowError
from sagaflow.core.payload import canonical
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.redact import redact, sensitive_values
from sagaflow.models import OutboxMessage, Run
from sagaflow.store import definitions
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.errors import UNREADABLE, Broken

__all__ = [
    "LIMIT",
    "Refusal",
    "clear",
    "held_back",
    "is_lasting",
    "note",
    "noted",
    "read",
    "reason",
    "release",
    "tell",
    "told",
]

logger = logging.getLogger("sagaflow.store")

LIMIT = 3
"""So many refusals in a row, and the run asks for a person."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds before a run is looked at again."""
QUIET = 60.0
"""Seconds for which a process leaves a run alone whose refusal cannot even be noted."""
LONGEST = 300
"""Characters of a message that are kept."""
BEHIND = ("42P01", "42703", "42501")
"""PostgreSQL: a table, a column or a permission is missing. That is no fault of one run, and a migration mends it."""
_unnoted: dict[str, float] = {}
"""Until when this process leaves a run alone, by its monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the changes of one run fail. Times are seconds since the epoch."""

    count: int
    first_at: float
    last_at: float
    error: str

    @property
    def parks(self) -> bool:
        """Whether a person should look."""
        return self.count >= LIMIT


def is_lasting(error: BaseException) -> bool:
    """Whether the same change would fail again: the database refuses it, or the code cannot make it.

    Errors that Sagaflow raises on purpose are answers to who asked, but for those about what is stored.
    """
    if isinstance(error, DatabaseError):
        passes = isinstance(error, OperationalError) or getattr(error.__cause__, "sqlstate", None) in BEHIND
        return not passes
    return isinstance(error, Broken) or (isinstance(error, UNREADABLE) and not isinstance(error, SagaflowError))


@contextmanager
def noted(run_id: str) -> Iterator[None]:
    """A lasting failure inside is noted with the run, told once, and goes on to the caller."""
    try:
        yield
    except Exception as error:
        if is_lasting(error):
            tell(run_id, error)
        raise


def held_back(run_id: str) -> bool:
    """Whether this process could not even note why the run gets nowhere, a moment ago."""
    return _unnoted.get(run_id, 0.0) > time.monotonic()


def note(run_id: str, error: Exception) -> Refusal | None:
    """Counts one more failure and holds an overdue run back, longer each time; ``None``: there is no such run.

    Raises:
        DatabaseError: not even that can be written.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
        if row is None:
            return None
        at, before = now(), _before(row)
        found = Refusal(
            count=before.count + 1 if before else 1,
            first_at=before.first_at if before else at,
            last_at=at,
            error=_said(row, error),
        )
        changes: dict[str, Any] = {"refusal": canonical(asdict(found))}
        if row.wake_at is not None and row.wake_at.timestamp() <= at:
            changes["wake_at"] = to_datetime(at + min(FIRST_PAUSE * 2.0 ** min(found.count - 1, 16), LONGEST_PAUSE))
        if found.parks:
            changes["attention"] = _worse(row.attention)
        Run.objects.filter(pk=run_id).update(**changes)
        return found


def release(run_id: str) -> None:
    """Let a run that is held back be looked at now, because an operator has done something about it."""
    Run.objects.filter(pk=run_id, ended_at__isnull=True).exclude(refusal="").update(wake_at=to_datetime(now()))


def clear(run_ids: Iterable[str]) -> None:
    """What was left to do for these runs went through. One that has not ended is cleared by its own next change."""
    ended = Run.objects.filter(pk__in=list(run_ids), ended_at__isnull=False).exclude(refusal="")
    left = OutboxMessage.objects.filter(run_id=OuterRef("pk"), observer="", sent_at=None).exclude(error="")
    ended.filter(~Exists(left)).update(refusal="", attention="")


def read(text: str) -> Refusal | None:
    """The note in a run's row; ``None``: there is none."""
    return Refusal(**json.loads(text)) if text else None


def reason(run_id: str, error: Exception) -> str:
    """Why a change failed, for the answer to who asked for it: what sensitive fields of the run hold is struck out."""
    row = Run.objects.filter(pk=run_id).first()
    why = _said(row, error) if row else type(error).__name__
    return f"The database refused the change: {why}" if isinstance(error, DatabaseError) else f"It failed: {why}"


def told(error: BaseException) -> str:
    """What the error says, without the lines in which the database quotes the row."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:LONGEST].replace("\x00", "")


def tell(run_id: str, error: Exception) -> None:
    """Notes the failure with the run, and writes it to the log when it asks for an operator."""
    try:
        found = note(run_id, error)
    except DatabaseError as worse:
        if not held_back(run_id):
            message = "Run %s: its changes fail (%s), and even that cannot be noted: %s"
            logger.error(message, run_id, told(error), told(worse))  # noqa: TRY400 - a traceback quotes rows
        _unnoted[run_id] = time.monotonic() + QUIET
        return
    if found is not None and found.count == LIMIT:
        message = "Run %s needs an operator: its changes failed %d times. It is tried again later: %s"
        logger.error(message, run_id, found.count, found.error)


def _said(row: Run, error: Exception) -> str:
    """What sensitive fields of the run hold is struck out; where that is not known, only the kind of error is told."""
    if isinstance(error, definitions.BrokenDefinition):
        return told(error)
    try:
        hidden = definitions.of(row.definition_id).sensitive
        return redact(told(error), sensitive_values(json.loads(row.snapshot), hidden)) if hidden else told(error)
    except UNREADABLE:
        return type(error).__name__


def _before(row: Run) -> Refusal | None:
    try:
        return read(row.refusal)
    except UNREADABLE:  # the note itself was written over: it is begun anew
        return None


def _worse(attention: str) -> str:
    reasons = [reason.value for reason in Attention]
    known = [each for each in (attention, Attention.REFUSED.value) if each in reasons]
    return min(known, key=reasons.index)
