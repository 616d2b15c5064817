"""Two CloudEvents are the same event if they have the same source and the same ID (CloudEvents 1.0, 3.1)."""

import hashlib

from sagaflow.core.payload import CLOUD_EVENT as MEDIA_TYPE

__all__ = ["LONGEST", "MEDIA_TYPE", "identity"]

LONGEST = 200
"""The most characters of a correlation ID, an event's ID or its source."""


def identity(source: str, event_id: str) -> str:
    """Return one ID of source and ID; a hash if they are too long to be stored."""
    text = f"{source} {event_id}"
    return text if len(text) <= LONGEST else hashlib.sha256(text.encode()).hexdigest()
