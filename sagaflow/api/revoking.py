"""API tokens end when the password of their user changes or the user is deactivated, as sessions do."""

from typing import Any

from django.conf import settings
from django.db.models.signals import post_save

from sagaflow.store.tokens import revoke_all

__all__ = ["connect"]


def user_saved(instance: Any, *, created: bool, **_: object) -> None:
    """Delete the tokens of a user who is not active, or whose new password is being saved.

    A user who is activated again later needs new tokens. ``_password`` holds it until Django has saved it. A login that
    only renews the hash of the same password clears it.
    """
    if not created and (not instance.is_active or getattr(instance, "_password", None) is not None):
        revoke_all(instance)


def connect() -> None:
    """Watch the users of the project."""
    post_save.connect(user_saved, sender=settings.AUTH_USER_MODEL, dispatch_uid="sagaflow.api.revoking")
