"""Time is the database's: seconds since the Unix epoch, read where the data is, never this machine's."""

from datetime import UTC, datetime
from typing import overload

from django.db import connection

__all__ = ["NOW", "to_datetime", "now", "seconds"]

NOW = {
    "postgresql": "round(extract(epoch FROM clock_timestamp()), 3)::float8",
    "sqlite": "round((julianday('now') - 2440587.5) * 86400.0, 3)",
}
"""Database vendor → SQL expression. Whole milliseconds: `dumpdata` writes no more digits, and hashes cover times."""


def now() -> float:
    """Return the database's time, where no other statement returns it as well."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW[connection.vendor]}")
        return float(cursor.fetchone()[0])


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
