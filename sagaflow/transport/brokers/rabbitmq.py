"""Hints over RabbitMQ, each confirmed by the server. Time-outs are short: the sweeper makes up for a dropped hint."""

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
        """Hangs up: an idle connection misses the heartbeats of the server, which then ends it noisily."""
        del self.connection
