"""The runs that hints named, on their way to the threads of this process that carry them on.

A hint stays with the broker until a thread has taken each of its runs. So a process that dies takes with it only the
runs under way, and a slow action holds only its own thread: the others take what is left.

Runs with quick work are carried on together, in a batch (``sagaflow.engine.batch``) that one thread at a time carries
on. A thread that is free looks whether slow work holds that batch up, and then takes over the rest of it before
anything else.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Event, Lock, Thread
from typing import Protocol, Self

from sagaflow.counting import counted

__all__ = ["Batch", "Inbox"]

log = counted(__name__)

LOOK = 0.05
"""Seconds between two looks of a thread at the batch of another one."""


class Batch(Protocol):
    """The runs that one thread carries on together."""

    def carry_on(self) -> None:
        """Carry on the runs, and those that ``Inbox.join`` returns meanwhile, until none is left."""

    def rest(self) -> Self | None:
        """Take over all but the work under way; ``None``: that work is not slow."""


@dataclass(eq=False, slots=True)
class _Offer:
    """Runs that were offered together, and their thread, which waits until they are taken."""

    left: int
    """The number of them that no thread has taken yet."""
    done: Event = field(default_factory=Event)
    """Set when all of them are taken, or the inbox closes."""


class Inbox:
    """Two first-in-first-out queues of runs, and the threads that carry on each alone, or many in a batch."""

    def __init__(
        self, perform: Callable[[str], None], begin: Callable[[], Batch], end: Callable[[], None], *, threads: int
    ) -> None:
        """Prepare the threads.

        ``perform``: carries on one run. ``begin``: returns a new batch. ``end``: called by each thread when it ends.
        """
        self._perform, self._begin, self._end = perform, begin, end
        self._alone: deque[tuple[str, _Offer | None]] = deque()
        self._together: deque[tuple[str, _Offer | None]] = deque()
        self._batch: Batch | None = None
        self._closed = False
        self._filled = Condition(Lock())
        self._threads = [Thread(target=self._work, name=f"sagaflow-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let each thread end after its run."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()
            for _, offer in (*self._alone, *self._together):
                if offer is not None:
                    offer.done.set()

    def join_threads(self, timeout: Callable[[], float]) -> None:
        """Wait for the threads, each as long as ``timeout`` says."""
        for thread in self._threads:
            thread.join(timeout())

    def offer(self, runs: Iterable[str], patience: float, *, together: bool = False) -> list[str]:
        """Wait until threads have taken the runs; return those that none took in ``patience`` seconds, or by the end.

        Runs of ``put`` that wait are returned as well. ``together``: they may be carried on in a batch.
        """
        named = dict.fromkeys(runs)
        own = _Offer(len(named))
        with self._filled:
            if self._closed:
                return [*named]
            (self._together if together else self._alone).extend((run_id, own) for run_id in named)
            self._filled.notify(1 if together else len(named))
        own.done.wait(patience)
        with self._filled:
            return self._taken_back(own) if own.left else []

    def _taken_back(self, offer: _Offer) -> list[str]:
        """Remove the runs of an offer, and those of ``put``, and return them."""
        left = []
        for waiting in (self._alone, self._together):
            left += [run_id for run_id, its in waiting if its in (offer, None)]
            others = [(run_id, its) for run_id, its in waiting if its not in (offer, None)]
            waiting.clear()
            waiting.extend(others)
        return left

    def put(self, run_id: str) -> None:
        """Let a thread carry on a run alone. Unlike ``offer``, this waits for none."""
        with self._filled:
            self._alone.append((run_id, None))
            self._filled.notify()

    def join(self, most: int) -> list[str]:
        """Return at most so many runs that wait to be carried on together."""
        with self._filled:
            return [_taken(self._together) for _ in range(0 if self._closed else min(most, len(self._together)))]

    def _next(self) -> Callable[[], None] | None:
        """Wait for something to do, and return it; ``None``: the thread ends."""
        with self._filled:
            while not self._closed:
                if self._batch is not None and (rest := self._batch.rest()) is not None:
                    return self._carrying_on(rest)  # first, because it holds up many runs
                if self._alone:
                    return partial(self._perform, _taken(self._alone))
                if self._batch is None and self._together:
                    return self._carrying_on(self._begin())
                self._filled.wait(None if self._batch is None else LOOK)
            return None

    def _carrying_on(self, batch: Batch) -> Callable[[], None]:
        self._batch = batch
        self._filled.notify()  # one of the threads that wait has to look at it from time to time
        return partial(self._carry_on, batch)

    def _carry_on(self, batch: Batch) -> None:
        try:
            batch.carry_on()
        finally:
            with self._filled:
                if self._batch is batch:
                    self._batch = None

    def _work(self) -> None:
        try:
            while (task := self._next()) is not None:
                try:
                    task()
                except BaseException:
                    log.exception("A thread of the worker was interrupted in %s, and goes on.", _what(task))
        finally:
            self._end()


def _taken(waiting: deque[tuple[str, _Offer | None]]) -> str:
    """Take the run that waits longest, and tell the thread that waits for its offer."""
    run_id, offer = waiting.popleft()
    if offer is not None:
        offer.left -= 1
        if not offer.left:
            offer.done.set()
    return run_id


def _what(task: "Callable[[], None]") -> str:
    first = task.args[0] if isinstance(task, partial) else ""
    return f"run {first}" if isinstance(first, str) else "a batch of runs"
