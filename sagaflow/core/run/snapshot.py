"""The snapshot of a run as text: the canonical JSON of its state, without the fields that have their default value."""

import json

from sagaflow.core.codec import decode, write
from sagaflow.core.run.state import RunState

__all__ = ["read_snapshot", "write_snapshot"]


def write_snapshot(state: RunState) -> str:
    """Return the text of a state."""
    return write(state)


def read_snapshot(text: str) -> RunState:
    """Return the state of a text that ``write_snapshot`` made.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the text is not a snapshot.
    """
    return decode(RunState, json.loads(text))
