"""Repeated warnings are counted: the log gets one line per kind and minute, with the number of those left out."""

import logging
import time
from threading import Lock

__all__ = ["counted", "forget"]

PERIOD = 60.0
"""Seconds in which a kind of warning is logged once."""


class Counting(logging.Filter):
    """A filter of warnings. Warnings with the same logger and the same text before formatting are of one kind."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._kinds: dict[tuple[str, object], tuple[float, int]] = {}
        """For each kind, the time from which it is logged again, and the number of warnings left out since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True if the record has to be logged, and add to it the number of warnings left out before it."""
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
        """Forget all kinds, so that each is logged again."""
        with self._lock:
            self._kinds.clear()


_counting = Counting()


def counted(name: str) -> logging.Logger:
    """Return the logger of that name; its warnings are counted."""
    logger = logging.getLogger(name)
    logger.addFilter(_counting)
    return logger


def forget() -> None:
    """Log every kind of warning again, for tests."""
    _counting.forget()
