"""Bodies of requests that are still on their way: each has a time, and together they hold little memory.

A body that never ends costs its sender nothing. The site reads a body before it asks for a login, so strangers can
send many.
"""

from collections.abc import Callable, Hashable

__all__ = ["PATIENCE", "Arriving"]

MOST = 64 * 1024 * 1024
"""The bytes that all bodies on their way hold together, in one process."""
PATIENCE = 60.0
"""The seconds that a body may be on its way."""


class Arriving:
    """The bodies on their way, those that began first at the front."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._total = 0
        self._bodies: dict[Hashable, tuple[int, Callable[[], None]]] = {}

    def grow(self, body: Hashable, size: int, cut: Callable[[], None]) -> None:
        """Count ``size`` more bytes of a body. While there are too many, ``cut`` the other body that began first.

        A whole body arrives in a moment, so those that are cut are those that make the site wait.
        """
        held, _ = self._bodies.get(body, (0, cut))
        self._bodies[body] = held + size, cut
        self._total += size
        while self._total > self._most and len(self._bodies) > 1:
            first = next(each for each in self._bodies if each != body)
            end = self._bodies[first][1]
            self.forget(first)
            end()

    def forget(self, body: Hashable) -> None:
        """Count a body no more: it is whole, or its sender went."""
        held, _ = self._bodies.pop(body, (0, None))
        self._total -= held
