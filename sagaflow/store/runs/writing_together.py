"""The changes or starts of several runs in one statement of PostgreSQL, and so in one commit: each whole or not at all.

It writes the rows that ``writing.write`` would write for each of them, after the same comparison of ``seq`` and time. A
run that another transaction has locked is not waited for: it counts as overtaken, and keeps none of the others waiting.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from sagaflow.store.clock import NOW, TIMELY, to_datetime
from sagaflow.store.runs.writing import ENTRY, Write, as_json, plain

__all__ = ["write_together"]

NEW = """
WITH w AS (SELECT * FROM json_to_recordset(%s) AS w(id uuid, was bigint, at float8, saga text)),
u AS (INSERT INTO sagaflow_run ({columns})
SELECT {values} FROM json_populate_recordset(NULL::sagaflow_run, %s) x JOIN w ON w.id = x.id
WHERE EXISTS (SELECT 1 FROM sagaflow_definition d WHERE d.digest = x.definition_id)
AND (w.at IS NULL OR (true{timely})) ORDER BY x.id ON CONFLICT DO NOTHING RETURNING id, saga)"""
CHANGES = """
WITH w AS (SELECT * FROM json_to_recordset(%s) AS w(id uuid, was bigint, at float8, saga text)),
l AS (SELECT t.id, w.saga FROM w JOIN sagaflow_run t ON t.id = w.id AND t.seq = w.was
WHERE (w.at IS NULL OR (true{timely})) FOR NO KEY UPDATE OF t SKIP LOCKED),
u AS (UPDATE sagaflow_run t SET {assignments}, refusal = ''
FROM l JOIN json_populate_recordset(NULL::sagaflow_run, %s) r ON r.id = l.id WHERE t.id = l.id
RETURNING t.id, l.saga)"""
JOURNAL = """,
j AS (INSERT INTO sagaflow_journalentry (run_id, {columns})
SELECT u.id, {values} FROM u JOIN json_populate_recordset(NULL::sagaflow_journalentry, %s) x ON x.run_id = u.id
ORDER BY u.id, x.seq)"""
RECORDS = """,
k AS (INSERT INTO sagaflow_rollbackrecord (run_id, {columns})
SELECT u.id, {values} FROM u JOIN json_populate_recordset(NULL::sagaflow_rollbackrecord, %s) x ON x.run_id = u.id)"""
SEARCH = """,
s AS (INSERT INTO sagaflow_searchvalue (run_id, name, value, folded, created_at)
SELECT u.id, x.name, x.value, x.folded, x.created_at
FROM u JOIN json_populate_recordset(NULL::sagaflow_searchvalue, %s) x ON x.run_id = u.id)"""
OUTBOX = """,
o AS (INSERT INTO sagaflow_outboxmessage
(run_id, seq, event, step, payload, observer, attempts, created_at, due_at, error)
SELECT u.id, x.seq, x.event, x.step, x.payload, l.name, 0, x.created_at, x.created_at, ''
FROM json_populate_recordset(NULL::sagaflow_outboxmessage, %s) WITH ORDINALITY x JOIN u ON u.id = x.run_id,
LATERAL (SELECT x.observer AS name, 0 AS later UNION ALL SELECT s.name, 1 FROM sagaflow_subscription s
WHERE x.observer = '' AND s.saga = u.saga AND s.event = x.event) l
ORDER BY u.id, x.seq, l.later, x.ordinality, l.name RETURNING run_id, observer)
SELECT u.id, (SELECT array_agg(o.observer) FROM o WHERE o.run_id = u.id AND o.observer <> '') FROM u"""
WRITTEN = " SELECT u.id, NULL FROM u"


def write_together(changes: Sequence[Write]) -> list[list[str] | None]:
    """Write changes of different runs, all new or none; return what ``writing.write`` would return for each.

    ``None``: nothing was written of this change. An error of the database means that nothing was written at all.
    """
    records, outbox = _records(changes), _outbox(changes)
    search = [{**_placed(change), **row} for change in changes for row in change.search]
    form = _Form(
        now=NOW[connection.vendor],
        new=changes[0].seq is None,
        columns=tuple(changes[0].columns),
        record=tuple(records[0] if records else ())[1:],
        searched=bool(search),
        publishes=bool(outbox),
    )
    whole = [
        [_compared(change) for change in changes],
        [{"id": change.run_id, **_plain(change.columns)} for change in changes],
        [entry for change in changes for entry in _entries(change)],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(form), [as_json(rows) for rows in (*whole, records, search, outbox) if rows])
        written = {str(run_id): listeners or [] for run_id, listeners in cursor.fetchall()}
    return [written.get(change.run_id) for change in changes]


def _entries(change: Write) -> Iterator[dict[str, Any]]:
    for seq, at, *others in change.journal:
        yield {"run_id": change.run_id, **dict(zip(ENTRY, (seq, at.isoformat(), *others), strict=True))}


def _compared(change: Write) -> dict[str, Any]:
    at = change.at if change.estimated else None
    return {"id": change.run_id, "was": change.seq, "at": at, "saga": change.saga}


def _records(changes: Sequence[Write]) -> list[dict[str, Any]]:
    return [{"run_id": change.run_id, **_plain(record)} for change in changes for record in change.records]


def _outbox(changes: Sequence[Write]) -> list[dict[str, Any]]:
    return [{**_placed(change), **message._asdict()} for change in changes for message in change.outbox]


def _placed(change: Write) -> dict[str, Any]:
    return {"run_id": change.run_id, "created_at": plain(to_datetime(change.at))}


def _plain(row: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


class _Form(NamedTuple):
    """The shape of a statement, which is the same for any number of rows."""

    now: str
    new: bool
    columns: tuple[str, ...]
    record: tuple[str, ...]
    searched: bool
    publishes: bool


@lru_cache(maxsize=64)
def _statement(form: _Form) -> str:
    timely = TIMELY.format(now=form.now, at="w.at")
    assignments = ", ".join(f"{name} = r.{name}" for name in form.columns)
    parts = [
        _inserting(NEW, form.columns, timely=timely)
        if form.new
        else CHANGES.format(assignments=assignments, timely=timely),
        _inserting(JOURNAL, ENTRY),
        _inserting(RECORDS, form.record) if form.record else "",
        SEARCH if form.searched else "",
        OUTBOX if form.publishes else WRITTEN,
    ]
    return "".join(parts)


def _inserting(into: str, columns: tuple[str, ...], **more: str) -> str:
    return into.format(columns=", ".join(columns), values=", ".join(f"x.{name}" for name in columns), **more)
