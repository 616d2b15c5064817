"""Subscribers are rows in the database, because a process that publishes an event need not have their code.

Processes with the code of a subscriber refresh its row. While no such process is present, events wait for it. The row
is deleted when a newer process has the app without the code, when no process with the code was seen for a week, or
when an operator removes it. Deliveries that are pending then end with an error that says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from sagaflow.core.definition.subscriber import Subscriber
from sagaflow.core.errors import Refused
from sagaflow.models import OutboxMessage, Subscription
from sagaflow.store.clock import now, to_datetime

__all__ = ["FORGOTTEN", "NOBODY", "SILENT", "Listed", "declare", "depart", "heard", "listed", "of", "remove"]

REFRESH = 10.0
"""Seconds between two refreshes of a row by a process with the code."""
PRESENT = 3 * REFRESH
"""Seconds after a refresh for which a process with the code counts as present."""
SILENT = 300.0
"""Seconds without a refresh after which a row is deleted if a newer process has the app without the code."""
FORGOTTEN = 7 * 86400.0
"""Seconds without a refresh after which a row is deleted in any case."""
NOBODY = "The subscriber was removed before it got the event."
"""The error of a delivery whose subscriber was removed."""
DUE_TO_SUBSCRIBERS = Q(due_at__isnull=False, observer__contains=".")
"""Condition on outbox rows: pending deliveries to subscribers. Only the name of a subscriber has a dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscriber of one saga, with its latest refresh and its pending deliveries."""

    subscriber: Subscriber
    seen_at: float
    """The time at which a process with its code was last seen, seconds since the epoch."""
    is_silent: bool
    """True if no process with its code is present."""
    pending: int
    """The number of events that it has not got yet."""


def declare(subscribers: Iterable[Subscriber], *, apps: Collection[str] = (), began: float | None = None) -> None:
    """Refresh the rows of the subscribers whose code this process has.

    ``apps``: the apps that the process has; ``began``: the time of its start. A row of one of these apps whose code
    the process does not have is marked as missed, if the process is newer than the row.
    """
    at = now()
    mine = {
        (saga, event, subscriber.name): subscriber
        for subscriber in subscribers
        for saga in subscriber.sagas
        for event in subscriber.on
    }
    rows = {(row.saga, row.event, row.name): row for row in Subscription.objects.all()}
    new = [
        Subscription(
            saga=key[0],
            event=key[1],
            name=key[2],
            team=subscriber.team,
            app=subscriber.app,
            since=to_datetime(at),
            seen_at=to_datetime(at),
        )
        for key, subscriber in mine.items()
        if key not in rows
    ]
    if new:
        Subscription.objects.bulk_create(new, ignore_conflicts=True)
    for key, subscriber in mine.items():
        row = rows.get(key)
        if row and _is_stale(row, subscriber, at):
            own = Subscription.objects.filter(pk=row.pk)
            own.update(seen_at=to_datetime(at), missed_at=None, team=subscriber.team, app=subscriber.app)
    missed = [
        row.pk
        for key, row in rows.items()
        if key not in mine and row.app in apps and row.missed_at is None and _is_older(row, began)
    ]
    if missed:
        Subscription.objects.filter(pk__in=missed).update(missed_at=to_datetime(at))


def heard(saga: str, events: Collection[str]) -> dict[str, list[str]]:
    """Return event → the names of the subscribers that get it."""
    names: dict[str, list[str]] = {}
    rows = Subscription.objects.filter(saga=saga, event__in=events).order_by("name")
    for event, name in rows.values_list("event", "name"):
        names.setdefault(event, []).append(name)
    return names


def of(saga: str) -> tuple[Subscriber, ...]:
    """Return the subscribers of a saga, sorted by name."""
    return tuple(row.subscriber for row in _listed(Subscription.objects.filter(saga=saga), {}))


def listed(saga: str = "") -> list[Listed]:
    """Return the subscribers of one saga or of all sagas, with the number of their pending deliveries."""
    rows = Subscription.objects.filter(saga=saga) if saga else Subscription.objects.all()
    due = OutboxMessage.objects.filter(DUE_TO_SUBSCRIBERS)
    pending: dict[tuple[str, str], int] = {}
    for key in due.values_list("run__saga", "observer"):
        pending[key] = pending.get(key, 0) + 1
    return _listed(rows, pending)


def depart() -> int:
    """Delete the subscribers that are gone, and end the deliveries to them. Return the number of these deliveries."""
    at = to_datetime(now())
    silent = Q(missed_at__isnull=False, seen_at__lte=at - timedelta(seconds=SILENT))
    Subscription.objects.filter(silent | Q(seen_at__lte=at - timedelta(seconds=FORGOTTEN))).delete()
    return _end()


def remove(name: str) -> int:
    """Delete a subscriber whose code is gone, on behalf of an operator. Return the number of deliveries that end.

    Raises:
        Refused: there is no such subscriber, or a process with its code is present.
    """
    rows = list(Subscription.objects.filter(name=name))
    if not rows:
        raise Refused(f"There is no subscriber '{name}'; `sagaflow subscribers` lists them.", code="unknown")
    silence = now() - max(row.seen_at.timestamp() for row in rows)
    if silence < PRESENT:
        raise Refused(
            f"A process with the code of the subscriber '{name}' was seen {silence:.0f} s ago, and would "
            "subscribe it again. Remove the function, restart the workers, and ask again.",
            code="live",
        )
    Subscription.objects.filter(name=name).delete()
    return _end()


def _end() -> int:
    live = Subscription.objects.filter(name=OuterRef("observer"), saga=OuterRef("run__saga"), event=OuterRef("event"))
    pending = OutboxMessage.objects.filter(DUE_TO_SUBSCRIBERS)
    return pending.filter(~Exists(live)).update(due_at=None, error=NOBODY)


def _listed(rows: Iterable[Subscription], pending: dict[tuple[str, str], int]) -> list[Listed]:
    groups: dict[tuple[str, str], list[Subscription]] = {}
    for row in rows:
        groups.setdefault((row.saga, row.name), []).append(row)
    present_since = now() - PRESENT if groups else 0.0
    return [
        Listed(
            subscriber=Subscriber(
                name=name, sagas=(saga,), on=tuple(row.event for row in group), team=group[0].team, app=group[0].app
            ),
            seen_at=(last := max(row.seen_at.timestamp() for row in group)),
            is_silent=last <= present_since,
            pending=pending.get((saga, name), 0),
        )
        for (saga, name), group in groups.items()
    ]


def _is_stale(row: Subscription, subscriber: Subscriber, at: float) -> bool:
    changed = (row.team, row.app) != (subscriber.team, subscriber.app)
    return changed or row.missed_at is not None or row.seen_at.timestamp() <= at - REFRESH


def _is_older(row: Subscription, began: float | None) -> bool:
    return began is not None and row.since.timestamp() < began
