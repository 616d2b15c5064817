"""Lasting failures: the changes of a run fail for a reason that stays. They are counted, delayed and shown.

The database refuses the change, or the stored data of the run cannot be read, or the code cannot work with it. The
next change that succeeds clears the note, in its own statement. A failure that can pass by itself, such as a lock, a
lost connection or a full disk, is never noted: the same change is made again.
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Exists, OuterRef

from sagaflow.core.definition.retry import doubled
from sagaflow.core.errors import SagaflowError
from sagaflow.core.payload import canonical
from sagaflow.core.run.attention import Attention
from sagaflow.core.run.redact import redact, sensitive_values
from sagaflow.models import OutboxMessage, Run
from sagaflow.store import definitions
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.errors import UNREADABLE, Broken
from sagaflow.store.masks import masked_of

__all__ = [
    "LIMIT",
    "Refusal",
    "SuppressLasting",
    "clear",
    "held_back",
    "is_lasting",
    "note",
    "noted",
    "read",
    "reason",
    "release",
    "note_and_log",
]

logger = logging.getLogger("sagaflow.store")

LIMIT = 3
"""Number of refusals in a row after which the run needs an operator."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds until the run is tried again: after the first refusal, and at most."""
QUIET = 60.0
"""Seconds for which a process skips a run whose refusal cannot even be noted."""
LONGEST = 300
"""Characters of a message that are stored."""
BEHIND = ("42P01", "42703", "42501")
"""PostgreSQL: a table, a column or a permission is missing. The run is not the cause, and a migration repairs it."""
_unnoted: dict[str, float] = {}
"""Run ID → the time until which this process skips the run, by its monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The failures of the changes of one run. Times are seconds since the epoch."""

    count: int
    first_at: float
    last_at: float
    error: str

    @property
    def parks(self) -> bool:
        """True if the run needs an operator."""
        return self.count >= LIMIT


def is_lasting(error: BaseException) -> bool:
    """True if the same change would fail again: the database refuses it, or the code cannot make it.

    Errors that Sagaflow raises on purpose are answers to the caller and do not count, except those about stored data.
    """
    if isinstance(error, DatabaseError):
        passes = isinstance(error, OperationalError) or getattr(error.__cause__, "sqlstate", None) in BEHIND
        return not passes
    return isinstance(error, Broken) or (isinstance(error, UNREADABLE) and not isinstance(error, SagaflowError))


@contextmanager
def noted(run_id: str) -> Iterator[None]:
    """Note a lasting failure inside with the run, log it once, and raise it again."""
    try:
        yield
    except Exception as error:
        if is_lasting(error):
            note_and_log(run_id, error)
        raise


class SuppressLasting:
    """Context manager: suppress a lasting failure inside, so that one run cannot stop the others.

    Every other error goes on to the caller: it is the same for all runs, or it can pass by itself.
    """

    failure: Exception
    """The suppressed failure, set only if there is one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, Exception) or not is_lasting(error):
            return False
        self.failure = error
        return True


def held_back(run_id: str) -> bool:
    """True if this process recently could not even note why the changes of the run fail."""
    return _unnoted.get(run_id, 0.0) > time.monotonic()


def note(run_id: str, error: Exception) -> Refusal | None:
    """Count one more failure and delay an overdue run, longer each time. Return ``None`` if there is no such run.

    Raises:
        DatabaseError: the note itself cannot be written.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
        if row is None:
            return None
        at, before = now(), _before(row)
        refusal = Refusal(
            count=before.count + 1 if before else 1,
            first_at=before.first_at if before else at,
            last_at=at,
            error=_masked_text(row, error),
        )
        changes: dict[str, Any] = {"refusal": canonical(asdict(refusal))}
        if row.wake_at is not None and row.wake_at.timestamp() <= at:
            changes["wake_at"] = to_datetime(at + doubled(FIRST_PAUSE, refusal.count - 1, LONGEST_PAUSE))
        if refusal.parks:
            changes["attention"] = _worse(row.attention)
        Run.objects.filter(pk=run_id).update(**changes)
        return refusal


def release(run_id: str) -> None:
    """Make a run that is delayed due now, because an operator acted on it."""
    Run.objects.filter(pk=run_id, ended_at__isnull=True).exclude(refusal="").update(wake_at=to_datetime(now()))


def clear(run_ids: Iterable[str]) -> None:
    """Clear the notes of ended runs whose remaining messages were written. A run that is open clears its own note."""
    ended = Run.objects.filter(pk__in=list(run_ids), ended_at__isnull=False).exclude(refusal="")
    failing = OutboxMessage.objects.filter(run_id=OuterRef("pk"), observer="", sent_at=None).exclude(error="")
    ended.filter(~Exists(failing)).update(refusal="", attention="")


def read(text: str) -> Refusal | None:
    """Read the note in a run's row. Return ``None`` if it is empty."""
    return Refusal(**json.loads(text)) if text else None


def reason(run_id: str, error: Exception) -> str:
    """Return the reason why a change failed, for the caller. Values of sensitive fields of the run are masked."""
    row = Run.objects.filter(pk=run_id).first()
    why = _masked_text(row, error) if row else type(error).__name__
    return f"The database refused the change: {why}" if isinstance(error, DatabaseError) else f"It failed: {why}"


def _error_text(error: BaseException) -> str:
    """Return the first line of the error's text: in the others the database quotes the row."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:LONGEST].replace("\x00", "")


def note_and_log(run_id: str, error: Exception) -> None:
    """Note the failure with the run, and log it when the run needs an operator."""
    try:
        refusal = note(run_id, error)
    except DatabaseError as worse:
        if not held_back(run_id):
            message = "Run %s: its changes fail (%s), and even that cannot be noted: %s"
            logger.error(message, run_id, _error_text(error), _error_text(worse))  # noqa: TRY400 - a traceback quotes rows
        _unnoted[run_id] = time.monotonic() + QUIET
        return
    if refusal is not None and refusal.count == LIMIT:
        message = "Run %s needs an operator: its changes failed %d times. It is tried again later: %s"
        logger.error(message, run_id, refusal.count, refusal.error)


def _masked_text(row: Run, error: Exception) -> str:
    """Return the error's text without the values of sensitive fields. If those are unknown, return only its class."""
    if isinstance(error, definitions.BrokenDefinition):
        return _error_text(error)
    try:
        hidden = masked_of(definitions.of(row.definition_id))
        text = _error_text(error)
        return redact(text, sensitive_values(json.loads(row.snapshot), hidden)) if hidden else text
    except UNREADABLE:
        return type(error).__name__


def _before(row: Run) -> Refusal | None:
    try:
        return read(row.refusal)
    except UNREADABLE:  # the note itself was overwritten: counting starts again
        return None


def _worse(attention: str) -> str:
    reasons = [reason.value for reason in Attention]
    known = [reason for reason in (attention, Attention.REFUSED.value) if reason in reasons]
    return min(known, key=reasons.index)
