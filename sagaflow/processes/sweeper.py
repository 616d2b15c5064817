"""Sends hints for whatever is overdue in the database. It alone can drive every run, if all other hints are lost.

Where only the clock has something to do, it lets the time pass itself, in many runs at once.
"""

import time
from collections import Counter

from sagaflow import conf, engine, store
from sagaflow.core.run.reports import WorkUnserved
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.processes import actors
from sagaflow.processes.loop import Loop
from sagaflow.processes.presence import Presence, name_of

__all__ = ["Sweeper", "loop", "sweep_once"]

log = counted(__name__)

Hint = tuple[str, str, float]
"""A run, a service, and since when the run has been due."""

BATCH = 200
"""Runs that are looked at in one go."""
ENOUGH = 1_000
"""Hints in a queue: no more are added, whoever will read it has work."""
RESEND = 3.0
"""Seconds before a hint is sent again while its queue is not empty; an empty queue may have been flushed."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
"""Seconds before a hint about the same work is sent a third time, and at most: perhaps no worker can do the work."""
TOGETHER = 50
"""Runs in which the time passes in one transaction."""
LOOK_INTERVAL = 1.0
"""Seconds between two looks at which workers are there."""
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
        self._presence = Presence(name_of("sweeper"), "sweeper")
        self.is_amid = False
        """Whether the round goes on with another batch."""
        self._place = 0
        self._hinted: dict[Hint, tuple[float, int]] = {}
        """When each hint was last sent, and how often."""
        self._workers: tuple[Skills, ...] = ()
        self._beat_at = self._look_at = self._tidy_at = 0.0

    def turn(self) -> float | None:
        """One batch, and what has expired; returns the seconds until the next turn, None for the usual interval."""
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + store.BEAT
            self._presence.beat()
        done = self.sweep()
        if now >= self._tidy_at:
            self._tidy_at = now + TIDY_INTERVAL
            self.tidy()
        return 0.0 if done and self.is_amid else store.next_due()

    def sweep(self) -> int:
        """Does what one batch needs; returns how many hints that took, and in how many runs the time passed."""
        self._look_round()
        found = store.overdue(BATCH, skip=self._place, workers=self._workers)
        passed, broken = self._let_pass(found.idle)
        self.is_amid = found.more
        self._place = self._place + BATCH - passed if found.more else 0
        for run_id, facts in found.unserved.items():
            self._leave_unserved(run_id, facts)
        needless = set(found.idle) - set(broken)
        hints = [
            (run_id, service, found.since[run_id])
            for run_id, services in found.runs.items()
            for service in services
            if service or run_id not in needless
        ]
        waiting: dict[str, int] = {}
        sent: Counter[str] = Counter()
        return passed + sum(self._hint(hint, waiting, sent) for hint in hints)

    def tidy(self) -> None:
        """Deletes what has expired, ends deliveries to subscribers that are gone, and hands on stranded events.

        Those lie in the inbox although their run has started.
        """
        store.forget_dead()
        if ended := store.depart():
            log.warning("Ended %d deliveries: nobody subscribes to those events any more.", ended)
        adopted, callbacks = engine.adopt(), store.expire_callbacks()
        if adopted or callbacks:
            log.info("Handed on %d stranded events and deleted %d expired callbacks.", adopted, callbacks)
        old = time.monotonic() - 2 * LONGEST_PAUSE
        self._hinted = {hint: sent for hint, sent in self._hinted.items() if sent[0] > old}

    def _look_round(self) -> None:
        """A worker that has come may be the one that a run waits for: it is told at once."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_INTERVAL
        workers = store.live()
        if workers != self._workers:
            self._workers = workers
            self._hinted.clear()

    def _leave_unserved(self, run_id: str, facts: list[WorkUnserved]) -> None:
        """One run that is broken must not keep the others waiting."""
        try:
            engine.leave_unserved(run_id, facts)
        except Exception as error:  # noqa: BLE001 - whatever the database's driver raises
            log.warning("Run %s could not be told that no worker can do its work: %s.", run_id, error)

    def _let_pass(self, idle: list[str]) -> tuple[int, list[str]]:
        """In how many of these runs something happened, and those to leave to a worker, which says what is wrong."""
        passed, broken = 0, list[str]()
        for start in range(0, len(idle), TOGETHER):
            together = idle[start : start + TOGETHER]
            try:
                passed += engine.pass_time(together)
            except Exception as error:
                log.debug("The time did not pass in %d runs at once: %s.", len(together), error, exc_info=error)
                broken += together
        return passed, broken

    def _hint(self, hint: Hint, waiting: dict[str, int], sent: Counter[str]) -> bool:
        """Sends one hint if the queue of the service has room and does not hold it yet."""
        run_id, service, _ = hint
        if service not in waiting:
            waiting[service] = self._transport.waiting(service)
        at, times = self._hinted.get(hint, (0.0, 0))
        now = time.monotonic()
        if waiting[service] + sent[service] >= ENOUGH or now < at + _pause(times, waiting[service]):
            return False
        sent[service] += 1
        self._hinted[hint] = now, times + 1
        self._transport.send(run_id, service)
        return True


def _pause(times: int, waiting: int) -> float:
    """Seconds after a hint before it is sent again: it was sent so often, and so many wait in its queue."""
    if not times:
        return 0.0
    back_off = min(FIRST_PAUSE * 2 ** min(times - 2, 16), LONGEST_PAUSE) if times > 1 else 0.0
    return max(back_off, RESEND if waiting else 0.0)
