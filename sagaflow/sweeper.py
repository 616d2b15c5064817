"""Sends hints for whatever is overdue in the database. It alone can drive every run, if all other hints are lost."""

import logging
import time

from sagaflow import actors, conf, engine, store
from sagaflow.loop import Loop

__all__ = ["Sweeper", "loop", "sweep_once"]

log = logging.getLogger(__name__)

BATCH = 200
"""Runs that are looked at in one go."""
ENOUGH = 1_000
"""Hints in a queue: no more are added, whoever will read it has work."""
RESEND = 3.0
"""Seconds before a hint is sent again while its queue is not empty; an empty queue may have been flushed."""
TIDY_INTERVAL = 60.0
"""Seconds between two looks for what has expired."""


def loop() -> Loop:
    """Sweeps as long as it runs: as soon as something is due, and once per interval at least."""
    sweeper = Sweeper(actors.current())
    return Loop("sweeper", sweeper.turn, conf.current().sweep_interval)


def sweep_once() -> int:
    """Hints for everything that is overdue now; returns how many."""
    sweeper = Sweeper(actors.current())
    sent = sweeper.sweep()
    while sweeper.is_amid:
        sent += sweeper.sweep()
    sweeper.tidy()
    return sent


class Sweeper:
    """Goes round all overdue runs, a batch at a time: those whose service is away do not keep others waiting."""

    def __init__(self, transport: actors.Transport) -> None:
        self._transport = transport
        self._place = 0
        self._hinted: dict[tuple[str, str], float] = {}
        self._tidy_at = 0.0

    @property
    def is_amid(self) -> bool:
        """Whether the round goes on with another batch."""
        return self._place > 0

    def turn(self) -> float | None:
        """One batch, and what has expired; returns the seconds until the next turn, None for the usual interval."""
        sent = self.sweep()
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_INTERVAL
            self.tidy()
        return 0.0 if sent and self.is_amid else store.next_due()

    def sweep(self) -> int:
        """Sends the hints of one batch; returns how many."""
        found = store.overdue(BATCH, skip=self._place)
        self._place = self._place + BATCH if found.more else 0
        room: dict[str, int] = {}
        return sum(self._hint(run_id, service, room) for run_id, services in found.runs.items() for service in services)

    def tidy(self) -> None:
        """Deletes what has expired, and hands on events that lie in the inbox although their run has started."""
        adopted, callbacks = engine.adopt(), store.expire_callbacks()
        if adopted or callbacks:
            log.info("Handed on %d stranded events and deleted %d expired callbacks.", adopted, callbacks)
        now = time.monotonic()
        self._hinted = {hint: at for hint, at in self._hinted.items() if at + RESEND > now}

    def _hint(self, run_id: str, service: str, room: dict[str, int]) -> bool:
        """Sends one hint if the queue of the service has room and does not hold it yet. `room` is kept for a batch."""
        if service not in room:
            waiting = self._transport.waiting(service)
            room[service] = ENOUGH - waiting
            if not waiting:
                self._hinted = {hint: at for hint, at in self._hinted.items() if hint[1] != service}
        now = time.monotonic()
        if room[service] <= 0 or self._hinted.get((run_id, service), -RESEND) + RESEND > now:
            return False
        room[service] -= 1
        self._hinted[run_id, service] = now
        self._transport.send(run_id, service)
        return True
