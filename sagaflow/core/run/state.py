"""The state of a run as a value. What changes it is in ``evolve``; what may happen next, in ``decide``.

Times are seconds since the Unix epoch by the database's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.saga import Saga

__all__ = [
    "REMEMBERED",
    "STEP_FAILED",
    "Direction",
    "ErrorKind",
    "Rollback",
    "RollbackCode",
    "RunState",
    "RunStatus",
    "StepError",
    "StepState",
    "StepStatus",
]


REMEMBERED = 8
"""The snapshot knows that many event IDs; what it no longer knows, the caller of ``decide`` has to remember."""


class RunStatus(StrEnum):
    """Where a run stands. Three of them are ends."""

    RUNNING = "running"
    PARKED = "parked"
    """A step needs a person; what does not depend on it goes on."""
    ROLLING_BACK = "rolling_back"
    STUCK = "stuck"
    """A compensation needs a person; what does not depend on it goes on."""
    COMPLETED = "completed"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself or by a person."""
        return self in (RunStatus.COMPLETED, RunStatus.ROLLED_BACK, RunStatus.CANCELLED)

    @property
    def needs_person(self) -> bool:
        """Whether only a person gets it on."""
        return self in (RunStatus.PARKED, RunStatus.STUCK)


class StepStatus(StrEnum):
    """Where a step stands: first the way forward, then the way back."""

    PENDING = "pending"
    """Expected; not its turn, or no longer wanted because a rollback began before it started."""
    DUE = "due"
    """Commanded or reacting: any worker of the service may claim it from ``due_at`` on."""
    RUNNING = "running"
    """A worker holds it under a lease."""
    WAITING = "waiting"
    """The action is out: a callback, event, timer, approval or sub-saga will answer."""
    PARKED = "parked"
    """Retries are used up; a person decides."""
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    """A business error: it took no effect."""
    IN_DOUBT = "in_doubt"
    """The outcome is unknown and a rollback began: it may have happened."""

    UNDO_DUE = "undo_due"
    UNDO_RUNNING = "undo_running"
    UNDO_WAITING = "undo_waiting"
    STUCK = "stuck"
    """The compensation failed for good; a person decides."""
    COMPENSATED = "compensated"
    SEMANTICALLY_UNDONE = "semantically_undone"
    IRREVERSIBLE = "irreversible"
    UNDONE_BY_HAND = "undone_by_hand"
    UNDO_SKIPPED = "undo_skipped"
    """A person, or the definition's ``continue``, let the rollback go on without it."""
    NOTHING_TO_UNDO = "nothing_to_undo"

    @property
    def direction(self) -> Direction:
        """Which way the work of this status goes."""
        return Direction.UNDO if self in _BACK else Direction.DO

    @property
    def settled_forward(self) -> bool:
        """Whether the steps after it may start."""
        return self in (StepStatus.DONE, StepStatus.SKIPPED)

    @property
    def working(self) -> bool:
        """Whether work is due or under way."""
        return self in _WORKING

    @property
    def is_due(self) -> bool:
        """Say whether work is scheduled, and no worker has claimed it."""
        return self in (StepStatus.DUE, StepStatus.UNDO_DUE)

    @property
    def is_leased(self) -> bool:
        """Say whether a worker holds the step under a lease."""
        return self in (StepStatus.RUNNING, StepStatus.UNDO_RUNNING)

    @property
    def is_waiting(self) -> bool:
        """Say whether the step waits for an answer, an event, a decision or a point in time."""
        return self in (StepStatus.WAITING, StepStatus.UNDO_WAITING)

    @property
    def needs_person(self) -> bool:
        """Say whether the step waits for an operator: it is parked, or its compensation is stuck."""
        return self in (StepStatus.PARKED, StepStatus.STUCK)

    @property
    def undone(self) -> bool:
        """Whether its rollback is over."""
        return self in _UNDONE


_WORKING = frozenset(
    {
        StepStatus.DUE,
        StepStatus.RUNNING,
        StepStatus.WAITING,
        StepStatus.UNDO_DUE,
        StepStatus.UNDO_RUNNING,
        StepStatus.UNDO_WAITING,
    }
)
_UNDONE = frozenset(
    {
        StepStatus.COMPENSATED,
        StepStatus.SEMANTICALLY_UNDONE,
        StepStatus.IRREVERSIBLE,
        StepStatus.UNDONE_BY_HAND,
        StepStatus.UNDO_SKIPPED,
        StepStatus.NOTHING_TO_UNDO,
    }
)
_BACK = _UNDONE | {StepStatus.UNDO_DUE, StepStatus.UNDO_RUNNING, StepStatus.UNDO_WAITING, StepStatus.STUCK}
_TRIED_BACK = _BACK - {StepStatus.IRREVERSIBLE, StepStatus.NOTHING_TO_UNDO}
"""Where an error is one of the compensation: in the two others none was performed, or none was needed."""


class RollbackCode(StrEnum):
    """The reason why a run went back. The value is stored in journals and rollback records."""

    BUSINESS_ERROR = "business-error"
    """A step failed with a business error, or an approval was rejected."""
    TECHNICAL_ERROR = "technical-error"
    """The attempts of a step are used up, and its definition says that the run rolls back."""
    DEADLINE = "deadline"
    """The run's deadline passed before its pivot took effect."""
    REQUESTED = "requested"
    """An operator asked for the rollback."""
    CANCELLED = "cancelled"
    """An operator cancelled the run."""
    PARENT = "parent"
    """The parent run rolled back."""


