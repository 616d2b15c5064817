"""The work that the sweeper sends hints about. It is read from runs and outbox, so that a lost hint costs only time."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sagaflow.core.definition.subscriber import service_of
from sagaflow.core.run.queries import due_services, unserved
from sagaflow.core.run.reports import WorkUnserved
from sagaflow.core.run.skills import ALL, Skills
from sagaflow.models import OutboxMessage, Run
from sagaflow.store import definitions
from sagaflow.store.clock import now, seconds, to_datetime
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.runs import rows

__all__ = ["Overdue", "next_due", "overdue"]

ANY = frozenset({""})
PATIENCE = 10.0
"""Seconds that work may be overdue before it is reported as unserved: a deployment takes this long."""


class Overdue(NamedTuple):
    """A batch of overdue runs."""

    runs: dict[str, frozenset[str]]
    """Run ID → the services that get a hint; ``""``: any worker."""
    since: dict[str, float]
    """Run ID → the time since which it is due, seconds since the epoch."""
    idle: list[str]
    """The runs in which only time has to pass, so that no worker is needed. They have no parents."""
    unserved: dict[str, list[WorkUnserved]]
    """Run ID → the work that no live worker can do and that the run does not record yet."""
    more: bool
    """True if there may be another batch. The number of runs does not tell: several rows can be about one run."""


def overdue(limit: int = 100, *, skip: int = 0, workers: Iterable[Skills] = (ALL,)) -> Overdue:
    """Return ``limit`` runs with work and ``limit`` pending events for observers, after the first ``skip`` of each.

    Those that are overdue longest come first. ``workers``: the skills of each live worker.
    """
    at = now()
    due = Run.objects.filter(wake_at__lte=to_datetime(at)).order_by("wake_at")
    working: list[tuple[Any, ...]] = list(
        due.values_list("pk", "definition_id", "snapshot", "parent_id", "wake_at")[skip : skip + limit]
    )
    unobserved = OutboxMessage.objects.exclude(observer="").filter(due_at__lte=to_datetime(at)).order_by("due_at")
    observing = list(unobserved.values_list("run_id", "run__definition_id", "observer", "due_at")[skip : skip + limit])
    due_work = {
        str(run_id): _due_work(digest, snapshot, at, tuple(workers)) for run_id, digest, snapshot, *_ in working
    }
    roots = {str(run_id) for run_id, _, _, parent, _ in working if parent is None}
    idle = [run_id for run_id, work in due_work.items() if work.idle and run_id in roots]
    services = {run_id: work.services for run_id, work in due_work.items()}
    since = {str(run_id): seconds(wake_at) for run_id, *_, wake_at in working}
    for run_id, digest, observer, due_at in observing:
        if due_at:
            since.setdefault(str(run_id), seconds(due_at))
        services[str(run_id)] = services.get(str(run_id), frozenset()) | _observing(digest, observer)
    unserved = {run_id: work.unserved for run_id, work in due_work.items() if work.unserved}
    return Overdue(services, since, idle, unserved, more=limit in (len(working), len(observing)))


def next_due() -> float | None:
    """Return the seconds until the next run or event becomes due; ``None``: none will."""
    at = now()
    runs = Run.objects.filter(wake_at__gt=to_datetime(at)).order_by("wake_at").values_list("wake_at", flat=True)[:1]
    observers = OutboxMessage.objects.exclude(observer="").filter(due_at__gt=to_datetime(at)).order_by("due_at")
    times = [*runs, *observers.values_list("due_at", flat=True)[:1]]
    return min(seconds(time) for time in times if time) - at if times else None


class _DueWork(NamedTuple):
    """The work of one overdue run."""

    services: frozenset[str] = ANY
    idle: bool = False
    unserved: list[WorkUnserved] = []


def _due_work(digest: str, snapshot: str, at: float, workers: tuple[Skills, ...]) -> _DueWork:
    """Return the work of a run. One that cannot be read must not stop the others: its worker reports the error."""
    try:
        saga, state = definitions.of(digest), rows.read_state(snapshot)
        services = due_services(saga, state, at)
        return _DueWork(services or ANY, not services, list(unserved(saga, state, at - PATIENCE, workers)))
    except UNREADABLE:
        return _DueWork()


def _observing(digest: str, observer: str) -> frozenset[str]:
    """Return the service of an observer. A run that cannot be read must not stop the others."""
    try:
        return frozenset({service_of(definitions.of(digest), observer)})
    except UNREADABLE:
        return ANY
