"""One thread per output sink, so that a receiver that is slow or away delays no other sink.

A batch goes to all sinks at the same time, and each has ``BUDGET`` seconds for it. A sink that fails several times in a
row, or is still busy with an earlier batch, is left alone for a pause that grows. What it did not take is sent again,
to this sink only, and before it no later event of the same run is sent there.
"""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from django.db import close_old_connections

from sagaflow.core.definition.retry import doubled
from sagaflow.sinks import CloudEvent, Sink, announce

__all__ = ["BUDGET", "Behind", "NotTaken", "Parcel", "deliver", "forget"]

BUDGET = 15.0
"""Seconds that one sink has for a batch; a batch is leased for a minute."""
FAILURES = 3
"""The number of failures in a row after which a sink is left alone."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds for which it is left alone: the first time, and at most."""


class NotTaken(Exception):
    """A sink was not asked, or has not answered yet."""


class Behind(NotTaken):
    """A sink has to get an earlier event of the run first."""

    def __init__(self) -> None:
        super().__init__("This sink has to get an earlier event of the run first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An event to send. Sinks are named by their places."""

    event: CloudEvent
    taken: frozenset[int] = frozenset()
    """The sinks that have it already."""
    behind: frozenset[int] = frozenset()
    """The sinks that have to get an event first that is not in this batch."""
    holds: bool = True
    """True if a sink that does not take it gets no later event of the run either."""


Numbered = tuple[int, Parcel]
"""A parcel with its place in the batch."""
Results = dict[int, Exception | None]
"""The outcome of each parcel by its place in the batch."""


@dataclass
class Worker:
    """The thread of one sink, and what is known about it."""

    sink: Sink
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "sagaflow-sink"))
    running: "Future[None] | None" = None
    failures: int = 0
    rests_until: float = 0.0

    def begin(self, parcels: Sequence[Numbered], place: int, results: Results) -> "Future[None] | None":
        """Start a batch; ``results`` gets the outcomes."""
        if self.running is not None and not self.running.done():
            return None
        until = time.monotonic() + BUDGET
        self.running = self.thread.submit(self._deliver, parcels, place, results, until)
        return self.running

    def _deliver(self, parcels: Sequence[Numbered], place: int, results: Results, until: float) -> None:
        close_old_connections()
        in_order(parcels, place, self._one, results, until)
        close_old_connections()

    def _one(self, event: CloudEvent) -> Exception | None:
        if time.monotonic() < self.rests_until:
            return NotTaken(f"The sink failed {self.failures} times in a row and is left alone for a while.")
        error = attempt(self.sink, event)
        self.failures = 0 if error is None else self.failures + 1
        if self.failures >= FAILURES:
            self.rests_until = time.monotonic() + doubled(FIRST_PAUSE, self.failures - FAILURES, LONGEST_PAUSE)
        return error


def in_order(
    parcels: Sequence[Numbered],
    place: int,
    send: Callable[[CloudEvent], Exception | None],
    results: Results,
    until: float = math.inf,
) -> None:
    """Send the events to one sink. After one that it does not take, it gets no later event of the same run."""
    waiting: set[str] = set()
    for number, parcel in parcels:
        if time.monotonic() >= until:
            break
        run_id = parcel.event["subject"]
        results[number] = Behind() if run_id in waiting or place in parcel.behind else send(parcel.event)
        if results[number] is not None and parcel.holds:
            waiting.add(run_id)


def attempt(sink: Sink, event: CloudEvent) -> Exception | None:
    """Call the sink; return what it raised."""
    try:
        sink(event)
    except Exception as error:  # noqa: BLE001 - sinks are foreign code
        return error
    return None


_workers: dict[int, Worker] = {}
"""By the identity of the sink: a sink need not be hashable. The worker holds it, so that no other gets the same."""


def deliver(parcels: Sequence[Parcel], sinks: Sequence[Sink]) -> list[dict[int, Exception | None]]:
    """Send to every sink the events that it lacks. Return for each event the outcome by the place of the sink.

    The outcome is ``None``, or the reason why the sink lacks it. A sink that is alone, and Django's signal, are called
    in this thread: they delay no other sink.
    """
    lacking = [
        [(number, parcel) for number, parcel in enumerate(parcels) if place not in parcel.taken]
        for place in range(len(sinks))
    ]
    results: list[Results] = [{} for _ in sinks]
    begun: list[Future[None]] = []
    alone = [place for place, sink in enumerate(sinks) if len(sinks) == 1 or sink is announce]
    for place, sink in enumerate(sinks):
        if lacking[place] and place not in alone:
            begun.extend(filter(None, [_worker(sink).begin(lacking[place], place, results[place])]))
    for place in alone:
        in_order(lacking[place], place, partial(attempt, sinks[place]), results[place])
    wait(begun, timeout=BUDGET)
    outcomes: list[dict[int, Exception | None]] = [{} for _ in parcels]
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
