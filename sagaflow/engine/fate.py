"""The answer to the publisher of an event."""

from typing import Literal

__all__ = ["Fate"]

Fate = Literal["accepted", "ignored", "unmatched"]
"""``accepted``: a run took it; ``ignored``: the run did not expect it; ``unmatched``: the inbox keeps it."""
