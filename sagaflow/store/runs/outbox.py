"""Published events on their way to the output stream and to observers, saved with the change that publishes them.

A subscriber gets its events in the same way as an observer. Its name has a dot; the name of an observer has none.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from sagaflow.core.definition.saga import Saga
from sagaflow.core.definition.subscriber import action_of
from sagaflow.core.payload import canonical
from sagaflow.core.run.commands import PublishEvent
from sagaflow.models import JournalEntry, OutboxMessage
from sagaflow.store import refusals
from sagaflow.store.clock import now, seconds, to_datetime
from sagaflow.store.errors import Broken
from sagaflow.store.runs import presence
from sagaflow.store.runs.due import PATIENCE
from sagaflow.store.runs.locked_run import LockedRun
from sagaflow.store.runs.writing import Publication

__all__ = [
    "ATTEMPTS",
    "Delivery",
    "Earlier",
    "deliveries",
    "earlier",
    "Message",
    "claim_delivery",
    "mark_failed",
    "heard",
    "pending_for",
    "mark_sent",
    "published",
    "undelivered",
    "take_pending",
]

ATTEMPTS = 10
"""Number of failed attempts after which an event is no longer delivered to its observer."""
LOOK_AGAIN = 300.0
"""Seconds until a message that could not be read is tried again."""
HOLDS = 86_400.0
"""Seconds for which an event that a sink does not take keeps the later events of its run from this sink."""
LEASE = 60.0
"""Seconds for one attempt to deliver a message; after them another process may try."""
READ = ("run_id", "seq", "event", "step", "payload", "observer", "attempts", "created_at", "taken")
TAKE = """
UPDATE sagaflow_outboxmessage SET attempts = attempts + 1, due_at = %s WHERE id IN (
SELECT id FROM sagaflow_outboxmessage WHERE due_at <= %s AND observer = ''{only} ORDER BY id LIMIT %s{skip_locked})
RETURNING id
"""


class BrokenMessage(Broken):
    """The payload of an event in the outbox was damaged or changed by hand."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"The payload of row {number} of sagaflow_outboxmessage is not JSON; restore it from the journal entry."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event to deliver. ``id`` stays the same when the event is delivered again."""

    id: int
    run_id: str
    saga: str
    key: str
    """The key of the run; empty: it has none."""
    seq: int
    event: str
    step: str
    payload: Any = field(repr=False)
    observer: str
    attempts: int
    """The number of attempts to deliver it, this one included."""
    created_at: float
    """When it was published, seconds since the epoch."""
    cause: int
    """Number of the journal entry that caused the publication; 0: none is known."""
    taken: frozenset[str] = frozenset()
    """The names of the output sinks that have it already."""
    follows: bool = False
    """True if an event that its run published before it, and that was not taken together with it, may be pending."""
    holds: bool = True
    """True if it is young enough to keep later events of its run from the sinks that do not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A pending event that keeps later events of its run from the sinks that lack it."""

    taken: frozenset[str]
    """The names of the output sinks that have it."""
    due_in: float
    """Seconds until it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The delivery of one event to one observer or subscriber."""

    observer: str
    event: str
    seq: int
    attempts: int
    error: str
    """The error of the latest attempt; empty: none has failed."""
    due_at: datetime | None
    """The time of the next attempt; ``None``: there is none."""
    sent_at: datetime | None
    """The time at which it was made; ``None``: not yet."""

    @classmethod
    def of(cls, row: OutboxMessage) -> Self:
        """Return the delivery that a row describes."""
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


def published(run: LockedRun) -> list[Publication]:
    """Return a row per published event for the output stream and for each observer of the definition.

    The statement that writes them adds one for each subscriber: those are rows of the database.
    """
    return [
        Publication(command.seq, command.event, command.step, payload, observer)
        for command in run.commands
        if isinstance(command, PublishEvent)
        for payload in [canonical(command.payload)]
        for observer in ("", *command.observers)
    ]


