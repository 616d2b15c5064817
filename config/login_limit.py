"""A brake on guessed passwords, for both login pages: per name with address, and per address.

It counts in Django's cache, as the limit of callbacks does: the cache of one process, unless CACHES names a shared one.
A library such as django-axes would bring tables, an admin and settings for what is one count here. A name is not
locked for every address: with that, a stranger could lock out a user.
"""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest

from sagaflow.api.limits import Attempts

__all__ = ["LoginLimit"]

PERIOD = 15 * 60
PER_NAME, PER_ADDRESS = 10, 100
"""Failures in one period: of one name from one address, and of all names from one address."""


class LoginLimit:
    """The first backend: it knows no user, and ends a login after too many failures. Without ``get_user``, no session
    is its own.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        if request is not None and any(one.exhausted for one in _attempts(request, credentials)):
            message = f"Too many failed logins. Try again in {PERIOD // 60} minutes."
            raise ValidationError(message, code="too_many")


@receiver(user_login_failed, dispatch_uid="config.login_limit.failed")
def count(credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    """Count one more failure."""
    for attempts in _attempts(request, credentials) if request is not None else ():
        attempts.count()


@receiver(user_logged_in, dispatch_uid="config.login_limit.succeeded")
def forget(request: HttpRequest | None, user: Any, **_: object) -> None:
    """Forget the failures of this name from this address."""
    if request is not None:
        _attempts(request, {"username": user.get_username()})[0].forget()


def _attempts(request: HttpRequest, credentials: dict[str, Any]) -> tuple[Attempts, Attempts]:
    name = str(credentials.get("username", ""))[:254]
    return (
        Attempts(request, "login", name, most=PER_NAME, period=PERIOD),
        Attempts(request, "login", most=PER_ADDRESS, period=PERIOD),
    )
