"""To what the groups of a person narrow their permissions. Reads only."""

from typing import Any

from sagaflow.models import Scope

__all__ = ["scopes_of"]


def scopes_of(user: Any) -> tuple[tuple[str, str], ...]:
    """``(saga, team)`` of each scope of the groups of ``user``; one of the two may be empty."""
    groups = getattr(user, "groups", None)
    if groups is None:
        return ()
    return tuple(Scope.objects.filter(group__in=groups.all()).values_list("saga", "team"))
