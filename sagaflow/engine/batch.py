"""Several runs that one thread carries on together: one statement reads them, and one saves what all of them decided.

``worker`` tells the story of one run; here it is that of up to ``MOST`` of them, told in turns:

1. Runs that wait join. One statement reads them, each of them claims its first step, and each run that was under way
   records its outcome and claims its next one. One statement saves all of it; COMMIT; hints go out.
2. The claimed work is performed, piece after piece.

Each run has its own fate. A run that another transaction changed meanwhile, or whose change fails, is changed alone,
under its lock; what its change raises concerns this run only.

Each piece of work waits for those before it. So a batch claims only actions that are quick (``pace``), and never work
that needs a transaction of its own: a run with other work leaves the batch, and gets a thread of its own. If an action
turns out slow after all, another thread takes over what it keeps waiting (``rest``): outcomes to record, work to
perform. The thread of the slow action then carries on its run alone. Work that is claimed has a lease, so that all of
this may die at any instruction, as a worker with one run may.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from django.db import close_old_connections, connection

from sagaflow import store
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.engine import claiming, pace
from sagaflow.engine.observers import served_listeners
from sagaflow.engine.transaction import Changed, change_together
from sagaflow.engine.worker import Shift
from sagaflow.participants import Outcome, Work
from sagaflow.registry import UnknownAction, get_action
from sagaflow.store.errors import UnknownRun
from sagaflow.store.refusals import held_back

__all__ = ["Batch", "Crew", "can_batch"]

logger = counted("sagaflow.engine")

MOST = 32
"""The number of runs in a batch, at most."""
SLOW = 0.05
"""Seconds after which the work under way keeps the rest of its batch waiting for too long."""


def can_batch(service: str) -> bool:
    """Return true if runs with work for this service may be carried on in a batch."""
    return bool(service) and connection.vendor == "postgresql" and pace.serves_quickly(service)


@dataclass(frozen=True)
class Crew:
    """The worker that carries on a batch, and where its runs come from and go to."""

    worker: str
    skills: Skills
    go_on: Callable[[], bool]
    """Asked before each claim."""
    join: Callable[[int], list[str]]
    """Returns the IDs of runs that wait, at most as many as asked for."""
    alone: Callable[[str], None]
    """Called with a run that needs a thread of its own."""
    failed: Callable[[str, Exception], None]
    """Called with a run that could not continue, and the error."""


@dataclass(eq=False)
class Batch:
    """The runs of one thread. Another thread may only call ``rest``."""

    crew: Crew
    _recorded: list[tuple[Shift, Outcome]] = field(default_factory=list)
    """Outcomes that have to be recorded."""
    _claimed: deque[tuple[Shift, Work]] = field(default_factory=deque)
    """Work that has to be performed."""
    _began: float | None = None
    """The monotonic time at which the work under way began; ``None``: none is."""
    _is_taken_over: bool = False
    _lock: Lock = field(default_factory=Lock)

    def carry_on(self) -> None:
        """Carry on the runs until none of them has work left and none waits, or another thread has taken over."""
        while not self._is_taken_over:
            close_old_connections()
            if not self._change() and not self._claimed:
                return
            self._perform()

    def rest(self) -> "Batch | None":
        """Take over all but the work under way, for the calling thread; ``None``: that work is not slow."""
        with self._lock:
            if self._is_taken_over or self._began is None or time.monotonic() - self._began < SLOW:
                return None
            rest = Batch(self.crew, self._recorded, self._claimed)
            self._recorded, self._claimed, self._is_taken_over = [], deque(), True
            return rest

    def _change(self) -> bool:
        """Record outcomes, let runs join, and claim what follows, in one change; return ``False`` if nothing was."""
        recorded, self._recorded = self._recorded, []
        shifts = {shift.run_id: shift for shift, _ in recorded}
        changes = [shift.recording(outcome) for shift, outcome in recorded]
        for run_id in self._joined({*shifts, *(shift.run_id for shift, _ in self._claimed)}):
            shifts[run_id] = Shift(run_id, self.crew.skills, self.crew.worker, self.crew.go_on, False, _is_admitted)
            changes.append(shifts[run_id].claiming())
        for change, answer in zip(changes, change_together(changes), strict=True):
            self._go_on(shifts[change.run_id], answer)
        return bool(changes)

    def _joined(self, under_way: set[str]) -> list[str]:
        """Return the IDs of runs that wait, each once, and not those that are under way."""
        joined: dict[str, None] = {}
        for named in self.crew.join(MOST - len(under_way)):
            try:
                run_id = store.as_run_id(named)
            except UnknownRun:
                self.crew.alone(named)  # there the hint is dropped, with a word in the log
                continue
            if run_id not in under_way and not held_back(run_id):
                joined[run_id] = None
        return [*joined]

    def _go_on(self, shift: Shift, answer: Changed[Work | None] | Exception) -> None:
        if isinstance(answer, UnknownRun):
            self.crew.alone(shift.run_id)  # as above
        elif isinstance(answer, Exception):
            self.crew.failed(shift.run_id, answer)
        elif (work := shift.made(answer)) is not None:
            self._claimed.append((shift, work))
        elif shift.suspicious or shift.turned_away or served_listeners(shift.saga, self.crew.skills):
            self.crew.alone(shift.run_id)

    def _perform(self) -> None:
        """Perform what is claimed, until another thread takes over."""
        while (piece := self._next()) is not None:
            shift, work = piece
            try:
                outcome = shift.perform(work)
            except Exception as error:  # noqa: BLE001 - it is that of one run
                self.crew.failed(shift.run_id, error)
                continue
            except BaseException:
                logger.exception("A thread of the worker was interrupted in run %s, and goes on.", shift.run_id)
                continue
            with self._lock:
                if not self._is_taken_over:
                    self._recorded.append((shift, outcome))
                    continue
            self._carry_on_alone(shift, outcome)

    def _next(self) -> tuple[Shift, Work] | None:
        with self._lock:
            piece = self._claimed.popleft() if self._claimed else None
            self._began = None if piece is None else time.monotonic()
            return piece

    def _carry_on_alone(self, shift: Shift, outcome: Outcome) -> None:
        """Record the outcome of slow work, and leave what follows to a thread that carries on this run alone."""
        try:
            shift.admits = _nothing
            with store.deciding():
                shift.record(outcome)
        except Exception as error:  # noqa: BLE001 - it is that of one run
            self.crew.failed(shift.run_id, error)
        else:
            self.crew.alone(shift.run_id)


def _is_admitted(action: str) -> bool:
    if action == claiming.SUB_SAGA or not pace.is_quick(action):
        return False
    try:
        return not get_action(action).transactional
    except UnknownAction:
        return False


def _nothing(_: str) -> bool:
    return False
