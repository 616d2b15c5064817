"""One child process with the Graphviz inside the pygraphviz wheel; CPU, memory and wall time are limited."""

import contextlib
import os
import selectors
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sagaflow.core.errors import SagaflowError

__all__ = ["Graphviz", "LayoutFailed", "Limits"]

CHILD = Path(__file__).with_name("graphviz_process.py")
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
    children: int = 2
    """Drawings at the same time. A drawing that gets none within ``wall`` seconds is refused."""
    lifetime: int = 1000
    """Drawings after which the child is replaced, because C code leaks."""


class Graphviz:
    """Draws in a child process, which starts at the first drawing and is replaced when it died. For one thread."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.process: subprocess.Popen[bytes] | None = None
        self._drawn = 0

    def draw(self, request: bytes) -> bytes:
        """Return the drawing.

        Raises:
            LayoutFailed: with what was too much.
        """
        deadline = time.monotonic() + self.limits.wall
        child = self._running()
        try:
            _send(child, struct.pack(">IB", len(request), self.limits.cpu) + request, deadline)
            verdict, answer = _receive(child, deadline, self.limits.drawing)
        except TimeoutError as late:
            self.end()
            message = f"The drawing was not ready within {self.limits.wall:g} s: fold some segments."
            raise LayoutFailed(message) from late
        except (EOFError, OSError) as dead:
            self.end()
            message = "Graphviz used up its CPU time or its memory over this drawing: fold some segments."
            raise LayoutFailed(message) from dead
        except BaseException:
            self.end()  # an interrupted exchange must not be continued by the next caller
            raise
        return self._answer(verdict, answer)

    def end(self) -> None:
        """Kill the process, if any, and wait for it."""
        child, self.process = self.process, None
        if child is not None:
            child.kill()
            child.wait()
            _close_pipes(child)

    def leave(self) -> None:
        """Let go of the process in a fork: it is the parent's to wait for."""
        child, self.process = self.process, None
        if child is not None:
            _close_pipes(child)
            child.returncode = 0

    def _answer(self, verdict: bytes, answer: bytes) -> bytes:
        self._drawn += 1
        if verdict != b"+" or self._drawn >= self.limits.lifetime:
            self.end()
        if verdict != b"+":
            raise LayoutFailed(f"The drawing failed: {answer.decode(errors='replace')}.")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the process, replaced if it died meanwhile."""
        if self.process is not None and self.process.poll() is not None:
            self.end()
        if self.process is None:
            self.process, self._drawn = _start(self.limits.memory), 0
        return self.process


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
