"""Pacing: a frame to a socket waits until the server has passed on the frames before it, whichever server it is.

ASGI leaves open if ``send`` waits. Daphne's returns at once and keeps everything in memory, and it drops the reason of
a close. Uvicorn's waits without end, with a close as well. This middleware makes both alike: when ``send`` returns, at
most ``MOST_UNWRITTEN`` bytes are in memory. A close ends the connection even if the client does not read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from typing import Any, Protocol

__all__ = ["MOST_UNWRITTEN", "Paced"]

MOST_UNWRITTEN = 64 * 1024
"""The bytes that the server may still hold for a socket when ``send`` returns."""
PAUSE = 0.05
"""The seconds between two looks at a server that does not say when it has written."""
GRACE = 1.0
"""The seconds in which a client has to take the close, with everything before it."""

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[object]]


class Wire(Protocol):
    """The connection of one socket, as its server keeps it."""

    def unwritten(self) -> int:
        """Return the number of bytes that the server holds and the system has not taken yet."""

    def abort(self) -> None:
        """End the connection and forget those bytes."""

    async def close(self, message: Message) -> None:
        """Send the close, with its reason."""


class DaphneWire:
    """A protocol of Daphne, whose transport belongs to Twisted."""

    def __init__(self, protocol: Any, send: Send) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._send = send

    def unwritten(self) -> int:
        """Return what ``FileDescriptor`` of Twisted keeps: it has no method that says so."""
        transport = self._transport
        unwritten: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen  # noqa: SLF001 - as above
        return unwritten

    def abort(self) -> None:
        self._transport.abortConnection()

    async def close(self, message: Message) -> None:
        if self._protocol.state == self._protocol.STATE_OPEN:
            # Not sendClose, which refuses the codes from 1001 to 2999.
            self._protocol.sendCloseFrame(
                code=message.get("code", 1000), reasonUtf8=message.get("reason", "").encode(), isReply=False
            )
        else:
            await self._send(message)


class AsyncioWire:
    """A protocol of uvicorn, whose transport belongs to asyncio."""

    def __init__(self, transport: asyncio.WriteTransport, send: Send) -> None:
        self._transport = transport
        self._send = send

    def unwritten(self) -> int:
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        self._transport.abort()

    async def close(self, message: Message) -> None:
        await self._send(message)


class UnknownWire:
    """The connection of another server, whose ``send`` has to wait by itself, as that of hypercorn does."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def unwritten(self) -> int:
        return 0

    def abort(self) -> None:
        return

    async def close(self, message: Message) -> None:
        await self._send(message)


def wire_of(send: Send) -> Wire:
    """Return the connection behind the ``send`` that a server passed."""
    if isinstance(send, partial) and send.args and hasattr(send.args[0], "sendCloseFrame"):
        return DaphneWire(send.args[0], send)
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return AsyncioWire(transport, send) if isinstance(transport, asyncio.WriteTransport) else UnknownWire(send)


class Paced:
    """An ASGI application whose ``send`` waits for the client. It has to be the outermost one: it knows the servers."""

    def __init__(self, application: App) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = wire_of(send)

        async def paced(message: Message) -> None:
            if message["type"] == "websocket.close":
                await _close(wire, message)
            else:
                await send(message)
                await _written(wire, MOST_UNWRITTEN)

        await self.application(scope, receive, paced)


async def _written(wire: Wire, most: int) -> None:
    while wire.unwritten() > most:  # noqa: ASYNC110 - no server has an event for both limits
        await asyncio.sleep(PAUSE)


async def _close(wire: Wire, message: Mapping[str, Any]) -> None:
    try:
        async with asyncio.timeout(GRACE):
            await wire.close(dict(message))
            await _written(wire, 0)
    except TimeoutError:
        wire.abort()
