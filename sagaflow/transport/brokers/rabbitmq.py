"""Hints over RabbitMQ, each confirmed by the server. Timeouts are short, because the sweeper repairs a dropped hint."""

import pika
from dramatiq import Middleware
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from sagaflow.transport.brokers.undelayed import Undelayed

TIMEOUTS = {"connection_attempts": 1, "socket_timeout": 2, "stack_timeout": 5, "blocked_connection_timeout": 5}


class RabbitmqHints(Undelayed, RabbitmqBroker):
    poll = 500

    def __init__(self, url: str, middleware: list[Middleware]) -> None:
        super().__init__(url=url, middleware=middleware, confirm_delivery=True)
        for name, value in TIMEOUTS.items():
            setattr(self.parameters, name, value)

    def waiting(self, queue: str) -> int:
        try:
            return int(self.channel.queue_declare(queue=queue, passive=True).method.message_count)
        except pika.exceptions.ChannelClosedByBroker:  # there is no such queue yet
            del self.channel
            return 0
        except pika.exceptions.AMQPError:
            del self.connection
            raise

    def rest(self) -> None:
        """Disconnect: an idle connection misses the heartbeats of the server, which then closes it with an error."""
        del self.connection
