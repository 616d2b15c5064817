"""Several runs that one thread carries on together: one statement reads them, and one saves what all of them decided.

``worker`` tells the story of one run; here it is that of up to ``MOST`` of them, told in turns:

1. Runs that wait join. One statement reads them, each of them claims its first step, and each run that was under way
   records its outcome and claims its next one. One statement saves all of it; COMMIT; hints go out.
2. The claimed work is performed, piece after piece.

Each run has its own fate. A run that another transaction changed or locked meanwhile, or whose change fails, is
changed alone, under its lock, as one more piece of work after the others; what its change raises concerns this run
only.

Each piece of work waits for those before it. So a batch claims only actions that are quick (``pace``), and never work
that needs a transaction of its own: a run with other work leaves the batch, and gets a thread of its own. If a piece
turns out slow after all, another thread takes over what it keeps waiting (``rest``): outcomes to record, work to
perform. The thread of the slow piece then carries on its run alone. If no thread is free, what waits keeps its lease:
work that waited for half of it is renewed before it begins, and work that was lost meanwhile does not begin. All of
this may die at any instruction, as a worker with one run may.
"""

import time
from collections import deque
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, TypeVar

from django.db import close_old_connections, connection

from sagaflow import store
from sagaflow.core.errors import Refused
from sagaflow.core.run.skills import Skills
from sagaflow.counting import counted
from sagaflow.engine import claiming, pace
from sagaflow.engine.lease_renewal import renew
from sagaflow.engine.observers import served_listeners
from sagaflow.engine.transaction import Changed, HeldChange, change_together
from sagaflow.engine.worker import Shift
from sagaflow.participants import Outcome, Work
from sagaflow.registry import find_action
from sagaflow.store.errors import UnknownRun
from sagaflow.store.refusals import held_back

__all__ = ["Batch", "Crew", "can_batch"]

logger = counted("sagaflow.engine")

T = TypeVar("T")
MOST = 32
"""The number of runs in a batch, at most."""
SLOW = 0.05
"""Seconds after which the work under way keeps the rest of its batch waiting for too long."""
KEPT = 1.0
"""Seconds for which a batch keeps its connections, at most, before it gives back those that may be old."""


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


class _Piece(NamedTuple):
    """A task of one run, which keeps the rest of the batch waiting while it is under way."""

    shift: Shift
    task: "Work | HeldChange[Work | None]"
    """Claimed work, or a change that has to be made under the lock of the run."""
    since: float
    """The monotonic time of the claim, or just before it."""


@dataclass(eq=False)
class Batch:
    """The runs of one thread. Another thread may only call ``rest``."""

    crew: Crew
    _recorded: list[tuple[Shift, Outcome]] = field(default_factory=list)
    """Outcomes that have to be recorded."""
    _pieces: "deque[_Piece]" = field(default_factory=deque)
    """Work that has to be performed, and changes that have to be made under a lock."""
    _began: float | None = None
    """The monotonic time at which the work under way began; ``None``: none is."""
    _is_taken_over: bool = False
    _lock: Lock = field(default_factory=Lock)

    def carry_on(self) -> None:
        """Carry on the runs until none of them has work left and none waits, or another thread has taken over."""
        kept_until = 0.0
        try:
            while not self._is_taken_over:
                if time.monotonic() >= kept_until:  # one that fails meanwhile is given back by ``_do``
                    close_old_connections()
                    kept_until = time.monotonic() + KEPT
                if not self._change() and not self._pieces:
                    return
                self._perform()
        finally:
            close_old_connections()

    def rest(self) -> "Batch | None":
        """Take over all but the work under way, for the calling thread; ``None``: that work is not slow."""
        with self._lock:
            if self._is_taken_over or self._began is None or time.monotonic() - self._began < SLOW:
                return None
            rest = Batch(self.crew, self._recorded, self._pieces)
            self._recorded, self._pieces, self._is_taken_over = [], deque(), True
            return rest

    def _change(self) -> bool:
        """Record outcomes, let runs join, and claim what follows, in one change; return ``False`` if nothing was."""
        recorded, self._recorded = self._recorded, []
        shifts = {shift.run_id: shift for shift, _ in recorded}
        changes = [shift.recording(outcome) for shift, outcome in recorded]
        for run_id in self._joined({*shifts, *(shift.run_id for shift, *_ in self._pieces)}):
            shifts[run_id] = Shift(run_id, self.crew.skills, self.crew.worker, self.crew.go_on, False, _is_admitted)
            changes.append(shifts[run_id].claiming())
        if not changes:
            return False
        since = time.monotonic()
        for change, answer in zip(changes, change_together(changes), strict=True):
            shift = shifts[change.run_id]
            task = change if answer is None else self._claimed(shift, answer)
            if task is not None:
                self._pieces.append(_Piece(shift, task, since))
        return True

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

    def _claimed(self, shift: Shift, answer: Changed[Work | None]) -> Work | None:
        """Return the work that was claimed; without any, the run may need a thread of its own."""
        work = shift.made(answer)
        needs_thread = shift.suspicious or shift.turned_away or served_listeners(shift.saga, self.crew.skills)
        if work is None and needs_thread:
            self.crew.alone(shift.run_id)
        return work

    def _perform(self) -> None:
        """Do the tasks one after the other, until another thread takes over."""
        while (piece := self._next()) is not None:
            run_id = piece.shift.run_id
            try:
                self._do(piece)
            except UnknownRun:
                self.crew.alone(run_id)  # as above
            except Exception as error:  # noqa: BLE001 - it is that of one run
                self.crew.failed(run_id, error)
            except BaseException:
                logger.exception("A thread of the worker was interrupted in run %s, and goes on.", run_id)

    def _do(self, piece: _Piece) -> None:
        shift, task, since = piece
        if isinstance(task, HeldChange):
            close_old_connections()  # an action before it may have left one that does not commit
            work = self._claimed(shift, task.under_lock())
            if work is None or self._keeps(self._pieces, _Piece(shift, work, time.monotonic())):
                return
        elif _is_lost(task, time.monotonic() - since):
            self.crew.alone(shift.run_id)
            return
        else:
            work = task
        outcome = shift.perform(work)
        if not self._keeps(self._recorded, (shift, outcome)):
            self._carry_on_alone(shift, outcome)

    def _keeps(self, kept: MutableSequence[T], item: T) -> bool:
        """Keep what the piece under way leads to; ``False``: another thread has taken over, and does not do it."""
        with self._lock:
            if not self._is_taken_over:
                kept.append(item)
            return not self._is_taken_over

    def _next(self) -> _Piece | None:
        with self._lock:
            piece = self._pieces.popleft() if self._pieces else None
            self._began = None if piece is None else time.monotonic()
            return piece

    def _carry_on_alone(self, shift: Shift, outcome: Outcome) -> None:
        """Record the outcome of slow work, and leave what follows to a thread that carries on this run alone."""
        shift.admits = _nothing
        close_old_connections()
        with store.deciding():
            shift.record(outcome)
        self.crew.alone(shift.run_id)


def _is_lost(work: Work, waited: float) -> bool:
    """Renew the lease of work that waited for half of it; return true if the lease was over, so that it is too late."""
    if waited >= work.lease / 2:
        try:
            renew(work, work.lease)
        except Refused:
            return True
    return False


def _is_admitted(action: str) -> bool:
    if action == claiming.SUB_SAGA or not pace.is_quick(action):
        return False
    known = find_action(action)
    return known is not None and not known.transactional


def _nothing(_: str) -> bool:
    return False
