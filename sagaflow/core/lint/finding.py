"""What the linter says about a valid definition: a finding, perhaps with an edit that answers it."""

from dataclasses import dataclass
from enum import StrEnum

from sagaflow.core.definition.saga import Style

__all__ = ["Finding", "Move", "Proposal", "Restyle", "Severity"]


class Severity(StrEnum):
    """How much it matters."""

    WARNING = "warning"
    """The run can end up where nobody wants it."""
    ADVICE = "advice"
    """It works; another form would be better, for the reason given."""


@dataclass(frozen=True, slots=True)
class Move:
    """Let ``step`` come after other steps instead of where it is now."""

    step: str
    after: tuple[str, ...]
    segment: str
    """The segment that gets the step; one that is not there yet is made like the one that the step leaves."""


@dataclass(frozen=True, slots=True)
class Restyle:
    """Mark ``segment`` with another style; its steps stay as they are."""

    segment: str
    style: Style


Proposal = Move | Restyle


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark about one element."""

    rule: str
    """A stable identifier of the rule."""
    severity: Severity
    element: str
    """Path of the element, as in a fault: ``segments/order/steps/take_payment``."""
    message: str
    """A sentence: what is wrong, and the remedy."""
    proposal: Proposal | None = None

    def __str__(self) -> str:
        return f"{self.severity.value} {self.element}: {self.message} [{self.rule}]"
