"""The reasons why a run needs attention, the worst first: the longer such a run waits, the more harm is done.

Every list, filter, form and counter uses this order.
"""

from enum import StrEnum

__all__ = ["Attention"]


class Attention(StrEnum):
    """The reason why a run needs attention. A run shows the first one that holds."""

    STUCK = "stuck"
    """A compensation failed for good. Effects remain that should be undone, and only an operator can settle them."""
    REFUSED = "refused"
    """Every change of the run fails. It makes no progress, and its state may be out of date."""
    MISSING = "missing"
    """An expected event did not come in time. This comes before parked, because a parked wait may be missing too."""
    PARKED = "parked"
    """The retries are used up, or a step failed with a business error past the pivot. An operator decides."""
    UNDECIDED = "undecided"
    """A rollback waits for a pivot that waits for an answer, an event or a sub-saga. Nothing is undone before."""
    NO_WORKER = "no worker"
    """No live worker can do work that is due. The run goes on at once when one starts that can."""
    LATE = "late"
    """The deadline of the run has passed. The run still goes on by itself."""
    RETRYING = "retrying"
    """A step is tried again. No action is required yet."""
