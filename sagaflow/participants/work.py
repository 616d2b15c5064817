"""One attempt to do or undo a step, as its participant gets it."""

from collections.abc import Callable
from dataclasses import dataclass

from sagaflow.core.json_value import Json
from sagaflow.core.participant import Context
from sagaflow.core.run.redact import sensitive_values
from sagaflow.core.run.state import Direction

__all__ = ["NOTHING", "Work"]

NOTHING = object()
"""The answer of a compensation if a barrier shows that its action never took effect."""


def _never(answer: Json) -> str:  # noqa: ARG001 - an observer's answer means nothing
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A claimed attempt; only the worker that holds its token may report its outcome."""

    token: int
    """The fencing token."""
    action: str
    """The name of the action."""
    context: Context
    undoes: str = ""
    """Undoing: the action whose effect has to be undone; empty: no action made it."""
    guards: tuple[str, ...] = ()
    """Undoing: the guards of the action's attempts, as their claims say; see ``guard``."""
    doubtful: bool = False
    """True if the outcome of the action was never recorded; while it is done, that of an earlier attempt."""
    certain: bool = False
    """Undoing: True if the latest outcome says that the action succeeded."""
    lease: float = 0.0
    """The seconds for which the attempt was claimed."""
    timeout: float | None = None
    """The seconds that the step allows an attempt; ``None``: the length of the lease."""
    sensitive: tuple[str, ...] = ()
    """Names of fields whose values must not appear in messages and logs."""

    refusal: Callable[[Json], str] = _never
    """Returns the code of the business error that an answer of the action means; empty: the action succeeded."""

    @property
    def undoing(self) -> bool:
        """True if the attempt is a compensation."""
        return self.context.direction is Direction.UNDO

    @property
    def secrets(self) -> frozenset[str]:
        """The values of the attempt's sensitive fields."""
        context = self.context
        return sensitive_values([context.input, context.outputs, context.output], self.sensitive)

    @property
    def barrier_key(self) -> str:
        """The idempotency key without its direction, which the action and its compensation share."""
        return self.context.key.rpartition(":")[0]
