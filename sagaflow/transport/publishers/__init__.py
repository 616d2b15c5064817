"""The brokers to which events are sent: one contract, and a module for each kind of client.

The law: when ``send`` returns, the broker has stored the message. When it raises, the broker may have it or not, and
the owner sends it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sagaflow.transport.streams import BrokerFailed

__all__ = ["Link", "Publisher"]


class Publisher(Protocol):
    """A connection to a broker. One thread at a time uses it."""

    def send(self, place: str, event_id: str, text: str) -> None:
        """Store a message. ``place``: the subject or routing key.

        Raises:
            BrokerFailed: the broker has not confirmed it.
        """

    def close(self) -> None:
        """End the connection. Never raise."""


@dataclass
class Link:
    """Sends by one connection for as long as it holds. A broker closes a connection that was idle for long."""

    connect: Callable[[], Publisher]
    open: Publisher | None = field(default=None, init=False)

    def send(self, place: str, event_id: str, text: str) -> None:
        """Send by the open connection, and if it has failed, once more by a new one.

        Raises:
            BrokerFailed: the broker has not confirmed it.
        """
        if self.open is not None:
            try:
                return self.open.send(place, event_id, text)
            except BrokerFailed:
                self.close()
        self.open = self.connect()
        try:
            self.open.send(place, event_id, text)
        except BrokerFailed:
            self.close()
            raise

    def close(self) -> None:
        """End the connection. The next event opens another."""
        if self.open is not None:
            self.open.close()
            self.open = None
