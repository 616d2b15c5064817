"""The interface for authors of actions: the context that an action gets, and the answers that it may give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.definition.work import NO_WORK, StepKind
from sagaflow.core.errors import SagaflowError
from sagaflow.core.run.state import Direction

__all__ = ["Accepted", "BusinessError", "Context", "NotDone", "TechnicalError"]


class BusinessError(SagaflowError):
    """The domain refuses: the step took no effect, and the run rolls back. ``code`` names the reason."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(message or code)


class TechnicalError(SagaflowError):
    """The attempt failed for a technical reason, and is retried."""

    def __init__(self, message: str, *, code: str = "technical", retry_after: float | None = None) -> None:
        self.code = code
        self.message = message
        self.retry_after = retry_after
        """The least seconds to wait before the next attempt."""
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The output of an action whose answer comes later, by a callback or by an event."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """The answer of a probe if the participant knows of no attempt of the action that took effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One attempt to do or undo one step."""

    run_id: str
    saga: str
    step: str
    direction: Direction
    attempt: int
    key: str
    """The idempotency key, equal in every attempt of this step and direction. Pass it to the participant."""
    service: str = ""
    round: int = 0
    """The number of returns to a save-point; each round has its own idempotency key."""
    input: Any = field(default=None, repr=False)
    """The run's input, or the input that an operator edited for this step."""
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The outputs of all steps that this one comes after, with the names of the steps as keys."""
    output: Any = field(default=None, repr=False)
    """For an undo, the output of the action; ``None`` when its outcome is unknown."""
    reason: Mapping[str, Any] = field(default_factory=dict)
    """For an undo, ``code``, ``message`` and ``step`` of the rollback."""
    causation_id: str = ""
    """``<run>:<number of the journal entry that caused the attempt>``."""
    open_callback: Callable[[], str] | None = None
    work: StepKind = NO_WORK
    """The work from the definition that the attempt performs; ``NO_WORK``: an observer is called."""

    @property
    def correlation_id(self) -> str:
        """The ID of the run, which participants put into their messages."""
        return self.run_id

    def callback(self) -> str:
        """Return a one-time token for a later answer of the participant; return ``Accepted()`` after you pass it on."""
        if self.open_callback is None:
            raise TechnicalError(f"Step '{self.step}' cannot open a callback here; run it through the engine.")
        return self.open_callback()
