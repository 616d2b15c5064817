"""The runs that a run started as its sub-sagas."""

from uuid import UUID

from sagaflow.models import Run
from sagaflow.store.lists.scopes import EVERYTHING, RunScope
from sagaflow.store.runs.run_line import RunLine

__all__ = ["children"]


def children(run_id: str, *, limit: int, scope: RunScope = EVERYTHING) -> tuple[RunLine, ...]:
    """Return the children of a run within ``scope``, the newest first."""
    rows = Run.objects.filter(scope.condition(), parent_id=UUID(run_id)).select_related("definition")
    newest = rows.defer("snapshot", "definition__document").order_by("-created_at", "-pk")[:limit]
    return tuple(RunLine.of(row) for row in newest)
