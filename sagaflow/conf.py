"""The settings of the framework: one frozen value, read from the dictionary `SAGAFLOW` of the Django settings.

A `Settings` that exists is valid. Its constructor names every fault at once; the system check sagaflow.E001 shows them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

EMBEDDED = "embedded"
SHORTEST_SECRET = 32
BROKER_SCHEMES = ("redis", "rediss", "amqp", "amqps")


class BadSettings(ImproperlyConfigured):
    """The dictionary SAGAFLOW in the Django settings has unknown keys or values that break their rule."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"The setting SAGAFLOW cannot be used: {'; '.join(faults)}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the framework can be told. Durations are seconds, sizes are bytes."""

    broker_url: str = EMBEDDED
    """Where hints travel: "embedded" for a worker in this process, or a redis:// or amqp:// URL."""

    services: tuple[str, ...] | None = None
    """The services whose actions a worker of this process may run; None means all of them."""

    lease_seconds: float = 30.0
    """How long a worker may hold an attempt without renewing before another one takes it over."""

    sweep_interval: float = 1.0
    """How often the sweeper looks for runs that are overdue."""

    worker_threads: int = 8
    """How many actions one worker process runs at a time."""

    payload_limit: int = 262_144
    """The most bytes of JSON that an input, an output or an event may have."""

    encoder: str = ""
    """Dotted path of a function that gives the JSON value of what is not JSON; it raises TypeError for the rest."""

    event_ttl: float = 604_800.0
    """How long an event that no run awaits yet is kept in the inbox of unmatched events."""

    output_sinks: tuple[str, ...] = ()
    """Dotted paths of the callables that the relay hands each published event to."""

    public_url: str = "http://127.0.0.1:8000"
    """Where participants reach this site from outside; the addresses of callbacks begin with it."""

    anchor_interval: float = 300.0
    """How often an anchor is written over what has happened since the last one, if something has."""

    anchor_key: str = field(default="", repr=False)
    """The secret that anchors are signed with; empty: it derives from Django's SECRET_KEY."""

    anchor_trusted_keys: tuple[str, ...] = ()
    """Public keys of earlier secrets, whose anchors are still believed."""

    def __post_init__(self) -> None:
        if faults := [fault for each in fields(self) if (fault := _fault(each.name, getattr(self, each.name)))]:
            raise BadSettings(faults)

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Self:
        """Reads a dictionary with keys in capitals, as in the Django settings."""
        known = {each.name.upper(): each.name for each in fields(cls)}
        if unknown := sorted(set(given) - set(known)):
            raise BadSettings([f"there is no key {key!r} (known are {', '.join(known)})" for key in unknown])
        return cls(**{known[key]: value for key, value in given.items()})

    @property
    def is_embedded(self) -> bool:
        """Whether workers live in this process, so that no broker connects several of them."""
        return self.broker_url == EMBEDDED


@cache
def current() -> Settings:
    """The settings in force."""
    return Settings.from_mapping(getattr(django_settings, "SAGAFLOW", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "SAGAFLOW":
        current.cache_clear()


setting_changed.connect(_forget, dispatch_uid="sagaflow.conf")


def _is_broker(value: object) -> bool:
    return value == EMBEDDED or (isinstance(value, str) and urlsplit(value).scheme in BROKER_SCHEMES)


def _is_site(value: object) -> bool:
    if not isinstance(value, str) or urlsplit(value).scheme not in ("http", "https"):
        return False
    return bool(urlsplit(value).netloc) and not value.endswith("/")


def _is_path(value: object) -> bool:
    return value == "" or (isinstance(value, str) and all(part.isidentifier() for part in value.split(".")))


def _is_names(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(name, str) and name for name in value)


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _is_count(value: object) -> bool:
    return _is_positive(value) and isinstance(value, int)


def _is_secret(value: object) -> bool:
    return value == "" or (isinstance(value, str) and len(value) >= SHORTEST_SECRET)


def _is_public_keys(value: object) -> bool:
    return _is_names(value) and all(re.fullmatch("[0-9a-f]{64}", key) for key in value)


RULES = {
    "broker_url": (_is_broker, f'"{EMBEDDED}" or a URL with one of the schemes {", ".join(BROKER_SCHEMES)}'),
    "services": (lambda value: value is None or _is_names(value), "None or a tuple of names of services"),
    "lease_seconds": (_is_positive, "a number of seconds above 0"),
    "sweep_interval": (_is_positive, "a number of seconds above 0"),
    "worker_threads": (_is_count, "a whole number above 0"),
    "payload_limit": (_is_count, "a whole number of bytes above 0"),
    "encoder": (_is_path, "empty or the dotted path of a function"),
    "event_ttl": (_is_positive, "a number of seconds above 0"),
    "output_sinks": (_is_names, "a tuple of dotted paths"),
    "anchor_interval": (_is_positive, "a number of seconds above 0"),
    "anchor_key": (_is_secret, f"empty or a secret text of at least {SHORTEST_SECRET} characters"),
    "anchor_trusted_keys": (_is_public_keys, "a tuple of public keys of 64 hexadecimal digits in lower case"),
    "public_url": (_is_site, "an http:// or https:// URL without a slash at its end"),
}


def _fault(name: str, value: object) -> str | None:
    accepts, rule = RULES[name]
    shown = f"a {type(value).__name__} that is not shown" if name == "anchor_key" else repr(value)
    return None if accepts(value) else f"{name.upper()} is {shown}, but it must be {rule}"
