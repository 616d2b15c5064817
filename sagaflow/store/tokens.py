"""API tokens: the user as whom a program acts."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q

from sagaflow.models.api_token import ApiToken, fingerprint
from sagaflow.store.clock import now, to_datetime

__all__ = ["UNLIMITED", "Limits", "holder", "limits_of", "revoke_all"]

LIMITS = "_sagaflow_limits"
"""The attribute of a user with the limits of the token by which the user came."""


@dataclass(frozen=True, slots=True)
class Limits:
    """To what a token narrows its user. It grants nothing."""

    permissions: frozenset[str] = frozenset()
    """The only permissions; empty: those of the user."""
    sagas: frozenset[str] = frozenset()
    """The names of the only sagas; empty: those of the user."""

    def allows(self, permission: str) -> bool:
        """True if the permission is not narrowed away."""
        return not self.permissions or permission in self.permissions

    def within(self, scopes: tuple[tuple[str, str], ...] | None) -> tuple[tuple[str, str], ...] | None:
        """Return what is left of scopes, each ``(saga, team)``; ``None`` is everything, and empty is nothing."""
        if not self.sagas:
            return scopes
        wide = (("", ""),) if scopes is None else scopes
        return tuple((one, team) for saga, team in wide for one in sorted(self.sagas) if saga in ("", one))


UNLIMITED = Limits()


def holder(token: str) -> User | None:
    """Return the active user of the token, with its limits.

    ``None``: the token is unknown or expired, or its user is not active.
    """
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=to_datetime(now()))
    rows = ApiToken.objects.filter(valid, digest=fingerprint(token), user__is_active=True).select_related("user")
    for row in rows:
        setattr(row.user, LIMITS, Limits(frozenset(row.permissions.split()), frozenset(row.sagas.split())))
        return row.user
    return None


def limits_of(user: AbstractBaseUser | AnonymousUser) -> Limits:
    """Return the limits of the token by which the user came. A session has none."""
    limits: Limits = getattr(user, LIMITS, UNLIMITED)
    return limits


def revoke_all(user: AbstractBaseUser) -> int:
    """Delete the tokens of the user and return their number."""
    return ApiToken.objects.filter(user_id=user.pk).delete()[0]
