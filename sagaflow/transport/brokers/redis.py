"""Hints over Redis. A worker that was killed is noticed after 5 s instead of a minute, and every command looks for it.

No command is tried twice: who sends drops the hint, who consumes starts anew, and the sweeper makes up for both.
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
    """Its consumers poll: this is the latency after an idle spell."""

    def __init__(self, url: str, middleware: list[Middleware]) -> None:
        client = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=30,
        )
        super().__init__(
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
        """The pool keeps its connections alive."""

    def close(self) -> None:
        self.client.close()
