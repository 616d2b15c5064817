"""DOT → SVG, PNG or positions, by a few persistent child processes, from any number of threads.

A drawing that takes long keeps one child, and the others draw on. The same drawing is made once, also if several
threads ask for it. Nothing is left when the parent ends. What was drawn is kept, least recently used first out.
"""

import atexit
import hashlib
import os
import threading
import time
from collections import OrderedDict

from sagaflow.flowchart.graphviz_child import Graphviz, LayoutFailed, Limits

__all__ = ["LayoutFailed", "Limits", "Painter", "lay_out"]

FORMATS = {"svg": b"svg_inline", "png": b"png", "json": b"json0"}
MOST_REFUSED = 1000
Key = tuple[str, str]
"""The digest of the text, and the format."""


class Painter:
    """Owns the children and the memory of what they drew. Safe from any thread, and across a fork."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._refused: OrderedDict[Key, tuple[str, float]] = OrderedDict()
        self._begin()

    def lay_out(self, dot: str, form: str = "svg") -> bytes:
        """Draw ``dot`` as ``svg``, ``png`` or ``json`` (positions).

        Raises:
            LayoutFailed: with what was too much.
        """
        text = dot.encode()
        if len(text) > self.limits.text:
            raise LayoutFailed(f"The drawing is too large ({len(text)} bytes of DOT): fold some segments.")
        if self._owner != os.getpid():
            self.after_fork()
        key = (hashlib.sha256(text).hexdigest(), form)
        with self._changed:
            if drawn := self._drawn_or_begun(key):
                return drawn
            child = self._idle.pop()  # the one that drew last: the others need not have a process
        try:
            drawn = child.draw(FORMATS[form] + b"\0" + text)
        except LayoutFailed as failure:
            self._finish(key, child, refused=str(failure))
            raise
        except BaseException:
            self._finish(key, child)
            raise
        self._finish(key, child, drawn=drawn)
        return drawn

    def close(self) -> None:
        """End the children that are idle, and kill those that draw: their threads see that."""
        with self._changed:
            for child in self._children:
                if child in self._idle:
                    child.end()
                elif (process := child.process) is not None:
                    process.kill()

    def after_fork(self) -> None:
        """In a forked process: the lock may be held by a thread that is not here; the children are the parent's."""
        for child in self._children:
            child.leave()
        self._begin()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._changed = threading.Condition(threading.Lock())
        self._children = [Graphviz(self.limits) for _ in range(self.limits.children)]
        self._idle, self._begun = list(self._children), set[Key]()

    def _drawn_or_begun(self, key: Key) -> bytes | None:
        """Return the drawing if it is kept. Otherwise wait for a child, and note that the drawing has begun."""
        until = time.monotonic() + self.limits.wall
        while True:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            if reason := self._refusal(key):
                raise LayoutFailed(reason)
            if self._idle and key not in self._begun:
                self._begun.add(key)
                return None
            if not self._changed.wait(until - time.monotonic()):
                raise LayoutFailed("Other drawings took too long, so that this one did not begin: try again later.")

    def _finish(self, key: Key, child: Graphviz, *, drawn: bytes | None = None, refused: str = "") -> None:
        with self._changed:
            if drawn is not None:
                self._keep(key, drawn)
            if refused:
                self._refuse(key, refused)
            self._begun.discard(key)
            self._idle.append(child)
            self._changed.notify_all()

    def _keep(self, key: Key, drawn: bytes) -> None:
        self._kept[key] = drawn
        while sum(map(len, self._kept.values())) > self.limits.kept:
            self._kept.popitem(last=False)

    def _refuse(self, key: Key, reason: str) -> None:
        """Remember a refusal for a while, so that pages that are loaded again do not keep other drawings waiting."""
        self._refused[key] = (reason, time.monotonic() + self.limits.refused)
        while len(self._refused) > MOST_REFUSED:
            self._refused.popitem(last=False)

    def _refusal(self, key: Key) -> str:
        reason, until = self._refused.get(key, ("", 0.0))
        return reason if time.monotonic() < until else ""


PAINTER = Painter()
"""The one of this process."""
atexit.register(PAINTER.close)
os.register_at_fork(after_in_child=PAINTER.after_fork)


def lay_out(dot: str, form: str = "svg") -> bytes:
    """Draw with the children of this process; see ``Painter.lay_out``."""
    return PAINTER.lay_out(dot, form)
