"""The brokers that can carry hints, as a family: memory, Redis, RabbitMQ.

Each is a Dramatiq broker that nobody but Sagaflow uses, with two methods more: `waiting(queue)`, how many hints lie in
a queue (an estimate), and `rest()`, called when nothing was sent for a while. None waits for delayed messages.
"""

from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from dramatiq import Broker, Middleware

__all__ = ["HintBroker", "build"]

FAMILY = {
    "": ("sagaflow.transport.brokers.memory", "MemoryBroker"),
    "redis": ("sagaflow.transport.brokers.redis", "RedisHints"),
    "rediss": ("sagaflow.transport.brokers.redis", "RedisHints"),
    "amqp": ("sagaflow.transport.brokers.rabbitmq", "RabbitmqHints"),
    "amqps": ("sagaflow.transport.brokers.rabbitmq", "RabbitmqHints"),
}
EXTRA = {"redis": "redis", "rediss": "redis", "amqp": "rabbitmq", "amqps": "rabbitmq"}


class HintBroker(Protocol):
    """What a member of the family has beyond a Dramatiq broker."""

    poll: int
    """Milliseconds that a consumer waits at most before it looks again."""

    def waiting(self, queue: str) -> int: ...
    def rest(self) -> None: ...


def build(url: str, middleware: list[Middleware]) -> Broker:
    """The broker for "embedded", redis://…, rediss://…, amqp://… or amqps://…; it connects when it is first used.

    Raises:
        ImproperlyConfigured: the client library for that broker is not installed.
    """
    scheme = urlsplit(url).scheme
    module, name = FAMILY[scheme]
    try:
        kind: Any = getattr(import_module(module), name)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"The broker {scheme}:// needs a client library that is not installed: {error}. "
            f"Install it with `pip install django-sagaflow[{EXTRA.get(scheme, '')}]`."
        ) from error
    return kind(url, middleware)
