"""Ports for servers of the tests, below those that the kernel gives to outgoing connections.

So no client on this machine can get a port after it was found free and before its server listens.
"""

import secrets
import socket
from pathlib import Path

__all__ = ["free_port"]

LOWEST = 10_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port of 127.0.0.1 on which no process listens."""
    highest = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32_768
    while True:
        port = LOWEST + secrets.randbelow(highest - LOWEST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
