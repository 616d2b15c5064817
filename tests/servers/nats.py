"""A private NATS server with JetStream, whose streams are on disk: they survive a restart."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from nats.aio.client import Client
from nats.errors import Error
from nats.js.errors import NotFoundError

from tests.servers.binaries import find
from tests.servers.server import Server


class Nats(Server):
    name = "nats"

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def flush(self) -> None:
        """Delete every stream, with its consumers."""
        self._with(self._delete_all)

    def command(self) -> list[str]:
        place = ["--addr", "127.0.0.1", "--port", str(self.port), "--store_dir", str(self.folder / "data")]
        return [find("nats-server", "nats-server", "/usr/sbin"), "--jetstream", *place]

    def answers(self) -> bool:
        try:
            self._with(lambda context: context.account_info())
        except (Error, OSError, TimeoutError):
            return False
        return True

    def create(self, stream: str, *subjects: str) -> None:
        """Create a stream that stores the subjects."""
        self._with(lambda context: context.add_stream(name=stream, subjects=list(subjects)))

    def publish(self, subject: str, body: Any, headers: dict[str, str] | None = None) -> None:
        """Store a message: bytes, or a value that becomes JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._with(lambda context: context.publish(subject, content, headers=headers))

    def unfinished(self, stream: str, consumer: str) -> int:
        """The number of messages that the consumer has not done."""

        async def ask(context: Any) -> int:
            try:
                info = await context.consumer_info(stream, consumer)
            except NotFoundError:
                return (await context.stream_info(stream)).state.messages
            return info.num_pending + info.num_ack_pending

        return self._with(ask)

    @staticmethod
    async def _delete_all(context: Any) -> None:
        for info in await context.streams_info():
            await context.delete_stream(info.config.name)

    def _with(self, work: Any) -> Any:
        async def connected() -> Any:
            client = Client()
            await client.connect(
                self.url, allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0, error_cb=_quiet
            )
            try:
                return await work(client.jetstream(timeout=5))
            finally:
                await client.close()

        result: Coroutine[Any, Any, Any] = connected()
        return asyncio.run(result)


async def _quiet(_: Exception) -> None:
    """Ignore what the client would print: it is raised too."""
