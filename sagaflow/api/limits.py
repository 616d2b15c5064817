"""The rate limit for invalid callback tokens: a number of failures per minute for each address, in each process."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from sagaflow.api.problems import Problem

__all__ = ["FAILURES", "PERIOD", "Attempts"]

FAILURES = 60
"""The failures that an address may have in one period."""
PERIOD = 60
"""The length of a period in seconds."""


class Attempts:
    """Counts the failures of one address."""

    def __init__(self, request: HttpRequest) -> None:
        self._key = f"sagaflow.callback.{_address(request)}"

    def check(self) -> None:
        """Check that the address may try again.

        Raises:
            Problem: 429, the address had too many failures.
        """
        if cache.get(self._key, 0) >= FAILURES:
            detail = f"Too many callbacks from your address were refused; wait {PERIOD} seconds."
            raise Problem(429, "too-many", detail, headers={"Retry-After": str(PERIOD)})

    def failed(self) -> None:
        """Count one more failure."""
        if not cache.add(self._key, 1, PERIOD):
            try:
                cache.incr(self._key)
            except ValueError:
                cache.set(self._key, 1, PERIOD)


def _address(request: HttpRequest) -> str:
    """Return the address of the client. Behind the proxy of the site, it is the client of that proxy."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    peer = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    return "".join(character for character in peer if character.isalnum() or character in ".:")[:45]
