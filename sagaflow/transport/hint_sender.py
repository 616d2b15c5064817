"""Send hints to a broker from a separate thread, so that a commit neither waits for the broker nor sees its errors.

A hint that waits to be sent is not added again. A hint that cannot be sent is dropped: the sweeper finds the run.
"""

import atexit
import logging
import time
from collections.abc import Callable
from threading import Condition, Thread

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""The number of hints that may wait; more are dropped, because the broker has enough to do."""
PAUSE = 1.0
"""Seconds after a failure in which nothing is sent."""
LOG_INTERVAL = 60.0
"""Seconds between two log lines about a broker that is down."""
IDLE = 10.0
"""Seconds without a hint after which the broker may close its connection."""
FLUSH_SECONDS = 2.0
"""Seconds that a process waits at its end until its last hints are sent."""

Hint = tuple[str, str]
"""A run and a queue."""


class HintSender:
    """A queue and its thread: `post` never blocks and never raises; `deliver(run_id, queue)` may do both."""

    def __init__(self, deliver: Callable[[str, str], None], rest: Callable[[], None]) -> None:
        self._deliver, self._rest = deliver, rest
        self._pending: dict[Hint, None] = {}
        self._changed = Condition()
        self._thread: Thread | None = None
        self._busy = self._closed = False
        self._paused_until = self._quiet_until = 0.0

    def post(self, run_id: str, queue: str) -> None:
        """Queue a hint, unless it waits already, too many hints wait, or the broker failed a moment ago."""
        with self._changed:
            if len(self._pending) >= MOST_WAITING or time.monotonic() < self._paused_until:
                return
            self._pending[run_id, queue] = None
            if self._thread is None or not self._thread.is_alive():  # never started, or lost in a fork
                self._start()
            self._changed.notify_all()

    def flush(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Wait until every hint is sent or dropped; return False if that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._pending or self._busy), timeout)

    def close(self, timeout: float = FLUSH_SECONDS) -> None:
        """Send the last hints, then end the thread; each takes at most `timeout` seconds."""
        self.flush(timeout)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout)
        atexit.unregister(self.close)

    def _start(self) -> None:
        self._closed = False
        self._thread = Thread(target=self._run, name="sagaflow-hints", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def _run(self) -> None:
        while not self._closed:
            hint = self._next()
            try:
                self._deliver(*hint) if hint else self._rest()
            except Exception as error:  # noqa: BLE001 - whatever the driver raises, the sweeper repairs it
                self._failed(error)
            finally:
                self._done()

    def _next(self) -> Hint | None:
        """Return the oldest hint, or None if the queue stays empty for a while or is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closed, IDLE)
            if not self._pending:
                return None
            hint = next(iter(self._pending))
            del self._pending[hint]
            self._busy = True
            return hint

    def _done(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def _failed(self, error: Exception) -> None:
        now = time.monotonic()
        with self._changed:
            dropped = len(self._pending) + 1
            self._pending.clear()
            self._paused_until = now + PAUSE
        if now >= self._quiet_until:
            self._quiet_until = now + LOG_INTERVAL
            log.warning(
                "The broker takes no hints (%s); %d dropped. No run is lost: the sweeper sends them again.",
                error,
                dropped,
            )
