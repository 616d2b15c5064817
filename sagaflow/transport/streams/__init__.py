"""The brokers from which events are heard: one contract, and a module for each kind of client.

The law: a message stays with the broker until ``done`` was called with it. If the process dies before that, the broker
delivers the message again, to this or to another listener of the group. So a message may come twice, or late, and
never gets lost. No stream connects again by itself: it raises, and its owner closes it and opens another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured

from sagaflow.source_settings import Source

__all__ = ["BATCH", "BrokerFailed", "Message", "Stream", "opened"]

BATCH = 50
"""The number of messages that a listener holds, at most. The broker keeps the others."""
REDELIVERY = 30.0
"""Seconds after which a message that a dead listener held is delivered again, where the broker cannot see the death."""
CONNECT = 5.0
"""Seconds within which a broker has to accept a connection, or to answer."""


class BrokerFailed(Exception):
    """The broker cannot be reached, or does not have what the source names. The message has no password."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the broker delivered it."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    place: str
    """Where the broker has it; the same for each delivery, or empty if the broker does not tell."""
    handle: Any = field(repr=False, compare=False, default=None)
    """Identifies the delivery to the stream."""


class Stream(Protocol):
    """The messages of one source. One thread uses it."""

    def receive(self, patience: float) -> list[Message]:
        """Return at most ``BATCH`` messages, as soon as there is one; none after ``patience`` seconds.

        Raises:
            BrokerFailed: the broker does not answer.
        """

    def done(self, message: Message) -> None:
        """Tell the broker that the message is stored. The messages of a batch are done in their order.

        Raises:
            BrokerFailed: the broker does not answer; it will deliver the message again.
        """

    def close(self) -> None:
        """Give back what was received and is not done, if the broker still answers. Never raise."""


def opened(source: Source, password: str, name: str) -> Stream:
    """Connect to the broker of a source. ``name``: of this process, unique.

    Raises:
        ImproperlyConfigured: the client library is not installed.
        BrokerFailed: the broker does not answer, or does not have what the source names.
    """
    kind = source.kind
    try:
        stream: Any = getattr(import_module(kind.module), kind.name)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"The source '{source.name}' needs a client library that is not installed: {error}. "
            f"Install it with `pip install django-sagaflow[{kind.extra}]`."
        ) from error
    connected: Stream = stream(source, password, name)
    return connected
