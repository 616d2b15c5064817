"""The end of work whose caller has no more time. What may look at much calls ``go_on`` while it does so.

Limits nest: work that has a limit of its own ends with that of its caller, too.
"""

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
    """Let ``go_on`` ask ``halt``, and what was asked before."""
    outer = _halt.get()
    token = _halt.set(lambda: halt() or outer())
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
