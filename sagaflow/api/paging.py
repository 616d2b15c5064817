"""Keyset paging: a page begins after the last row of the one before, so that new rows shift nothing."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sagaflow.api.problems import Problem

__all__ = ["cursor_after", "read_cursor"]


def cursor_after(row: Any) -> str:
    """Names the place after a run; opaque to clients."""
    return base64.urlsafe_b64encode(f"{row.created_at.isoformat()}|{row.pk}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, str] | None:
    """The place that a cursor names; ``None``: the beginning.

    Raises:
        Problem: 422, it is none.
    """
    if not text:
        return None
    try:
        at, _, run_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(run_id))
    except (ValueError, binascii.Error, OverflowError):
        detail = "The cursor is not one that this API gave out; leave it out to begin with the newest runs."
        raise Problem(422, "bad-cursor", detail) from None
