"""A brake on guessed passwords, for both login pages: per name with address, and per address.

A try is counted before its password is checked, and given back if it was right: else all tries that come at once would
be checked before the first of them had failed. Passwords are checked one at a time, because a check is made to be
slow: many at once would leave no time for pages.

It counts in Django's cache, as the limit of callbacks does: the cache of one process, unless CACHES names a shared one.
A library such as django-axes would bring tables, an admin and settings for what is one count here. A name is not
locked for every address: with that, a stranger could lock out a user.
"""

from threading import Lock
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest

from sagaflow.api.limits import Attempts

__all__ = ["LoginLimit", "OneAtATime"]

PERIOD = 15 * 60
PER_NAME, PER_ADDRESS = 10, 100
"""Failures in one period: of one name from one address, and of all names from one address."""
checking = Lock()
"""Held while a password is checked."""


class LoginLimit:
    """The first backend: it knows no user, and ends a login after too many failures. Without ``get_user``, no session
    is its own.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        # The address first: one that is slowed down leaves no further names in the cache, which has an end.
        if request is not None and not all(one.take() for one in _attempts(request, credentials)):
            message = f"Too many failed logins. Try again in {PERIOD // 60} minutes."
            raise ValidationError(message, code="too_many")


class OneAtATime(PBKDF2PasswordHasher):
    """Django's hasher, with the same hashes, which checks or makes one at a time."""

    def encode(self, password: Any, salt: Any, iterations: int | None = None) -> str:
        with checking:
            return super().encode(password, salt, iterations)


@receiver(user_logged_in, dispatch_uid="config.login_limit.succeeded")
def forget(request: HttpRequest | None, user: Any, **_: object) -> None:
    """Forget the failures of this name from this address, and give the try back."""
    if request is not None:
        of_address, of_name = _attempts(request, {"username": user.get_username()})
        of_name.forget()
        of_address.give_back()


def _attempts(request: HttpRequest, credentials: dict[str, Any]) -> tuple[Attempts, Attempts]:
    name = str(credentials.get("username", ""))[:254]
    return (
        Attempts(request, "login", most=PER_ADDRESS, period=PERIOD),
        Attempts(request, "login", name, most=PER_NAME, period=PERIOD),
    )
