"""Allowed addresses of HTTP participants. A name is resolved once, so the checked address is the one connected to."""

import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address

from sagaflow.core.participant import TechnicalError

__all__ = ["allowed_addresses", "why_denied"]

Address = IPv4Address | IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
"""Addresses at which clouds hand out credentials; most are link-local too."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def allowed_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Return the addresses of ``host``, in the order of the resolver, whose own timeout limits the duration.

    Raises:
        TechnicalError: it has no address, or at least one that is denied: a name that mixes them is not trusted.
    """
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TechnicalError(f"The host '{host}' cannot be resolved.", code="unresolved") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    for text in addresses:
        if why := why_denied(text, allow_private=allow_private):
            raise TechnicalError(f"The host '{host}' has the address {text}, which is denied: {why}", code="denied")
    return addresses


def why_denied(text: str, *, allow_private: bool) -> str:
    """Return the reason why a connection to the address is denied; empty if it is allowed."""
    if "%" in text:
        return "it is bound to one network interface."
    address = _inner(ipaddress.ip_address(text))
    if address in METADATA:
        return "it is a metadata service of a cloud."
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return "link-local, multicast and unspecified addresses are never participants."
    if address.is_global and not address.is_reserved:
        return ""
    if allow_private and (address.is_loopback or (address.is_private and not address.is_reserved)):
        return ""
    return "it is not public; an administrator can allow private addresses for this connection."


def _inner(address: Address) -> Address:
    """Return the IPv4 address that is embedded in an IPv6 address, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address
