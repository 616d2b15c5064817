"""The columns that open pages read again and again: counts and the numbers of the latest entries."""

from collections.abc import Collection, Iterable

from django.db.models import Count

from sagaflow.core.run.attention import Attention
from sagaflow.models import Run
from sagaflow.store.lists.scopes import EVERYTHING, RunScope

__all__ = ["counts", "heads", "needing_attention", "within"]

BATCH = 500
"""Runs per statement."""


def heads(run_ids: Iterable[str], scope: RunScope = EVERYTHING) -> dict[str, int]:
    """Return run ID → number of the latest journal entry, of the runs that exist within ``scope``."""
    return {
        str(run_id): seq
        for batch in _batches(run_ids)
        for run_id, seq in Run.objects.filter(scope.condition(), pk__in=batch).order_by().values_list("pk", "seq")
    }


def within(run_ids: Collection[str], scope: RunScope) -> list[str]:
    """Return the runs within ``scope``, in the same order."""
    found = heads(run_ids, scope)
    return [run_id for run_id in run_ids if run_id in found]


def counts(scope: RunScope) -> dict[str, dict[str, int]]:
    """Count the runs within ``scope``: ``{"status": {status: n}, "attention": {reason: n}}``, without zeros."""
    runs = Run.objects.filter(scope.condition()).order_by()
    status = runs.values_list("status").annotate(Count("pk"))
    attention = runs.exclude(attention="").values_list("attention").annotate(Count("pk"))
    return {"status": dict(status), "attention": dict(attention)}


def needing_attention(scope: RunScope, *, most: int) -> int:
    """Count the runs within ``scope`` that need attention, without those that are only retrying; stop at ``most``."""
    reasons = [reason.value for reason in Attention if reason is not Attention.RETRYING]
    runs = Run.objects.filter(scope.condition(), attention__in=reasons).order_by()
    filled = "NOT (sagaflow_run.attention = '')"  # SQLite uses the partial index only if its condition is repeated
    return runs.extra(where=[filled])[:most].count()  # noqa: S610 - a constant


def _batches(run_ids: Iterable[str]) -> Iterable[list[str]]:
    ids = list(run_ids)
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
