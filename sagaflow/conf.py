"""The settings of the framework: one frozen value, read from the dictionary `SAGAFLOW` of the Django settings.

An instance of `Settings` is valid: its constructor raises an error that names every fault at once, and the system check
sagaflow.E001 shows them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from sagaflow.core.run import second_person
from sagaflow.core.run.verbs import OPERATE_VERBS
from sagaflow.source_settings import Source, faults

EMBEDDED = "embedded"
SHORTEST_SECRET = 32


class BrokerKind(NamedTuple):
    """A kind of broker: its module and class, and the extra of the package that installs its client library."""

    module: str
    name: str
    extra: str = ""


REDIS = BrokerKind("sagaflow.transport.brokers.redis", "RedisHints", extra="redis")
RABBITMQ = BrokerKind("sagaflow.transport.brokers.rabbitmq", "RabbitmqHints", extra="rabbitmq")
BROKERS = {
    "": BrokerKind("sagaflow.transport.brokers.memory", "MemoryBroker"),
    "redis": REDIS,
    "rediss": REDIS,
    "amqp": RABBITMQ,
    "amqps": RABBITMQ,
}
"""The kind of broker for each scheme of ``BROKER_URL``; the empty scheme is that of "embedded"."""
BROKER_SCHEMES = tuple(filter(None, BROKERS))


class BadSettings(ImproperlyConfigured):
    """The dictionary SAGAFLOW in the Django settings has unknown keys or values that break their rule."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(f"The setting SAGAFLOW cannot be used: {'; '.join(faults)}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings of the framework. Durations are in seconds, sizes in bytes."""

    broker_url: str = EMBEDDED
    """The broker that carries hints: "embedded" for a worker in this process, or a redis:// or amqp:// URL."""

    services: tuple[str, ...] | None = None
    """The services whose actions a worker of this process may run; None means all of them."""

    lease_seconds: float = 30.0
    """The time for which a worker holds an attempt without renewing its lease. Then another worker takes it over."""

    sweep_interval: float = 1.0
    """The time between two looks of the sweeper for overdue runs."""

    worker_threads: int = 8
    """The number of actions that one worker process runs at the same time."""

    payload_limit: int = 262_144
    """The maximum size of an input, an output or an event as JSON."""

    encoder: str = ""
    """Dotted path of a function that converts other values to JSON values; it raises TypeError for what it cannot."""

    event_ttl: float = 604_800.0
    """The time for which an event without a run stays in the inbox of unmatched events."""

    events_kept: int = 10_000
    """The maximum number of events in the inbox of unmatched events."""

    events_kept_per_user: int = 1_000
    """The maximum number of events that one user adds to that inbox in a day by the API."""

    second_person: tuple[str, ...] = ()
    """The acts that one operator asks for and another one gives: verbs, ``bulk``, and limits of amounts."""

    output_sinks: tuple[str, ...] = ()
    """Dotted paths of the callables that the relay calls with each published event."""

    sources: Mapping[str, Any] = field(default_factory=dict)
    """The streams of brokers from which `sagaflow listen` hears events: name → options."""

    messages_kept: int = 1_000
    """The maximum number of unreadable messages of brokers that are kept; beyond it, the oldest are deleted."""

    public_url: str = "http://127.0.0.1:8000"
    """The URL at which participants reach this site; the addresses of callbacks begin with it."""

    draft_limit: int = 262_144
    """The maximum size of the document of a draft in the designer as JSON."""

    drafts_per_user: int = 100
    """The maximum number of open drafts that one user has begun."""

    draft_bytes_per_user: int = 33_554_432
    """The maximum size of these drafts together: their documents, their texts and what can be undone."""

    write_files: bool = False
    """True: the designer may write definitions in files of the apps, if DEBUG is on too. For development only."""

    sockets: int = 2_000
    """The maximum number of open sockets of live pages in one process."""

    sockets_per_user: int = 50
    """The same for one user."""

    socket_recheck: float = 60.0
    """The time after which the permission of an open socket is checked again, even if it sends nothing."""

    anchor_interval: float = 300.0
    """The time between two anchors; none is written if nothing has happened since the last one."""

    anchor_key: str = field(default="", repr=False)
    """The secret that signs anchors; empty: a secret that derives from Django's SECRET_KEY."""

    anchor_trusted_keys: tuple[str, ...] = ()
    """Public keys of earlier secrets, whose anchors are still trusted."""

    def __post_init__(self) -> None:
        found = [fault for key in fields(self) if (fault := _fault(key.name, getattr(self, key.name)))]
        if found := [*found, *faults(self.sources)]:
            raise BadSettings(found)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Read a dictionary with keys in capitals, as in the Django settings."""
        known = {field.name.upper(): field.name for field in fields(cls)}
        if unknown := sorted(set(mapping) - set(known)):
            raise BadSettings([f"there is no key {key!r} (known are {', '.join(known)})" for key in unknown])
        return cls(**{known[key]: value for key, value in mapping.items()})

    @property
    def is_embedded(self) -> bool:
        """True if the workers are threads of this process, without a broker that connects processes."""
        return self.broker_url == EMBEDDED

    @property
    def listened(self) -> tuple[Source, ...]:
        """Return the sources as values."""
        return tuple(
            Source(name=name, **{**options, "events": tuple(options.get("events", ()))})
            for name, options in self.sources.items()
        )


@cache
def current() -> Settings:
    """Return the settings in force."""
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
    return isinstance(value, tuple) and _is_names(value) and all(re.fullmatch("[0-9a-f]{64}", key) for key in value)


RULES = {
    "broker_url": (_is_broker, f'"{EMBEDDED}" or a URL with one of the schemes {", ".join(BROKER_SCHEMES)}'),
    "services": (lambda value: value is None or _is_names(value), "None or a tuple of names of services"),
    "lease_seconds": (_is_positive, "a number of seconds above 0"),
    "sweep_interval": (_is_positive, "a number of seconds above 0"),
    "worker_threads": (_is_count, "a whole number above 0"),
    "payload_limit": (_is_count, "a whole number of bytes above 0"),
    "draft_limit": (_is_count, "a whole number of bytes above 0"),
    "drafts_per_user": (_is_count, "a whole number above 0"),
    "draft_bytes_per_user": (_is_count, "a whole number of bytes above 0"),
    "write_files": (lambda value: isinstance(value, bool), "True or False"),
    "encoder": (_is_path, "empty or the dotted path of a function"),
    "event_ttl": (_is_positive, "a number of seconds above 0"),
    "events_kept": (_is_count, "a whole number above 0"),
    "events_kept_per_user": (_is_count, "a whole number above 0"),
    "second_person": (
        lambda value: isinstance(value, tuple) and all(map(second_person.is_rule, value)),
        f"a tuple of {', '.join(OPERATE_VERBS)}, {second_person.BULK}, and limits such as order-fulfilment:/total>1000",
    ),
    "sources": (lambda _: True, "a dictionary"),  # `faults` names each fault by its source
    "messages_kept": (_is_count, "a whole number above 0"),
    "output_sinks": (_is_names, "a tuple of dotted paths"),
    "sockets": (_is_count, "a whole number above 0"),
    "sockets_per_user": (_is_count, "a whole number above 0"),
    "socket_recheck": (_is_positive, "a number of seconds above 0"),
    "anchor_interval": (_is_positive, "a number of seconds above 0"),
    "anchor_key": (_is_secret, f"empty or a secret text of at least {SHORTEST_SECRET} characters"),
    "anchor_trusted_keys": (_is_public_keys, "a tuple of public keys of 64 hexadecimal digits in lower case"),
    "public_url": (_is_site, "an http:// or https:// URL without a slash at its end"),
}


def _fault(name: str, value: object) -> str | None:
    accepts, rule = RULES[name]
    shown = f"a {type(value).__name__} that is not shown" if name == "anchor_key" else repr(value)
    return None if accepts(value) else f"{name.upper()} is {shown}, but it must be {rule}"