def take_pending(limit: int = 100) -> list[Message]:
    """Lend the oldest messages for the output stream for a minute: confirm each by ``mark_sent`` or ``mark_failed``."""
    at = now()
    try:
        taken = _take(at, limit)
    except DatabaseError as error:
        if not refusals.is_lasting(error):
            raise
        due = OutboxMessage.objects.filter(observer="", due_at__lte=to_datetime(at)).order_by("pk")
        taken = [number for pk, run_id in due.values_list("pk", "run_id")[:limit] for number in _alone(at, pk, run_id)]
    return _following(taken, at) if taken else []


def earlier(messages: Sequence[Message]) -> dict[int, list[Earlier]]:
    """Return message ID → the pending events that keep it waiting, for those of the messages that follow others.

    The other messages of the batch are not among them.
    """
    behind = [message for message in messages if message.follows]
    if not behind:
        return {}
    at, ids = now(), {message.id for message in messages}
    of_run: dict[str, list[Message]] = {}
    for message in behind:
        of_run.setdefault(message.run_id, []).append(message)
    rows = _holding(at).filter(run_id__in=of_run)
    held: dict[int, list[Earlier]] = {message.id: [] for message in behind}
    for pk, run_id, taken, due_at in rows.values_list("pk", "run_id", "taken", "due_at"):
        found = Earlier(taken=frozenset(taken.splitlines()), due_in=seconds(due_at) - at if due_at else 0.0)
        for message in of_run[str(run_id)] if pk not in ids else ():
            if pk < message.id:
                held[message.id].append(found)
    return held


def pending_for(run_id: str, names: Iterable[str]) -> list[Message]:
    """Return the messages of the run that are due to these observers."""
    at = now()
    due = OutboxMessage.objects.filter(run_id=run_id, observer__in=list(names), due_at__lte=to_datetime(at))
    return _messages(due, at)


def heard(run_id: str, *, after: int = 0, until: int | None = None) -> dict[int, list[str]]:
    """Return journal entry of the publication → the observers and subscribers that got the event.

    Only entries after ``after``, up to ``until``, are included.
    """
    listeners: dict[int, list[str]] = {}
    rows = OutboxMessage.objects.filter(run_id=run_id, seq__gt=after, sent_at__isnull=False).exclude(observer="")
    rows = (rows if until is None else rows.filter(seq__lte=until)).order_by("pk")
    for seq, observer in rows.values_list("seq", "observer"):
        listeners.setdefault(seq, []).append(observer)
    return listeners


def deliveries(run_id: str, observer: str = "") -> list[Delivery]:
    """Return the deliveries of a run, to one observer or to all of them, in the order of publication."""
    rows = _deliveries(run_id)
    return [Delivery.of(row) for row in (rows.filter(observer=observer) if observer else rows)]


def _deliveries(run_id: str) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(run_id=run_id).exclude(observer="").order_by("pk")


def undelivered(run_id: str, saga: Saga) -> list[tuple[Delivery, str]]:
    """Return the deliveries of a run that failed, or that no live worker can make, in the order of publication.

    Each comes with the name of the action that no live worker knows, else with an empty text. An event that waits for
    a worker uses up no attempt.
    """
    rows = map(Delivery.of, _deliveries(run_id).filter(sent_at__isnull=True))
    overdue = to_datetime(now() - PATIENCE)
    needed = [(row, action_of(saga, row.observer) if row.due_at and row.due_at <= overdue else "") for row in rows]
    workers = presence.live() if any(action for _, action in needed) else ()
    lacking = {action for _, action in needed if action and not any(skills.can_call(action) for skills in workers)}
    return [(row, action if action in lacking else "") for row, action in needed if row.error or action in lacking]


def claim_delivery(message: Message) -> bool:
    """Claim one attempt to deliver the message to its observer. Return ``False`` if another worker claimed it."""
    unclaimed = OutboxMessage.objects.filter(pk=message.id, attempts=message.attempts, due_at__isnull=False)
    return bool(unclaimed.update(attempts=message.attempts + 1, due_at=to_datetime(now() + LEASE)))


