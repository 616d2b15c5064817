"""The time that a page has for a simulation, and for the linter."""

import time
from collections.abc import Callable

__all__ = ["LINTING", "passed"]

LINTING = 1.0
"""The seconds of a page for the findings of the linter, and again for the operations that it proposes."""


def passed(seconds: float) -> Callable[[], bool]:
    """Return a function that says whether so many seconds have passed since now."""
    end = _clock() + seconds
    return lambda: _clock() >= end


def _clock() -> float:
    return time.monotonic()
