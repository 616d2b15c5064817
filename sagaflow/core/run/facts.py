"""What happened to a run, in the past tense: each journal entry is one of these facts.

The state of a run is the fold of its facts (see ``evolve``). Every value is made of JSON types, so that an entry
survives storage unchanged.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sagaflow.core.run.reports import (
    ApprovalDecided,
    CancelRequested,
    EventReceived,
    LeaseRenewed,
    OfStep,
    ResumeRequested,
    StepAccepted,
    StepClaimed,
    StepFailed,
    StepSucceeded,
    WorkerDied,
    WorkUnserved,
)
from sagaflow.core.run.state import Direction, RollbackCode, StepError, StepStatus

__all__ = [
    "ApprovalDecided",
    "CancelRequested",
    "CompensationSettled",
    "DeadlinePassed",
    "EventDelivered",
    "EventPublished",
    "EventReceived",
    "Fact",
    "IgnoredBecause",
    "LeaseRenewed",
    "ReactionMissed",
    "ResumeRequested",
    "RollbackBegan",
    "RollbackWithdrawn",
    "RunCancelled",
    "RunCompleted",
    "RunRolledBack",
    "RunStarted",
    "SavepointRestored",
    "SegmentCompleted",
    "SegmentStarted",
    "SignalIgnored",
    "StepAccepted",
    "StepClaimed",
    "StepCommanded",
    "StepFailed",
    "StepLeftInDoubt",
    "StepParked",
    "StepReset",
    "StepRetried",
    "StepScheduled",
    "StepSkipped",
    "StepSucceeded",
    "WorkUnserved",
    "WorkerDied",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The run exists and will end or ask for a person."""

    saga: str
    digest: str
    input: Any = field(repr=False)
    deadline: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentStarted:
    """The segments before it are done. ``round`` counts returns to a save-point."""

    segment: str
    savepoint: bool = False
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCompleted:
    """All its steps are done or skipped."""

    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScheduled(OfStep):
    """A reaction is due: every event that it waits for is there; ``event`` was the last one."""

    attempt: int
    due_at: float
    deadline: float | None = None
    event: str = ""
    failure: StepError | None = None
    """Undoing: how the step had failed, if it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCommanded(OfStep):
    """The coordinator commands the step, or its compensation."""

    attempt: int
    due_at: float
    deadline: float | None = None
    failure: StepError | None = None
    """Undoing: how the step had failed, if it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried(OfStep):
    """Another attempt is scheduled, after a technical failure or by a person (``by``)."""

    attempt: int
    due_at: float
    deadline: float | None = None
    by: str = ""
    reason: str = ""
    input: Any = field(default=None, repr=False)
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepParked(OfStep):
    """Retries are used up, or the business refused past the pivot: a person decides. Undoing: the run is stuck."""

    error: StepError


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """The step does not take place: its condition is false, or a person (``by``) says so."""

    step: str
    output: Any = field(default=None, repr=False)
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLeftInDoubt:
    """A rollback began while the outcome is unknown: it counts as may have happened."""

    step: str
    error: StepError


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReset:
    """Work that has no effect yet (a timer, an approval, a first attempt not claimed) is withdrawn."""

    step: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationSettled:
    """The undo of a step is over without a compensation having run."""

    step: str
    status: StepStatus
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPublished:
    """The fact left with the transaction: subscribers, observers and the output stream get it."""

    event: str
    step: str = ""
    direction: Direction = Direction.DO
    payload: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDelivered(OfStep):
    """A step of a choreography got an event."""

    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionMissed(OfStep):
    """The deadline of a reaction passed without its event."""

    deadline: float
    expected: str
    """The event that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """The run's own deadline passed."""

    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackBegan:
    """From here on no new forward step starts."""

    code: RollbackCode
    message: str
    step: str = ""
    """The step that had failed, if one had, whoever began the rollback."""
    error: StepError | None = None
    by: str = ""
    savepoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackWithdrawn:
    """The pivot took effect before any compensation ran: the run goes forward."""

    pivot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavepointRestored:
    """Everything after the save-point is undone; the way forward is tried again."""

    segment: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCompleted:
    """The end: every step is done or skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRolledBack:
    """The end: everything that ran is undone as far as it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled:
    """The end: as rolled back, because a person cancelled."""


class IgnoredBecause(StrEnum):
    """The reason why a report changed nothing. The value is stored in the journal."""

    LATE = "late"
    """The attempt was given up, or the run has ended."""
    DUPLICATE = "duplicate"
    """The same outcome, or the same event, was taken before."""
    STALE = "stale"
    """Another attempt has started since; or the step does not wait for this sub-saga."""
    UNEXPECTED = "unexpected"
    """The definition does not wait for this event."""
    ROLLING_BACK = "rolling-back"
    """The run goes back, and the event matters only on the way forward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalIgnored:
    """A report changed nothing."""

    signal: str
    """The kind of the report, such as ``StepSucceeded``."""
    why: IgnoredBecause
    step: str = ""
    event: str = ""
    message: str = ""


Fact = (
    RunStarted
    | SegmentStarted
    | SegmentCompleted
    | StepCommanded
    | StepScheduled
    | StepRetried
    | StepClaimed
    | LeaseRenewed
    | WorkerDied
    | WorkUnserved
    | StepAccepted
    | StepSucceeded
    | StepFailed
    | StepParked
    | StepSkipped
    | StepLeftInDoubt
    | StepReset
    | CompensationSettled
    | EventReceived
    | EventPublished
    | EventDelivered
    | ApprovalDecided
    | ReactionMissed
    | DeadlinePassed
    | RollbackBegan
    | RollbackWithdrawn
    | SavepointRestored
    | RunCompleted
    | RunRolledBack
    | RunCancelled
    | CancelRequested
    | ResumeRequested
    | SignalIgnored
)
