"""A duty that is repeated in a separate thread or process, and goes on after errors."""

from collections.abc import Callable
from threading import Event, Thread

from django.db import close_old_connections, connections

from sagaflow.core.definition.retry import doubled
from sagaflow.counting import counted
from sagaflow.processes.stop_signal import StopRequest

__all__ = ["Loop"]

LONGEST_DUTY = 20.0
"""Seconds that a running duty may still take when the process has to stop."""
LONGEST_PAUSE = 10.0
"""The most seconds between two tries while the duty fails."""


class Loop:
    """Call `duty` repeatedly; it returns the seconds until its next turn, at most `interval` (None: `interval`)."""

    def __init__(
        self,
        name: str,
        duty: Callable[[], float | None],
        interval: float,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the loop. ``end``: called in its thread after the last turn; it must not raise."""
        self.name = name
        self._duty, self._interval, self._end = duty, interval, end
        self._failures = 0
        self._log = counted(f"{__name__}.{name}")
        self._stopping, self._woken = Event(), Event()
        self._thread: Thread | None = None

    def run(self) -> None:
        """Repeat the duty until `stop` is called, from another thread or a signal handler."""
        while not self._stopping.is_set():
            self._woken.clear()
            self._woken.wait(self._once())
        self._end()
        connections.close_all()

    def start(self) -> None:
        """Run in a separate thread."""
        self._thread = Thread(target=self.run, name=f"sagaflow-{self.name}", daemon=True)
        self._thread.start()

    def until_signal(self) -> None:
        """Run until SIGTERM or SIGINT. Call it in the main thread."""
        stop = StopRequest().on_signals()
        self.start()
        stop.wait()
        self.stop(timeout=LONGEST_DUTY)

    def wake(self) -> None:
        """Begin the next turn now."""
        self._woken.set()

    def stop(self, timeout: float = 0.0) -> None:
        """Stop after the running duty; wait for the thread up to `timeout` seconds."""
        self._stopping.set()
        self._woken.set()
        if self._thread and timeout:
            self._thread.join(timeout)

    def _once(self) -> float:
        """Perform the duty once and return the seconds to wait."""
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
        pause = doubled(self._interval, self._failures, LONGEST_PAUSE)
        if self._failures == 1:
            self._log.warning(
                "The %s failed (%s: %s) and tries again until it works.", self.name, type(error).__name__, error
            )
        self._log.debug("Failure %d of the %s; next try in %.1f s.", self._failures, self.name, pause, exc_info=error)
        return pause
