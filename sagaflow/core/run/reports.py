"""What is told to a run: the reports that ``decide`` takes, from workers, the clock, other services and operators.

A report that changes something is often recorded as it came: ``facts`` lists these too. Every value is made of JSON
types, so that a journal entry survives storage unchanged.
"""

from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.run.state import Direction, StepError

__all__ = [
    "ApprovalDecided",
    "CancelRequested",
    "ChildEnded",
    "CompensationMarkedDone",
    "EventReceived",
    "LeaseRenewed",
    "Report",
    "ResumeRequested",
    "RetryRequested",
    "RollbackRequested",
    "RunRequested",
    "SkipRequested",
    "StepAccepted",
    "StepClaimed",
    "StepFailed",
    "StepSucceeded",
    "TimePassed",
    "WorkUnserved",
    "WorkerDied",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfStep:
    """Concerns one direction of one step."""

    step: str
    direction: Direction = Direction.DO


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAttempt(OfStep):
    """Concerns one attempt; ``token`` is the fencing token of its claim."""

    attempt: int
    token: int


# Reports: a start, and the passing of time


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested:
    """Someone asks for a run."""

    input: Any = field(repr=False)
    not_before: float | None = None
    """The first steps are due no earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """The clock was read: whatever is overdue now happens."""


# Reports by participants, recorded as facts when they count


@dataclass(frozen=True, slots=True, kw_only=True)
class StepClaimed(OfStep):
    """A worker takes a due step for ``lease`` seconds."""

    worker: str
    lease: float
    attempt: int = 0
    """Filled in when recorded."""
    guard: str = ""
    """What guards the effect at its participant, in the words of the worker; empty: it does not know the action."""
    alone: bool = False
    """The process performs nothing else meanwhile: an earlier attempt was under way when its process died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRenewed(_OfAttempt):
    """The worker that holds a step is still at it, and keeps it for another ``lease`` seconds."""

    lease: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDied(_OfAttempt):
    """The process that held a step died, so that the attempt is not counted. Its effect may have happened."""

    worker: str
    how: str = "was lost"
    """How the process ended, such as ``was killed by SIGSEGV``; lost: it gives no sign of life any more."""
    blameless: bool = False
    """The process was ended on purpose, so that no step of it is suspected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnserved(OfStep):
    """No live worker is able to perform due work."""

    needs: str
    """The action, or the sub-saga, that no worker knows."""
    since: float
    """When the work became due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAccepted(_OfAttempt):
    """The work is out and will be answered later."""

    deadline: float | None = None
    """Filled in when recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSucceeded(_OfAttempt):
    """The action, or the compensation, took effect."""

    output: Any = field(default=None, repr=False)
    by: str = ""
    """The person, event or child run that answered, if no worker did."""
    nothing: bool = False
    """Undoing: nothing had to be undone, because it is certain that the action never took effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed(_OfAttempt):
    """An attempt failed. A business error took no effect; after any other, the effect may be there."""

    error: StepError
    retry_after: float | None = None
    """Seconds that the participant asks to wait."""
    chance: float = 0.0
    """The caller's draw in [0, 1) for jitter."""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceived:
    """An event came from outside with the run's correlation ID."""

    event: str
    payload: Any = field(default=None, repr=False)
    event_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided:
    """A person approved or refused."""

    step: str
    approved: bool
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnded:
    """The run of a sub-saga ended, with the run status ``status``."""

    step: str
    child: str
    status: str
    output: Any = field(default=None, repr=False)
    why: str = ""
    """Why it went back, if it did: what its own record says, without what is sensitive there."""


# Reports by operators


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOperator:
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRequested(_ByOperator):
    """Try a parked, stuck, waiting or retrying step now; with ``edited``, on another input."""

    verb: str = "retry"
    """As the person called it, for the words of a refusal."""

    step: str
    input: Any = field(default=None, repr=False)
    edited: bool = False
    """Whether ``input`` replaces the step's input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRequested(_ByOperator):
    """Go on without a parked step, as if its output were ``output``; or without a stuck compensation."""

    step: str
    output: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationMarkedDone(_ByOperator):
    """A person undid the step by hand."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequested(_ByOperator):
    """Roll the run back now."""

    parent: bool = False
    """The parent run rolls back, and this one is to follow even if it is completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(_ByOperator):
    """Roll the run back and end it as cancelled. A fact where a rollback was under way: it goes on, all the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequested(_ByOperator):
    """Start again from a step: it and everything after it has been undone, has failed, or is parked."""

    step: str


# Facts that only decide records


Report = (
    RunRequested
    | TimePassed
    | StepClaimed
    | LeaseRenewed
    | WorkerDied
    | WorkUnserved
    | StepAccepted
    | StepSucceeded
    | StepFailed
    | EventReceived
    | ApprovalDecided
    | ChildEnded
    | RetryRequested
    | SkipRequested
    | CompensationMarkedDone
    | RollbackRequested
    | CancelRequested
    | ResumeRequested
)
