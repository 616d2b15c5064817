"""Why a person should look at a run: the one list of the reasons, the worst first.

The order is that of the harm that waiting does. Every list, filter, form and counter derives from it.
"""

from enum import StrEnum

__all__ = ["Attention"]


class Attention(StrEnum):
    """One run shows one reason: the first of these that holds."""

    STUCK = "stuck"
    """A compensation failed for good: effects stand that should be gone, and only an operator can settle them."""
    REFUSED = "refused"
    """Every change of the run fails: it gets nowhere, and its state may be older than what happened."""
    MISSING = "missing"
    """An expected reaction did not come in time. It comes before parked, because a parked wait may be missing too."""
    PARKED = "parked"
    """Retries are used up, or the business refused past the pivot: an operator decides."""
    NO_WORKER = "no worker"
    """Work is due that no live worker can do: the run goes on at once when a worker comes that can."""
    LATE = "late"
    """The run's deadline has passed; it still goes on by itself."""
    RETRYING = "retrying"
    """A step is being tried again; nothing has to be done yet."""
