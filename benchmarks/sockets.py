"""A WebSocket client that is small enough to open a thousand of them: text frames and pings only (RFC 6455)."""

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator

__all__ = ["connect"]

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
SHORT, LONG = 126, 127


async def connect(host: str, port: int, path: str, cookie: str) -> AsyncIterator[str]:
    """The texts that the server sends, until it closes the socket.

    Raises:
        ConnectionError: the server refused the connection.
    """
    reader, writer = await asyncio.open_connection(host, port)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: http://{host}:{port}"]
    writer.write("\r\n".join([*lines, f"Cookie: {cookie}", "", ""]).encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise ConnectionError(head.decode(errors="replace"))
    try:
        while True:
            kind, data = await _frame(reader)
            if kind == TEXT:
                yield data.decode()
            elif kind == PING:
                writer.write(_masked(PONG, data))
            elif kind == CLOSE:
                return
    finally:
        writer.close()


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == SHORT:
        [length] = struct.unpack(">H", await reader.readexactly(2))
    elif length == LONG:
        [length] = struct.unpack(">Q", await reader.readexactly(8))
    return first & 0x0F, await reader.readexactly(length)


def _masked(kind: int, data: bytes) -> bytes:
    mask = os.urandom(4)
    return bytes([0x80 | kind, 0x80 | len(data)]) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
