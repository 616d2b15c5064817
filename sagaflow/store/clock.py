"""Time is the database's: seconds since the Unix epoch, read where the data is, never this machine's."""

from datetime import UTC, datetime

from django.db import connection

__all__ = ["NOW", "to_datetime", "now", "seconds"]

NOW = {
    "postgresql": "round(extract(epoch FROM clock_timestamp()), 3)::float8",
    "sqlite": "round((julianday('now') - 2440587.5) * 86400.0, 3)",
}
"""By vendor: an SQL expression. Whole milliseconds: `dumpdata` keeps no more of a time, and seals cover times."""


def now() -> float:
    """The time, where no other statement brings it along."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW[connection.vendor]}")
        return float(cursor.fetchone()[0])


def to_datetime(at: float | None) -> datetime | None:
    """Seconds since the epoch as Django keeps a time."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def seconds(at: datetime) -> float:
    """The reverse of ``to_datetime``."""
    return at.timestamp()
