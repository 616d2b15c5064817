"""Requests for a second person, and their answers: rows are added and never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from sagaflow.core.errors import Refused
from sagaflow.core.run.people import may_be_same
from sagaflow.models import ActAnswer, ActRequest, BulkRepair
from sagaflow.store import bulk_repairs
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.lists.scopes import EVERYTHING, RunScope

__all__ = [
    "Answer",
    "NewRequest",
    "Outcome",
    "Request",
    "UnknownRequest",
    "add",
    "answer",
    "count",
    "find",
    "newest",
    "of_repair",
    "same",
    "within",
]

Outcome = ActAnswer.Outcome


class UnknownRequest(Refused):
    """No request has this ID, or the user may not see it."""

    def __init__(self, request_id: object) -> None:
        text = str(request_id)[:100]
        super().__init__(f"There is no request '{text}'; list the requests to see their IDs.", code="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """The act that an operator asks for, of a run or of a whole bulk repair."""

    verb: str
    by: str
    reason: str
    run_id: str | None = None
    repair_id: str | None = None
    step: str = ""
    value: str = ""
    """The JSON that the verb takes, canonical; empty: none."""
    seen: str = ""
    """The fingerprint of what the operator saw of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of a request."""

    outcome: str
    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(NewRequest):
    """A stored request."""

    request_id: str
    at: datetime
    answer: Answer | None
    """``None``: the request is open."""

    @classmethod
    def of(cls, row: ActRequest) -> Self:
        """Return the request of a row, read with its answer."""
        ended = getattr(row, "answer", None)
        return cls(
            request_id=str(row.pk),
            verb=row.verb,
            by=row.by,
            reason=row.reason,
            run_id=str(row.run_id) if row.run_id else None,
            repair_id=str(row.repair_id) if row.repair_id else None,
            step=row.step,
            value=row.value,
            seen=row.seen,
            at=row.at,
            answer=Answer(outcome=ended.outcome, by=ended.by, note=ended.note, at=ended.at) if ended else None,
        )


def add(asked: NewRequest) -> Request:
    """Store a request."""
    row = ActRequest.objects.create(
        verb=asked.verb,
        by=asked.by,
        reason=asked.reason,
        run_id=asked.run_id,
        repair_id=asked.repair_id,
        step=asked.step,
        value=asked.value,
        seen=asked.seen,
        at=to_datetime(now()),
    )
    return Request.of(row)


def answer(request_id: str, outcome: str, *, by: str, note: str) -> None:
    """End an open request.

    Raises:
        Refused: another answer came first.
    """
    row = ActAnswer(request_id=request_id, outcome=outcome, by=by, note=note, at=to_datetime(now()))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("Another person has answered this request meanwhile.", code="outdated") from error


def find(request_id: str, scope: RunScope = EVERYTHING) -> Request:
    """Return the request with this ID.

    Raises:
        UnknownRequest: there is none, or it is outside ``scope``.
    """
    try:
        rows = _within(scope).filter(pk=UUID(request_id))
    except ValueError:
        raise UnknownRequest(request_id) from None
    row = rows.first()
    if row is None:
        raise UnknownRequest(request_id)
    return Request.of(row)


def newest(scope: RunScope = EVERYTHING, *, is_open: bool = True, run_id: str = "", limit: int = 100) -> list[Request]:
    """Return requests within ``scope``: the open ones, or those that were answered; the newest first."""
    rows = _within(scope).filter(answer__isnull=is_open)
    return [Request.of(row) for row in (rows.filter(run_id=run_id) if run_id else rows)[:limit]]


def count(scopes: Iterable[RunScope], name: str, *, most: int) -> int:
    """Count the open requests within all ``scopes`` that others than ``name`` asked for; stop at ``most``."""
    rows = ActRequest.objects.filter(answer__isnull=True).order_by()
    for scope in scopes:
        rows = rows.filter(pk__in=_within(scope).order_by().values("pk")) if scope != EVERYTHING else rows
    asked: dict[str, int] = dict(rows.values_list("by").annotate(Count("pk")))
    return min(most, sum(total for by, total in asked.items() if not may_be_same(by, name)))


def same(run_id: str, verb: str, step: str) -> list[Request]:
    """Return the open requests for this verb on this run and step."""
    rows = _within(EVERYTHING).filter(answer__isnull=True, run_id=run_id, verb=verb, step=step)
    return [Request.of(row) for row in rows]


def of_repair(repair_id: str) -> Request | None:
    """Return the request for a bulk repair; ``None``: the repair needed no second person."""
    row = _within(EVERYTHING).filter(repair__pk=repair_id).first()
    return Request.of(row) if row else None


def within(rows: QuerySet[ActRequest], scope: RunScope) -> QuerySet[ActRequest]:
    """Narrow a query of requests to those about runs within ``scope``."""
    if scope == EVERYTHING:
        return rows
    partial = bulk_repairs.hidden(BulkRepair.objects.all(), scope)  # a repair is given as a whole
    return rows.filter(scope.condition("run__") | Q(repair__isnull=False)).exclude(repair__in=partial.values("pk"))


def _within(scope: RunScope) -> QuerySet[ActRequest]:
    return within(ActRequest.objects.select_related("answer"), scope)
