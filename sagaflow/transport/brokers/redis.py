"""Hints over Redis. A killed worker is noticed after 5 s instead of a minute, as every command checks for dead workers.

No command is tried twice: a sender drops the hint, a consumer starts again, and the sweeper repairs both. An idle
consumer waits inside Redis for the next hint, so that a single run neither waits for a poll nor pays for polls.
"""

import redis
from dramatiq import MessageProxy, Middleware
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.retry import Retry

from sagaflow.transport.brokers.undelayed import Undelayed

NAMESPACE = "sagaflow"
HEARTBEAT_TIMEOUT = 5_000
ALWAYS = 1_000_000
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0
DAY = 86_400_000


class RedisHints(Undelayed, RedisBroker):
    poll = 1_000
    """Milliseconds for which an idle consumer waits in Redis; then it tells again that it is alive."""

    def __init__(self, url: str, middleware: list[Middleware]) -> None:
        client = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=30,
        )
        super().__init__(  # type: ignore[no-untyped-call]  # Dramatiq has no types there
            client=client,
            middleware=middleware,
            namespace=NAMESPACE,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            maintenance_chance=ALWAYS,
            dead_message_ttl=DAY,
        )

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return WaitingConsumer

    def waiting(self, queue: str) -> int:
        return int(self.client.llen(f"{NAMESPACE}:{queue}"))

    def rest(self) -> None:
        """Do nothing: the pool keeps its connections alive."""

    def close(self) -> None:
        self.client.close()


class WaitingConsumer(_RedisConsumer):
    """A consumer that waits for a hint after it found none, where Dramatiq's own sleeps and looks again."""

    FULL = 20
    """Milliseconds after which it looks, at most, if a hint that it holds is done and it has room for another."""
    MISSED = 5
    """The same after another consumer took the hint."""

    def __init__(self, broker: RedisHints, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]  # Dramatiq has no types here
        self.patience = timeout / 1000

    def __next__(self) -> MessageProxy | None:
        has_room = self.outstanding_message_count < self.prefetch
        self.timeout = self.MISSED if has_room else self.FULL
        if has_room and self.misses and not self.message_cache:
            self._wait()
        message: MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]  # as above
        return message

    def _wait(self) -> None:
        """Wait until the queue has a hint. To move it from the head of the queue to its head changes nothing."""
        queue = f"{NAMESPACE}:{self.queue_name}"
        try:
            self.broker.client.blmove(queue, queue, self.patience, "LEFT", "LEFT")
        except redis.ConnectionError as error:
            raise ConnectionClosed(error) from None
