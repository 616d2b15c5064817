"""The attempts of a run, from its journal: each with the wait before it, its worker and its outcome. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sagaflow.core.run.facts import (
    ApprovalReminded,
    CompensationSettled,
    StepCommanded,
    StepLeftInDoubt,
    StepParked,
    StepReset,
    StepRetried,
    StepScheduled,
    StepSkipped,
)
from sagaflow.core.run.journal import Entry
from sagaflow.core.run.reports import StepAccepted, StepClaimed, StepFailed, StepSucceeded
from sagaflow.core.run.state import Direction, StepError

__all__ = ["Attempt", "AttemptOutcome", "attempts"]


class AttemptOutcome(StrEnum):
    """The state of an attempt, or how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARKED = "parked"
    IN_DOUBT = "in doubt"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt, or the wait for one. Times are seconds since the epoch."""

    step: str
    direction: Direction
    number: int
    queued_at: float
    """The time of the command or event that asked for it; it may be due later."""
    due_at: float
    began_at: float | None = None
    """The time at which a worker claimed it, or the wait began; ``None`` if that did not happen."""
    accepted_at: float | None = None
    """The time since which it waits for an answer from outside."""
    reminded_at: float | None = None
    """The time at which the approvers for whom it waits were reminded."""
    ended_at: float | None = None
    parked_at: float | None = None
    """The time since which the step waits for an operator, because this attempt was its last."""
    released_at: float | None = None
    """The time at which that wait ended; ``None`` while it lasts."""
    outcome: AttemptOutcome = AttemptOutcome.QUEUED
    error: StepError | None = None
    worker: str = ""
    by: str = ""
    seq: int = 0
    """The number of the latest journal entry about it."""

    @property
    def is_known(self) -> bool:
        """False if only the wait after it is among the entries that were read."""
        return self.number > 0 or self.parked_at is None


@dataclass
class _Reader:
    found: list[Attempt] = field(default_factory=list)
    open: dict[tuple[str, Direction], int] = field(default_factory=dict)
    """The index of the open attempt in ``found``, by step and direction."""
    parked: dict[tuple[str, Direction], int] = field(default_factory=dict)
    """The index of the attempt after which a step was parked, by step and direction."""

    def read(self, entry: Entry) -> None:
        at = entry.at
        match entry.fact:
            case StepCommanded() | StepScheduled() | StepRetried() as fact:
                self._queue(entry, fact.step, fact.direction, fact.attempt, fact.due_at)
            case StepClaimed(step=step, direction=direction, attempt=number, worker=worker):
                place = self._place(entry, step, direction, number)
                self._change(place, entry, began_at=at, outcome=AttemptOutcome.RUNNING, worker=worker)
            case StepAccepted(step=step, direction=direction, attempt=number):
                place = self._place(entry, step, direction, number)
                began = self.found[place].began_at or at
                self._change(place, entry, began_at=began, accepted_at=at, outcome=AttemptOutcome.WAITING)
            case ApprovalReminded(step=step):
                self._change(self._place(entry, step, Direction.DO, 0), entry, reminded_at=at)
            case _:
                self._end(entry)

    def _end(self, entry: Entry) -> None:
        match entry.fact:
            case StepSucceeded(step=step, direction=direction, by=by):
                self._close(entry, step, direction, AttemptOutcome.SUCCEEDED, by=by)
            case StepFailed(step=step, direction=direction, error=error, by=by):
                self._close(entry, step, direction, AttemptOutcome.FAILED, error=error, by=by)
            case StepParked(step=step, direction=direction, error=error):
                self._close(entry, step, direction, AttemptOutcome.PARKED, error=error)
                self._park(entry, step, direction)
            case StepLeftInDoubt(step=step, error=error):
                self._close(entry, step, Direction.DO, AttemptOutcome.IN_DOUBT, error=error)
            case StepReset(step=step) | StepSkipped(step=step):
                self._close(entry, step, Direction.DO, AttemptOutcome.WITHDRAWN)
            case CompensationSettled(step=step, by=by):
                self._close(entry, step, Direction.UNDO, AttemptOutcome.SETTLED, by=by)
            case _:  # the other facts neither begin nor end an attempt
                return

    def _park(self, entry: Entry, step: str, direction: Direction) -> None:
        """Note the wait with the last attempt; without one among these entries, with an attempt of number 0."""
        known = [place for place, one in enumerate(self.found) if (one.step, one.direction) == (step, direction)]
        if not known:
            known = [len(self.found)]
            self.found.append(Attempt(step=step, direction=direction, number=0, queued_at=entry.at, due_at=entry.at))
            self._change(known[-1], entry, ended_at=entry.at, outcome=AttemptOutcome.PARKED)
        self.parked[step, direction] = known[-1]
        self._change(known[-1], entry, parked_at=entry.at)

    def _queue(self, entry: Entry, step: str, direction: Direction, number: int, due_at: float) -> None:
        self._close(entry, step, direction, AttemptOutcome.WITHDRAWN)
        self.open[step, direction] = len(self.found)
        attempt = Attempt(
            step=step, direction=direction, number=number, queued_at=entry.at, due_at=due_at, seq=entry.seq
        )
        self.found.append(attempt)

    def _place(self, entry: Entry, step: str, direction: Direction, number: int) -> int:
        """Return the index of the open attempt with this number; add the attempt if no entry asked for it."""
        place = self.open.get((step, direction))
        if place is None or (number and self.found[place].number not in (0, number)):
            self._queue(entry, step, direction, number, entry.at)
            place = self.open[step, direction]
        return place

    def _close(self, entry: Entry, step: str, direction: Direction, outcome: AttemptOutcome, **more: object) -> None:
        if (parked := self.parked.pop((step, direction), None)) is not None:
            self._change(parked, entry, released_at=entry.at)
        place = self.open.pop((step, direction), None)
        if place is not None:
            self._change(place, entry, ended_at=entry.at, outcome=outcome, **more)

    def _change(self, place: int, entry: Entry, **changes: Any) -> None:
        self.found[place] = replace(self.found[place], seq=entry.seq, **changes)


def attempts(entries: Iterable[Entry]) -> tuple[Attempt, ...]:
    """Return the attempts in the order of their commands, without withdrawn ones that never began."""
    reader = _Reader()
    for entry in entries:
        reader.read(entry)
    return tuple(one for one in reader.found if one.began_at is not None or one.outcome is not AttemptOutcome.WITHDRAWN)
