"""What the sweeper has to hint at: derived from the runs and the outbox, so that lost hints cost nothing but time."""

from sagaflow.core.errors import SagaflowError
from sagaflow.core.queries import due_services
from sagaflow.models import OutboxMessage, Run
from sagaflow.store import definitions, rows
from sagaflow.store.clock import moment, now
from sagaflow.store.outbox import service_of

__all__ = ["next_due", "overdue"]

ANY = frozenset({""})


def overdue(limit: int = 100, *, skip: int = 0) -> list[tuple[str, frozenset[str]]]:
    """``(run_id, services)`` of runs where something is due, the longest overdue first; ``""``: any worker.

    At most ``limit`` runs with work, and as many observers that have not got their event, after the first ``skip``.
    Fewer than ``limit`` in all: there are no more.
    """
    at = now()
    found: dict[str, frozenset[str]] = {}
    due = Run.objects.filter(wake_at__lte=moment(at)).order_by("wake_at")
    for run_id, digest, snapshot in due.values_list("pk", "definition_id", "snapshot")[skip : skip + limit]:
        found[str(run_id)] = _services(digest, snapshot, at)
    unobserved = OutboxMessage.objects.exclude(observer="").filter(due_at__lte=moment(at)).order_by("due_at")
    for run_id, digest, observer in unobserved.values_list("run_id", "run__definition_id", "observer")[
        skip : skip + limit
    ]:
        service = service_of(definitions.of(digest), observer)
        found[str(run_id)] = found.get(str(run_id), frozenset()) | {service}
    return list(found.items())


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
    except (SagaflowError, TypeError, ValueError, KeyError):
        return ANY
