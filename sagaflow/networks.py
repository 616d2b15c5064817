"""Networks with a special meaning, and lists of networks that an administrator writes.

The lists are those of this module: what Python counts as global differs between its versions. Sources: the
special-purpose registries of IANA for IPv4 and IPv6, RFC 6052 (NAT64), 3056 (6to4), 5214 (ISATAP).
"""

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

__all__ = ["METADATA", "NEVER", "PRIVATE", "SPECIAL", "Network", "allow_list", "networks"]

Network = IPv4Network | IPv6Network
WIDEST = {4: 8, 6: 7}
"""The shortest prefix that a list may have, by version of IP: those of 10.0.0.0/8 and fc00::/7."""
MOST = 50


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that are written as ``10.0.0.0/8``.

    Raises:
        ValueError: one of them is not a network.
    """
    return tuple(ipaddress.ip_network(text) for text in texts)


METADATA = networks(("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"))
"""Addresses at which clouds hand out credentials; most are link-local too."""
NEVER = networks(
    [
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "192.88.99.0/24",
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ]
)
"""This network, link-local, multicast, reserved and broadcast, the relay of 6to4, and site-local."""
PRIVATE = networks(("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
"""Addresses that an administrator can allow for a connection."""
SPECIAL = networks(
    [
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    ]
)
"""Shared address space, protocol assignments (Teredo too), benchmarks and documentation."""


def allow_list(text: str) -> tuple[Network, ...]:
    """Return the networks of a list with spaces, commas or lines between them; a single address is a network, too.

    Raises:
        ValueError: an entry is not a network, is never reached, or has too many addresses. The message names it.
    """
    entries = text.replace(",", " ").split()
    if len(entries) > MOST:
        raise ValueError(f"The list has {len(entries)} entries, and {MOST} is the limit; use larger networks.")
    return tuple(map(_allowed, entries))


def _allowed(entry: str) -> Network:
    try:
        network = ipaddress.ip_network(entry, strict=False)
        begins = ipaddress.ip_interface(entry).ip == network.network_address
    except ValueError:
        raise ValueError(
            f"'{entry[:50]}' is not a network or an address; write it like 10.1.0.0/16 or 127.0.0.1."
        ) from None
    if not begins:
        raise ValueError(f"'{entry}' is not the beginning of a network; write {network}.")
    if any(network.version == never.version and network.subnet_of(never) for never in (*NEVER, *METADATA)):  # type: ignore[arg-type]  # of one version
        raise ValueError(
            f"'{entry}' is link-local, multicast, reserved or a metadata service, which is never reached; remove it."
        )
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"'{entry}' has too many addresses; use /{WIDEST[network.version]} or a longer prefix.")
    return network
