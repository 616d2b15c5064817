"""Limits for guesses of tokens and passwords: a number of failures per period for each address, in each process."""

import hashlib
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from sagaflow.api.problems import Problem

__all__ = ["FAILURES", "PERIOD", "Attempts", "Quota"]

FAILURES = 60
"""The failures that an address may have in one period."""
DAY = 86_400
NETWORK = 64
"""The bits of an IPv6 address that name the network of one customer."""
PERIOD = 60
"""The length of a period in seconds."""


class Counter:
    """Counts up to a limit, under one key of the cache, for a period that begins with the first count."""

    def __init__(self, key: str, most: int, period: int) -> None:
        self._key, self._most, self._period = key, most, period

    def take(self) -> bool:
        """Count one more at once, and return True if it is within the limit."""
        cache.add(self._key, 0, self._period)
        try:
            return bool(cache.incr(self._key) <= self._most)
        except ValueError:  # the period ended just now
            return True

    def give_back(self) -> None:
        """Count one less."""
        if cache.get(self._key, 0) > 0:
            with suppress(ValueError):  # the period ended just now
                cache.decr(self._key)

    def forget(self) -> None:
        """Begin again at none."""
        cache.delete(self._key)


class Attempts(Counter):
    """Counts the failures of one address at one thing, such as ``login``, or with ``name`` of one name there."""

    def __init__(
        self, request: HttpRequest, what: str, name: str = "", *, most: int = FAILURES, period: int = PERIOD
    ) -> None:
        hashed = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest() if name else ""
        super().__init__(f"sagaflow.{what}.{_address(request)}.{hashed}", most, period)

    def begin(self) -> None:
        """Count one more before it is checked, so that guesses at the same time count too; a success gives it back.

        Raises:
            Problem: 429, the address had too many failures.
        """
        if not self.take():
            detail = f"Too many requests from your address were refused; wait {self._period} seconds."
            raise Problem(429, "too-many", detail, headers={"Retry-After": str(self._period)})


class Quota(Counter):
    """Counts what one user has used up of a daily quota."""

    def __init__(self, user: object, what: str, most: int) -> None:
        super().__init__(f"sagaflow.{what}.{user}", most, DAY)


def _address(request: HttpRequest) -> str:
    """Return the address of the client. Behind the proxy of the site, it is the client of that proxy.

    Of IPv6 it is the network, because one machine has all addresses of its network.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    peer = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(peer.strip("[]"))
    except ValueError:  # a name, or an address with a port
        return "".join(character for character in peer if character.isalnum() or character in ".:")[:45]
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((int(address), NETWORK), strict=False))
