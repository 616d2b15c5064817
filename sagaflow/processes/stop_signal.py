"""The request to stop this process, from a signal or a thread."""

import os
import select
import signal
from typing import Self

__all__ = ["StopRequest"]


class StopRequest:
    """A flag that stays set. It is a pipe, as a lock might be held by the thread that a signal handler interrupts."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def on_signals(self) -> Self:
        """Let SIGTERM and SIGINT set the flag. Call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.set)
        return self

    def set(self, *_: object) -> None:
        """Set the flag; it may be set more than once, from any thread or signal handler."""
        os.write(self._writer, b".")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to `timeout` seconds; return True if the flag is set."""
        ready, _, _ = select.select([self._reader], [], [], timeout)
        return bool(ready)
