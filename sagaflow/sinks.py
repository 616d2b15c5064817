"""Output sinks: callables that accept one CloudEvent (a dict of JSON types), or raise if it cannot be delivered.

The setting OUTPUT_SINKS names them by dotted path. `announce` is the default. For the others, write in your module

    warehouse = Webhook("https://warehouse.example/events", secrets=(os.environ["WAREHOUSE_SECRET"],))

and name that. An event may arrive twice, with the same `id`. CloudEvents 1.0: https://github.com/cloudevents/spec
"""

import base64
import hashlib
import hmac
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.utils.module_loading import import_string

from sagaflow import conf, signals
from sagaflow.cloud_events import MEDIA_TYPE
from sagaflow.core.participant import TechnicalError
from sagaflow.networks import allow_list

__all__ = [
    "CloudEvent",
    "NatsSubject",
    "NotDelivered",
    "RabbitmqExchange",
    "RedisStream",
    "Sink",
    "Webhook",
    "addresses",
    "announce",
    "configured",
    "signature",
]

log = logging.getLogger(__name__)

CloudEvent = Mapping[str, Any]
Sink = Callable[[CloudEvent], None]

SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of the standard, not a secret


class NotDelivered(Exception):
    """A sink did not accept an event; the relay tries again."""


def announce(event: CloudEvent) -> None:
    """Send the Django signal `signals.event_published(event=…)`; a receiver that raises gets the event again."""
    log.debug("%s of run %s", event["type"], event["subject"])  # never its data: a log has no permissions
    signals.event_published.send(sender=announce, event=event)


@dataclass(frozen=True)
class RedisStream:
    """Append each event to a Redis stream, as JSON in the field `event`."""

    url: str
    key: str = "sagaflow:events"
    keep: int = 100_000
    """The approximate number of events that the stream keeps."""

    def __call__(self, event: CloudEvent) -> None:
        self._client.xadd(self.key, {"event": body(event)}, maxlen=self.keep, approximate=True)

    @cached_property
    def _client(self) -> Any:
        import redis  # an extra, which only this sink needs

        return redis.Redis.from_url(self.url, socket_connect_timeout=2, socket_timeout=5)


class _Broker(ABC):
    """Sends each event over one connection, which is kept."""

    url: str
    schemes: ClassVar[tuple[str, str]]
    _link: Any

    @property
    @abstractmethod
    def _place(self) -> str:
        """The subject or routing key, with ``{saga}`` and ``{event}``."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in self.schemes or not parts.hostname:
            schemes = " or ".join(f"{scheme}://" for scheme in self.schemes)
            raise ValueError(f"The URL of this sink begins with {schemes} and a host.")
        if parts.password:
            raise ValueError(
                "The URL of a sink appears in messages: give the user and the password as arguments instead."
            )

    def __call__(self, event: CloudEvent) -> None:
        from sagaflow.transport.streams import BrokerFailed

        place = self.place_of(event["source"].split("/")[2], event["type"])
        try:
            self._link.send(place, event["id"], body(event))
        except BrokerFailed as error:
            raise NotDelivered(f"{error} Event {event['id']} was not delivered.") from error

    def place_of(self, saga: str, event: str) -> str:
        """Return the subject or routing key of an event."""
        place = self._place
        for name, value in {"{saga}": saga, "{event}": ".".join(filter(None, event.split(".")))}.items():
            place = place.replace(name, value)
        return place

    def close(self) -> None:
        """End the connection. The next event opens another."""
        self._link.close()


@dataclass(frozen=True)
class NatsSubject(_Broker):
    """Store each event in a stream of NATS JetStream, as JSON. The stream drops a repetition that comes soon after."""

    url: str
    """Such as ``nats://nats.example:4222``, without a password."""
    subject: str = "sagaflow.{saga}.{event}"
    """``{saga}`` and ``{event}`` stand for the names. A stream has to store the subject."""
    user: str = ""
    password: str = field(default="", repr=False)
    """The password; without a user, the token."""
    schemes = ("nats", "tls")

    @property
    def _place(self) -> str:
        return self.subject

    @cached_property
    def _link(self) -> Any:
        from sagaflow.transport.publishers import Link, nats  # an extra, which only this sink needs

        return Link(lambda: nats.NatsPublisher(self.url, self.user, self.password))


