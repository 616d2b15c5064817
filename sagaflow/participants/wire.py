"""One HTTP exchange with a participant or a webhook: only to checked addresses, with one deadline and one maximum size.

``httpcore`` follows no redirects, stores no cookies and reads no proxies from the environment. It uses the stream of
this module, so that the deadline also limits a peer that sends one byte at a time.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore

from sagaflow import conf
from sagaflow.core.participant import TechnicalError
from sagaflow.models.connection import Connection
from sagaflow.networks import Network
from sagaflow.participants.address import allowed_addresses
from sagaflow.participants.answers import STANDS, ProgrammingError

__all__ = ["PORTS", "Answer", "Place", "exchange", "post"]

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of a participant. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """The server that a request goes to."""

    who: str
    """The subject of a sentence about it, such as ``The participant at connection 'payments'``."""
    scheme: str
    host: str
    """Without brackets."""
    port: int
    authority: str
    """The header ``Host``."""
    allowed: Sequence[Network] = ()
    """Networks that it may be in, although they are not public."""


def exchange(
    connection: Connection, method: str, path: str, headers: Mapping[str, str], body: bytes, *, timeout: float
) -> Answer:
    """Send the request and read the whole answer in at most ``timeout`` seconds, with the time of the resolver.

    Raises:
        ProgrammingError: the participant did its work, but its answer is too long.
        TechnicalError: no connection, no answer in time, an answer that is too long, or not HTTP.
    """
    place = Place(
        f"The participant at connection '{connection.name}'",
        connection.scheme,
        connection.host.strip("[]"),
        connection.port or PORTS[connection.scheme],
        connection.origin.partition("://")[2],
        connection.allowed,
    )
    with _asked(place, method, connection.base_path + path, headers, body, timeout=timeout) as response:
        names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, names, _limited(response.iter_stream(), place.who, response.status))


def post(place: Place, path: str, headers: Mapping[str, str], body: bytes, timeout: float) -> int:
    """Post and return the status of the answer, whose body is not read, in at most ``timeout`` seconds.

    Raises:
        TechnicalError: no connection, no answer in time, or not HTTP.
    """
    with _asked(place, "POST", path, headers, body, timeout=timeout) as response:
        return response.status


@contextmanager
def _asked(
    place: Place, method: str, target: str, headers: Mapping[str, str], body: bytes, *, timeout: float
) -> Iterator[httpcore.Response]:
    deadline = time.monotonic() + timeout
    addresses = allowed_addresses(place.host, place.port, allowed=place.allowed, seconds=timeout)
    network = CheckedNetwork(addresses, deadline)
    url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=target)
    sent = [("Host", place.authority), *headers.items(), ("Content-Length", str(len(body)))]
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trust(), network_backend=network) as pool,
            pool.stream(method, url, headers=sent, content=body) as response,
        ):
            yield response
    except httpcore.TimeoutException:
        raise TechnicalError(f"{place.who} did not answer within {timeout:g} s.", code="timeout") from None
    except httpcore.NetworkError as error:
        raise TechnicalError(f"{place.who} cannot be reached: {_text(error)}", code="unreachable") from None
    except (httpcore.ProtocolError, UnicodeError):
        raise TechnicalError(f"{place.who} does not answer with valid HTTP.", code="protocol") from None


class CheckedNetwork(httpcore.NetworkBackend):
    """Connect to the checked addresses, whatever the host name is; everything ends at ``deadline`` (monotonic)."""

    def __init__(self, addresses: list[str], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline

    def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> httpcore.NetworkStream:  # noqa: ARG002 - see the class
        failure: Exception = httpcore.ConnectError("it has no address")
        for address in self._addresses:
            try:
                with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
                    connected = socket.create_connection((address, port), timeout=_left(self._deadline))
                    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return TimedStream(connected, self._deadline)
            except httpcore.ConnectError as error:
                failure = error
        raise failure


class TimedStream(httpcore.NetworkStream):
    """A socket whose operations all end at the deadline."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        with _named(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(_left(self._deadline))
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline counts
        with _named(httpcore.WriteTimeout, httpcore.WriteError):
            while buffer:
                self._socket.settimeout(_left(self._deadline))
                buffer = buffer[self._socket.send(buffer) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
            self._socket.settimeout(_left(self._deadline))
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
            return TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._socket if info == "socket" else None


@contextmanager
def _named(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Turn errors of sockets into errors of httpcore."""
    try:
        yield
    except TimeoutError as error:
        raise late from error
    except OSError as error:
        raise broken(error.strerror or type(error).__name__) from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _limited(chunks: Iterable[bytes], who: str, status: int) -> bytes:
    limit = conf.current().payload_limit
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit:
            message = f"{who} answered with more than {limit} bytes; let it answer with a reference."
            if 200 <= status < 300:  # noqa: PLR2004 - success
                raise ProgrammingError(f"{message} {STANDS}", code="too-long")
            raise TechnicalError(message, code="too-long")
    return bytes(body)


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__


@cache
def _trust() -> ssl.SSLContext:
    """Return the authorities of the system and of certifi; loaded once, because that takes tens of milliseconds."""
    return httpcore.default_ssl_context()
