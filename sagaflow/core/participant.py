"""What the author of an action sees: the context that an action gets, and the answers it may give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.definition.work import NO_WORK, StepKind
from sagaflow.core.errors import SagaflowError
from sagaflow.core.run.state import Direction

__all__ = ["Accepted", "BusinessError", "Context", "TechnicalError"]


class BusinessError(SagaflowError):
    """The domain says no: the step took no effect, and the run rolls back. ``code`` names the reason."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(message or code)


class TechnicalError(SagaflowError):
    """The attempt failed for a reason outside the domain, and is tried again."""

    def __init__(self, message: str, *, code: str = "technical", retry_after: float | None = None) -> None:
        self.code = code
        self.message = message
        self.retry_after = retry_after
        """Seconds to wait at least before the next attempt."""
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Returned by an action whose answer comes later, by a callback or by an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One attempt to do or undo one step."""

    run_id: str
    saga: str
    step: str
    direction: Direction
    attempt: int
    key: str
    """The idempotency key: the same in every attempt of this step and direction. Hand it to the participant."""
    service: str = ""
    round: int = 0
    """Counts returns to a save-point; each has its own idempotency key."""
    input: Any = field(default=None, repr=False)
    """The run's input, or what an operator edited it to for this step."""
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The outputs of the steps that this one comes after, at any distance, by name."""
    output: Any = field(default=None, repr=False)
    """Undoing: what the action returned; ``None`` when its outcome is unknown."""
    reason: Mapping[str, Any] = field(default_factory=dict)
    """Undoing: ``code``, ``message`` and ``step`` of the rollback."""
    causation_id: str = ""
    """``<run>:<number of the journal entry that caused the attempt>``."""
    open_callback: Callable[[], str] | None = None
    work: StepKind = NO_WORK
    """What the definition says that the attempt carries out; ``NO_WORK``: an observer is called."""

    @property
    def correlation_id(self) -> str:
        """Ties messages of participants to the run: its ID."""
        return self.run_id

    def callback(self) -> str:
        """A one-time token with which the participant answers later; return ``Accepted()`` after handing it on."""
        if self.open_callback is None:
            raise TechnicalError(f"Step '{self.step}' cannot open a callback here; run it through the engine.")
        return self.open_callback()
