"""Retry policies: the number of attempts after technical failures, and the times between them."""

from dataclasses import dataclass, field

from sagaflow.core.definition import forms
from sagaflow.core.definition.fields import LONGEST
from sagaflow.core.definition.forms import duration, number
from sagaflow.core.json_value import Json

__all__ = ["PATIENT", "STANDARD", "RetryPolicy", "doubled"]

MOST_ATTEMPTS = 1000
SECONDS = "seconds from 0 to ten years"


def doubled(first: float, times: int, longest: float) -> float:
    """Return the seconds of a pause that has doubled so many times, at most ``longest``."""
    return _grown(first, 2.0, times, longest)


def _grown(first: float, factor: float, times: int, longest: float) -> float:
    """Return the seconds of a pause that has been multiplied so many times, at most ``longest``."""
    try:
        return min(first * float(factor) ** times, longest)
    except OverflowError:  # the power is larger than any number
        return longest if first else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with equal jitter. All times are in seconds."""

    attempts: int = field(
        default=5,
        metadata=number(
            "In all, the first included.",
            minimum=1,
            maximum=MOST_ATTEMPTS,
            whole=True,
            give="a whole number from 1 to 1000",
        ),
    )
    delay: float = field(
        default=1.0, metadata=number("Seconds before the second attempt.", maximum=LONGEST, give=SECONDS)
    )
    max_delay: float = field(
        default=300.0, metadata=number("Seconds; no delay is longer.", maximum=LONGEST, give=SECONDS)
    )
    factor: float = field(
        default=2.0,
        metadata=number("Each delay is this many times the one before.", minimum=1, give="1 (constant delay) or more"),
    )
    jitter: float = field(
        default=0.1, metadata=number("The share left to chance.", maximum=1, give="a share from 0 to 1")
    )
    """The share of a delay that chance may take away, 0 to 1."""
    total: float | None = field(
        default=None, metadata=duration("No attempt begins later than this after the first became due.")
    )
    """``None``: no limit."""

    def faults(self) -> list[str]:
        """Return a sentence about each value out of range."""
        return [message for _, (message, _) in forms.faults(self)]

    def document(self, usual: "RetryPolicy") -> dict[str, Json]:
        """Return the values that differ from those of ``usual``, as JSON."""
        return forms.document(self, usual)

    def wait(self, failed: int, chance: float) -> float:
        """Return the seconds to wait after attempt ``failed`` (from 1). The caller draws ``chance`` from [0, 1)."""
        return _grown(self.delay, self.factor, failed - 1, self.max_delay) * (1 - self.jitter * chance)


STANDARD = RetryPolicy()
"""The default for actions: five attempts within about a quarter of a minute."""

PATIENT = RetryPolicy(attempts=12, delay=1.0, max_delay=3600.0, factor=2.5)
"""The default for compensations: hours of attempts before an operator has to act."""
