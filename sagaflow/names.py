"""The names that exist where this process runs, for the linter in `lint`, in `plan` and in the system check."""

from collections.abc import Iterable
from dataclasses import replace

from sagaflow import registry
from sagaflow.core.definition.saga import Saga
from sagaflow.core.lint import NAMES, Finding, Known

__all__ = ["groups", "here", "seen", "unknown"]


def here(
    *,
    drafts: Iterable[str] = (),
    services: frozenset[str] | None = None,
    groups: frozenset[str] | None = None,
    web: bool = False,
) -> Known:
    """Return the names and schemas that this process has registered, without a query to the database.

    ``web``: also the sagas that were published on the web, with a query.
    ``drafts``: names of sagas that count as registered. A process without actions holds definitions only: its actions
    are in other projects, and are unknown here.
    """
    sagas = registry.sagas(web=web)
    return Known(
        actions=frozenset(action.name for action in registry.actions()) or None,
        sagas=frozenset(saga.name for saga in sagas).union(drafts),
        groups=groups,
        services=services,
        children={saga.name: saga for saga in sagas if not saga.faults},
        schemas={action.name: (action.input_schema, action.output_schema) for action in registry.actions()},
        probed=frozenset(action.name for action in registry.actions() if action.probe is not None),
    )


def seen(sagas: Iterable[Saga]) -> Known:
    """Return what is registered, of the sagas only those that a user may see."""
    known = here()
    visible = {saga.name: saga for saga in sagas}
    children = {name: saga for name, saga in visible.items() if not saga.faults}
    return replace(known, sagas=frozenset(visible), children=children)


def groups() -> frozenset[str] | None:
    """Return the groups of the database; ``None``: the database is not available, and groups are not checked."""
    from django.contrib.auth.models import Group  # models exist once the apps are loaded
    from django.db import DatabaseError

    try:
        return frozenset(Group.objects.values_list("name", flat=True))
    except DatabaseError:
        return None


def unknown(sagas: Iterable[Saga], known: Known) -> list[tuple[Saga, Finding]]:
    """Return findings about names that new runs of ``sagas`` would need and that do not exist."""
    return [(saga, finding) for saga in sagas for rule in NAMES for finding in rule(saga, known)]
