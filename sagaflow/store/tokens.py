"""API tokens: who a program acts as."""

from typing import Any

from django.db.models import Q

from sagaflow.models.api_token import ApiToken, fingerprint
from sagaflow.store.clock import now, to_datetime

__all__ = ["holder"]


def holder(token: str) -> Any:
    """The active user that the token stands for; ``None``: it is unknown or expired, or its user was switched off."""
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=to_datetime(now()))
    found = ApiToken.objects.filter(valid, digest=fingerprint(token), user__is_active=True).select_related("user")
    return next((row.user for row in found), None)
