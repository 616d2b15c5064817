"""Find what is overdue in the database and repair what was lost; it alone can drive every run if all hints are lost.

The sweeper repairs:

- a lost hint: it sends a hint for every run with work that is due, until a worker has claimed the work;
- a passed time: where only a deadline, a timer or an expired lease is due, it lets the time pass in the run itself, in
  many runs per transaction;
- a dead process: when the leases that it held run out, their steps are due again. A supervisor that sees the death
  gives them back at once, see ``presence``;
- work that no live worker can perform: it journals the service or the action that is missing, so that users see it;
- an event that was stored before its run started: it delivers the event;
- leftovers: it deletes expired events and callbacks, and ends deliveries to subscribers that no longer exist.

It changes nothing that a worker could not change as well, so any number of sweepers may run at the same time.
"""

import time
from collections import Counter

from sagaflow import conf, engine, store
from sagaflow.core.definition.retry import doubled
from sagaflow.core.run.reports import WorkUnserved
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.processes import actors
from sagaflow.processes.loop import Loop
from sagaflow.processes.presence import Presence, name_of

__all__ = ["Sweeper", "loop", "sweep_once"]

log = counted(__name__)

Hint = tuple[str, str, float]
"""A run, a service, and the time at which the run became due."""

BATCH = 200
"""The number of runs that one query reads."""
ENOUGH = 1_000
"""The number of hints in a queue at which no more are added: its readers have enough work."""
RESEND = 3.0
"""Seconds before a hint is sent again while its queue is not empty; an empty queue may have been flushed."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
"""Seconds before a hint about the same work is sent a third time, and the limit: perhaps no worker can do the work."""
TOGETHER = 50
"""The number of runs in which the time passes in one transaction."""
LOOK_INTERVAL = 1.0
"""Seconds between two looks for live workers."""
TIDY_INTERVAL = 60.0
"""Seconds between two deletions of what has expired."""


def loop() -> Loop:
    """Return the loop that sweeps as soon as something is due, and at least once per interval."""
    sweeper = Sweeper(actors.current())
    return Loop("sweeper", sweeper.turn, conf.current().sweep_interval)


def sweep_once() -> int:
    """Send hints for everything that is overdue now; return their number."""
    sweeper = Sweeper(actors.current())
    sent = sweeper.sweep()
    while sweeper.is_amid:
        sent += sweeper.sweep()
    sweeper.tidy()
    return sent


class Sweeper:
    """Go through all overdue runs, one batch per turn, so that runs of a stopped service do not delay other runs."""

    def __init__(self, transport: actors.Transport) -> None:
        self._transport = transport
        self._presence = Presence(name_of("sweeper"), "sweeper")
        self.is_amid = False
        """True if the round continues with another batch."""
        self._place = 0
        self._hinted: dict[Hint, tuple[float, int]] = {}
        """The time at which each hint was last sent, and the number of times."""
        self._workers: tuple[Skills, ...] = ()
        self._beat_at = self._look_at = self._tidy_at = 0.0

    def turn(self) -> float | None:
        """Sweep one batch and delete what has expired; return the seconds until the next turn, None: the interval."""
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
        """Sweep one batch; return the number of hints sent plus the number of runs in which the time passed."""
        self._look_for_workers()
        overdue = store.overdue(BATCH, skip=self._place, workers=self._workers)
        passed, broken = self._let_pass(overdue.idle)
        self.is_amid = overdue.more
        self._place = self._place + BATCH - passed if overdue.more else 0
        for run_id, facts in overdue.unserved.items():
            self._leave_unserved(run_id, facts)
        needless = set(overdue.idle) - set(broken)
        hints = [
            (run_id, service, overdue.since[run_id])
            for run_id, services in overdue.runs.items()
            for service in services
            if service or run_id not in needless
        ]
        waiting: dict[str, int] = {}
        sent: Counter[str] = Counter()
        return passed + sum(self._hint(hint, waiting, sent) for hint in hints)

    def tidy(self) -> None:
        """Delete what has expired, end deliveries to removed subscribers, and deliver events whose run has started."""
        store.forget_dead()
        if ended := store.depart():
            log.warning("Ended %d deliveries: their subscribers no longer exist.", ended)
        adopted, callbacks = engine.adopt(), store.expire_callbacks()
        if adopted or callbacks:
            log.info("Delivered %d stored events and deleted %d expired callbacks.", adopted, callbacks)
        old = time.monotonic() - 2 * LONGEST_PAUSE
        self._hinted = {hint: sent for hint, sent in self._hinted.items() if sent[0] > old}

    def _look_for_workers(self) -> None:
        """Send all hints again if the live workers changed: a new worker may do the work that a run waits for."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_INTERVAL
        workers = store.live()
        if workers != self._workers:
            self._workers = workers
            self._hinted.clear()

    def _leave_unserved(self, run_id: str, facts: list[WorkUnserved]) -> None:
        """Journal what no worker can do; an error in one run must not delay the other runs."""
        try:
            engine.leave_unserved(run_id, facts)
        except Exception as error:  # noqa: BLE001 - whatever the database's driver raises
            log.warning("Could not record in run %s that no worker can do its work: %s.", run_id, error)

    def _let_pass(self, idle: list[str]) -> tuple[int, list[str]]:
        """Let the time pass; return the number of runs that changed, and the runs that failed: a worker gets those."""
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
        """Send one hint if the queue of the service has room and does not hold the hint yet."""
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
    """Return the seconds before a hint is sent again, by how often it was sent and the length of its queue."""
    if not times:
        return 0.0
    back_off = doubled(FIRST_PAUSE, times - 2, LONGEST_PAUSE) if times > 1 else 0.0
    return max(back_off, RESEND if waiting else 0.0)
