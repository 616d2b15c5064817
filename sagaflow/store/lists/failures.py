"""The same trouble of many runs as one line. Reads only; runs without trouble are not looked at."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Max, Min, Q

from sagaflow.core.run.failure import Failure, failure_of, read_failure
from sagaflow.models import Run
from sagaflow.store import definitions
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.runs import rows

__all__ = ["Group", "groups"]


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one saga with one fingerprint."""

    saga: str
    fingerprint: str
    failure: Failure
    total: int
    open: int
    """Those that have not ended."""
    first: datetime
    last: datetime
    """When the oldest and the newest of them started."""


def groups(scope: RunScope, *, since: datetime | None = None, saga: str = "", limit: int = 50) -> list[Group]:
    """Of the runs within ``scope``, the most frequent first; ``since``: only of runs that started then or later."""
    found = Run.objects.filter(scope.condition()).extra(where=["NOT (sagaflow_run.failure = '')"])
    if saga:
        found = found.filter(saga=saga)
    if since is not None:
        found = found.filter(created_at__gte=since)
    counted = (
        found.order_by()
        .values("saga", "failure")
        .annotate(
            total=Count("pk"),
            open=Count("pk", filter=Q(ended_at__isnull=True)),
            first=Min("created_at"),
            last=Max("created_at"),
        )
    )
    counted = list(counted.order_by("-total", "saga", "failure")[:limit])
    return [
        Group(
            row["saga"],
            row["failure"],
            newest,
            *(row[name] for name in ("total", "open", "first", "last")),
        )
        for row, newest in zip(counted, _newest(found, counted), strict=True)
    ]


def _newest(found: Any, counted: list[dict[str, Any]]) -> list[Failure]:
    """Of each group, the failure of its newest run, as its error has it."""
    wanted = [Q(saga=row["saga"], failure=row["failure"], created_at=row["last"]) for row in counted]
    runs = found.filter(reduce(or_, wanted)).order_by() if wanted else ()
    told = {}
    for run in runs:
        with suppress(*UNREADABLE):  # then the fingerprint has to do
            saga = definitions.of(run.definition_id)
            told[run.saga, run.failure] = failure_of(saga, rows.read_state(run.snapshot))
    return [told.get((row["saga"], row["failure"])) or read_failure(row["failure"]) for row in counted]
