"""The runs of each saga by status, for the list of sagas. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q

from sagaflow.core.run.state import RunStatus
from sagaflow.models import Run
from sagaflow.store.lists.lookup import NEEDED
from sagaflow.store.lists.scopes import RunScope

__all__ = ["SagaCounts", "by_saga"]


@dataclass(frozen=True, slots=True)
class SagaCounts:
    """The runs of one saga: by status, and those that need attention."""

    attention: int = 0
    statuses: Mapping[RunStatus, int] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """The number of all runs."""
        return sum(self.statuses.values())


def by_saga(scope: RunScope, *, saga: str = "") -> dict[str, SagaCounts]:
    """Return the counts within ``scope`` by the name of the saga; of one saga if it is named."""
    runs = Run.objects.filter(scope.condition(), **({"saga": saga} if saga else {})).order_by()
    grouped = runs.values_list("saga", "status").annotate(
        all=Count("pk"), attention=Count("pk", filter=Q(attention__in=NEEDED))
    )
    found: dict[str, SagaCounts] = {}
    for name, status, count, attention in grouped:
        before = found.get(name, SagaCounts())
        statuses = {**before.statuses, RunStatus(status): count}
        found[name] = SagaCounts(before.attention + attention, statuses)
    return found
