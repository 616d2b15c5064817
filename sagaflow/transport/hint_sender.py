"""Send hints to a broker from a separate thread, so that a commit neither waits for the broker nor sees its errors.

The first hint leaves at once. Those that come while it is sent, or shortly after, leave together, several runs in one
message. A hint that waits to be sent is not added again. A hint that cannot be sent is dropped: the sweeper finds the
run.
"""

import atexit
import logging
import time
from collections.abc import Callable
from itertools import islice
from threading import Condition, Thread

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""The number of hints that may wait; more are dropped, because the broker has enough to do."""
MOST_TOGETHER = 8
"""The number of runs in one message: no more than the threads of one process, so that several processes share many."""
GATHERING = 0.01
"""Seconds in which hints gather after the latest one left."""
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
Message = tuple[list[str], str]
"""Runs and their queue."""


class HintSender:
    """A queue and its thread: `post` never blocks and never raises; `deliver(run_ids, queue)` may do both."""

    def __init__(self, deliver: Callable[[list[str], str], None], rest: Callable[[], None]) -> None:
        self._deliver, self._rest = deliver, rest
        self._pending: dict[Hint, None] = {}
        self._changed = Condition()
        self._thread: Thread | None = None
        self._busy = self._closed = False
        self._gathers_until = 0.0
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
            run_ids, queue = self._next()
            try:
                self._deliver(run_ids, queue) if run_ids else self._rest()
            except Exception as error:  # noqa: BLE001 - whatever the driver raises, the sweeper repairs it
                self._failed(error, len(run_ids))
            finally:
                self._done()

    def _next(self) -> Message:
        """Return the oldest hint and others for its queue; none if nothing comes for a while, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closed, IDLE)
        time.sleep(max(0.0, self._gathers_until - time.monotonic()))
        with self._changed:
            if not self._pending:
                return [], ""
            _, queue = next(iter(self._pending))
            run_ids = [*islice((run_id for run_id, its in self._pending if its == queue), MOST_TOGETHER)]
            for run_id in run_ids:
                del self._pending[run_id, queue]
            self._busy = True
            if not self._pending:
                self._gathers_until = time.monotonic() + GATHERING
            return run_ids, queue

    def _done(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def _failed(self, error: Exception, in_hand: int) -> None:
        now = time.monotonic()
        with self._changed:
            dropped = len(self._pending) + in_hand
            self._pending.clear()
            self._paused_until = now + PAUSE
        if now >= self._quiet_until:
            self._quiet_until = now + LOG_INTERVAL
            log.warning(
                "The broker takes no hints (%s); %d dropped. No run is lost: the sweeper sends them again.",
                error,
                dropped,
            )
