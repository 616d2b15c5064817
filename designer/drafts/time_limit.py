"""The time that a page has: for its whole answer, and in that for the linter and the places of a drop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sagaflow.core.errors import SagaflowError
from sagaflow.core.halting import Stopped, halted_by

__all__ = ["ANSWER", "LINTING", "PLACES", "OutOfTime", "limited", "passed"]

ANSWER = 10.0
"""The seconds of a whole answer. What calculates it calls ``go_on`` in its loops."""
PLACES = 2.0
"""The seconds in which a page tries out at which places a step can be dropped."""
LINTING = 1.0
"""The seconds of a page for the findings of the linter, and again for the operations that it proposes."""


class OutOfTime(SagaflowError):
    """An answer took longer than a page has. Whatever was being saved is not."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This took longer than {seconds:g} seconds, the limit of a page, and was stopped. Nothing is lost: the "
            "draft is as it was saved last. Move some of its steps into a sub-saga, or use the command line."
        )


@contextmanager
def limited() -> Iterator[None]:
    """Let the block take as long as an answer may.

    Raises:
        OutOfTime: it would take longer.
    """
    try:
        with halted_by(passed(ANSWER)):
            yield
    except Stopped as stopped:
        raise OutOfTime(ANSWER) from stopped


def passed(seconds: float) -> Callable[[], bool]:
    """Return a function that says whether so many seconds have passed since now."""
    end = _clock() + seconds
    return lambda: _clock() >= end


def _clock() -> float:
    return time.monotonic()
