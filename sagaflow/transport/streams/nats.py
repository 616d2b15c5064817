"""Events of NATS JetStream, by a durable pull consumer of the group.

The client library is asynchronous. Each stream has an event loop of its own, which runs only while something is asked.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from sagaflow.source_settings import Source
from sagaflow.transport.streams import BATCH, CONNECT, REDELIVERY, BrokerFailed, Message
from sagaflow.transport.streams.nats_client import connected, failures, no_stream

__all__ = ["NatsStream"]

T = TypeVar("T")


class NatsStream:
    """The durable consumer ``group_source`` of a stream. What is not done in time is delivered again."""

    def __init__(self, source: Source, password: str, name: str) -> None:
        self._source = source
        self._runner = asyncio.Runner()
        self._unfinished: dict[str, Any] = {}
        self._closed = False
        try:
            self._run(self._connect(source, password, name))
        except BaseException:
            self.close()
            raise

    def receive(self, patience: float) -> list[Message]:
        found: list[Any] = self._run(self._fetch(patience))
        messages = [_message(each) for each in found]
        self._unfinished |= {message.place: message.handle for message in messages}
        return messages

    def done(self, message: Message) -> None:
        """Wait for the confirmation: an acknowledgement that is lost would make the event come again much later."""
        self._run(message.handle.ack_sync(timeout=CONNECT))
        self._unfinished.pop(message.place, None)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with suppress(Exception):
                self._runner.run(self._leave())
            self._runner.close()

    async def _connect(self, source: Source, password: str, name: str) -> None:
        self._client = await connected(source.url, source.user, password, name)
        context = self._client.jetstream(timeout=CONNECT)
        try:
            stream = source.stream or await context.find_stream_name_by_subject(source.topic)
            wanted = ConsumerConfig(
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=REDELIVERY,
                max_ack_pending=10 * BATCH,
                filter_subject=source.topic,
            )
            durable = f"{source.group}_{source.name}"
            self._pull = await context.pull_subscribe(source.topic, durable=durable, stream=stream, config=wanted)
        except NotFoundError as error:
            raise no_stream(source.topic, source.stream) from error

    async def _fetch(self, patience: float) -> list[Any]:
        if not self._client.is_connected:
            raise BrokerFailed("NATS closed the connection.")
        try:
            return list(await self._pull.fetch(BATCH, timeout=patience))
        except TimeoutError:  # also that of the client, which has its own class
            if not self._client.is_connected:
                raise BrokerFailed("NATS closed the connection.") from None
            return []

    async def _leave(self) -> None:
        async with asyncio.timeout(CONNECT):
            for message in self._unfinished.values():
                await message.nak()
            await self._client.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with failures():
            return self._runner.run(work)


def _message(each: Any) -> Message:
    headers = {str(name): str(value) for name, value in (each.headers or {}).items()}
    place = each.metadata.sequence.stream
    return Message(each.data, headers, f"{each.metadata.stream} {place}", each)
