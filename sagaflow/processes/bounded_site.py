"""Daphne, which refuses a long body by its length, before it is read, and one that never ends by its time.

Daphne itself reads every body to its end, in memory and in a file, before the application is asked. Behind uvicorn,
`config.body_limit` is enough.
"""

from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from django.conf import settings

from sagaflow.arriving import PATIENCE, Arriving

__all__ = ["BoundedServer"]

LINES = b"Content-Type: text/plain\r\nConnection: close\r\nContent-Length: "
TOO_LONG = b"HTTP/1.1 413 Content Too Large\r\n" + LINES + b"21\r\n\r\nThe body is too long."
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + LINES + b"35\r\n\r\nThe body took too long; send again."


class BoundedRequest(WebRequest):  # type: ignore[misc]  # Daphne has no types
    """A request that ends at ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes, with a length or in chunks, or after a time."""

    arriving = Arriving()
    patience = PATIENCE
    taken = 0
    refused = False
    deadline: Any = None

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's
        super().gotLength(length)
        self._take(length or 0)
        if length != 0 and not self.refused:
            from twisted.internet import reactor  # its import installs it

            self.deadline = reactor.callLater(self.patience, self._cut)  # type: ignore[arg-type]  # a module until then

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's
        self._take(len(data) if self.getHeader("content-length") is None else 0)
        if not self.refused:
            super().handleContentChunk(data)
            self.arriving.grow(self, len(data), self._cut)

    def process(self) -> None:
        self._arrived()
        if not self.refused:
            super().process()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - Twisted's
        self._arrived()
        super().connectionLost(reason)

    def _arrived(self) -> None:
        self.arriving.forget(self)
        if self.deadline is not None and self.deadline.active():
            self.deadline.cancel()

    def _take(self, length: int) -> None:
        self.taken += length
        most: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # a project may lift the limit
        if most is not None and self.taken > most:
            self._refuse(TOO_LONG)

    def _cut(self) -> None:
        self._refuse(TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        if not self.refused:
            self.refused = True
            self._arrived()
            self.channel.transport.write(answer)
            self.channel.loseConnection()


class BoundedFactory(HTTPFactory):  # type: ignore[misc]  # as above
    """Makes these requests."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 - Twisted's
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


class BoundedServer(Server):  # type: ignore[misc]  # as above
    """A server with that factory; ``Server.run`` sets its own."""

    @property
    def http_factory(self) -> HTTPFactory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: HTTPFactory) -> None:
        self._http_factory = BoundedFactory(self)
