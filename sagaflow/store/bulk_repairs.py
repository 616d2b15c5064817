"""Bulk repairs: the selected runs are stored when an operator asks for the repair, later the outcome of each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sagaflow.core.run.verbs import VERBS, value_for
from sagaflow.models import ActAnswer, BulkRepair, BulkRepairItem, Run
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.lists.scopes import EVERYTHING, RunScope

__all__ = [
    "RepairItem",
    "Order",
    "Repair",
    "close",
    "digests",
    "PARTIAL",
    "PARTIAL_REASON",
    "freeze",
    "hidden",
    "items",
    "next_item",
    "progress",
    "repair",
    "repairs",
    "settle",
    "stop",
    "touching",
]

BATCH = 500
Outcome = BulkRepairItem.Outcome
PARTIAL = "The runs in your scope; the repair has others, too"
"""Replaces the words of the selection for a user who may not see all selected runs."""
PARTIAL_REASON = "See the operator actions of each run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The verb to do to every selected run, by which operator and why."""

    verb: str
    by: str
    reason: str
    selection: str
    """The filter or choice of the runs, in words."""
    step: str = ""
    """Empty: every step for which the verb makes sense. A verb on the whole run takes no step."""
    output: str = ""
    """The substitute output as canonical JSON, only for ``skip``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(Order):
    """A stored order, and how far it is."""

    repair_id: str
    created_at: datetime
    stopped_at: datetime | None
    stopped_by: str
    ended_at: datetime | None
    request_id: str = ""
    """The request that a second person gave; only for a repair that is carried out, empty: it needed none."""
    given_by: str = ""

    @classmethod
    def of(cls, row: BulkRepair) -> Self:
        """Return the repair of a row."""
        same = ("verb", "by", "reason", "selection", "step", "output")
        state = ("created_at", "stopped_at", "stopped_by", "ended_at")
        return cls(repair_id=str(row.pk), **{name: getattr(row, name) for name in same + state})


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairItem:
    """One run of a repair, and the outcome."""

    item_id: int
    repair_id: str
    run_id: str
    saga: str
    status: str
    """The status of the run when the item was read."""
    seq: int
    """The run's latest journal entry when it was selected."""
    outcome: str
    detail: str
    at: datetime | None

    @classmethod
    def of(cls, row: BulkRepairItem) -> Self:
        """Return the item of a row, read with its run."""
        same = ("seq", "outcome", "detail", "at")
        run: dict[str, Any] = {"run_id": str(row.run_id), "saga": row.run.saga, "status": row.run.status}
        return cls(item_id=row.pk, repair_id=str(row.repair_id), **run, **{name: getattr(row, name) for name in same})


def freeze(order: Order, runs: Iterable[tuple[str, int]], refused: Iterable[tuple[str, int, str]] = ()) -> str:
    """Store the selection and return the ID of the repair. ``runs``: ID and latest journal entry of each.

    ``refused``: the runs that the operator may not operate, each with the reason; they are only recorded.

    Raises:
        Refused: the order has a step or an output that its verb does not take.
    """
    value_for(VERBS[order.verb], {"output": order.output or None}, order.step)
    at = to_datetime(now())
    with transaction.atomic():
        repair = BulkRepair.objects.create(
            verb=order.verb,
            step=order.step,
            output=order.output,
            selection=order.selection,
            by=order.by,
            reason=order.reason,
            created_at=at,
        )
        rows = [BulkRepairItem(repair=repair, run_id=run_id, seq=seq) for run_id, seq in runs]
        rows += [
            BulkRepairItem(repair=repair, run_id=run_id, seq=seq, outcome=Outcome.REFUSED, detail=why, at=at)
            for run_id, seq, why in refused
        ]
        BulkRepairItem.objects.bulk_create(rows, batch_size=BATCH)
    return str(repair.pk)


def next_item() -> tuple[Repair, RepairItem] | None:
    """Lock an open item of the oldest open repair until the end of the transaction; ``None``: there is none.

    A repair that waits for a second person is skipped.
    """
    given = Q(request__isnull=True) | Q(request__answer__outcome=ActAnswer.Outcome.GIVEN)
    repairs = BulkRepair.objects.filter(given, ended_at__isnull=True).select_related("request__answer")
    for repair in repairs.order_by("created_at"):
        rows = _with_run(BulkRepairItem.objects.filter(repair=repair, outcome=Outcome.OPEN)).order_by("id")
        if connection.vendor == "postgresql":
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        if (row := rows.first()) is not None:
            asked = getattr(repair, "request", None)
            order = Repair.of(repair)
            if asked:
                order = replace(order, request_id=str(asked.pk), given_by=asked.answer.by)
            return order, RepairItem.of(row)
    return None


