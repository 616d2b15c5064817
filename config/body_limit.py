"""A long body is refused by its length, before it is read, and one that never ends by its time.

The site takes no files.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler

from sagaflow.arriving import PATIENCE, Arriving

__all__ = ["BodyLimit", "NoFiles"]

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[object]]

PROBLEMS = {
    413: b'{"type": "about:blank", "title": "Request Entity Too Large", "status": 413, "code": "too-long", '
    b'"detail": "The body is too long; pass a reference to large data."}',
    408: b'{"type": "about:blank", "title": "Request Timeout", "status": 408, "code": "too-slow", '
    b'"detail": "The body took too long to arrive, and nothing was changed. Send the request again."}',
}


class Refused(Exception):
    """A body cannot be read to its end; ``status`` says why."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class BodyLimit:
    """An ASGI application that gets no body above ``DATA_UPLOAD_MAX_MEMORY_SIZE``: Django reads all of it first.

    A body has to arrive within ``patience`` seconds, and with others that are on their way it fits into ``arriving``.
    """

    def __init__(self, application: App, *, arriving: Arriving | None = None, patience: float = PATIENCE) -> None:
        self.application = application
        self.arriving = arriving or Arriving()
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if scope["type"] != "http" or most is None:
            await self.application(scope, receive, send)
        elif _length(scope) > most:
            await _refuse(send, 413)
        else:
            body = _Body(receive, most, self.arriving, self.patience)
            try:
                await self.application(scope, body.receive, send)
            except Refused as refused:
                await _refuse(send, refused.status)
            finally:
                self.arriving.forget(body)


def _length(scope: Scope) -> int:
    found = dict(scope["headers"]).get(b"content-length", b"0")
    return int(found) if found.isdigit() else 0


class _Body:
    """A body that is on its way."""

    def __init__(self, receive: Receive, most: int, arriving: Arriving, patience: float) -> None:
        self._receive, self._most, self._arriving = receive, most, arriving
        self._until = asyncio.get_running_loop().time() + patience
        self._waiting: asyncio.Timeout | None = None
        self._taken = 0
        self._is_whole = self._is_cut = False

    async def receive(self) -> Message:
        """Return the next message of the server. After the body, it waits for the end of the connection.

        Raises:
            Refused: the body is too long, or took too long.
        """
        if self._is_whole:
            return await self._receive()
        message = await self._in_time()
        size = len(message.get("body", b""))
        self._taken += size
        if self._taken > self._most:
            raise Refused(413)
        self._is_whole = not message.get("more_body", False)
        if self._is_whole:
            self._arriving.forget(self)
        else:
            self._arriving.grow(self, size, self._cut)
        return message

    async def _in_time(self) -> Message:
        if self._is_cut:
            raise Refused(408)
        try:
            async with asyncio.timeout_at(self._until) as self._waiting:
                return await self._receive()
        except TimeoutError:
            raise Refused(408) from None
        finally:
            self._waiting = None

    def _cut(self) -> None:
        self._is_cut = True
        if self._waiting is not None:
            self._waiting.reschedule(0.0)  # that time has passed


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": PROBLEMS[status]})


class NoFiles(FileUploadHandler):
    """Refuses the first file of a form: no page of the site takes one."""

    def new_file(self, *_: Any, **__: Any) -> None:
        raise TooManyFilesSent("This site takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take nothing; Django demands the method."""

    def file_complete(self, file_size: int) -> None:
        """Return no file; Django demands the method."""
