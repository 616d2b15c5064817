"""Runs whose changes the database refuses, each for a reason that stays: counted, held back and shown, never in a loop.

A change that goes through clears the note, in its own statement. What may pass by itself, such as a lock, a lost
connection or a full disk, is never noted: the same change is simply made again.
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from sagaflow.core.attention import Attention
from sagaflow.core.payload import canonical
from sagaflow.core.quotes import secrets_of, struck
from sagaflow.models import Run
from sagaflow.store import definitions, rows
from sagaflow.store.clock import moment, now
from sagaflow.store.errors import UNREADABLE

__all__ = ["LIMIT", "Refusal", "clear", "held_back", "is_lasting", "note", "noted", "read", "release", "told"]

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
    """What the database says about the changes of one run. Times are seconds since the epoch."""

    count: int
    first_at: float
    last_at: float
    error: str

    @property
    def parks(self) -> bool:
        """Whether a person should look."""
        return self.count >= LIMIT


def is_lasting(error: BaseException) -> bool:
    """Whether the database would refuse the same change again."""
    if not isinstance(error, DatabaseError) or isinstance(error, OperationalError | InterfaceError):
        return False
    return getattr(error.__cause__, "sqlstate", None) not in BEHIND


@contextmanager
def noted(run_id: str) -> Iterator[None]:
    """A lasting refusal inside is noted with the run, told once, and goes on to the caller."""
    try:
        yield
    except DatabaseError as error:
        if is_lasting(error):
            _tell(run_id, error)
        raise


def held_back(run_id: str) -> bool:
    """Whether this process could not even note why the run gets nowhere, a moment ago."""
    return _unnoted.get(run_id, 0.0) > time.monotonic()


def note(run_id: str, error: DatabaseError) -> Refusal | None:
    """Counts one more refusal and holds an overdue run back, longer each time; ``None``: there is no such run.

    Raises:
        DatabaseError: not even that can be written.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
        if row is None:
            return None
        at, before = now(), read(row.refusal)
        found = Refusal(
            count=before.count + 1 if before else 1,
            first_at=before.first_at if before else at,
            last_at=at,
            error=_said(row, error),
        )
        changes: dict[str, Any] = {"refusal": canonical(asdict(found))}
        if row.wake_at is not None and row.wake_at.timestamp() <= at:
            changes["wake_at"] = moment(at + min(FIRST_PAUSE * 2.0 ** min(found.count - 1, 16), LONGEST_PAUSE))
        if found.parks:
            changes["attention"] = _worse(row.attention)
        Run.objects.filter(pk=run_id).update(**changes)
        return found


def release(run_id: str) -> None:
    """Let a run that is held back be looked at now, because an operator has done something about it."""
    Run.objects.filter(pk=run_id, ended_at__isnull=True).exclude(refusal="").update(wake_at=moment(now()))


def clear(run_ids: Iterable[str]) -> None:
    """What was left to do for these runs went through. One that has not ended is cleared by its own next change."""
    ended = Run.objects.filter(pk__in=list(run_ids), ended_at__isnull=False).exclude(refusal="")
    ended.update(refusal="", attention="")


def read(text: str) -> Refusal | None:
    """The note in a run's row; ``None``: there is none."""
    return Refusal(**json.loads(text)) if text else None


def told(error: BaseException) -> str:
    """What the database said, without the lines in which it quotes the row."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:LONGEST].replace("\x00", "")


def _tell(run_id: str, error: DatabaseError) -> None:
    try:
        found = note(run_id, error)
    except DatabaseError as worse:
        if not held_back(run_id):
            message = "Run %s: the database refuses its changes (%s), and even to note that: %s"
            logger.error(message, run_id, told(error), told(worse))  # noqa: TRY400 - a traceback quotes rows
        _unnoted[run_id] = time.monotonic() + QUIET
        return
    if found is not None and found.count == LIMIT:
        message = "Run %s needs an operator: the database refused its changes %d times. It is tried again later: %s"
        logger.error(message, run_id, found.count, found.error)


def _said(row: Run, error: DatabaseError) -> str:
    """What sensitive fields of the run hold is struck out."""
    try:
        saga, state = definitions.of(row.definition_id), rows.read_state(row.snapshot)
        return struck(told(error), secrets_of(saga, state))
    except UNREADABLE:
        return type(error).__name__


def _worse(attention: str) -> str:
    reasons = list(Attention)
    return min(filter(None, (attention, Attention.REFUSED.value)), key=lambda each: reasons.index(Attention(each)))
