"""Daphne, which refuses a long body by its length, before it is read.

Daphne itself reads every body to its end, in memory and in a file, before the application is asked. Behind uvicorn,
`config.body_limit` is enough.
"""

from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from django.conf import settings

__all__ = ["BoundedServer"]

REFUSAL = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 21\r\n\r\n"
    b"The body is too long."
)


class BoundedRequest(WebRequest):  # type: ignore[misc]  # Daphne has no types
    """A request that ends at ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes, with a length or in chunks."""

    taken = 0
    refused = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's
        super().gotLength(length)
        self._take(length or 0)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's
        self._take(len(data) if self.getHeader("content-length") is None else 0)
        if not self.refused:
            super().handleContentChunk(data)

    def process(self) -> None:
        if not self.refused:
            super().process()

    def _take(self, length: int) -> None:
        self.taken += length
        most: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # a project may lift the limit
        if most is not None and self.taken > most and not self.refused:
            self.refused = True
            self.channel.transport.write(REFUSAL)
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
