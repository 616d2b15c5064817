"""Keyset paging: a page begins after the last row of the previous page, so that new rows shift nothing."""

import base64
import binascii
from datetime import UTC, datetime
from uuid import UUID

from sagaflow.store.errors import BadFilter
from sagaflow.store.lists.sort import NEWEST, Sort
from sagaflow.store.runs.run_line import RunLine

__all__ = ["cursor_after", "read_cursor"]


def cursor_after(run: RunLine, sort: Sort = NEWEST) -> str:
    """Return the cursor that names the place after a run; its content is opaque to clients."""
    at = getattr(run, sort.column)
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{run.run_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, str] | None:
    """Return the place that a cursor names: the time and ID of a run; ``None`` is the beginning of the list.

    Raises:
        BadFilter: the text is not a cursor.
    """
    if not text:
        return None
    try:
        at, _, run_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(run_id))
    except (ValueError, binascii.Error, OverflowError):
        message = "The cursor is not valid. Leave it out to begin with the newest runs."
        raise BadFilter(message, code="bad-cursor") from None
