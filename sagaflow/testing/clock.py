"""A clock that a test moves: what this process takes for the database's time is ahead by as much as the test says."""

from collections.abc import Iterator
from contextlib import contextmanager

from sagaflow import store
from sagaflow.store.clock import NOW

__all__ = ["Clock", "active", "moving_clock"]

_active: list["Clock"] = []


class Clock:
    """The database's clock, plus what was added. Participants that look at a clock of their own do not see it move."""

    def __init__(self) -> None:
        self._real = dict(NOW)
        self.ahead = 0.0
        """Seconds."""

    def advance(self, seconds: float) -> None:
        """Lets ``seconds`` pass at once.

        Raises:
            ValueError: they are negative; time does not go back.
        """
        if seconds < 0:
            raise ValueError(f"The clock cannot go back by {-seconds} s; give seconds of 0 or more.")
        self.ahead += seconds
        NOW.update({vendor: f"({real} + {self.ahead!r})" for vendor, real in self._real.items()})

    def advance_to(self, moment: float) -> None:
        """Lets time pass until ``moment`` (seconds since the epoch), if it lies ahead."""
        self.advance(max(0.0, moment - store.now()))

    def stop(self) -> None:
        """Back to the database's own time."""
        NOW.update(self._real)


@contextmanager
def moving_clock() -> Iterator[Clock]:
    """Inside, ``drive`` jumps to what is due next instead of waiting for it."""
    clock = Clock()
    _active.append(clock)
    try:
        yield clock
    finally:
        _active.remove(clock)
        clock.stop()


def active() -> Clock | None:
    """The clock that moves now, if one does."""
    return _active[-1] if _active else None
