"""Subscribers are rows in the database, because a process that publishes an event need not have their code.

A row lives as long as processes with the code say so. While none is there, events wait for it. It goes when a newer
process has the app without the code, when no process with the code was seen for a week, or when an operator removes it.
What was still to be delivered then ends as such.
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
"""Seconds between two notes that a process with the code is there."""
SILENT = 300.0
"""Seconds without such a note, while a newer process has the app without the code, after which a subscriber is gone."""
FORGOTTEN = 7 * 86400.0
"""Seconds without such a note after which it is gone in any case."""
NOBODY = "Nobody subscribes any more: the subscriber was removed before it got the event."


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscriber of one saga, and whether it is still there."""

    subscriber: Subscriber
    seen_at: float
    """The time at which a process with its code was last seen, seconds since the epoch."""
    is_silent: bool
    """True if no process with its code is there."""
    pending: int
    """Events that it has not got yet."""


def declare(subscribers: Iterable[Subscriber], *, apps: Collection[str] = (), began: float | None = None) -> None:
    """A process with the code of these subscribers is there. ``apps``: the apps that it has; ``began``: since when.

    What a row of one of its apps says and it does not know, it reports as missed, if it is newer than the row.
    """
    at = now()
    mine = {(saga, event, each.name): each for each in subscribers for saga in each.sagas for event in each.on}
    rows = {(row.saga, row.event, row.name): row for row in Subscription.objects.all()}
    new = [
        Subscription(
            saga=key[0],
            event=key[1],
            name=key[2],
            team=each.team,
            app=each.app,
            since=to_datetime(at),
            seen_at=to_datetime(at),
        )
        for key, each in mine.items()
        if key not in rows
    ]
    if new:
        Subscription.objects.bulk_create(new, ignore_conflicts=True)
    for key, each in mine.items():
        row = rows.get(key)
        if row and (row.seen_at.timestamp() <= at - REFRESH or row.missed_at or (row.team, row.app) != _told(each)):
            own = Subscription.objects.filter(pk=row.pk)
            own.update(seen_at=to_datetime(at), missed_at=None, team=each.team, app=each.app)
    missed = [
        row.pk
        for key, row in rows.items()
        if key not in mine and row.app in apps and row.missed_at is None and _is_older(row, began)
    ]
    if missed:
        Subscription.objects.filter(pk__in=missed).update(missed_at=to_datetime(at))


def heard(saga: str, events: Collection[str]) -> dict[str, list[str]]:
    """By event, the subscribers that get it."""
    found: dict[str, list[str]] = {}
    rows = Subscription.objects.filter(saga=saga, event__in=events).order_by("name")
    for event, name in rows.values_list("event", "name"):
        found.setdefault(event, []).append(name)
    return found


def of(saga: str) -> tuple[Subscriber, ...]:
    """The subscribers of a saga, by name."""
    return tuple(each.subscriber for each in _listed(Subscription.objects.filter(saga=saga), {}))


def listed(saga: str = "") -> list[Listed]:
    """The subscribers of one saga or of all of them, with what they have not got yet."""
    rows = Subscription.objects.filter(saga=saga) if saga else Subscription.objects.all()
    due = OutboxMessage.objects.filter(due_at__isnull=False, observer__contains=".")
    pending: dict[tuple[str, str], int] = {}
    for key in due.values_list("run__saga", "observer"):
        pending[key] = pending.get(key, 0) + 1
    return _listed(rows, pending)


def depart() -> int:
    """Forgets the subscribers that are gone, and ends the deliveries to them; returns how many deliveries that were."""
    at = to_datetime(now())
    silent = Q(missed_at__isnull=False, seen_at__lte=at - timedelta(seconds=SILENT))
    Subscription.objects.filter(silent | Q(seen_at__lte=at - timedelta(seconds=FORGOTTEN))).delete()
    return _end()


def remove(name: str) -> int:
    """An operator removes a subscriber whose code is gone; returns how many deliveries ended so.

    Raises:
        Refused: there is none, or a process with its code is there.
    """
    rows = list(Subscription.objects.filter(name=name))
    if not rows:
        raise Refused(f"There is no subscriber '{name}'; `sagaflow subscribers` lists them.", code="unknown")
    last = max(row.seen_at.timestamp() for row in rows)
    if last > now() - 3 * REFRESH:
        raise Refused(
            f"A process with the code of the subscriber '{name}' was seen {now() - last:.0f} s ago, and would "
            "subscribe it again. Remove the function, restart the workers, and ask again.",
            code="live",
        )
    Subscription.objects.filter(name=name).delete()
    return _end()


def _end() -> int:
    its = Subscription.objects.filter(name=OuterRef("observer"), saga=OuterRef("run__saga"), event=OuterRef("event"))
    pending = OutboxMessage.objects.filter(due_at__isnull=False, observer__contains=".")
    return pending.filter(~Exists(its)).update(due_at=None, error=NOBODY)


def _listed(rows: Iterable[Subscription], pending: dict[tuple[str, str], int]) -> list[Listed]:
    groups: dict[tuple[str, str], list[Subscription]] = {}
    for row in rows:
        groups.setdefault((row.saga, row.name), []).append(row)
    return [
        Listed(
            subscriber=Subscriber(
                name=name, sagas=(saga,), on=tuple(row.event for row in group), team=group[0].team, app=group[0].app
            ),
            seen_at=(last := max(row.seen_at.timestamp() for row in group)),
            is_silent=last <= now() - 3 * REFRESH,
            pending=pending.get((saga, name), 0),
        )
        for (saga, name), group in groups.items()
    ]


def _told(each: Subscriber) -> tuple[str, str]:
    return each.team, each.app


def _is_older(row: Subscription, began: float | None) -> bool:
    return began is not None and row.since.timestamp() < began
