"""Events of a RabbitMQ topic exchange, in a durable queue of the group. The number of messages held is limited."""

from contextlib import suppress
from typing import Any

import pika
from pika.exceptions import AMQPError

from sagaflow.source_settings import Source
from sagaflow.transport.streams import BATCH, BrokerFailed, Message
from sagaflow.transport.streams.rabbitmq_client import failures, parameters

__all__ = ["RabbitmqStream"]

MORE = 0.01
"""Seconds for which a batch that has a message waits for another."""


class RabbitmqStream:
    """A consumer of the queue ``group.source``. The server gives what is not done to another one when this is gone."""

    def __init__(self, source: Source, password: str, name: str) -> None:
        self._source = source
        queue = f"{source.group}.{source.name}"
        with failures():
            self._connection = pika.BlockingConnection(parameters(source.url, source.user, password, name))
            self._channel = self._connection.channel()
            self._channel.exchange_declare(source.exchange, "topic", durable=True)
            self._channel.queue_declare(queue, durable=True)
            self._channel.queue_bind(queue, source.exchange, source.topic)
            self._channel.basic_qos(prefetch_count=BATCH)
            self._received: list[Message] = []
            self._channel.basic_consume(queue, self._take)

    def receive(self, patience: float) -> list[Message]:
        with failures():
            self._connection.process_data_events(time_limit=0 if self._received else patience)
            if self._received:
                self._connection.process_data_events(time_limit=MORE)
        if not self._channel.is_open:
            raise BrokerFailed("RabbitMQ closed the channel.")
        found, self._received = self._received[:BATCH], self._received[BATCH:]
        return found

    def done(self, message: Message) -> None:
        with failures():
            self._channel.basic_ack(message.handle)

    def close(self) -> None:
        with suppress(AMQPError, OSError):
            self._connection.close()

    def _take(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        headers = {str(name): _text(value) for name, value in (properties.headers or {}).items()}
        if properties.content_type:
            headers["content-type"] = properties.content_type
        self._received.append(Message(body, headers, "", method.delivery_tag))


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
