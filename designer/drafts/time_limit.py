"""The time that a page has for a simulation."""

import time
from collections.abc import Callable

__all__ = ["passed"]


def passed(seconds: float) -> Callable[[], bool]:
    """Return a function that says whether so many seconds have passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end
