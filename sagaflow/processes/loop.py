"""A duty that comes again and again, in a thread or a process of its own, and survives what goes wrong in between."""

from collections.abc import Callable
from threading import Event, Thread

from django.db import close_old_connections, connections

from sagaflow.counting import counted
from sagaflow.processes.stop_signal import StopRequest

__all__ = ["Loop"]

LONGEST_DUTY = 20.0
"""Seconds that the duty under way may still take when the process is to end."""
LONGEST_PAUSE = 10.0
"""Seconds between two tries while it fails."""


class Loop:
    """Calls `duty`, which returns the seconds until its next turn (None: `interval`), and waits no longer than that."""

    def __init__(self, name: str, duty: Callable[[], float | None], interval: float) -> None:
        self.name = name
        self._duty, self._interval = duty, interval
        self._failures = 0
        self._log = counted(f"{__name__}.{name}")
        self._stopping, self._nudged = Event(), Event()
        self._thread: Thread | None = None

    def run(self) -> None:
        """Until somebody calls `stop`, from another thread or a signal handler."""
        while not self._stopping.is_set():
            self._nudged.clear()
            self._nudged.wait(self._once())
        connections.close_all()

    def start(self) -> None:
        """Runs in a thread of its own."""
        self._thread = Thread(target=self.run, name=f"sagaflow-{self.name}", daemon=True)
        self._thread.start()

    def until_signal(self) -> None:
        """Runs until SIGTERM or SIGINT; to be called in the main thread."""
        stop = StopRequest().on_signals()
        self.start()
        stop.wait()
        self.stop(timeout=LONGEST_DUTY)

    def nudge(self) -> None:
        """There is something to do now."""
        self._nudged.set()

    def stop(self, timeout: float = 0.0) -> None:
        """Ends it after the duty under way; waits for its thread up to `timeout` seconds."""
        self._stopping.set()
        self._nudged.set()
        if self._thread and timeout:
            self._thread.join(timeout)

    def _once(self) -> float:
        """Does the duty and returns the seconds to wait."""
        try:
            close_old_connections()
            wait = self._duty()
        except Exception as error:  # noqa: BLE001 - a database or a broker that is down comes back
            return self._failed(error)
        if self._failures:
            self._log.info("The %s works again.", self.name)
        self._failures = 0
        if self._stopping.is_set():
            return 0.0
        return self._interval if wait is None else min(wait, self._interval)

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        pause = min(self._interval * 2 ** min(self._failures, 16), LONGEST_PAUSE)
        if self._failures == 1:
            self._log.warning(
                "The %s failed (%s: %s) and tries again until it works.", self.name, type(error).__name__, error
            )
        self._log.debug("Failure %d of the %s; next try in %.1f s.", self._failures, self.name, pause, exc_info=error)
        return pause
