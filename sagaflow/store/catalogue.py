"""The versions of a definition that runs are pinned to. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from sagaflow.models import Definition, Run

__all__ = ["Version", "names", "versions_of"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version; ``number`` counts from 1."""

    number: int
    digest: str
    first_run_at: datetime
    runs: int


def versions_of(name: str) -> list[Version]:
    """The latest first."""
    found = Definition.objects.filter(name=name).order_by("-version").values_list("version", "pk", "created_at")
    counted = Run.objects.filter(saga=name).order_by().values_list("definition_id").annotate(Count("pk"))
    runs = dict(counted)
    return [Version(number, digest, created, runs.get(digest, 0)) for number, digest, created in found]


def names() -> list[str]:
    """Of all sagas that ever ran."""
    return list(Definition.objects.order_by("name").values_list("name", flat=True).distinct())