STEP_FAILED = (RollbackCode.BUSINESS_ERROR, RollbackCode.TECHNICAL_ERROR)
"""The codes of rollbacks that the failure of a step begins. An operator, a parent or a deadline begins the others."""


class ErrorKind(StrEnum):
    """Business errors are answers of the domain and roll back; technical ones are retried; programming ones are not."""

    BUSINESS = "business"
    TECHNICAL = "technical"
    PROGRAMMING = "programming"
    """The code is wrong, so that another attempt would fail alike: the step is parked at once."""


@dataclass(frozen=True, slots=True)
class StepError:
    """Why an attempt failed."""

    kind: ErrorKind
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """One step of one run."""

    status: StepStatus = StepStatus.PENDING
    round: int = 0
    """How often the step was started anew after a rollback to a save-point or a resume."""
    attempt: int = 0
    """Of the current direction, counted over all rounds; 0: no attempt in this round."""
    token: int = 0
    """The fencing token of the latest claim: the number of its journal entry."""
    due_at: float | None = None
    first_due_at: float | None = None
    """When the first attempt of this direction and round was due."""
    lease_until: float | None = None
    deadline: float | None = None
    """When waiting, or the reaction of a choreographed step, is over."""
    missed_at: float | None = None
    """When the deadline of a choreographed reaction passed."""
    unserved_since: float | None = None
    """When it became due, if no live worker was able to perform it for a while; a claim clears it."""
    worker: str = ""
    alone: bool = False
    """Whether the latest claim performs it alone in a process, because it is a suspect."""
    deaths: int = 0
    """Processes that died while they performed it; all that did other work too count as one. Above 0: a suspect."""
    input: Any = field(default=None, repr=False)
    """Edited input of this step; ``None``: the run's."""
    output: Any = field(default=None, repr=False)
    undo_output: Any = field(default=None, repr=False)
    error: StepError | None = None
    """Of the latest failed attempt of the current direction; success clears it. See ``do_error``, ``undo_error``."""
    failure: StepError | None = None
    """Undoing, and afterwards: how the way forward had failed, if it had."""
    note: str = ""
    """Why it was skipped, or why its undo was settled without a compensation."""
    by: str = ""
    """The person who settled it, if one did."""
    attempts: int = 0
    """Attempts to do it so far, in all rounds."""
    undo_attempts: int = 0
    forgiven: int = 0
    """Attempts of the direction that the retry policy no longer counts: of earlier rounds, or before a manual retry."""
    unknown: int = 0
    """Attempts of this round whose outcome nobody knows: they may still take effect."""
    started_at: float | None = None
    ended_at: float | None = None
    undo_started_at: float | None = None
    undo_ended_at: float | None = None

    def attempts_in(self, direction: Direction) -> int:
        """Return how often this direction of the step was attempted so far, in all rounds."""
        return self.attempts if direction is Direction.DO else self.undo_attempts

    @property
    def do_error(self) -> StepError | None:
        """Why the step itself failed last, if it did. It is kept while the step is undone, and afterwards."""
        return self.failure or (None if self.status in _TRIED_BACK else self.error)

    @property
    def undo_error(self) -> StepError | None:
        """Why the compensation of the step failed last, if it did; success clears it."""
        return self.error if self.status in _TRIED_BACK else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A rollback under way, or over."""

    code: RollbackCode
    message: str
    began_at: float
    step: str = ""
    """The step that had failed when it began, if one had: also where a person, a parent or the deadline began it."""
    error: StepError | None = None
    by: str = ""
    """The person who started it; empty: the engine."""
    savepoint: str | None = None
    """The segment whose save-point it returns to; ``None``: the start of the run."""
    number: int = 1
    """Rollbacks of this run are counted."""
    cancelled_by: str = ""
    """The person who cancelled the run while it was going back already: it goes all the way, and ends as cancelled."""

    @property
    def cancels(self) -> bool:
        """Whether the run ends as cancelled."""
        return self.code is RollbackCode.CANCELLED or bool(self.cancelled_by)

    @property
    def by_failure(self) -> bool:
        """Whether the failure of ``step`` began it, and not a person, a parent or the deadline."""
        return self.code in STEP_FAILED and bool(self.step) and self.error is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """The snapshot of a run: equals the fold of its journal."""

    status: RunStatus = RunStatus.RUNNING
    seq: int = 0
    """The number of the latest journal entry."""
    input: Any = field(default=None, repr=False)
    started_at: float = 0.0
    ended_at: float | None = None
    deadline: float | None = None
    late_at: float | None = None
    """When the deadline passed, if it did."""
    steps: Mapping[str, StepState] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    """The segments that have started."""
    restored: Mapping[str, int] = field(default_factory=dict)
    """By segment: how often its save-point was returned to."""
    received: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Events from outside, by name: the payload."""
    seen: tuple[str, ...] = ()
    """Identifiers of the latest ``REMEMBERED`` events from outside, to know a duplicate. Earlier versions kept all."""
    rollback: Rollback | None = None
    rollbacks: int = 0
    """How many rollbacks have begun."""

    @classmethod
    def of(cls, saga: Saga) -> "RunState":
        """The state before anything happened."""
        return cls(steps={name: StepState() for name in saga.steps})

    def with_step(self, name: str, **changes: Any) -> "RunState":
        """A copy in which one step differs."""
        return replace(self, steps={**self.steps, name: replace(self.steps[name], **changes)})

    def outputs(self) -> dict[str, Any]:
        """The outputs of the steps that are done or skipped."""
        return {name: step.output for name, step in self.steps.items() if step.status.settled_forward}
