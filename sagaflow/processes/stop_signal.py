"""The request to end this process, from a signal or a thread."""

import os
import select
import signal
from typing import Any, Self

__all__ = ["StopRequest"]


class StopRequest:
    """Once set, stays set. A pipe: a lock that a signal handler takes may be held by the thread that it interrupts."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def on_signals(self) -> Self:
        """SIGTERM and SIGINT set it from here on; to be called in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.set)
        return self

    def set(self, *_: Any) -> None:
        """May be called more than once, and from anywhere."""
        os.write(self._writer, b".")

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is set, after at most `timeout` seconds."""
        ready, _, _ = select.select([self._reader], [], [], timeout)
        return bool(ready)
