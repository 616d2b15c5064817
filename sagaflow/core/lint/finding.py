"""A finding of the linter about a valid definition, perhaps with an edit that resolves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sagaflow.core.definition.problems import step_path
from sagaflow.core.definition.saga import Saga, Style
from sagaflow.core.json_value import Json

__all__ = ["Finding", "Limit", "Move", "Proposal", "Restyle", "Severity", "StateInput", "of_step"]


class Severity(StrEnum):
    """The importance of a finding."""

    WARNING = "warning"
    """The run can end in a state that is not wanted."""
    ADVICE = "advice"
    """The definition works, but another form would be better; the message has the reason."""


@dataclass(frozen=True, slots=True)
class Move:
    """Let ``step`` come after other steps instead of where it is now."""

    step: str
    after: tuple[str, ...]
    segment: str
    """The segment that gets the step. A new segment is made like the one that the step leaves."""


@dataclass(frozen=True, slots=True)
class Restyle:
    """Mark ``segment`` with another style; its steps stay as they are."""

    segment: str
    style: Style


@dataclass(frozen=True, slots=True)
class StateInput:
    """Give the saga this input schema."""

    schema: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Limit:
    """Give ``step`` a timeout of this number of seconds."""

    step: str
    seconds: float


Proposal = Move | Restyle | StateInput | Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding about one element."""

    rule: str
    """A stable identifier of the rule."""
    severity: Severity
    element: str
    """The path of the element, as in a fault: ``segments/order/steps/take_payment``."""
    message: str
    """A sentence: what is wrong, and the remedy."""
    proposal: Proposal | None = None

    def __str__(self) -> str:
        return f"{self.severity.value} {self.element}: {self.message} [{self.rule}]"


def of_step(saga: Saga, step: str, rule: str, message: str, severity: Severity = Severity.WARNING) -> Finding:
    """Return a finding about the step of this name."""
    element = step_path(saga.graph.segment_of[step].name, step)
    return Finding(rule=rule, severity=severity, element=element, message=message)
