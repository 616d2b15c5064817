"""Retry policies: the number of attempts after technical failures, and the times between them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from sagaflow.core.definition import forms
from sagaflow.core.definition.fields import Complaint, seconds
from sagaflow.core.definition.forms import Form, number
from sagaflow.core.json_value import Json

__all__ = ["PATIENT", "STANDARD", "RetryPolicy", "doubled"]

MOST_ATTEMPTS = 1000
NOT_NEGATIVE = "a finite number of 0 or more"
MOST_DOUBLINGS = 64
"""A pause that doubles more often is longer than any limit."""


def doubled(first: float, times: int, longest: float) -> float:
    """Return the seconds of a pause that has doubled so many times, at most ``longest``."""
    return min(first * 2.0 ** min(times, MOST_DOUBLINGS), longest)


def _total(what: str, value: float | None) -> Iterator[Complaint]:
    if value is not None and (not math.isfinite(value) or value <= 0):
        yield f"{what} is {value}; give seconds above 0, or leave it out", "range"


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
    delay: float = field(default=1.0, metadata=number("Seconds before the second attempt.", give=NOT_NEGATIVE))
    max_delay: float = field(default=300.0, metadata=number("Seconds; no delay is longer.", give=NOT_NEGATIVE))
    factor: float = field(
        default=2.0,
        metadata=number("Each delay is this many times the one before.", minimum=1, give="1 (constant delay) or more"),
    )
    jitter: float = field(
        default=0.1, metadata=number("The share left to chance.", maximum=1, give="a share from 0 to 1")
    )
    """The share of a delay that chance may take away, 0 to 1."""
    total: float | None = field(
        default=None,
        metadata={
            "form": Form(schema=seconds("No attempt begins later than this after the first became due."), faults=_total)
        },
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
        exponent = min(failed - 1, 64)
        grown: float = min(self.delay * self.factor**exponent, self.max_delay)
        return grown * (1 - self.jitter * chance)


STANDARD = RetryPolicy()
"""The default for actions: five attempts within about a quarter of a minute."""

PATIENT = RetryPolicy(attempts=12, delay=1.0, max_delay=3600.0, factor=2.5)
"""The default for compensations: hours of attempts before an operator has to act."""
