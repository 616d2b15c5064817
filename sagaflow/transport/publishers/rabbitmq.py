"""Events to a RabbitMQ topic exchange, persistent and confirmed."""

from contextlib import suppress

import pika
from pika.exceptions import AMQPError

from sagaflow.cloud_events import MEDIA_TYPE
from sagaflow.transport.streams.rabbitmq_client import failures, parameters

__all__ = ["RabbitmqPublisher"]

PERSISTENT = 2


class RabbitmqPublisher:
    """A channel with confirms. The exchange is created if it is missing."""

    def __init__(self, url: str, exchange: str, user: str, password: str) -> None:
        self._exchange = exchange
        with failures():
            self._connection = pika.BlockingConnection(parameters(url, user, password, "sagaflow relay"))
            self._channel = self._connection.channel()
            self._channel.exchange_declare(exchange, "topic", durable=True)
            self._channel.confirm_delivery()

    def send(self, place: str, event_id: str, text: str) -> None:
        about = pika.BasicProperties(content_type=MEDIA_TYPE, message_id=event_id, delivery_mode=PERSISTENT)
        with failures():
            self._channel.basic_publish(self._exchange, place, text.encode(), about)

    def close(self) -> None:
        with suppress(AMQPError, OSError):
            self._connection.close()
