"""Groups of runs with the same failure. Runs without a failure are not read."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from sagaflow.core.json_value import Json
from sagaflow.core.run.failure import Failure, failure_of, read_failure
from sagaflow.models import Run
from sagaflow.store import definitions
from sagaflow.store.errors import UNREADABLE
from sagaflow.store.lists.scopes import RunScope
from sagaflow.store.runs import rows

__all__ = ["PARTS", "Group", "codes", "groups"]

PARTS = 24
"""The number of equal parts of the time for which the runs of a group are counted."""
NEWEST = 1_000
"""The number of failing runs whose error codes are offered."""


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
    team: str
    """The owner of the segment of the step, in the definition of the newest run; empty: it has no owner."""
    counts: tuple[int, ...]
    """The number of runs that started in each of ``PARTS`` equal parts of the time, the oldest first."""


def groups(
    scope: RunScope, *, now: datetime, since: datetime | None = None, saga: str = "", limit: int = 50
) -> list[Group]:
    """Return the groups within ``scope``, the largest first. ``since``: only runs that started then or later."""
    runs = _failing(scope)
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
            **_counts(since or runs.aggregate(first=Min("created_at"))["first"] or now, now),
        )
    )
    counted = list(counted.order_by("-total", "saga", "failure")[:limit])
    return [
        Group(
            saga=row["saga"],
            fingerprint=row["failure"],
            failure=failure,
            total=row["total"],
            open=row["open"],
            first=row["first"],
            last=row["last"],
            team=team,
            counts=tuple(row[f"part_{number}"] for number in range(PARTS)),
        )
        for row, (failure, team) in zip(counted, _newest(runs, counted), strict=True)
    ]


def codes(scope: RunScope) -> list[str]:
    """Return the error codes of the newest failing runs within ``scope``, sorted."""
    newest = _failing(scope).order_by("-created_at", "-pk").values_list("failure", flat=True)[:NEWEST]
    return sorted({read_failure(fingerprint).code for fingerprint in newest} - {""})


def _failing(scope: RunScope) -> QuerySet[Any]:
    """Return the runs with a failure, by a condition that has a partial index."""
    return Run.objects.filter(scope.condition()).extra(where=["NOT (sagaflow_run.failure = '')"])


def _counts(since: datetime, now: datetime) -> dict[str, Count]:
    """Return the counts of each part of the time. The last one has no end: the clock may have moved on."""
    part = max((now - since) / PARTS, timedelta(microseconds=1))
    bounds = [(since + part * number, since + part * (number + 1)) for number in range(PARTS - 1)]
    within = [Q(created_at__gte=start, created_at__lt=end) for start, end in bounds]
    within.append(Q(created_at__gte=since + part * (PARTS - 1)))
    return {f"part_{number}": Count("pk", filter=condition) for number, condition in enumerate(within)}


def _newest(runs: QuerySet[Run], counted: list[dict[str, Json]]) -> list[tuple[Failure, str]]:
    """Return for each group the failure of its newest run, with the text of the error, and the owner of the step."""
    conditions = [Q(saga=row["saga"], failure=row["failure"], created_at=row["last"]) for row in counted]
    newest = runs.filter(reduce(or_, conditions)).order_by() if conditions else ()
    found = {}
    for run in newest:
        with suppress(*UNREADABLE):  # then the group shows the fingerprint
            saga = definitions.of(run.definition_id)
            failure = failure_of(saga, rows.read_state(run.snapshot)) or read_failure(run.failure)
            segment = saga.graph.segment_of.get(failure.step)
            found[run.saga, run.failure] = failure, segment.team if segment else ""
    return [found.get((row["saga"], row["failure"])) or (read_failure(row["failure"]), "") for row in counted]
