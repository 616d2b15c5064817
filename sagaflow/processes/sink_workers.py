"""One thread per output sink, so that a receiver that is slow or away delays no other sink.

A batch goes to all sinks at the same time, and each has ``BUDGET`` seconds for it. A sink that fails several times in a
row, or is still busy with an earlier batch, is left alone for a pause that grows. What it did not take is sent again,
to this sink only.
"""

import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import close_old_connections

from sagaflow.core.definition.retry import doubled
from sagaflow.sinks import CloudEvent, Sink, announce

__all__ = ["BUDGET", "NotTaken", "deliver", "forget"]

BUDGET = 15.0
"""Seconds that one sink has for a batch; a batch is leased for a minute."""
FAILURES = 3
"""The number of failures in a row after which a sink is left alone."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds for which it is left alone: the first time, and at most."""


Numbered = tuple[int, CloudEvent]
"""An event with its place in the batch."""


class NotTaken(Exception):
    """A sink was not asked, or has not answered yet."""


@dataclass
class Worker:
    """The thread of one sink, and what is known about it."""

    sink: Sink
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "sagaflow-sink"))
    running: "Future[None] | None" = None
    failures: int = 0
    rests_until: float = 0.0

    def begin(self, events: Sequence[Numbered], results: dict[int, Exception | None]) -> "Future[None] | None":
        """Start a batch; ``results`` gets the outcome of each event by its index."""
        if self.running is not None and not self.running.done():
            return None
        self.running = self.thread.submit(self._deliver, events, results, time.monotonic() + BUDGET)
        return self.running

    def _deliver(self, events: Sequence[Numbered], results: dict[int, Exception | None], until: float) -> None:
        close_old_connections()
        for number, event in events:
            if time.monotonic() >= until:
                break
            results[number] = self._one(event)
        close_old_connections()

    def _one(self, event: CloudEvent) -> Exception | None:
        if time.monotonic() < self.rests_until:
            return NotTaken(f"The sink failed {self.failures} times in a row and is left alone for a while.")
        error = attempt(self.sink, event)
        self.failures = 0 if error is None else self.failures + 1
        if self.failures >= FAILURES:
            self.rests_until = time.monotonic() + doubled(FIRST_PAUSE, self.failures - FAILURES, LONGEST_PAUSE)
        return error


def attempt(sink: Sink, event: CloudEvent) -> Exception | None:
    """Call the sink; return what it raised."""
    try:
        sink(event)
    except Exception as error:  # noqa: BLE001 - sinks are foreign code
        return error
    return None


_workers: dict[int, Worker] = {}
"""By the identity of the sink: a sink need not be hashable. The worker holds it, so that no other gets the same."""


def deliver(
    events: Sequence[CloudEvent], sinks: Sequence[Sink], taken: Sequence[Collection[int]] = ()
) -> list[dict[int, Exception | None]]:
    """Send to every sink the events that it lacks. Return for each event the outcome by the place of the sink.

    ``taken``: for each event the places of the sinks that have it. The outcome is ``None``, or the reason why the sink
    lacks it. A sink that is alone, and Django's signal, are called in this thread: they delay no other sink.
    """
    lacking = [
        [(number, event) for number, event in enumerate(events) if not taken or place not in taken[number]]
        for place in range(len(sinks))
    ]
    results: list[dict[int, Exception | None]] = [{} for _ in sinks]
    begun: list[Future[None]] = []
    alone = [place for place, sink in enumerate(sinks) if len(sinks) == 1 or sink is announce]
    for place, sink in enumerate(sinks):
        if lacking[place] and place not in alone and (future := _worker(sink).begin(lacking[place], results[place])):
            begun.append(future)
    for place in alone:
        results[place] |= {number: attempt(sinks[place], event) for number, event in lacking[place]}
    wait(begun, timeout=BUDGET)
    outcomes: list[dict[int, Exception | None]] = [{} for _ in events]
    for place, wanted in enumerate(lacking):
        for number, _ in wanted:
            outcomes[number][place] = results[place].get(number, NotTaken("A sink did not answer in time."))
    return outcomes


def forget() -> None:
    """Let go of all threads: the sinks changed."""
    for worker in _workers.values():
        worker.thread.shutdown(wait=False, cancel_futures=True)
    _workers.clear()


def _worker(sink: Sink) -> Worker:
    if id(sink) not in _workers:
        _workers[id(sink)] = Worker(sink)
    return _workers[id(sink)]
