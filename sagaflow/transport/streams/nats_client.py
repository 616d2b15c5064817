"""A connection to NATS that is tried once: the client's own attempts would hide for minutes that nothing answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nats.aio.client import Client
from nats.errors import Error, NoServersError

from sagaflow.transport.streams import CONNECT, BrokerFailed

__all__ = ["connected", "failures", "no_stream"]


async def connected(url: str, user: str, password: str, name: str) -> Client:
    """Connect with a password, with ``password`` as the token if there is no user, or with neither."""
    errors = list[Exception]()

    async def note(error: Exception) -> None:
        errors.append(error)  # the client would print it

    rights: dict[str, Any] = {}
    if password:
        rights = {"user": user, "password": password} if user else {"token": password}
    client = Client()
    try:
        await client.connect(
            url,
            name=name,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=int(CONNECT),
            error_cb=note,
            **rights,
        )
    except NoServersError as error:
        raise (errors[-1] if errors else error) from error
    return client


@contextmanager
def failures() -> Iterator[None]:
    """Turn the errors of the client into one of the contract."""
    try:
        yield
    except (Error, OSError, TimeoutError) as error:
        raise BrokerFailed(f"NATS: {str(error) or type(error).__name__}") from error


def no_stream(subject: str, stream: str = "") -> BrokerFailed:
    """Return the error about a stream that does not exist: the one of this name, or one that stores the subject."""
    missing = f"stream '{stream}'" if stream else f"stream that stores the subject '{subject}'"
    return BrokerFailed(f"NATS has no {missing}; create one, for example with `nats stream add`.")
