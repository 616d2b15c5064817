"""The faults that a simulation injects into attempts to do or undo a step, and the scripts that say where."""

from collections.abc import Mapping
from enum import StrEnum

from sagaflow.core.run.state import Direction

__all__ = ["InjectedFault", "Script"]


class InjectedFault(StrEnum):
    """One attempt has one of these faults, or none."""

    NONE = "none"
    """The action takes effect and reports success."""
    BUSINESS_ERROR = "business error"
    """The participant refuses. There is no effect."""
    TECHNICAL_ERROR = "technical error"
    """The action fails. There is no effect."""
    FAILED_LATE = "failed late"
    """The action takes effect, and then fails: the worst of technical errors."""
    TIME_OUT = "timeout"
    """No answer comes in time. There is no effect, not even later."""
    LATE_REPLY = "late reply"
    """The action takes effect, and its answer comes after the timeout."""
    DUPLICATE = "duplicate reply"
    """The action takes effect, and reports success twice."""
    CRASH_BEFORE = "crash before commit"
    """The worker dies before the effect."""
    CRASH_AFTER = "crash after commit"
    """The worker dies after the effect and before its outcome is recorded."""

    @property
    def takes_effect(self) -> bool:
        """Say whether the participant commits."""
        return self in _TAKE_EFFECT

    @property
    def answers(self) -> bool:
        """Say whether the participant's report of success arrives, in time or late."""
        return self in _ANSWER


_ANSWER = (InjectedFault.NONE, InjectedFault.LATE_REPLY, InjectedFault.DUPLICATE)
_TAKE_EFFECT = (*_ANSWER, InjectedFault.FAILED_LATE, InjectedFault.CRASH_AFTER)

Script = Mapping[tuple[str, Direction], tuple[InjectedFault, ...]]
"""The faults of the first attempts, by step and direction. Attempts that are not scripted have no fault."""
