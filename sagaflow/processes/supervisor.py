"""Keep a number of child processes alive: one that dies is started again, with back-off.

Each child holds the read end of a pipe as its standard input. When the supervisor dies, even by `kill -9`, the pipe
closes and the child ends itself: see `Leash`.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread

from sagaflow.core.definition.retry import doubled
from sagaflow.processes.stop_signal import StopRequest

__all__ = ["Child", "Leash", "Supervisor", "ending", "this_command"]

log = logging.getLogger(__name__)

Died = Callable[[int, int, str, bool], None]

GLANCE = 0.1
"""Seconds between two checks of the children."""
HEALTHY = 10.0
"""A child that lived this many seconds is started again at once."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
MERCY = 3.0
"""Seconds beyond the grace before a child that will not end is killed."""


@dataclass
class Child:
    """One place for a child process, filled by one process after another."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = field(default=0)

    def pause(self, lived: float) -> float:
        """Return the seconds before the next start; they grow with the number of deaths soon after a start."""
        self.failures = 0 if lived >= HEALTHY else self.failures + 1
        return doubled(FIRST_PAUSE, self.failures - 1, LONGEST_PAUSE) if self.failures > 1 else 0.0


class Supervisor:
    """Run `command(number)` for each number from 1 to `count`, until SIGTERM or SIGINT.

    `died(number, pid, how, blameless)` is called for each child that did not stop cleanly; `blameless` is True if the
    child was killed here because it did not stop in time. It must not block.
    """

    def __init__(
        self, command: Callable[[int], Sequence[str]], count: int, grace: float, died: Died = lambda *_: None
    ) -> None:
        self._command, self._grace, self._died = command, grace, died
        self.children = [Child(number) for number in range(1, count + 1)]

    def run(self) -> None:
        """Run until every child has ended after a request to stop."""
        stop = StopRequest().on_signals()
        while not stop.wait(GLANCE):
            for child in self.children:
                self._tend(child)
        self._stop()

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None and (code := child.process.poll()) is not None:
            assert child.process.stdin is not None, "a child is started with a pipe"
            child.process.stdin.close()
            pause = child.pause(now - child.started_at)
            if code:
                self._died(child.number, child.process.pid, ending(code), False)
            child.process, child.due_at = None, now + pause
            log.warning("Worker process %d %s; it is started again in %.1f s.", child.number, ending(code), pause)
        if child.process is None and now >= child.due_at:
            child.process = subprocess.Popen(self._command(child.number), stdin=subprocess.PIPE)  # noqa: S603 - our own command line
            child.started_at = now

    def _stop(self) -> None:
        started = [(child.number, child.process) for child in self.children if child.process]
        living = [(number, process) for number, process in started if process.poll() is None]
        for _, process in living:
            process.terminate()
        deadline = time.monotonic() + self._grace + MERCY
        for number, process in living:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("Process %d did not end in %.0f s and is killed.", process.pid, self._grace + MERCY)
                process.kill()
                process.wait()
                self._died(number, process.pid, "was killed, because it did not stop in time", True)


class Leash(Thread):
    """A thread of a child that calls `end` when the supervisor at the other end of standard input has died."""

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__(name="sagaflow-leash", daemon=True)
        self._end = end

    def run(self) -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        self._end()


def this_command(*more: str) -> list[str]:
    """Return the command line of this process, with more options."""
    return [sys.executable, *sys.orig_argv[1:], *more]


def ending(code: int) -> str:
    """Return the end of a process as a part of a sentence: "was killed by SIGSEGV", "ended with code 1"."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
