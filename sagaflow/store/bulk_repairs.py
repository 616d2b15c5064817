"""Bulk repairs: the selection as rows, frozen when a person asks, and what came of each run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q

from sagaflow.models import BulkRepair, BulkRepairItem
from sagaflow.store.clock import now, to_datetime
from sagaflow.store.lists.scopes import EVERYTHING, RunScope

__all__ = [
    "Order",
    "close",
    "freeze",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done to every run of the selection."""

    verb: str
    by: str
    reason: str
    selection: str
    """How the runs were found, in words."""
    step: str = ""
    """Empty: every step that the verb is meant for."""
    output: str = ""
    """Of ``skip``: canonical JSON."""


def freeze(order: Order, runs: Iterable[tuple[str, int]], refused: Iterable[tuple[str, int, str]] = ()) -> str:
    """Writes the selection down and returns the ID of the repair. ``runs``: ID and latest journal entry.

    ``refused``: with a reason, those that the person may not touch; they are part of the truth, and nothing else.
    """
    at = to_datetime(now())
    with transaction.atomic():
        made = BulkRepair.objects.create(
            verb=order.verb,
            step=order.step,
            output=order.output,
            selection=order.selection,
            by=order.by,
            reason=order.reason,
            created_at=at,
        )
        rows = [BulkRepairItem(repair=made, run_id=run_id, seq=seq) for run_id, seq in runs]
        rows += [
            BulkRepairItem(repair=made, run_id=run_id, seq=seq, outcome=Outcome.REFUSED, detail=why, at=at)
            for run_id, seq, why in refused
        ]
        BulkRepairItem.objects.bulk_create(rows, batch_size=BATCH)
    return str(made.pk)


def next_item() -> Any:
    """An open item of the oldest repair that has not ended, locked until the end of the transaction; ``None``: none."""
    for made in BulkRepair.objects.filter(ended_at__isnull=True).order_by("created_at"):
        found = BulkRepairItem.objects.filter(repair=made, outcome=Outcome.OPEN).order_by("id")
        if connection.vendor == "postgresql":
            found = found.select_for_update(skip_locked=True)
        if (item := found.first()) is not None:
            item.repair = made
            return item
    return None


def settle(item: Any, outcome: str, detail: str) -> None:
    """What came of one run."""
    item.outcome, item.detail, item.at = outcome, detail, to_datetime(now())
    item.save(update_fields=["outcome", "detail", "at"])


def close() -> int:
    """Ends the repairs of which no item is open; returns how many."""
    at, ended = to_datetime(now()), 0
    for made in BulkRepair.objects.filter(ended_at__isnull=True):
        if not BulkRepairItem.objects.filter(repair=made, outcome=Outcome.OPEN).exists():
            ended += BulkRepair.objects.filter(pk=made.pk, ended_at__isnull=True).update(ended_at=at)
    return ended


def stop(repair_id: str, *, by: str, scope: RunScope = EVERYTHING) -> bool:
    """Leaves alone what is still open; says whether anything was. The run whose turn it is now is finished first.

    Runs that are not within ``scope`` have their turn all the same.
    """
    at = to_datetime(now())
    with transaction.atomic():
        left = BulkRepairItem.objects.filter(_within(scope), repair=repair_id, outcome=Outcome.OPEN)
        stopped = left.update(outcome=Outcome.STOPPED, detail=f"{by} stopped the repair before its turn", at=at)
        if stopped:
            BulkRepair.objects.filter(pk=repair_id).update(stopped_at=at, stopped_by=by)
    return bool(stopped)


def repair(repair_id: str, scope: RunScope = EVERYTHING) -> Any:
    """The row, or ``None``: there is none, or none of its runs is within ``scope``."""
    return touching(BulkRepair.objects.all(), scope).filter(pk=repair_id).first()


def repairs(limit: int = 50, scope: RunScope = EVERYTHING) -> list[Any]:
    """The latest first, with the counts of their items."""
    found = list(touching(BulkRepair.objects.all(), scope)[:limit])
    for each in found:
        each.counts = progress(each.pk, scope)
    return found


def touching(found: Any, scope: RunScope) -> Any:
    """Of the repairs in a query, those with a run within ``scope``."""
    if scope == EVERYTHING:
        return found
    return found.filter(Exists(BulkRepairItem.objects.filter(_within(scope), repair=OuterRef("pk"))))


def progress(repair_id: Any, scope: RunScope = EVERYTHING) -> dict[str, int]:
    """How many items have which outcome."""
    items = BulkRepairItem.objects.filter(_within(scope), repair=repair_id).order_by()
    found = dict(items.values_list("outcome").annotate(Count("pk")))
    return {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}


def items(
    repair_id: str, *, outcome: str = "", after: int = 0, limit: int = 100, scope: RunScope = EVERYTHING
) -> list[Any]:
    """In the order of the selection."""
    found = BulkRepairItem.objects.filter(_within(scope), repair=repair_id, pk__gt=after).select_related("run")
    found = found.filter(outcome=outcome) if outcome else found
    return list(found.defer("run__snapshot").order_by("id")[:limit])


def _within(scope: RunScope) -> Q:
    return scope.condition("run__")