def mark_sent(ids: Iterable[int]) -> None:
    """Mark the messages as delivered."""
    OutboxMessage.objects.filter(pk__in=list(ids)).update(sent_at=to_datetime(now()), due_at=None, error="")


def mark_failed(
    message_id: int, error: str, *, retry_after: float | None, taken: Collection[str] | None = None
) -> None:
    """Record a failed delivery: the message is due again in ``retry_after`` seconds, or never (``None``).

    ``taken``: the output sinks that have it by now.
    """
    due_at = None if retry_after is None else to_datetime(now()) + timedelta(seconds=retry_after)
    sinks = {} if taken is None else {"taken": "\n".join(sorted(taken))}
    OutboxMessage.objects.filter(pk=message_id).update(due_at=due_at, error=error[:500].replace("\x00", ""), **sinks)


def _take(at: float, limit: int, only: int | None = None) -> list[int]:
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    until, due = (connection.ops.adapt_datetimefield_value(to_datetime(time)) for time in (at + LEASE, at))
    statement = TAKE.format(only="" if only is None else " AND id = %s", skip_locked=skip)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [until, due, *([] if only is None else [only]), limit])
        return [number for (number,) in cursor.fetchall()]


def _alone(at: float, pk: int, run_id: object) -> list[int]:
    """Take one row. If the database refuses to lend it, note that with its run and go on with the other rows."""
    try:
        with refusals.noted(str(run_id)):
            return _take(at, 1, pk)
    except DatabaseError as error:
        if refusals.is_lasting(error):
            return []
        raise


def _holding(at: float) -> QuerySet[OutboxMessage]:
    """Return the pending events for the output stream that keep later events of their runs waiting."""
    oldest = to_datetime(at - HOLDS)
    return OutboxMessage.objects.filter(observer="", due_at__isnull=False, created_at__gt=oldest).order_by()


def _following(taken: Sequence[int], at: float) -> list[Message]:
    """Read the messages that were taken, and mark those that follow a pending event that was not, or is unreadable."""
    before = _holding(at).filter(run_id=OuterRef("run_id"), seq__lte=OuterRef("seq"), pk__lt=OuterRef("pk"))
    rows = OutboxMessage.objects.filter(pk__in=taken).annotate(follows=Exists(before.exclude(pk__in=taken)))
    messages = _messages(rows, at)
    unreadable = len(messages) < len(taken)
    return [replace(message, follows=True) for message in messages] if unreadable else messages


def _messages(rows: QuerySet[OutboxMessage], at: float) -> list[Message]:
    """Read the rows. One that cannot be read is noted with its run and tried again later."""
    published = JournalEntry.objects.filter(run_id=OuterRef("run_id"), seq=OuterRef("seq"))
    annotated = (
        rows.select_related("run")
        .annotate(cause=Subquery(published.values("cause")[:1]))
        .only("run__saga", "run__key", *READ)
        .order_by("pk")
    )
    return [message for row in annotated if (message := _message(row, at)) is not None]


def _message(row: Any, at: float) -> Message | None:
    try:
        payload = json.loads(row.payload)
    except ValueError as error:
        broken = BrokenMessage(row.pk)
        broken.__cause__ = error
        refusals.note_and_log(str(row.run_id), broken)
        mark_failed(row.pk, str(broken), retry_after=LOOK_AGAIN)
        return None
    return Message(
        id=row.pk,
        run_id=str(row.run_id),
        saga=row.run.saga,
        key=row.run.key or "",
        seq=row.seq,
        event=row.event,
        step=row.step,
        payload=payload,
        observer=row.observer,
        attempts=row.attempts,
        created_at=row.created_at.timestamp(),
        cause=row.cause or 0,
        taken=frozenset(row.taken.splitlines()),
        follows=getattr(row, "follows", False),
        holds=row.created_at.timestamp() > at - HOLDS,
    )
