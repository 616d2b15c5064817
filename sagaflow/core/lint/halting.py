"""The end of a lint whose caller has no more time. A rule that may look at much calls ``go_on`` while it does so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Stopped", "go_on", "halted_by", "never"]


class Stopped(Exception):
    """The caller has no more time."""


def never() -> bool:
    """Return false: there is no limit of time."""
    return False


_halt: ContextVar[Callable[[], bool]] = ContextVar("halt", default=never)


@contextmanager
def halted_by(halt: Callable[[], bool]) -> Iterator[None]:
    """Let ``go_on`` ask ``halt``."""
    token = _halt.set(halt)
    try:
        yield
    finally:
        _halt.reset(token)


def go_on() -> None:
    """Return, unless the time is up.

    Raises:
        Stopped: it is.
    """
    if _halt.get()():
        raise Stopped
