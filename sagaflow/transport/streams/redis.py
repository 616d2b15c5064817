"""Events of a Redis stream, for a consumer group. The entry of a listener that died is claimed by another one."""

import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sagaflow.source_settings import Source
from sagaflow.transport.streams import BATCH, CONNECT, REDELIVERY, BrokerFailed, Message

__all__ = ["RedisStream"]

TEXT_OF_BODY = "data"
"""The field with the body where an entry is a CloudEvent in binary mode."""


class RedisStream:
    """A consumer of the group. It first gets what it was given before and did not finish, then claims, then waits."""

    def __init__(self, source: Source, password: str, name: str) -> None:
        self._source, self._name = source, name
        self._client = redis.Redis.from_url(
            source.url,
            username=source.user or None,
            password=password or None,
            socket_connect_timeout=CONNECT,
            socket_timeout=CONNECT,
            retry=Retry(NoBackoff(), 0),
        )
        self._claim_at = 0.0
        with _failures():
            try:
                self._client.xgroup_create(source.topic, source.group, id="0", mkstream=True)
            except redis.ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise

    def receive(self, patience: float) -> list[Message]:
        with _failures():
            if found := self._claimed():
                return found
            block = max(1, int(min(patience, CONNECT / 2) * 1000))
            return self._read(">", block=block)

    def done(self, message: Message) -> None:
        with _failures():
            self._client.xack(self._source.topic, self._source.group, message.handle)

    def close(self) -> None:
        with suppress(redis.RedisError, OSError):
            self._leave()
        self._client.close()

    def _leave(self) -> None:
        """Delete the consumer if nothing of it is outstanding: with it, Redis would forget what is not done."""
        topic, group = self._source.topic, self._source.group
        if not self._client.xpending_range(topic, group, "-", "+", 1, consumername=self._name):
            self._client.xgroup_delconsumer(topic, group, self._name)

    def _claimed(self) -> list[Message]:
        """Return entries that a consumer was given ``REDELIVERY`` seconds ago and did not finish."""
        if time.monotonic() < self._claim_at:
            return []
        source = self._source
        least = int(REDELIVERY * 1000)
        answer: Any = self._client.xautoclaim(source.topic, source.group, self._name, least, "0-0", count=BATCH)
        entries = [(entry, values) for entry, values in answer[1] if values is not None]
        if not entries:
            self._claim_at = time.monotonic() + REDELIVERY / 3
        return [self._message(entry, values) for entry, values in entries]

    def _read(self, after: str, *, block: int) -> list[Message]:
        source = self._source
        answer: Any = self._client.xreadgroup(source.group, self._name, {source.topic: after}, count=BATCH, block=block)
        entries = answer.values() if isinstance(answer, Mapping) else [found for _, found in answer or ()]
        return [self._message(entry, values) for found in entries for entry, values in _flat(found)]

    def _message(self, entry: bytes, values: Mapping[bytes, bytes]) -> Message:
        texts = {name.decode(errors="replace"): value for name, value in values.items()}
        body = texts.pop(self._source.field, None)
        if body is None:
            body = texts.pop(TEXT_OF_BODY, b"")
        headers = {name: value.decode(errors="replace") for name, value in texts.items()}
        return Message(body, headers, entry.decode(), entry)


def _flat(found: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
    """Return the entries of one stream, which the third version of the protocol wraps in a list."""
    return list(found[0]) if found and isinstance(found[0], list) else list(found)


@contextmanager
def _failures() -> Any:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise BrokerFailed(f"Redis: {error}") from error
