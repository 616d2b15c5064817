"""The versions of a definition that runs are pinned to. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from sagaflow.models import Definition, Run
from sagaflow.store.lists.scopes import RunScope

__all__ = ["Version", "names", "versions_of"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a definition; ``number`` counts from 1."""

    number: int
    digest: str
    first_run_at: datetime
    runs: int


def versions_of(name: str, scope: RunScope) -> list[Version]:
    """Return the versions within ``scope``, the latest first."""
    rows = Definition.objects.filter(scope.of_definitions(), name=name).order_by("-version")
    versions = rows.values_list("version", "pk", "created_at")
    runs = dict(Run.objects.filter(saga=name).order_by().values_list("definition_id").annotate(Count("pk")))
    return [Version(number, digest, created, runs.get(digest, 0)) for number, digest, created in versions]


def names(scope: RunScope) -> list[str]:
    """Return the names of the sagas within ``scope`` that ever ran, sorted."""
    return list(
        Definition.objects.filter(scope.of_definitions()).order_by("name").values_list("name", flat=True).distinct()
    )
