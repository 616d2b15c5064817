"""Events of a RabbitMQ topic exchange, in a durable queue of the group. The number of messages held is limited."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pika
from pika.exceptions import AMQPError

from sagaflow.source_settings import Source
from sagaflow.transport.streams import BATCH, CONNECT, BrokerFailed, Message

__all__ = ["RabbitmqStream", "parameters"]

HEARTBEAT = 30
"""Seconds after which a peer that is silent counts as dead."""
MORE = 0.01
"""Seconds for which a batch that has a message waits for another."""


class RabbitmqStream:
    """A consumer of the queue ``group.source``. The server gives what is not done to another one when this is gone."""

    def __init__(self, source: Source, password: str, name: str) -> None:
        self._source = source
        queue = f"{source.group}.{source.name}"
        with _failures():
            self._connection = pika.BlockingConnection(parameters(source.url, source.user, password, name))
            self._channel = self._connection.channel()
            self._channel.exchange_declare(source.exchange, "topic", durable=True)
            self._channel.queue_declare(queue, durable=True)
            self._channel.queue_bind(queue, source.exchange, source.topic)
            self._channel.basic_qos(prefetch_count=BATCH)
            self._received: list[Message] = []
            self._channel.basic_consume(queue, self._take)

    def receive(self, patience: float) -> list[Message]:
        with _failures():
            self._connection.process_data_events(time_limit=0 if self._received else patience)
            if self._received:
                self._connection.process_data_events(time_limit=MORE)
        if not self._channel.is_open:
            raise BrokerFailed("RabbitMQ closed the channel.")
        found, self._received = self._received[:BATCH], self._received[BATCH:]
        return found

    def done(self, message: Message) -> None:
        with _failures():
            self._channel.basic_ack(message.handle)

    def close(self) -> None:
        with suppress(AMQPError, OSError):
            self._connection.close()

    def _take(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        headers = {str(name): _text(value) for name, value in (properties.headers or {}).items()}
        if properties.content_type:
            headers["content-type"] = properties.content_type
        self._received.append(Message(body, headers, "", method.delivery_tag))


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


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (AMQPError, OSError) as error:
        raise BrokerFailed(f"RabbitMQ: {str(error) or type(error).__name__}") from error
