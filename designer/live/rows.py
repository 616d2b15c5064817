"""A journal entry as a live page gets it: who, what, when and why, but no payload. So there is nothing to mask, and
a frame stays small; the page asks for the payload of the one entry that a person opens.
"""

from typing import Any

from sagaflow.core.codec import encode
from sagaflow.core.journal import Entry
from sagaflow.core.narration import sentence

__all__ = ["row"]

SHOWN = (
    "step",
    "direction",
    "attempt",
    "worker",
    "event",
    "signal",
    "why",
    "segment",
    "due_at",
    "deadline",
    "expected",
    "by",
    "reason",
    "status",
    "error",
    "code",
)
"""Fields of facts that hold the framework's own words, or names out of the definition."""


def row(entry: Entry) -> dict[str, Any]:
    """``{seq, at, cause, kind, text, …}`` with those of the ``SHOWN`` fields that the fact has and fills."""
    fields = {name: getattr(entry.fact, name, None) for name in SHOWN}
    return {
        "seq": entry.seq,
        "at": entry.at,
        "cause": entry.cause,
        "kind": entry.kind,
        "text": sentence(entry.fact),
        **{name: _plain(value) for name, value in fields.items() if value not in (None, "", 0)},
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else encode(value)
