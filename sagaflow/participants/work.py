"""One attempt to do or undo a step, as a participant gets it."""

from dataclasses import dataclass

from sagaflow.core.participant import Context
from sagaflow.core.run.redact import secrets_in
from sagaflow.core.run.state import Direction

__all__ = ["NOTHING", "Work"]

NOTHING = object()
"""The answer of a compensation that found out, by a barrier, that its action never took effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A claimed attempt: whoever holds its token may report its outcome."""

    token: int
    """The fencing token."""
    action: str
    """The action to carry out."""
    context: Context
    undoes: str = ""
    """Undoing: the action whose effect is to be undone, if an action made it."""
    guards: tuple[str, ...] = ()
    """Undoing: what guarded the attempts of the action, as their claims say; see ``guard``."""
    doubtful: bool = False
    """Undoing: the outcome of the action was never recorded."""
    certain: bool = False
    """Undoing: the action succeeded, as its latest outcome says."""
    lease: float = 0.0
    """Seconds for which the attempt was claimed."""
    timeout: float | None = None
    """Seconds that the step allows an attempt; ``None``: as long as the lease."""
    sensitive: tuple[str, ...] = ()
    """Names of fields whose values no message and no log may quote."""

    @property
    def undoing(self) -> bool:
        """Whether it is a compensation."""
        return self.context.direction is Direction.UNDO

    @property
    def secrets(self) -> frozenset[str]:
        """What the sensitive fields of the attempt hold."""
        context = self.context
        return secrets_in([context.input, context.outputs, context.output], self.sensitive)

    @property
    def barrier_key(self) -> str:
        """The idempotency key without its direction: what the action and its compensation share."""
        return self.context.key.rpartition(":")[0]
