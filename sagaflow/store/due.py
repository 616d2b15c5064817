"""What the sweeper has to hint at: derived from the runs and the outbox, so that lost hints cost nothing but time."""

from typing import NamedTuple

from sagaflow.core.queries import due_services
from sagaflow.models import OutboxMessage, Run
from sagaflow.store import definitions, rows
from sagaflow.store.clock import moment, now
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.outbox import service_of

__all__ = ["Overdue", "next_due", "overdue"]

ANY = frozenset({""})


class Overdue(NamedTuple):
    """A batch of what is overdue."""

    runs: dict[str, frozenset[str]]
    """The services that are to look at each run; ``""``: any worker."""
    more: bool
    """Whether there may be another batch: several rows can be about one run, so that its size does not tell."""


def overdue(limit: int = 100, *, skip: int = 0) -> Overdue:
    """``limit`` runs with work, and as many events that their observers have not got, after the first ``skip`` of each.

    The longest overdue come first.
    """
    at = now()
    due = Run.objects.filter(wake_at__lte=moment(at)).order_by("wake_at")
    working = list(due.values_list("pk", "definition_id", "snapshot")[skip : skip + limit])
    unobserved = OutboxMessage.objects.exclude(observer="").filter(due_at__lte=moment(at)).order_by("due_at")
    observing = list(unobserved.values_list("run_id", "run__definition_id", "observer")[skip : skip + limit])
    found = {str(run_id): _services(digest, snapshot, at) for run_id, digest, snapshot in working}
    for run_id, digest, observer in observing:
        found[str(run_id)] = found.get(str(run_id), frozenset()) | _observing(digest, observer)
    return Overdue(found, more=limit in (len(working), len(observing)))


def next_due() -> float | None:
    """Seconds until something becomes due that is not yet; ``None``: nothing is to come."""
    at = now()
    runs = Run.objects.filter(wake_at__gt=moment(at)).order_by("wake_at").values_list("wake_at", flat=True)[:1]
    observers = OutboxMessage.objects.exclude(observer="").filter(due_at__gt=moment(at)).order_by("due_at")
    times = [*runs, *observers.values_list("due_at", flat=True)[:1]]
    return min(times).timestamp() - at if times else None


def _services(digest: str, snapshot: str, at: float) -> frozenset[str]:
    """Who is to look. One run that cannot be read must not keep the others waiting: its worker says what is wrong."""
    try:
        return due_services(definitions.of(digest), rows.read_state(snapshot), at) or ANY
    except UNREADABLE:
        return ANY


def _observing(digest: str, observer: str) -> frozenset[str]:
    """Ditto."""
    try:
        return frozenset({service_of(definitions.of(digest), observer)})
    except UNREADABLE:
        return ANY
