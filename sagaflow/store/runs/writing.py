"""The hot path's writes in SQL: the row of a run, its journal, its outbox and its rollback record, or none of them.

The row is written by compare-and-swap: an existing run if its ``seq`` is still as it was read, a new one if its ID
and its key are free and its definition is stored. On PostgreSQL all of it is one statement, which is a transaction of
its own if the caller has none. Rows travel in it as JSON text, so that a driver adapts one value and the statement is
the same for any number of rows. SQLite has no such statement: the caller's transaction makes several statements one
change.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from sagaflow.models import OutboxMessage, RollbackRecord, SearchValue
from sagaflow.store import subscriptions
from sagaflow.store.clock import NOW, TIMELY, to_datetime
from sagaflow.store.runs import rows

__all__ = ["ENTRY", "Publication", "Write", "as_json", "plain", "write"]

UPDATE = "UPDATE sagaflow_run SET {assignments}, refusal = '' WHERE id = %s AND seq = %s{timely}"
INSERT = """INSERT INTO sagaflow_run ({names}) SELECT {values}
WHERE EXISTS (SELECT 1 FROM sagaflow_definition d WHERE d.digest = {digest}){timely} ON CONFLICT DO NOTHING"""
JOURNAL = "INSERT INTO sagaflow_journalentry (run_id, {columns}) VALUES "
ENTRY = ("seq", "at", "clock", "cause", "kind", "data", "hash")
PLAIN = frozenset({str, int, NoneType})
"""The classes of the values that JSON has as they are, of most columns."""
BATCH = 1000
"""Rows per statement of SQLite: the number of parameters that it takes is limited."""

WHOLE = """
WITH u AS ({run} RETURNING id),
j AS (INSERT INTO sagaflow_journalentry (run_id, seq, at, clock, cause, kind, data, hash)
SELECT u.id, x.seq, x.at, x.clock, x.cause, x.kind, x.data, x.hash
FROM u, json_populate_recordset(NULL::sagaflow_journalentry, %s) x ORDER BY x.seq)"""
OUTBOX = """,
o AS (INSERT INTO sagaflow_outboxmessage
(run_id, seq, event, step, payload, observer, attempts, created_at, due_at, error)
SELECT u.id, x.seq, x.event, x.step, x.payload, l.name, 0, %s::timestamptz, %s::timestamptz, ''
FROM u, json_populate_recordset(NULL::sagaflow_outboxmessage, %s) WITH ORDINALITY x,
LATERAL (SELECT x.observer AS name, 0 AS later UNION ALL SELECT s.name, 1 FROM sagaflow_subscription s
WHERE x.observer = '' AND s.saga = %s AND s.event = x.event) l
ORDER BY x.seq, l.later, x.ordinality, l.name RETURNING observer)
SELECT (SELECT count(*) FROM u), (SELECT array_agg(observer) FROM o WHERE observer <> '')"""
SEARCH = """,
s AS (INSERT INTO sagaflow_searchvalue (run_id, name, value, folded, created_at)
SELECT u.id, x.name, x.value, x.folded, %s::timestamptz
FROM u, json_populate_recordset(NULL::sagaflow_searchvalue, %s) x)"""
RECORD = """,
r AS (INSERT INTO sagaflow_rollbackrecord (run_id, {names}) SELECT u.id, {values}
FROM u, json_populate_recordset(NULL::sagaflow_rollbackrecord, %s) x)"""
COUNT = " SELECT count(*), NULL FROM u"


class Publication(NamedTuple):
    """An event for the output stream (``observer`` empty) or for an observer of the definition."""

    seq: int
    event: str
    step: str
    payload: str
    observer: str


class Write(NamedTuple):
    """The row of a run, and what is saved with it. ``seq`` is its number before; ``None``: the run is new."""

    run_id: str
    saga: str
    seq: int | None
    columns: Mapping[str, Any]
    journal: Sequence[rows.Chained]
    outbox: Sequence[Publication]
    at: float
    search: Sequence[Mapping[str, str]] = ()
    """The search attributes of a new run: name, value and folded value."""
    records: Sequence[Mapping[str, Any]] = ()
    """The columns of rollback records."""
    estimated: bool = False
    """True if ``at`` is an estimate, which the database has to agree to."""


def write(change: Write) -> list[str] | None:
    """Write all of it, and return the names of the observers and subscribers that get an event.

    Return ``None`` if nothing was written: another transaction was first, the definition of a new run is not stored, or
    the time was estimated wrongly.
    """
    return _in_one(change) if connection.vendor == "postgresql" else _in_several(change)


def _in_one(change: Write) -> list[str] | None:
    if change.seq is None:
        names = ", ".join(change.columns)
        row = ", ".join(f"r.{name}" for name in change.columns)
        run = INSERT.format(
            names=names,
            values=f"{row} FROM json_populate_record(NULL::sagaflow_run, %s) r",
            digest="r.definition_id",
            timely=_timely(change),
        )
        parameters: list[Any] = [as_json({name: plain(value) for name, value in change.columns.items()})]
    else:
        run, parameters = _update(change)
    parameters += _estimate(change)
    parameters.append(as_json([dict(zip(ENTRY, map(plain, row), strict=True)) for row in change.journal]))
    statement, at = WHOLE.format(run=run), to_datetime(change.at)
    if change.search:
        statement += SEARCH
        parameters += [at, as_json(change.search)]
    if change.records:
        own = [*change.records[0]]
        statement += RECORD.format(names=", ".join(own), values=", ".join(f"x.{name}" for name in own))
        parameters.append(
            as_json([{name: plain(value) for name, value in record.items()} for record in change.records])
        )
    statement += OUTBOX if change.outbox else COUNT
    if change.outbox:
        parameters += [at, at, as_json([message._asdict() for message in change.outbox]), change.saga]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        written, listeners = cursor.fetchone()
    return (listeners or []) if written else None


def _in_several(change: Write) -> list[str] | None:
    if change.seq is None:
        run = INSERT.format(
            names=", ".join(change.columns),
            values=", ".join(["%s"] * len(change.columns)),
            digest="%s",
            timely=_timely(change),
        )
        parameters = [*map(_adapted, change.columns.values()), change.columns["definition_id"]]
    else:
        run, parameters = _update(change)
    with connection.cursor() as cursor:
        cursor.execute(run, [*parameters, *_estimate(change)])
        if cursor.rowcount != 1:
            return None
        _insert_journal(cursor, change)
    at = to_datetime(change.at)
    SearchValue.objects.bulk_create(SearchValue(run_id=change.run_id, created_at=at, **row) for row in change.search)
    RollbackRecord.objects.bulk_create(RollbackRecord(run_id=change.run_id, **row) for row in change.records)
    return _insert_outbox(change) if change.outbox else []


def _update(change: Write) -> tuple[str, list[Any]]:
    assignments = ", ".join(f"{name} = %s" for name in change.columns)
    statement = UPDATE.format(assignments=assignments, timely=_timely(change))
    return statement, [*map(_adapted, change.columns.values()), rows.key(change.run_id), change.seq]


def _timely(change: Write) -> str:
    return TIMELY.format(now=NOW[connection.vendor], at="%s") if change.estimated else ""


def _estimate(change: Write) -> list[float]:
    return [change.at] if change.estimated else []


def _insert_journal(cursor: Any, change: Write) -> None:
    run, row = rows.key(change.run_id), f"({', '.join(['%s'] * (len(ENTRY) + 1))})"
    for first in range(0, len(change.journal), BATCH):
        batch = change.journal[first : first + BATCH]
        values = [_adapted(value) for entry in batch for value in (run, *entry)]
        cursor.execute(JOURNAL.format(columns=", ".join(ENTRY)) + ", ".join([row] * len(batch)), values)


def _insert_outbox(change: Write) -> list[str]:
    subscribed = subscriptions.heard(change.saga, {message.event for message in change.outbox})
    messages: list[Publication] = []
    for seq in dict.fromkeys(message.seq for message in change.outbox):
        own = [message for message in change.outbox if message.seq == seq]
        messages += own
        messages += [
            message._replace(observer=name)
            for message in own
            if not message.observer
            for name in subscribed.get(message.event, ())
        ]
    at = to_datetime(change.at)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(run_id=change.run_id, created_at=at, due_at=at, **message._asdict()) for message in messages
    )
    return [message.observer for message in messages if message.observer]


as_json = json.JSONEncoder(ensure_ascii=False).encode


def plain(value: Any) -> Any:
    """Return a value of a column as JSON has it."""
    if type(value) in PLAIN:
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def _adapted(value: Any) -> Any:
    """Return a value of a column as a parameter of SQL."""
    match value:
        case datetime():
            return connection.ops.adapt_datetimefield_value(value)
        case dict():
            return json.dumps(value)
        case UUID():
            return rows.key(str(value))
        case _:
            return value
