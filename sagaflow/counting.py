"""A warning that comes again and again is counted, not repeated: one line for each kind and minute, with the number."""

import logging
import time
from threading import Lock

__all__ = ["counted", "forget"]

PERIOD = 60.0
"""Seconds in which a kind of warning is written once."""


class Counting(logging.Filter):
    """Two warnings are of one kind if they come from one logger with one text, whatever is filled in."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._kinds: dict[tuple[str, object], tuple[float, int]] = {}
        """When each kind is written again, and how many were left out since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; then it says how many were left out before it."""
        if record.levelno < logging.WARNING:
            return True
        kind, now = (record.name, record.msg), time.monotonic()
        with self._lock:
            again_at, left_out = self._kinds.get(kind, (0.0, 0))
            if now < again_at:
                self._kinds[kind] = again_at, left_out + 1
                return False
            self._kinds[kind] = now + PERIOD, 0
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like it since the last line.)", ()
        return True

    def forget(self) -> None:
        """Every kind is new again."""
        with self._lock:
            self._kinds.clear()


_counting = Counting()


def counted(name: str) -> logging.Logger:
    """The logger of that name, whose warnings are counted."""
    logger = logging.getLogger(name)
    logger.addFilter(_counting)
    return logger


def forget() -> None:
    """For tests: what was warned of before is warned of again."""
    _counting.forget()
