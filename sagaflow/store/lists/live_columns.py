"""Columns that open pages read again and again: only those that change, in few statements."""

from collections.abc import Collection, Iterable

from django.db.models import Count

from sagaflow.core.json_value import Json
from sagaflow.core.run.attention import Attention
from sagaflow.models import Run
from sagaflow.store.lists.scopes import RunScope

__all__ = ["counts", "heads", "lines", "needing_attention", "within"]

BATCH = 500
"""Runs per statement."""
LINE = ("pk", "saga", "status", "attention", "seq", "created_at", "updated_at", "ended_at")


def heads(run_ids: Iterable[str]) -> dict[str, int]:
    """Return run ID → number of the latest journal entry; runs that do not exist are left out."""
    return {
        str(run_id): seq
        for batch in _batches(run_ids)
        for run_id, seq in Run.objects.filter(pk__in=batch).order_by().values_list("pk", "seq")
    }


def within(run_ids: Collection[str], scope: RunScope) -> list[str]:
    """Return the runs within ``scope``, in the same order."""
    found = {
        str(run_id)
        for batch in _batches(run_ids)
        for run_id in Run.objects.filter(scope.condition(), pk__in=batch).order_by().values_list("pk", flat=True)
    }
    return [run_id for run_id in run_ids if run_id in found]


def lines(run_ids: Iterable[str], scope: RunScope) -> list[dict[str, Json]]:
    """Return the changing columns of each of the runs within ``scope``; times are seconds since the epoch."""
    return [
        _line(values)
        for batch in _batches(run_ids)
        for values in Run.objects.filter(scope.condition(), pk__in=batch).order_by().values_list(*LINE)
    ]


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


def _line(values: tuple[Json, ...]) -> dict[str, Json]:
    run_id, saga, status, attention, seq, *times = values
    created, updated, ended = (None if at is None else at.timestamp() for at in times)
    return {
        "id": str(run_id),
        "saga": saga,
        "status": status,
        "attention": attention,
        "seq": seq,
        "created_at": created,
        "updated_at": updated,
        "ended_at": ended,
    }


def _batches(run_ids: Iterable[str]) -> Iterable[list[str]]:
    ids = list(run_ids)
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
