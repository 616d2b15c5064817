"""A run as its row: the statement that reads it with its lock and the time, and the columns that a decision changes."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical
from sagaflow.core.run.failure import failure_of
from sagaflow.core.run.four_eyes import asked
from sagaflow.core.run.journal import Entry, chain, fact_text
from sagaflow.core.run.place import place_of
from sagaflow.core.run.queries import attention, starts_at
from sagaflow.core.run.snapshot import read_snapshot, write_snapshot
from sagaflow.core.run.state import RunState
from sagaflow.store.clock import NOW, Reading, remember, to_datetime
from sagaflow.store.errors import UNREADABLE, Broken
from sagaflow.store.runs.locked_run import LockedRun

__all__ = [
    "BrokenSnapshot",
    "Chained",
    "Row",
    "chained",
    "derived",
    "key",
    "read",
    "read_state",
    "read_together",
]

COLUMNS = "definition_id, snapshot, seq, head, parent_id, number, {now}"
READ = f"SELECT {COLUMNS} FROM sagaflow_run WHERE id = %s{{lock}}"  # noqa: S608 - names of columns
READ_TOGETHER = f"SELECT id, {COLUMNS} FROM sagaflow_run WHERE id = ANY(%s)"  # noqa: S608 - names of columns
"""For PostgreSQL."""
LOCK = {"postgresql": " FOR NO KEY UPDATE", "sqlite": ""}
"""SQLite: the transaction began IMMEDIATE and is alone."""

Chained = tuple[Any, ...]
"""The columns of a journal row, beginning with ``seq``; the last is the hash."""


class BrokenSnapshot(Broken):
    """The snapshot of a run was changed by hand, is damaged, or was written by a later version."""

    def __init__(self, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        super().__init__(f"The snapshot cannot be read ({why}); restore it from a backup.")


class Row(NamedTuple):
    """The columns of a run that a decision needs."""

    digest: str
    snapshot: str
    seq: int
    head: str
    parent_id: str | None
    number: int
    reading: Reading
    """The database's time of the read."""


def read(run_id: str, *, lock: bool = True) -> Row | None:
    """Return the run's row and the database's time; ``lock`` it where the database locks rows."""
    statement = READ.format(now=NOW[connection.vendor], lock=LOCK[connection.vendor] if lock else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, [key(run_id)])
        columns = cursor.fetchone()
    return None if columns is None else _row(columns)


def read_together(run_ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows of runs by ID, without a lock, in one statement of PostgreSQL; unknown runs are missing."""
    with connection.cursor() as cursor:
        cursor.execute(READ_TOGETHER.format(now=NOW[connection.vendor]), [[*map(UUID, run_ids)]])
        return {str(run_id): _row(columns) for run_id, *columns in cursor.fetchall()}


def _row(columns: Sequence[Any]) -> Row:
    digest, snapshot, seq, head, parent_id, number, at = columns
    parent = str(UUID(str(parent_id))) if parent_id else None
    return Row(digest, snapshot, seq, head, parent, number, remember(float(at)))


def derived(run: LockedRun, due_at: float | None) -> dict[str, Json]:
    """Return the columns that are derived from the state."""
    state = run.state
    failure = failure_of(run.saga, state)
    place = place_of(run.saga, state, failure)
    asks = asked(run.saga, state)
    return {
        "status": state.status.value,
        "attention": attention(run.saga, state) or "",
        "failure": failure.fingerprint if failure else "",
        "step": place.step,
        "direction": place.direction,
        "error": place.error,
        "asks": canonical(asks) if asks else "",
        "snapshot": write_snapshot(state),
        "seq": state.seq,
        "head": run.head,
        "wake_at": to_datetime(due_at),
        "starts_at": to_datetime(starts_at(state, run.at)),
        "deadline": to_datetime(state.deadline),
        "updated_at": to_datetime(run.at),
        "ended_at": to_datetime(state.ended_at),
    }


def chained(head: str, entries: list[Entry]) -> list[Chained]:
    """Return journal rows whose hashes continue from ``head``."""
    rows = []
    for entry in entries:
        kind, text = entry.kind, fact_text(entry.fact)
        head = chain(head, seq=entry.seq, at=entry.at, cause=entry.cause, kind=kind, data=text)
        rows.append((entry.seq, to_datetime(entry.at), entry.at, entry.cause, kind, text, head))
    return rows


def read_state(text: str) -> RunState:
    """Return the state of a stored snapshot.

    Raises:
        BrokenSnapshot: the text is not a snapshot.
    """
    try:
        return read_snapshot(text)
    except UNREADABLE as error:
        raise BrokenSnapshot(error) from error


def key(run_id: str) -> UUID | str:
    """Return a run's ID as a parameter of SQL."""
    return UUID(run_id) if connection.vendor == "postgresql" else UUID(run_id).hex
