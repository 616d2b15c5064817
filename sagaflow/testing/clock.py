"""A clock that a test moves: in this process, the database's time is ahead by as much as the test says."""

from collections.abc import Iterator
from contextlib import contextmanager

from sagaflow import store
from sagaflow.store.clock import NOW

__all__ = ["Clock", "active", "moving_clock"]

_active: list["Clock"] = []


class Clock:
    """The database's clock plus the time that passed at once. Participants with their own clock do not see it move."""

    def __init__(self) -> None:
        self._real = dict(NOW)
        self.ahead = 0.0
        """Seconds."""

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass at once.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"The clock cannot go back by {-seconds} s; give seconds of 0 or more.")
        self.ahead += seconds
        NOW.update({vendor: f"({real} + {self.ahead!r})" for vendor, real in self._real.items()})

    def advance_to(self, moment: float) -> None:
        """Let time pass until ``moment`` (seconds since the epoch), if that is in the future."""
        self.advance(max(0.0, moment - store.now()))

    def stop(self) -> None:
        """Go back to the database's own time."""
        NOW.update(self._real)


@contextmanager
def moving_clock() -> Iterator[Clock]:
    """Let ``drive`` jump to the next time at which something is due, instead of waiting for it."""
    clock = Clock()
    _active.append(clock)
    try:
        yield clock
    finally:
        _active.remove(clock)
        clock.stop()


def active() -> Clock | None:
    """Return the moving clock of the innermost ``moving_clock``; ``None``: there is none."""
    return _active[-1] if _active else None
