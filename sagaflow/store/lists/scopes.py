"""Scopes of groups, which narrow the permissions of their members, and the runs that are left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from sagaflow.core.definition.parts import UncheckedSaga
from sagaflow.models import Definition, Scope
from sagaflow.store import definitions
from sagaflow.store.sketches import Owned

__all__ = ["EVERYTHING", "Owner", "RunScope", "covers", "run_scope_of", "scopes_of", "teams_of"]

Pairs = Iterable[tuple[str, str]]
"""``(saga, team)`` of each scope; one of the two may be empty."""
Owner: TypeAlias = UncheckedSaga | Owned
"""A scope can cover a version of a saga, or its name and teams."""


@dataclass(frozen=True, slots=True)
class RunScope:
    """The runs of some sagas, and those pinned to some versions of other sagas."""

    sagas: frozenset[str] | None = None
    """``None``: every run."""
    digests: frozenset[str] = frozenset()

    def condition(self, run: str = "") -> Q:
        """Return the condition on rows whose run is found by the prefix ``run``, for example ``run__``."""
        if self.sagas is None:
            return Q()
        return Q(**{f"{run}saga__in": sorted(self.sagas)}) | Q(**{f"{run}definition__in": sorted(self.digests)})

    def of_definitions(self) -> Q:
        """Return the condition on rows of definitions."""
        return Q() if self.sagas is None else Q(name__in=sorted(self.sagas)) | Q(pk__in=sorted(self.digests))

    def includes(self, digest: str) -> bool:
        """True if the runs that are pinned to this definition are included."""
        if self.sagas is None or digest in self.digests:
            return True
        saga = definitions.readable(digest)
        return saga is not None and saga.name in self.sagas

    def parts(self) -> list[Q]:
        """Return ``condition()`` as conditions that share no run: each has an index in the order of a list."""
        if self.sagas is None:
            return [Q()]
        sagas, digests = sorted(self.sagas), sorted(self.digests)
        return [*(Q(saga=name) for name in sagas), *(Q(definition=digest) for digest in digests)]


EVERYTHING = RunScope()


def scopes_of(user: AbstractBaseUser | AnonymousUser) -> tuple[tuple[str, str, str], ...]:
    """Return ``(permission, saga, team)`` of each scope of the user's groups; an empty permission means all."""
    groups = getattr(user, "groups", None)
    if groups is None:
        return ()
    return tuple(Scope.objects.filter(group__in=groups.all()).values_list("permission", "saga", "team"))


def covers(scopes: Pairs, saga: Owner) -> bool:
    """True if one of the scopes covers this version of a saga."""
    owners = saga.teams if isinstance(saga, Owned) else teams_of(saga)
    return any(name in ("", saga.name) and (not team or team in owners) for name, team in scopes)


def run_scope_of(scopes: Pairs) -> RunScope:
    """Return the runs whose definition one of the scopes covers."""
    scopes = tuple(scopes)
    sagas = frozenset(name for name, team in scopes if not team)
    owned = [(name, team) for name, team in scopes if team and name not in sagas]
    if not owned:
        return RunScope(sagas)
    rest = Definition.objects.exclude(name__in=sorted(sagas)).order_by().values_list("pk", flat=True)
    return RunScope(sagas, frozenset(digest for digest in rest if _covers_version(owned, digest)))


def teams_of(saga: UncheckedSaga) -> frozenset[str]:
    """Return the teams that own segments of the saga."""
    return frozenset(segment.team for segment in saga.segments if segment.team)


def _covers_version(scopes: Pairs, digest: str) -> bool:
    """True if a scope covers the version; an unreadable definition belongs to no team."""
    saga = definitions.readable(digest)
    return saga is not None and covers(scopes, saga)
