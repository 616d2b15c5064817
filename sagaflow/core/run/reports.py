"""The reports that ``decide`` takes, from workers, the clock, other services and operators.

A report that changes something is often recorded as it came, so that ``facts`` lists it too.
Every value is made of JSON types, so that a journal entry survives storage unchanged.
"""

from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.run.state import Direction, StepError, StepStatus

__all__ = [
    "ApprovalDecided",
    "ApprovalDelegated",
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
    """The report is about one direction of one step."""

    step: str
    direction: Direction = Direction.DO


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAttempt(OfStep):
    """The report is about one attempt. ``token`` is the fencing token of its claim."""

    attempt: int
    token: int


# Reports: a start, and the passing of time


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested:
    """Start the run."""

    input: Any = field(repr=False)
    not_before: float | None = None
    """The first steps are due at this time, or later."""
    by: str = ""
    """The person who started the run, or the outermost run of which it is a part; empty: a program did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """Let everything happen that is overdue by now."""


# Reports by participants, recorded as facts when they count


@dataclass(frozen=True, slots=True, kw_only=True)
class StepClaimed(OfStep):
    """A worker claims a due step for ``lease`` seconds."""

    worker: str
    lease: float
    attempt: int = 0
    """Filled in when recorded."""
    guard: str = ""
    """The guard against a repeated effect, as the worker names it; empty: the worker does not know the action."""
    alone: bool = False
    """The process performs nothing else meanwhile, because an earlier attempt may have killed its process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRenewed(_OfAttempt):
    """The worker still performs the step, and keeps it for another ``lease`` seconds."""

    lease: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDied(_OfAttempt):
    """The process that held a step died. The attempt is not counted, and may have taken effect."""

    worker: str
    how: str = "was lost"
    """The end of the process, for example ``was killed by SIGSEGV``; lost: it no longer sends a heartbeat."""
    blameless: bool = False
    """The process was stopped on purpose, so that its steps are not suspected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnserved(OfStep):
    """No live worker can perform a step that is due."""

    needs: str
    """The action, or the sub-saga, that no live worker knows."""
    since: float
    """The time at which the work became due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAccepted(_OfAttempt):
    """The participant accepted the work and will answer later."""

    deadline: float | None = None
    """Filled in when recorded."""
    remind_at: float | None = None
    """The time of the reminder of an approval; filled in when recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSucceeded(_OfAttempt):
    """The action, or the compensation, took effect."""

    output: Any = field(default=None, repr=False)
    by: str = ""
    """The operator, event or child run that answered; empty: a worker."""
    nothing: bool = False
    """Only for an undo: it is certain that the action never took effect, so that there was nothing to undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed(_OfAttempt):
    """An attempt failed. A business error leaves no effect, except with ``left``; any other error may leave one, except
    with ``unbegun``.
    """

    error: StepError
    retry_after: float | None = None
    """The participant asks to wait this many seconds before the next attempt."""
    chance: float = 0.0
    """A random number in [0, 1), drawn by the caller, for the jitter of the retry delay."""
    by: str = ""
    left: bool | None = None
    """The business error is the end of a run of a sub-saga, which undid all that it had done (false) or not (true)."""
    stayed: StepStatus | None = None
    """With ``left``: the worst result in the rollback of that run. Entries of earlier versions do not say it."""
    unbegun: bool = False
    """The work could not even begin, because there is no such action or because its input is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceived:
    """An event came from outside with the run's correlation ID."""

    event: str
    payload: Any = field(default=None, repr=False)
    event_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided:
    """An approver approved or rejected."""

    step: str
    approved: bool
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDelegated:
    """An approver handed one decision to another person, who need not be in the group, or back to the group."""

    step: str
    to: str
    """The person's user name; empty: the decision goes back to the group alone."""
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnded:
    """The run of a sub-saga ended with this run status."""

    step: str
    child: str
    status: str
    output: Any = field(default=None, repr=False)
    why: str = ""
    """The reason why the child rolled back, if it did, from its own record, with sensitive values masked."""
    stayed: StepStatus | None = None
    """The worst result in the rollback of the child; ``None``: all that it did was compensated."""
    summary: str = ""
    """With ``stayed``: how the rollback of the child ended, such as ``1 compensated, 1 irreversible``."""


# Reports by operators


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOperator:
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRequested(_ByOperator):
    """Try a parked, stuck, waiting or retrying step now; with ``edited``, with another input."""

    verb: str = "retry"
    """The verb that the operator used, for the error message."""

    step: str
    input: Any = field(default=None, repr=False)
    edited: bool = False
    """``input`` replaces the step's input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRequested(_ByOperator):
    """Go on without a parked step, as if its output were ``output``, or without a stuck compensation."""

    step: str
    output: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationMarkedDone(_ByOperator):
    """An operator undid the step by hand."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequested(_ByOperator):
    """Roll the run back now."""

    parent: bool = False
    """The parent run rolls back, and this run follows even if it is completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(_ByOperator):
    """Roll the run back and end it as cancelled.

    It is recorded as a fact if a rollback was under way already.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequested(_ByOperator):
    """Start again from a step. The step and everything after it must be undone, failed or parked."""

    step: str
    in_doubt: tuple[str, ...] = ()
    """Filled in when recorded: the steps whose latest attempt may take effect still, although none is counted so.

    They keep their round. Entries of earlier versions name none.
    """


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
    | ApprovalDelegated
    | ChildEnded
    | RetryRequested
    | SkipRequested
    | CompensationMarkedDone
    | RollbackRequested
    | CancelRequested
    | ResumeRequested
)
