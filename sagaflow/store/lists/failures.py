"""Groups of runs with the same failure. Runs without a failure are not read."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Count, Max, Min, Q, QuerySet

from sagaflow.core.json_value import Json
from sagaflow.core.run.failure import Failure, failure_of, read_failure
from sagaflow.models import Run
from sagaflow.store import definitions
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.runs import rows

__all__ = ["Group", "groups"]


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one saga with the same fingerprint of their failure."""

    saga: str
    fingerprint: str
    failure: Failure
    total: int
    open: int
    """The number of them that have not ended."""
    first: datetime
    last: datetime
    """The times at which the oldest and the newest of them started."""


def groups(scope: RunScope, *, since: datetime | None = None, saga: str = "", limit: int = 50) -> list[Group]:
    """Return the groups within ``scope``, the largest first. ``since``: only runs that started then or later."""
    runs = Run.objects.filter(scope.condition()).extra(where=["NOT (sagaflow_run.failure = '')"])
    if saga:
        runs = runs.filter(saga=saga)
    if since is not None:
        runs = runs.filter(created_at__gte=since)
    counted = (
        runs.order_by()
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
        for row, newest in zip(counted, _newest(runs, counted), strict=True)
    ]


def _newest(runs: QuerySet[Run], counted: list[dict[str, Json]]) -> list[Failure]:
    """Return for each group the failure of its newest run, with the text of the error."""
    conditions = [Q(saga=row["saga"], failure=row["failure"], created_at=row["last"]) for row in counted]
    newest = runs.filter(reduce(or_, conditions)).order_by() if conditions else ()
    failures = {}
    for run in newest:
        with suppress(*UNREADABLE):  # then the group shows the fingerprint
            saga = definitions.of(run.definition_id)
            failures[run.saga, run.failure] = failure_of(saga, rows.read_state(run.snapshot))
    return [failures.get((row["saga"], row["failure"])) or read_failure(row["failure"]) for row in counted]
