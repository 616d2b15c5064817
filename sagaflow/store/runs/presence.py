"""The processes that are present, and their skills: heartbeats in the database, by the database's clock."""

from collections.abc import Iterable
from datetime import datetime

from sagaflow.core.run.queries import held_by
from sagaflow.core.run.skills import Skills
from sagaflow.core.run.state import RunState
from sagaflow.models import Process, Run
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.runs.rows import read_state

__all__ = [
    "BEAT",
    "LISTENING",
    "PERFORMING",
    "SWEEPING",
    "appear",
    "forget_dead",
    "gone",
    "heard",
    "holding",
    "leave",
    "live",
    "present",
    "relics",
]

BEAT = 3.0
"""Seconds between two heartbeats."""
SILENT = 10.0
"""Seconds without a heartbeat after which the holder of an expired lease counts as dead."""
LIVE = 30.0
"""Seconds without a heartbeat after which a process does not count as present."""
KEPT = 3600.0
"""Seconds after which the row of a process that died is deleted."""
PERFORMING = ("worker", "embedded")
SWEEPING = ("sweeper",)
LISTENING = "listener"


def appear(name: str, kind: str, services: Iterable[str] | None = None, known: Iterable[str] = ()) -> None:
    """Write a heartbeat of this process, with its skills."""
    at = to_datetime(now())
    columns = {
        "kind": kind,
        "services": None if services is None else sorted(services),
        "known": sorted(known),
        "seen_at": at,
    }
    Process.objects.update_or_create(name=name, defaults=columns, create_defaults={**columns, "started_at": at})


def leave(name: str) -> None:
    """Delete the row of a process that ended cleanly, or whose death was handled."""
    Process.objects.filter(name=name).delete()


def live() -> tuple[Skills, ...]:
    """Return the skills of each process that is present and performs work."""
    rows = Process.objects.filter(kind__in=PERFORMING, seen_at__gt=_ago(LIVE)).order_by("name")
    return tuple(
        Skills(None if services is None else frozenset(services), frozenset(known))
        for services, known in rows.values_list("services", "known")
    )


def present(kinds: Iterable[str]) -> bool:
    """True if a process of one of the kinds is present."""
    return Process.objects.filter(kind__in=list(kinds), seen_at__gt=_ago(LIVE)).exists()


def heard() -> frozenset[str]:
    """Return the names of the sources that a listener hears."""
    rows = Process.objects.filter(kind=LISTENING, seen_at__gt=_ago(LIVE)).values_list("services", flat=True)
    return frozenset(source for sources in rows for source in sources or ())


def relics(kind: str) -> tuple[str, ...]:
    """Return the names of the processes of a kind that did not stop cleanly."""
    return tuple(Process.objects.filter(kind=kind).values_list("name", flat=True))


def gone(state: RunState, at: float) -> dict[str, str]:
    """Return worker → how it ended, for workers whose lease on the run is over and whose heartbeats stopped."""
    leases = [(step.worker, step.lease_until) for step in state.steps.values() if step.lease_until is not None]
    over = {worker for worker, until in leases if until <= at}
    if not over:
        return {}
    silent = Process.objects.filter(name__in=over, seen_at__lte=to_datetime(at - SILENT))
    return dict.fromkeys(silent.order_by("name").values_list("name", flat=True), "was lost")


def holding(worker: str) -> list[str]:
    """Return the IDs of the runs of which the worker holds a step."""
    # The text search only keeps most snapshots in the database; the state decides.
    candidates = Run.objects.filter(wake_at__isnull=False, snapshot__contains=f'"{worker}"').only("pk", "snapshot")
    return [str(row.pk) for row in candidates if _holds(row.snapshot, worker)]


def _holds(snapshot: str, worker: str) -> bool:
    """True if the worker holds a step of the run. A run that cannot be read must not stop the others."""
    try:
        return bool(held_by(read_state(snapshot), worker))
    except UNREADABLE:
        return False


def forget_dead() -> None:
    """Delete the rows of processes that died long ago."""
    Process.objects.filter(seen_at__lte=_ago(KEPT)).delete()


def _ago(seconds: float) -> datetime | None:
    return to_datetime(now() - seconds)
