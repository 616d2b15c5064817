"""Time is the database's: seconds since the Unix epoch, read where the data is, never this machine's.

A statement that reads the time anyway spares the next one: for a few seconds, this machine's monotonic clock says how
much time passed since then. Such an estimate is never ahead, and the statement that writes it asks the database again:
``TIMELY`` refuses an estimate that differs from the database's time.
"""

import math
import time
from datetime import UTC, datetime
from typing import NamedTuple, Self, overload

from django.db import connection

__all__ = ["NOW", "TIMELY", "Reading", "estimated", "now", "seconds", "to_datetime"]

NOW = {
    "postgresql": "round(extract(epoch FROM clock_timestamp()), 3)::float8",
    "sqlite": "round((julianday('now') - 2440587.5) * 86400.0, 3)",
}
"""Database vendor → SQL expression. Whole milliseconds: `dumpdata` writes no more digits, and hashes cover times."""
TIMELY = " AND {now} - {at} BETWEEN 0 AND 1"
"""SQL condition on an estimate: it is not ahead of the database's time, and at most a second behind it."""
YOUNG = 5.0
"""Seconds after which a reading is too old for estimates."""
DRIFT = 0.001
"""Seconds per second by which two clocks may drift apart, and the error of rounding in seconds."""


class Reading(NamedTuple):
    """The database's time, and the monotonic time of this machine just after it was read."""

    at: float
    moment: float
    expression: str
    """The expression that was read: a test that moves the clock changes it."""

    @classmethod
    def of(cls, at: float) -> Self:
        """Return the reading of a time that was read just now."""
        return cls(at, _monotonic(), NOW[connection.vendor])

    def later(self) -> float | None:
        """Return the database's time now, a little early rather than late; ``None``: the reading is too old."""
        passed = _monotonic() - self.moment
        if passed > YOUNG or self.expression != NOW[connection.vendor]:
            return None
        return max(self.at, math.floor((self.at + passed * (1 - DRIFT) - DRIFT) * 1000) / 1000)


_latest = Reading(0.0, -math.inf, "")


def now() -> float:
    """Return the database's time, where no other statement returns it as well."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW[connection.vendor]}")
        return remember(float(cursor.fetchone()[0])).at


def remember(at: float) -> Reading:
    """Keep a time that a statement just read, for estimates."""
    global _latest  # noqa: PLW0603 - the latest reading of this process; of two at once, either will do
    _latest = Reading.of(at)
    return _latest


def estimated() -> float | None:
    """Return the database's time as the latest reading of this process tells; ``None``: it is too old."""
    return _latest.later()


@overload
def to_datetime(at: float) -> datetime: ...
@overload
def to_datetime(at: None) -> None: ...
@overload
def to_datetime(at: float | None) -> datetime | None: ...
def to_datetime(at: float | None) -> datetime | None:
    """Convert seconds since the epoch to the ``datetime`` that Django stores."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def seconds(at: datetime) -> float:
    """Convert a ``datetime`` to seconds since the epoch."""
    return at.timestamp()


def _monotonic() -> float:
    """Return seconds that also pass while the machine sleeps, where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
