"""DOT → SVG, PNG or positions, by the Graphviz inside the pygraphviz wheel, in one persistent child process.

One drawing at a time, from any number of threads; CPU, memory and wall time are limited; a child that died is replaced;
nothing of it is left when the parent ends. What was drawn is kept, least recently used first out.
"""

import atexit
import contextlib
import hashlib
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sagaflow.core.errors import SagaflowError

__all__ = ["LayoutFailed", "Limits", "Painter", "lay_out"]

FORMATS = {"svg": b"svg_inline", "png": b"png", "json": b"json0"}
CHILD = Path(__file__).with_name("graphviz_process.py")
MOST_REFUSED = 1000
INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_CACHE_HOME")
"""The variables of the environment that the child needs; secrets stay out."""


class LayoutFailed(SagaflowError):
    """A drawing is too large or took too long, or Graphviz refused it. Fold segments or hide compensations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The resources that one drawing may use."""

    cpu: int = 15
    """Seconds, 1 to 255."""
    wall: float = 20.0
    """Seconds until the answer."""
    memory: int = 2**30
    """Bytes of address space of the child."""
    text: int = 4 * 2**20
    """Bytes of DOT."""
    drawing: int = 64 * 2**20
    """Bytes of the answer."""
    kept: int = 48 * 2**20
    """Bytes of drawings that are remembered."""
    refused: float = 300.0
    """Seconds for which a drawing that failed is not tried again; the machine may have been busy."""
    lifetime: int = 1000
    """Drawings after which the child is replaced, because C code leaks."""


class Painter:
    """Owns one child process and the memory of what it drew. Safe from any thread, and across a fork."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._drawn = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._refused: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    def lay_out(self, dot: str, form: str = "svg") -> bytes:
        """Draw ``dot`` as ``svg``, ``png`` or ``json`` (positions).

        Raises:
            LayoutFailed: with what was too much.
        """
        text = dot.encode()
        if len(text) > self.limits.text:
            raise LayoutFailed(f"The drawing is too large ({len(text)} bytes of DOT): fold some segments.")
        key = (hashlib.sha256(text).hexdigest(), form)
        with self._lock:
            self._forget_parents_child()
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            if reason := self._refusal(key):
                raise LayoutFailed(reason)
            try:
                drawn = self._ask(FORMATS[form] + b"\0" + text)
            except LayoutFailed as failure:
                self._refuse(key, str(failure))
                raise
            self._keep(key, drawn)
            return drawn

    def close(self) -> None:
        """End the child and wait for it."""
        with self._lock:
            self._forget_parents_child()
            self._end()

    def after_fork(self) -> None:
        """In a forked process: the lock may be held by a thread that is not here, and the child is the parent's."""
        self._lock = threading.Lock()
        self._forget_parents_child()

    def _ask(self, request: bytes) -> bytes:
        deadline = time.monotonic() + self.limits.wall
        child = self._running()
        try:
            _send(child, struct.pack(">IB", len(request), self.limits.cpu) + request, deadline)
            verdict, answer = _receive(child, deadline, self.limits.drawing)
        except TimeoutError as late:
            self._end()
            message = f"The drawing was not ready within {self.limits.wall:g} s: fold some segments."
            raise LayoutFailed(message) from late
        except (EOFError, OSError) as dead:
            self._end()
            message = "Graphviz used up its CPU time or its memory over this drawing: fold some segments."
            raise LayoutFailed(message) from dead
        except BaseException:
            self._end()  # an interrupted exchange must not be continued by the next caller
            raise
        return self._answer(verdict, answer)

    def _answer(self, verdict: bytes, answer: bytes) -> bytes:
        self._drawn += 1
        if verdict != b"+" or self._drawn >= self.limits.lifetime:
            self._end()
        if verdict != b"+":
            raise LayoutFailed(f"The drawing failed: {answer.decode(errors='replace')}.")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        """The child, replaced if it died meanwhile."""
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._child is None:
            self._child = _start(self.limits.memory)
            self._owner, self._drawn = os.getpid(), 0
        return self._child

    def _end(self) -> None:
        """Kill the child, if any, and wait for it."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            _close_pipes(child)

    def _forget_parents_child(self) -> None:
        if self._child is not None and self._owner != os.getpid():
            _close_pipes(self._child)
            self._child.returncode = 0  # it is not this process's to wait for
            self._child = None

    def _keep(self, key: tuple[str, str], drawn: bytes) -> None:
        self._kept[key] = drawn
        while sum(map(len, self._kept.values())) > self.limits.kept:
            self._kept.popitem(last=False)

    def _refuse(self, key: tuple[str, str], reason: str) -> None:
        """Remember a refusal for a while, so that pages that are loaded again do not keep other drawings waiting."""
        self._refused[key] = (reason, time.monotonic() + self.limits.refused)
        while len(self._refused) > MOST_REFUSED:
            self._refused.popitem(last=False)

    def _refusal(self, key: tuple[str, str]) -> str:
        reason, until = self._refused.get(key, ("", 0.0))
        return reason if time.monotonic() < until else ""


def _start(memory: int) -> subprocess.Popen[bytes]:
    home = find_spec("pygraphviz")
    if home is None or home.origin is None:
        raise LayoutFailed("pygraphviz, which brings Graphviz, is not installed: pip install pygraphviz.")
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {"LANG": "C.UTF-8"}
    child = subprocess.Popen(  # noqa: S603  (our own script)
        [sys.executable, "-I", str(CHILD), str(Path(home.origin).parents[1]), str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # fontconfig likes to warn
        bufsize=0,
        env=environment,
        start_new_session=True,  # Ctrl-C is the parent's business
    )
    assert child.stdin is not None
    os.set_blocking(child.stdin.fileno(), False)
    return child


def _close_pipes(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _send(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    assert child.stdin is not None
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdin, selectors.EVENT_WRITE)
        view = memoryview(data)
        while view:
            _await(ready, deadline)
            view = view[os.write(child.stdin.fileno(), view) :]


def _receive(child: subprocess.Popen[bytes], deadline: float, largest: int) -> tuple[bytes, bytes]:
    assert child.stdout is not None
    source = child.stdout.fileno()
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_READ)

        def exactly(size: int) -> bytes:
            parts = bytearray()
            while len(parts) < size:
                _await(ready, deadline)
                part = os.read(source, size - len(parts))
                if not part:
                    raise EOFError
                parts += part
            return bytes(parts)

        (size,) = struct.unpack(">I", exactly(4))
        if size > largest:
            raise EOFError
        return exactly(1), exactly(size)


def _await(ready: selectors.BaseSelector, deadline: float) -> None:
    if not ready.select(max(deadline - time.monotonic(), 0)):
        raise TimeoutError


PAINTER = Painter()
"""The one of this process."""
atexit.register(PAINTER.close)
os.register_at_fork(after_in_child=PAINTER.after_fork)


def lay_out(dot: str, form: str = "svg") -> bytes:
    """Draw with the child of this process; see ``Painter.lay_out``."""
    return PAINTER.lay_out(dot, form)
