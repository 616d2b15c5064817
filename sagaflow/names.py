"""The names that exist where this process runs, as the linter takes them: for `lint`, `plan` and the system check."""

from collections.abc import Iterable

from sagaflow import registry
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint import NAMES, Finding, Known

__all__ = ["groups", "here", "unknown"]


def here(
    *, drafts: Iterable[str] = (), services: frozenset[str] | None = None, groups: frozenset[str] | None = None
) -> Known:
    """What this process has registered, without a look at the database.

    ``drafts``: names of sagas that count as registered. A process without any action holds definitions only, and its
    actions live in other projects: they cannot be known here.
    """
    return Known(
        actions=frozenset(each.name for each in registry.actions()) or None,
        sagas=frozenset(each.name for each in registry.sagas()).union(drafts),
        groups=groups,
        services=services,
    )


def groups() -> frozenset[str] | None:
    """The groups of the database; ``None``: it cannot be asked, so that they are not looked at."""
    from django.contrib.auth.models import Group  # models exist once the apps are loaded
    from django.db import DatabaseError

    try:
        return frozenset(Group.objects.values_list("name", flat=True))
    except DatabaseError:
        return None


def unknown(sagas: Iterable[Saga], known: Known) -> list[tuple[Saga, Finding]]:
    """What new runs of ``sagas`` would ask for and not get."""
    return [(saga, finding) for saga in sagas for rule in NAMES for finding in rule(saga, known)]
