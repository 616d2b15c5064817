"""Allowed addresses of HTTP participants and webhooks. A name is resolved once, so the checked address is the one
connected to.
"""

import ipaddress
import socket
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from sagaflow.core.participant import TechnicalError
from sagaflow.networks import METADATA, NEVER, PRIVATE, SPECIAL, Network

__all__ = ["allowed_addresses", "why_denied"]

Address = IPv4Address | IPv6Address
Entry = tuple[Any, ...]
"""An answer of the resolver; the address is the first item of the last one."""
GLOBAL = ipaddress.IPv6Network("2000::/3")
"""Every public IPv6 address is in it."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""The second half of an ISATAP address begins with one of these; an IPv4 address follows."""


def allowed_addresses(
    host: str, port: int, *, allowed: Sequence[Network] = (), seconds: float | None = None
) -> list[str]:
    """Return the addresses of ``host``, in the order of the resolver.

    ``allowed``: networks that it may be in, although they are not public.
    ``seconds``: the time for the resolver; ``None``: its own limit.

    Raises:
        TechnicalError: it has no address in that time, or at least one that is denied: a name that mixes them is not
            trusted.
    """
    try:
        entries = _resolved(host, port, seconds)
    except Empty:
        raise TechnicalError(f"The host '{host}' was not resolved within {seconds:g} s.", code="timeout") from None
    except (OSError, UnicodeError) as error:
        raise TechnicalError(f"The host '{host}' cannot be resolved.", code="unresolved") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    for text in addresses:
        if why := why_denied(text, allowed=allowed):
            raise TechnicalError(f"The host '{host}' has the address {text}, which is denied: {why}", code="denied")
    return addresses


def _resolved(host: str, port: int, seconds: float | None) -> list[Entry]:
    """Return what the resolver says. It cannot be stopped, so it is asked in a thread that is left when it is late.

    Raises:
        Empty: the time is over.
    """
    said: SimpleQueue[list[Entry] | Exception] = SimpleQueue()

    def resolve() -> None:
        try:
            said.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - it is raised below
            said.put(error)

    Thread(target=resolve, name="sagaflow-resolver", daemon=True).start()
    found = said.get(timeout=seconds)
    if isinstance(found, Exception):
        raise found
    return found


def why_denied(text: str, *, allowed: Sequence[Network] = ()) -> str:
    """Return the reason why a connection to the address is denied; empty if it is allowed."""
    if "%" in text:
        return "it is bound to one network interface."
    reasons = (_why_denied(address, allowed) for address in _meant(ipaddress.ip_address(text)))
    return next(filter(None, reasons), "")


def _why_denied(address: Address, allowed: Sequence[Network]) -> str:
    if _in(address, METADATA):
        return "it is a metadata service of a cloud."
    if _in(address, NEVER):
        return "link-local, multicast and unspecified addresses are never participants."
    if _in(address, allowed):
        return ""
    if _in(address, PRIVATE) or _in(address, SPECIAL) or (address.version == 6 and address not in GLOBAL):  # noqa: PLR2004
        return "it is not public; an administrator can add its network to the list of this connection."
    return ""


def _in(address: Address, known: Iterable[Network]) -> bool:
    return any(address in network for network in known)


def _meant(address: Address) -> Iterator[Address]:
    """Yield every address that a packet may reach: an IPv6 address can contain an IPv4 address."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped or address in NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    else:
        yield address
        if address.sixtofour:
            yield address.sixtofour
        if (int(address) >> 32) & 0xFFFF_FFFF in ISATAP:
            yield IPv4Address(int(address) & 0xFFFF_FFFF)
