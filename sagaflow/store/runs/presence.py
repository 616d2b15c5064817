"""Which processes are there, and what they can do: signs of life in the database, by the database's clock."""

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
    "PERFORMING",
    "SWEEPING",
    "appear",
    "forget_dead",
    "gone",
    "holding",
    "leave",
    "live",
    "present",
    "relics",
]

BEAT = 3.0
"""Seconds between two signs of life."""
SILENT = 10.0
"""Seconds without one after which a lease that runs out does so because its holder died."""
LIVE = 30.0
"""Seconds without one after which a process does not count as present."""
KEPT = 3600.0
"""Seconds after which nothing more is remembered of a process that died."""
PERFORMING = ("worker", "embedded")
SWEEPING = ("sweeper",)


def appear(name: str, kind: str, services: Iterable[str] | None = None, known: Iterable[str] = ()) -> None:
    """A sign of life of this process, with what it can do."""
    at = to_datetime(now())
    can = {
        "kind": kind,
        "services": None if services is None else sorted(services),
        "known": sorted(known),
        "seen_at": at,
    }
    Process.objects.update_or_create(name=name, defaults=can, create_defaults={**can, "started_at": at})


def leave(name: str) -> None:
    """The process ends in good order, or its death has been dealt with."""
    Process.objects.filter(name=name).delete()


def live() -> tuple[Skills, ...]:
    """What each process can do that performs work and is there."""
    rows = Process.objects.filter(kind__in=PERFORMING, seen_at__gt=_ago(LIVE)).order_by("name")
    return tuple(
        Skills(None if services is None else frozenset(services), frozenset(known))
        for services, known in rows.values_list("services", "known")
    )


def present(kinds: Iterable[str]) -> bool:
    """Whether a process of one of the kinds is there."""
    return Process.objects.filter(kind__in=list(kinds), seen_at__gt=_ago(LIVE)).exists()


def relics(kind: str) -> tuple[str, ...]:
    """The processes of a kind that have not said good-bye."""
    return tuple(Process.objects.filter(kind=kind).values_list("name", flat=True))


def gone(state: RunState, at: float) -> dict[str, str]:
    """The workers whose lease on the run is over and that give no sign of life any more: how they ended."""
    leases = [(now.worker, now.lease_until) for now in state.steps.values() if now.lease_until is not None]
    over = {worker for worker, until in leases if until <= at}
    if not over:
        return {}
    silent = Process.objects.filter(name__in=over, seen_at__lte=to_datetime(at - SILENT))
    return dict.fromkeys(silent.order_by("name").values_list("name", flat=True), "was lost")


def holding(worker: str) -> list[str]:
    """The runs of which the worker holds a step."""
    near = Run.objects.filter(wake_at__isnull=False, snapshot__contains=f'"{worker}"').only("pk", "snapshot")
    return [str(row.pk) for row in near if _holds(row.snapshot, worker)]


def _holds(snapshot: str, worker: str) -> bool:
    """One run that cannot be read must not keep the others waiting."""
    try:
        return bool(held_by(read_state(snapshot), worker))
    except UNREADABLE:
        return False


def forget_dead() -> None:
    """Forgets the processes that died long ago."""
    Process.objects.filter(seen_at__lte=_ago(KEPT)).delete()


def _ago(seconds: float) -> datetime | None:
    return to_datetime(now() - seconds)
