"""The facts that a journal records, in the past tense: each journal entry is one of them.

The state of a run is the fold of its facts (see ``evolve``). Every value is made of JSON types, so that an entry
survives storage unchanged.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

from sagaflow.core.run.reports import (
    ApprovalDecided,
    ApprovalDelegated,
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
    "ApprovalDelegated",
    "ApprovalReminded",
    "CancelRequested",
    "ChildWentBack",
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
    "StepFact",
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
    """The run started."""

    saga: str
    digest: str
    input: Any = field(repr=False)
    deadline: float | None = None
    by: str = ""
    """The person who started it; empty: a program did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentStarted:
    """A segment started, because the segments before it are done. ``round`` counts returns to its save-point."""

    segment: str
    savepoint: bool = False
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCompleted:
    """All steps of a segment are done or skipped."""

    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScheduled(OfStep):
    """A choreographed step is due: every event that it waits for has arrived. ``event`` was the last one."""

    attempt: int
    due_at: float
    deadline: float | None = None
    event: str = ""
    failure: StepError | None = None
    """Only for an undo: the error of the step itself, if it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCommanded(OfStep):
    """The coordinator commanded a step, or its compensation."""

    attempt: int
    due_at: float
    deadline: float | None = None
    failure: StepError | None = None
    """Only for an undo: the error of the step itself, if it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried(OfStep):
    """Another attempt is scheduled, after a technical error or by an operator (``by``)."""

    attempt: int
    due_at: float
    deadline: float | None = None
    by: str = ""
    reason: str = ""
    input: Any = field(default=None, repr=False)
    edited: bool = False
    of_undo: bool = False
    """``input`` is for the compensation in this round, and not for the action.

    In entries of earlier versions it is false: that of a compensation without a mapping was for the action too.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class StepParked(OfStep):
    """A step waits for an operator.

    Its retries are used up, or it failed with a business error past the pivot. If it is an undo, the run is stuck.
    """

    error: StepError
    left: bool | None = None
    """The error is the end of a run of a sub-saga, for which the step waited no more. As in ``StepFailed``."""
    stayed: StepStatus | None = None
    """As in ``StepFailed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildWentBack:
    """The run of a sub-saga went back while its step, which waits for it no more, is due for another attempt."""

    step: str
    error: StepError
    left: bool
    """As in ``StepFailed``."""
    stayed: StepStatus | None = None
    """As in ``StepFailed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """A step was left out: its condition does not hold, or an operator (``by``) skipped it."""

    step: str
    output: Any = field(default=None, repr=False)
    by: str = ""
    reason: str = ""
    untouched: bool = False
    """No attempt can have taken effect: each was refused or could not begin. Entries of earlier versions have false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLeftInDoubt:
    """The outcome of a step is unknown and a rollback began: the step counts as one that may have taken effect."""

    step: str
    error: StepError


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReset:
    """Work without an effect (a timer, an approval, a first attempt without a claim) was withdrawn."""

    step: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationSettled:
    """The undo of a step is settled, and no compensation ran."""

    step: str
    status: StepStatus
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPublished:
    """An event was published. Subscribers, observers and the output stream get it with the transaction."""

    event: str
    step: str = ""
    direction: Direction = Direction.DO
    payload: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDelivered(OfStep):
    """A choreographed step received an event."""

    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionMissed(OfStep):
    """The deadline of a choreographed step passed without its event."""

    deadline: float
    expected: str
    """The event that is missing."""
    published: bool = False
    """``SagaMissing`` was published about it. Entries of earlier versions have ``False``: none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalReminded:
    """An approval has waited for long, and its approvers are reminded."""

    step: str
    after: float
    """The seconds since the wait began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """The deadline of the run passed."""

    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackBegan:
    """A rollback began. From here on no forward step starts."""

    code: RollbackCode
    message: str
    step: str = ""
    """The step that had failed by then, if any, also if its failure did not begin the rollback."""
    error: StepError | None = None
    by: str = ""
    savepoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackWithdrawn:
    """The pivot took effect before any compensation ran, so that the run goes forward again."""

    pivot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavepointRestored:
    """Everything after the save-point is undone, and the run goes forward again."""

    segment: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCompleted:
    """The run ended: every step is done or skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRolledBack:
    """The run ended: every step that ran is undone, or cannot be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled:
    """The run ended: an operator cancelled it, and it is rolled back."""


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
    """The kind of the report, for example ``StepSucceeded``."""
    why: IgnoredBecause
    step: str = ""
    event: str = ""
    message: str = ""


StepFact = (
    StepCommanded
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
    | ChildWentBack
    | StepSkipped
    | StepLeftInDoubt
    | StepReset
    | CompensationSettled
    | ReactionMissed
    | ApprovalDelegated
    | ApprovalReminded
)
"""The facts that change the state of one step."""
STEP_FACTS = frozenset(get_args(StepFact))
"""The same as a set."""
Fact = (
    RunStarted
    | SegmentStarted
    | SegmentCompleted
    | StepFact
    | EventReceived
    | EventPublished
    | EventDelivered
    | ApprovalDecided
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
