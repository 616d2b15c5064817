"""Hints over Redis. A killed worker is noticed after 5 s instead of a minute, as every command checks for dead workers.

No command is tried twice: a sender drops the hint, a consumer starts again, and the sweeper repairs both.
"""

import redis
from dramatiq import Middleware
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from sagaflow.transport.brokers.undelayed import Undelayed

NAMESPACE = "sagaflow"
HEARTBEAT_TIMEOUT = 5_000
ALWAYS = 1_000_000
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0
DAY = 86_400_000


class RedisHints(Undelayed, RedisBroker):
    poll = 100
    """Milliseconds between two polls of a consumer: the latency after a time without hints."""

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

    def waiting(self, queue: str) -> int:
        return int(self.client.llen(f"{NAMESPACE}:{queue}"))

    def rest(self) -> None:
        """Do nothing: the pool keeps its connections alive."""

    def close(self) -> None:
        self.client.close()