def settle(item: RepairItem, outcome: str, detail: str) -> None:
    """Record the outcome of one run."""
    row = BulkRepairItem.objects.filter(pk=item.item_id)
    row.update(outcome=outcome, detail=detail, at=to_datetime(now()))


def close() -> int:
    """End the repairs that have no open item. Return their number."""
    at, ended = to_datetime(now()), 0
    for repair in BulkRepair.objects.filter(ended_at__isnull=True):
        if not BulkRepairItem.objects.filter(repair=repair, outcome=Outcome.OPEN).exists():
            ended += BulkRepair.objects.filter(pk=repair.pk, ended_at__isnull=True).update(ended_at=at)
    return ended


def stop(repair_id: str, *, by: str, scope: RunScope = EVERYTHING) -> bool:
    """Stop the repair: its open items are not performed, except the one that is under way. ``True`` if there were any.

    Items whose runs are not within ``scope`` are performed anyway.
    """
    at = to_datetime(now())
    with transaction.atomic():
        rows = BulkRepairItem.objects.filter(_within(scope), repair__pk=repair_id, outcome=Outcome.OPEN)
        stopped = rows.update(outcome=Outcome.STOPPED, detail=f"{by} stopped the repair before its turn", at=at)
        if stopped:
            BulkRepair.objects.filter(pk=repair_id).update(stopped_at=at, stopped_by=by)
    return bool(stopped)


def repair(repair_id: str, scope: RunScope = EVERYTHING) -> Repair | None:
    """Return the repair; ``None``: there is no such repair, or none of its runs is within ``scope``."""
    row = touching(BulkRepair.objects.all(), scope).filter(pk=repair_id).first()
    if row is None:
        return None
    return _seen(row, is_partial=hidden(BulkRepair.objects.filter(pk=row.pk), scope).exists())


def repairs(limit: int = 50, scope: RunScope = EVERYTHING) -> list[tuple[Repair, dict[str, int]]]:
    """Return the latest repairs, each with the number of its items by outcome."""
    rows = touching(BulkRepair.objects.all(), scope)[:limit]
    partial = set(
        hidden(BulkRepair.objects.filter(pk__in=[row.pk for row in rows]), scope).values_list("pk", flat=True)
    )
    return [(_seen(row, is_partial=row.pk in partial), progress(row.pk, scope)) for row in rows]


def hidden(rows: QuerySet[BulkRepair], scope: RunScope) -> QuerySet[BulkRepair]:
    """Narrow a query of repairs to those that also have runs outside ``scope``."""
    if scope == EVERYTHING:
        return rows.none()
    outside = BulkRepairItem.objects.filter(~Exists(Run.objects.filter(scope.condition(), pk=OuterRef("run"))))
    return rows.filter(Exists(outside.filter(repair=OuterRef("pk"))))


def digests(repair_id: str) -> set[str]:
    """Return the digests of the definitions whose runs are still queued."""
    rows = BulkRepairItem.objects.filter(repair__pk=repair_id, outcome=Outcome.OPEN).order_by()
    return set(rows.values_list("run__definition_id", flat=True).distinct())


def touching(rows: QuerySet[BulkRepair], scope: RunScope) -> QuerySet[BulkRepair]:
    """Narrow a query of repairs to those with a run within ``scope``."""
    if scope == EVERYTHING:
        return rows
    return rows.filter(Exists(BulkRepairItem.objects.filter(_within(scope), repair=OuterRef("pk"))))


def progress(repair_id: UUID | str, scope: RunScope = EVERYTHING) -> dict[str, int]:
    """Return outcome → number of items, zeros included."""
    rows = BulkRepairItem.objects.filter(_within(scope), repair__pk=repair_id).order_by()
    counts = dict(rows.values_list("outcome").annotate(Count("pk")))
    return {outcome.value: counts.get(outcome.value, 0) for outcome in Outcome}


def items(
    repair_id: str, *, outcome: str = "", after: int = 0, limit: int = 100, scope: RunScope = EVERYTHING
) -> list[RepairItem]:
    """Return the items of a repair in the order of the selection, after the item ``after``."""
    rows = BulkRepairItem.objects.filter(_within(scope), repair__pk=repair_id, pk__gt=after)
    rows = rows.filter(outcome=outcome) if outcome else rows
    return [RepairItem.of(row) for row in _with_run(rows).order_by("id")[:limit]]


def _seen(row: BulkRepair, *, is_partial: bool) -> Repair:
    """Return the repair; ``is_partial``: without what its order says of runs that the user may not see."""
    found = Repair.of(row)
    return replace(found, selection=PARTIAL, reason=PARTIAL_REASON, step="", output="") if is_partial else found


def _with_run(rows: QuerySet[BulkRepairItem]) -> QuerySet[BulkRepairItem]:
    return rows.select_related("run").defer("run__snapshot")


def _within(scope: RunScope) -> Q:
    return scope.condition("run__")
