"""The identity provider, an external service, simulated: its users are rows in its own database.

There is one user per idempotency key. A key whose user was deleted never creates one again, even if the deletion came
first.
"""

import hashlib

from django.db import transaction
from django.db.models import F

from examples.provisioning.conf import PROVIDER_DATABASE
from examples.provisioning.models import ProviderOutage, ProviderUser

__all__ = ["Refusal", "Unavailable", "create_user", "delete_user"]


class Unavailable(Exception):
    """The provider answered 503."""


class Refusal(Exception):
    """Another user has the address, or the user of this key was deleted."""


def create_user(key: str, *, email: str, name: str) -> str:
    """The ID of the new user, or of the user that this key created before.

    Raises:
        Refusal, Unavailable: no user was created.
    """
    _answer()
    with transaction.atomic(using=PROVIDER_DATABASE):
        known = ProviderUser.objects.filter(key=key).first()
        if known and known.deleted:
            raise Refusal("The user of this key was deleted.")
        if known is None and ProviderUser.objects.filter(email=email).exists():
            raise Refusal(f"{email} belongs to another user.")
        return (known or ProviderUser.objects.create(key=key, provider_id=_id(key), email=email, name=name)).provider_id


def delete_user(key: str) -> str:
    """Delete the user that this key created, or bar the key. Return the ID that the user had, or would have had.

    Raises:
        Unavailable: nothing was deleted.
    """
    _answer()
    gone = {"email": None, "name": "", "deleted": True}
    ProviderUser.objects.update_or_create(key=key, defaults=gone, create_defaults={**gone, "provider_id": _id(key)})
    return _id(key)


def _id(key: str) -> str:
    return f"idp_{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _answer() -> None:
    if ProviderOutage.objects.filter(remaining__gt=0).update(remaining=F("remaining") - 1):
        raise Unavailable("The identity provider answered 503 Service Unavailable.")
