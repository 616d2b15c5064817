"""A long body is refused by its length, before it is read. The site takes no files."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler

__all__ = ["BodyLimit", "NoFiles"]

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[object]]

PROBLEM = (
    b'{"type": "about:blank", "title": "Request Entity Too Large", "status": 413, "code": "too-long", '
    b'"detail": "The body is too long; pass a reference to large data."}'
)


class TooLong(Exception):
    """A body without a length went on after the limit."""


class BodyLimit:
    """An ASGI application that gets no body above ``DATA_UPLOAD_MAX_MEMORY_SIZE``: Django reads all of it first."""

    def __init__(self, application: App) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if scope["type"] != "http" or most is None:
            await self.application(scope, receive, send)
        elif _length(scope) > most:
            await _refuse(send)
        else:
            try:
                await self.application(scope, _counted(receive, most), send)
            except TooLong:
                await _refuse(send)


def _length(scope: Scope) -> int:
    found = dict(scope["headers"]).get(b"content-length", b"0")
    return int(found) if found.isdigit() else 0


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLong
        return message

    return counted


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": PROBLEM})


class NoFiles(FileUploadHandler):
    """Refuses the first file of a form: no page of the site takes one."""

    def new_file(self, *_: Any, **__: Any) -> None:
        raise TooManyFilesSent("This site takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take nothing; Django demands the method."""

    def file_complete(self, file_size: int) -> None:
        """Return no file; Django demands the method."""
