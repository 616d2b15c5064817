"""Events to subjects of NATS JetStream, confirmed by the stream, which drops a repetition that comes soon after."""

import asyncio
from contextlib import suppress
from typing import Any

from nats.js.api import Header
from nats.js.errors import NoStreamResponseError

from sagaflow.cloud_events import MEDIA_TYPE
from sagaflow.transport.streams import CONNECT
from sagaflow.transport.streams.nats_client import connected, failures, no_stream

__all__ = ["NatsPublisher"]


class NatsPublisher:
    """A connection with an event loop of its own, which runs only while a message is sent."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._runner = asyncio.Runner()
        try:
            with failures():
                self._client = self._runner.run(connected(url, user, password, "sagaflow relay"))
        except BaseException:
            self._runner.close()
            raise

    def send(self, place: str, event_id: str, text: str) -> None:
        headers = {Header.MSG_ID.value: event_id, "content-type": MEDIA_TYPE}
        with failures():
            self._runner.run(self._publish(place, text.encode(), headers))

    def close(self) -> None:
        with suppress(Exception):
            self._runner.run(self._leave())
        self._runner.close()

    async def _publish(self, subject: str, content: bytes, headers: dict[str, Any]) -> None:
        try:
            await self._client.jetstream(timeout=CONNECT).publish(subject, content, headers=headers)
        except NoStreamResponseError as error:
            raise no_stream(subject) from error

    async def _leave(self) -> None:
        async with asyncio.timeout(CONNECT):
            await self._client.close()
