"""API tokens: the user as whom a program acts."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db.models import Q

from sagaflow.models.api_token import ApiToken, fingerprint
from sagaflow.store.clock import now, to_datetime

__all__ = ["holder", "revoke_all"]


def holder(token: str) -> User | None:
    """Return the active user of the token. ``None``: the token is unknown or expired, or its user is not active."""
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=to_datetime(now()))
    rows = ApiToken.objects.filter(valid, digest=fingerprint(token), user__is_active=True).select_related("user")
    return next((row.user for row in rows), None)


def revoke_all(user: AbstractBaseUser) -> int:
    """Delete the tokens of the user and return their number."""
    return ApiToken.objects.filter(user_id=user.pk).delete()[0]
