"""What can become of one attempt to do or undo a step: the alphabet of scripts for ``simulate`` and for tests."""

from collections.abc import Mapping
from enum import StrEnum

from sagaflow.core.run.state import Direction

__all__ = ["Mishap", "Script"]


class Mishap(StrEnum):
    """How one attempt goes."""

    NONE = "none"
    """It takes effect and says so."""
    BUSINESS_ERROR = "business error"
    """The domain says no; no effect."""
    TECHNICAL_ERROR = "technical error"
    """It fails; no effect."""
    FAILED_LATE = "failed late"
    """It takes effect, then fails: the worst of technical errors."""
    TIME_OUT = "time-out"
    """No answer in time; no effect, and none later."""
    LATE_REPLY = "late reply"
    """It takes effect; the answer comes after the time is over."""
    DUPLICATE = "duplicate reply"
    """It takes effect and says so twice."""
    CRASH_BEFORE = "crash before commit"
    """The worker dies before the effect."""
    CRASH_AFTER = "crash after commit"
    """The worker dies after the effect and before its outcome is recorded."""

    @property
    def takes_effect(self) -> bool:
        """Whether the participant commits."""
        return self in (Mishap.NONE, Mishap.FAILED_LATE, Mishap.LATE_REPLY, Mishap.DUPLICATE, Mishap.CRASH_AFTER)

    @property
    def answers(self) -> bool:
        """Whether the answer of success is delivered at all."""
        return self in (Mishap.NONE, Mishap.LATE_REPLY, Mishap.DUPLICATE)


Script = Mapping[tuple[str, Direction], tuple[Mishap, ...]]
"""By step and direction: what becomes of the first attempts. Those that are not scripted go well."""
