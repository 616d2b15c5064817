"""Ports for servers of the tests, below those that the kernel gives to outgoing connections.

So no client on this machine can get a port after it was found free and before its server listens. Neither can another
test: a process locks the byte of a file that has the number of its port, until it ends.
"""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path

__all__ = ["free_port"]

LOWEST = 10_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_own: set[int] = set()
_locks: list[int] = []
"""The descriptor of the file, once it is open: to close it would release its locks."""


def free_port() -> int:
    """A port of 127.0.0.1 on which no process listens, and that no other caller gets."""
    highest = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32_768
    while True:
        port = LOWEST + secrets.randbelow(highest - LOWEST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and _is_ours(port):
                return port


def _is_ours(port: int) -> bool:
    if port in _own:
        return False
    if not _locks:
        path = Path(tempfile.gettempdir()) / f"sagaflow-ports-{os.getuid()}"
        _locks.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    try:
        fcntl.lockf(_locks[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _own.add(port)
    return True