@dataclass(frozen=True)
class RabbitmqExchange(_Broker):
    """Publish each event to a durable topic exchange of RabbitMQ, as JSON, persistent and confirmed."""

    url: str
    """Such as ``amqps://rabbit.example``, without a password."""
    exchange: str = "sagaflow"
    key: str = "{saga}.{event}"
    """The routing key; ``{saga}`` and ``{event}`` stand for the names."""
    user: str = ""
    password: str = field(default="", repr=False)
    schemes = ("amqp", "amqps")

    @property
    def _place(self) -> str:
        return self.key

    @cached_property
    def _link(self) -> Any:
        from sagaflow.transport.publishers import Link, rabbitmq  # an extra, which only this sink needs

        return Link(lambda: rabbitmq.RabbitmqPublisher(self.url, self.exchange, self.user, self.password))


@dataclass(frozen=True)
class Webhook:
    """Post each event, signed as in https://www.standardwebhooks.com. Any answer except 2xx counts as not delivered."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    """Keys as `whsec_…` in base64; during a key rotation the new key and the old key."""
    timeout: float = 10.0
    """Seconds until the status of the answer has to be there. The body of the answer is not read."""
    allow: tuple[str, ...] = ()
    """The networks that the receiver may be in although they are not public, such as ``10.1.0.0/16``; no wide ones."""

    def __post_init__(self) -> None:
        url = urlsplit(self.url)
        if url.scheme not in ("http", "https") or not url.hostname or url.port == 0:  # other ports raise by themselves
            raise ValueError("The URL of a webhook begins with http:// or https:// and a host.")
        if "@" in url.netloc:
            raise ValueError("The URL of a webhook has no user and no password: its requests are signed instead.")
        allow_list(" ".join(self.allow))
        for secret in self.secrets:
            _key(secret)
        if not self.secrets:
            raise ValueError(f"{self._who} has no secret; give at least one that starts with whsec_.")

    def __call__(self, event: CloudEvent) -> None:
        text, at = body(event), int(time.time())
        signed = " ".join(signature(secret, event["id"], at, text) for secret in self.secrets)
        headers = {
            "content-type": MEDIA_TYPE,
            "webhook-id": event["id"],
            "webhook-timestamp": str(at),
            "webhook-signature": signed,
        }
        try:
            status = self._post(headers, text.encode())
        except TechnicalError as error:
            raise NotDelivered(f"{error} Event {event['id']} was not delivered.") from error
        if not 200 <= status < 300:  # noqa: PLR2004 - success
            raise NotDelivered(f"{self._who} answered {status} to event {event['id']}.")

    @property
    def _who(self) -> str:
        """The subject of a sentence about it. The path and the query may be secret."""
        url = urlsplit(self.url)
        return f"The receiver {url.scheme}://{url.netloc}"

    def _post(self, headers: Mapping[str, str], content: bytes) -> int:
        """Send it as requests to participants are sent: to a checked address, with a deadline for everything."""
        from sagaflow.participants import wire  # it needs the models, which may not be loaded yet

        url = urlsplit(self.url)
        place = wire.Place(
            who=self._who,
            scheme=url.scheme,
            host=url.hostname or "",
            port=url.port or wire.PORTS[url.scheme],
            authority=url.netloc,
            allowed=allow_list(" ".join(self.allow)),
        )
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        return wire.post(place, target, headers, content, self.timeout)


@cache
def configured() -> Mapping[str, Sink]:
    """Return the sinks of the settings by their paths, so that what a sink has stays known when the list changes."""
    return {path: import_string(path) for path in conf.current().output_sinks} or {"": announce}


def addresses(saga: str) -> Callable[[str], str | None]:
    """Return what says the subject or routing key of each event of a saga at the first broker of the settings."""
    broker = next((sink for sink in configured().values() if isinstance(sink, _Broker)), None)
    return lambda event: broker.place_of(saga, event) if broker else None


def signature(secret: str, event_id: str, at: int, text: str) -> str:
    """Return `v1,` and the base64 of HMAC-SHA256 over identifier, Unix time and body."""
    digest = hmac.new(_key(secret), f"{event_id}.{at}.{text}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def body(event: CloudEvent) -> str:
    """Return the event as JSON text."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise ValueError(
            "A webhook secret is base64 after `whsec_`; make one with `openssl rand -base64 32`."
        ) from error
