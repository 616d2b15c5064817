"""A connection to RabbitMQ that is tried once, for the streams that are heard and for the events that are sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import pika
from pika.exceptions import AMQPError

from sagaflow.transport.streams import CONNECT, BrokerFailed

__all__ = ["failures", "parameters"]

HEARTBEAT = 30
"""Seconds after which a peer that is silent counts as dead."""


def parameters(url: str, user: str, password: str, name: str) -> pika.URLParameters:
    """Return the parameters of a connection that does not try twice."""
    found = pika.URLParameters(url)
    if user or password:
        found.credentials = pika.PlainCredentials(user or "guest", password)
    found.connection_attempts = 1
    found.socket_timeout = found.stack_timeout = found.blocked_connection_timeout = CONNECT
    found.heartbeat = HEARTBEAT
    found.client_properties = {"connection_name": name}
    return found


@contextmanager
def failures() -> Iterator[None]:
    """Turn the errors of the client into one of the contract."""
    try:
        yield
    except (AMQPError, OSError) as error:
        raise BrokerFailed(f"RabbitMQ: {str(error) or type(error).__name__}") from error
