"""Retry policies: how often, how soon and for how long a technical failure is tried again."""

import math
from dataclasses import dataclass

__all__ = ["PATIENT", "STANDARD", "RetryPolicy"]


MOST_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with equal jitter; all times in seconds."""

    attempts: int = 5
    """How many attempts in all, the first included; at least 1."""
    delay: float = 1.0
    """Before the second attempt."""
    max_delay: float = 300.0
    """No delay is longer."""
    factor: float = 2.0
    """Each delay is this many times the one before; at least 1."""
    jitter: float = 0.1
    """The share of a delay that chance may take away, 0 to 1."""
    total: float | None = None
    """No attempt begins later than this after the first became due; ``None``: no limit."""

    def faults(self) -> list[str]:
        """Sentences about every value out of range."""
        found = []
        if self.attempts < 1 or self.attempts > MOST_ATTEMPTS:
            found.append(f"attempts is {self.attempts}; give a whole number from 1 to 1000")
        given = {"delay": self.delay, "max_delay": self.max_delay, "factor": self.factor, "jitter": self.jitter}
        found += [
            f"{name} is {value}; give a finite number of 0 or more"
            for name, value in given.items()
            if not math.isfinite(value) or value < 0
        ]
        if self.factor < 1:
            found.append(f"factor is {self.factor}; give 1 (constant delay) or more")
        if self.jitter > 1:
            found.append(f"jitter is {self.jitter}; give a share from 0 to 1")
        if self.total is not None and (not math.isfinite(self.total) or self.total <= 0):
            found.append(f"total is {self.total}; give seconds above 0, or leave it out")
        return found

    def wait(self, failed: int, chance: float) -> float:
        """Seconds to wait after attempt number ``failed`` (from 1); ``chance`` in [0, 1) is the caller's draw."""
        exponent = min(failed - 1, 64)
        grown: float = min(self.delay * self.factor**exponent, self.max_delay)
        return grown * (1 - self.jitter * chance)


STANDARD = RetryPolicy()
"""For actions: gives up after five attempts in about a quarter of a minute."""

PATIENT = RetryPolicy(attempts=12, delay=1.0, max_delay=3600.0, factor=2.5)
"""For compensations: an undo is worth hours of trying before a person is asked."""
