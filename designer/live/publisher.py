"""The way from the engine to the channel layer: a hint after each commit of a run. It never delays the engine.

The signal only notes the run and wakes a loop. The first hint leaves at once; what comes while it is on its way, or in
the tenth of a second after it, leaves in the next message. So a busy process sends ten messages a second. A hint
may be lost at any point: the heartbeat repairs it. Measured (see FIELD_NOTES): a hop to the server's loop costs 2 ms,
but `async_to_sync` in a worker's thread up to seconds.
"""

import asyncio
import os
import threading
import time

from channels.layers import InMemoryChannelLayer, get_channel_layer

from sagaflow import signals
from sagaflow.counting import counted

__all__ = ["GROUP", "Publisher", "connect", "publisher"]

logger = counted(__name__)

GROUP = "sagaflow.hints"
"""The group for all runs. Each web process joins it once, however many sockets it has."""
MOST = 500
"""The largest number of runs in one message."""
PATIENCE = 5.0
"""The seconds that the channel layer has to accept a message."""
PAUSE = 0.1
"""The seconds between two messages."""
QUIET = 60.0
"""The seconds between two log entries about a failing channel layer."""


class Publisher:
    """Sends the hints of one process."""

    _server: asyncio.AbstractEventLoop | None
    _waiting: dict[str, int]
    _on_its_way: asyncio.AbstractEventLoop | None
    _own: asyncio.AbstractEventLoop | None
    _task: asyncio.Task[None] | None

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send hints from the loop of the server from now on: an in-memory layer works in one loop only."""
        self._server = loop

    def run_changed(self, *, run_id: str, seq: int, **_: object) -> None:
        """Receive the signal and return at once."""
        with self._lock:
            self._waiting[run_id] = max(seq, self._waiting.get(run_id, 0))
            if self._on_its_way is not None and not self._on_its_way.is_closed():
                return
            self._on_its_way = loop = self._loop()
            if loop is None:
                self._waiting.clear()
                return
        try:
            loop.call_soon_threadsafe(self._begin, loop)
        except RuntimeError:  # the server ended between the two lines
            self._on_its_way = None

    def _forget(self) -> None:
        """Start without threads and loops: a forked child does not have those of its parent."""
        self._lock = threading.Lock()
        self._waiting = {}
        self._server = self._on_its_way = self._own = self._task = None
        self._complained = -QUIET

    def _loop(self) -> asyncio.AbstractEventLoop | None:
        """Return the loop of the server. Without a server it is an own loop, unless no other process could listen."""
        if self._server is not None and not self._server.is_closed():
            return self._server
        if isinstance(get_channel_layer(), InMemoryChannelLayer | None):
            return None
        if self._own is None:
            self._own = asyncio.new_event_loop()
            threading.Thread(target=self._own.run_forever, name="sagaflow-hints", daemon=True).start()
        return self._own

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._send_all())

    async def _send_all(self) -> None:
        """Send a message at a time, with a pause after each, until nothing is waiting."""
        while runs := self._taken():
            try:
                await asyncio.wait_for(get_channel_layer().group_send(GROUP, {"type": "hints", "runs": runs}), PATIENCE)
            except Exception as error:  # noqa: BLE001 - whatever the layer's driver raises
                self._complain(error)
            await asyncio.sleep(PAUSE)

    def _taken(self) -> dict[str, int]:
        with self._lock:
            taken = dict(list(self._waiting.items())[:MOST])
            for run_id in taken:
                del self._waiting[run_id]
            if not taken:
                self._on_its_way = None
            return taken

    def _complain(self, error: Exception) -> None:
        if time.monotonic() - self._complained > QUIET:
            self._complained = time.monotonic()
            logger.warning("The channel layer took no hint: %r. Pages that are open follow by their heartbeat.", error)


publisher = Publisher()


def connect() -> None:
    """From here on, what the engine announces as changed becomes hints."""
    signals.run_changed.connect(publisher.run_changed, dispatch_uid="designer.live")
