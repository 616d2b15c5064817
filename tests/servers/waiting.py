"""Waits for a condition and never for a mere length of time."""

import time
from collections.abc import Callable
from typing import TypeVar

PAUSE = 0.02
T = TypeVar("T")


class WaitedInVain(AssertionError):
    """A condition was not met before its deadline."""


def until(condition: Callable[[], T], what: str, *, seconds: float = 60.0) -> T:
    """The first true value of the condition; `what` names it in the error."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise WaitedInVain(f"Waited {seconds:g} s in vain for {what}.")
        time.sleep(PAUSE)
    return value
