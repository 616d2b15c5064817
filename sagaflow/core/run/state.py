"""The state of a run as a value. ``evolve`` changes it fact by fact; ``decide`` says which facts happen next.

Times are seconds since the Unix epoch by the database's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.saga import Saga
from sagaflow.core.json_value import Json

__all__ = [
    "LESS_THAN_COMPENSATED",
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
"""The number of event IDs that a snapshot keeps. The caller of ``decide`` has to look up older ones elsewhere."""


class RunStatus(StrEnum):
    """The status of a run. The last three are final."""

    RUNNING = "running"
    PARKED = "parked"
    """A step waits for an operator. Steps that do not depend on it go on."""
    ROLLING_BACK = "rolling_back"
    STUCK = "stuck"
    """A compensation waits for an operator. Compensations that do not depend on it go on."""
    COMPLETED = "completed"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"

    @cached_property
    def words(self) -> str:
        """Return the status as a sentence says it, such as ``rolling back``."""
        return self.value.replace("_", " ")

    @cached_property
    def ended(self) -> bool:
        """Say whether the run is over."""
        return self in (RunStatus.COMPLETED, RunStatus.ROLLED_BACK, RunStatus.CANCELLED)

    @cached_property
    def needs_person(self) -> bool:
        """Say whether the run waits for an operator."""
        return self in (RunStatus.PARKED, RunStatus.STUCK)


class StepStatus(StrEnum):
    """The status of a step: first those of the way forward, then those of the way back."""

    PENDING = "pending"
    """Not started: it is not the step's turn, or a rollback began before the step started."""
    DUE = "due"
    """Scheduled: any worker of the service may claim the step from ``due_at`` on."""
    RUNNING = "running"
    """A worker holds the step under a lease."""
    WAITING = "waiting"
    """The step waits for a callback, an event, a timer, an approval or a sub-saga."""
    PARKED = "parked"
    """The retries are used up. An operator decides."""
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    """The step ended with a business error, and took no effect."""
    IN_DOUBT = "in_doubt"
    """A rollback began while the outcome was unknown. The step counts as one that may have taken effect."""

    UNDO_DUE = "undo_due"
    UNDO_RUNNING = "undo_running"
    UNDO_WAITING = "undo_waiting"
    STUCK = "stuck"
    """The compensation failed for good. An operator decides."""
    COMPENSATED = "compensated"
    SEMANTICALLY_UNDONE = "semantically_undone"
    IRREVERSIBLE = "irreversible"
    UNDONE_BY_HAND = "undone_by_hand"
    UNDO_SKIPPED = "undo_skipped"
    """The rollback went on without this compensation: an operator skipped it, or the definition says ``continue``."""
    NOTHING_TO_UNDO = "nothing_to_undo"

    @cached_property
    def words(self) -> str:
        """Return the status as a sentence says it, such as ``undone by hand``."""
        return self.value.replace("_", " ")

    @cached_property
    def direction(self) -> Direction:
        """Return whether a step of this status is being done, or undone."""
        return Direction.UNDO if self in _BACK else Direction.DO

    @cached_property
    def settled_forward(self) -> bool:
        """Say whether the steps after it may start."""
        return self in (StepStatus.DONE, StepStatus.SKIPPED)

    @cached_property
    def working(self) -> bool:
        """Say whether work is due, under way, or waiting for an answer."""
        return self in _WORKING

    @cached_property
    def is_due(self) -> bool:
        """Say whether work is scheduled, and no worker has claimed it."""
        return self in (StepStatus.DUE, StepStatus.UNDO_DUE)

    @cached_property
    def is_leased(self) -> bool:
        """Say whether a worker holds the step under a lease."""
        return self in (StepStatus.RUNNING, StepStatus.UNDO_RUNNING)

    @cached_property
    def is_waiting(self) -> bool:
        """Say whether the step waits for an answer, an event, a decision or a point in time."""
        return self in (StepStatus.WAITING, StepStatus.UNDO_WAITING)

    @cached_property
    def needs_person(self) -> bool:
        """Say whether the step waits for an operator: it is parked, or its compensation is stuck."""
        return self in (StepStatus.PARKED, StepStatus.STUCK)

    @cached_property
    def tried_back(self) -> bool:
        """Say whether the latest error of the step is one of its compensation."""
        return self in _TRIED_BACK

    @cached_property
    def undone(self) -> bool:
        """Say whether the step is undone, or needs no undo any more."""
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
"""The statuses whose latest error is one of the compensation. In the two others no compensation ran."""
LESS_THAN_COMPENSATED = (
    StepStatus.IRREVERSIBLE,
    StepStatus.UNDO_SKIPPED,
    StepStatus.UNDONE_BY_HAND,
    StepStatus.SEMANTICALLY_UNDONE,
)
"""The results of an undo that a later rollback of the run, and its parent, have to hear of, the worst first."""


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
    """The kind of an error decides what follows: a rollback, a retry, or an operator."""

    BUSINESS = "business"
    """The participant refused. The run rolls back."""
    TECHNICAL = "technical"
    """The attempt failed, and is retried."""
    PROGRAMMING = "programming"
    """The code of the participant is wrong. Another attempt would fail too, so that the step is parked at once."""


@dataclass(frozen=True, slots=True)
class StepError:
    """The error of one attempt."""

    kind: ErrorKind
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Delegation:
    """A decision that an approver handed to another person."""

    to: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """The state of one step of one run."""

    status: StepStatus = StepStatus.PENDING
    round: int = 0
    """The number of times that the step was started again, after a rollback to a save-point or a resume."""
    attempt: int = 0
    """The number of the latest attempt in the current direction, over all rounds; 0: none in this round."""
    token: int = 0
    """The fencing token of the latest claim: the number of its journal entry."""
    due_at: float | None = None
    first_due_at: float | None = None
    """The time at which the first attempt of this direction and round was due."""
    lease_until: float | None = None
    deadline: float | None = None
    """The time at which the wait ends, or the reaction of a choreographed step is overdue."""
    remind_at: float | None = None
    """The time at which the approvers are reminded of a decision that is still missing; ``None``: they are not."""
    reminded_at: float | None = None
    """The time at which they were reminded in this wait."""
    missed_at: float | None = None
    """The time at which the deadline of a choreographed reaction passed."""
    missed_published: bool = False
    """``SagaMissing`` was published about it, and the next request to react clears both. An older entry keeps it."""
    unserved_since: float | None = None
    """The time at which the step became due, if no live worker was able to perform it; a claim clears it."""
    worker: str = ""
    alone: bool = False
    """The latest claim performs the step alone in its process, because the step is suspected of killing processes."""
    deaths: int = 0
    """Processes that died while performing the step. Those that did other work too count as one. Above 0: a suspect."""
    input: Any = field(default=None, repr=False)
    """The input that an operator edited for this step; ``None``: see ``queries.inputs``."""
    undo_input: Any = field(default=None, repr=False)
    """The input that an operator edited for its compensation in this round; ``None``: see ``queries.inputs``."""
    output: Any = field(default=None, repr=False)
    undo_output: Any = field(default=None, repr=False)
    error: StepError | None = None
    """The error of the latest failed attempt in the current direction; success clears it. See ``do_error``."""
    failure: StepError | None = None
    """While the step is undone, and afterwards: the error of the way forward, if it failed."""
    note: str = ""
    """The reason why the step was skipped, or why no compensation ran."""
    by: str = ""
    """The operator who settled the step, if one did."""
    delegation: Delegation | None = None
    """The person who may decide besides the group, for as long as the approval waits; ``None``: the group alone."""
    attempts: int = 0
    """Attempts to do the step so far, in all rounds."""
    undo_attempts: int = 0
    forgiven: int = 0
    """Attempts in the current direction that the retry policy does not count.

    They belong to an earlier round, came before a manual retry, or ended because the worker died.
    """
    unknown: int = 0
    """Attempts of this round that may still take effect, because their outcome is unknown, or that left something."""
    untouched: bool = False
    """An operator skipped the step, and no attempt of this round can have taken effect, although one was made."""
    child_left: "StepStatus | None" = None
    """The worst result in the rollback of the sub-saga's run whose end is the error of the step."""
    left: "StepStatus | None" = None
    """The worst result of the undos of earlier rounds, as in ``stays``."""
    started_at: float | None = None
    ended_at: float | None = None
    undo_started_at: float | None = None
    undo_ended_at: float | None = None

    @property
    def tried(self) -> bool:
        """An attempt of this round has begun, so that it may have taken effect."""
        return self.unknown > 0 or (self.attempt > 0 and self.started_at is not None and not self.untouched)

    @property
    def stays(self) -> "StepStatus | None":
        """The worst result of the undos of all rounds that is less than a compensation; ``None``: nothing stays."""
        return next((status for status in LESS_THAN_COMPENSATED if status in (self.status, self.left)), None)

    def attempts_in(self, direction: Direction) -> int:
        """Return how often this direction of the step was attempted so far, in all rounds."""
        return self.attempts if direction is Direction.DO else self.undo_attempts

    @property
    def do_error(self) -> StepError | None:
        """Return the latest error of doing the step. It is kept while the step is undone, and afterwards."""
        return self.failure or (None if self.status.tried_back else self.error)

    @property
    def undo_error(self) -> StepError | None:
        """Return the latest error of the compensation; success clears it."""
        return self.error if self.status.tried_back else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A rollback that is under way, or over."""

    code: RollbackCode
    message: str
    began_at: float
    step: str = ""
    """The step that had failed when the rollback began, if any, whatever the rollback's code is."""
    error: StepError | None = None
    by: str = ""
    """The operator who asked for it; empty: the engine began it."""
    savepoint: str | None = None
    """The segment whose save-point the run returns to; ``None``: the whole run is rolled back."""
    number: int = 1
    """The number of this rollback of the run, from 1."""
    cancelled_by: str = ""
    """The operator who cancelled the run during this rollback. It then rolls back whole, and ends as cancelled."""

    @property
    def cancels(self) -> bool:
        """Say whether the run ends as cancelled."""
        return self.code is RollbackCode.CANCELLED or bool(self.cancelled_by)

    @property
    def by_failure(self) -> bool:
        """Say whether the failure of ``step`` began it, and not an operator, a parent or the deadline."""
        return self.code in STEP_FAILED and bool(self.step) and self.error is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """The snapshot of a run. It equals the fold of the run's journal."""

    status: RunStatus = RunStatus.RUNNING
    seq: int = 0
    """The number of the latest journal entry."""
    input: Any = field(default=None, repr=False)
    by: str = ""
    """The person who started the run; empty: a program did."""
    started_at: float = 0.0
    ended_at: float | None = None
    deadline: float | None = None
    late_at: float | None = None
    """The time at which the deadline passed, if it has."""
    steps: Mapping[str, StepState] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    """The segments that have started."""
    restored: Mapping[str, int] = field(default_factory=dict)
    """The number of returns to the save-point of each segment, since an operator resumed the run there."""
    received: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The payloads of the events from outside, by name."""
    outdated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The steps for which a received event has to come again, in a new round of theirs; others still wait for it."""
    seen: tuple[str, ...] = ()
    """The IDs of the latest ``REMEMBERED`` events from outside, to recognise duplicates. Earlier versions kept all."""
    rollback: Rollback | None = None
    rollbacks: int = 0
    """The number of rollbacks of this run that have begun."""

    @classmethod
    def of(cls, saga: Saga) -> "RunState":
        """Return the state of a run before anything has happened."""
        return cls(steps={name: StepState() for name in saga.steps})

    def with_step(self, name: str, **changes: Any) -> "RunState":
        """Return a copy in which one step is changed."""
        return replace(self, steps={**self.steps, name: replace(self.steps[name], **changes)})

    def has_event(self, event: str, step: str) -> bool:
        """Say whether the event from outside has come for this round of the step."""
        return event in self.received and step not in self.outdated.get(event, ())

    def outputs(self) -> dict[str, Json]:
        """Return the outputs of the steps that are done or skipped."""
        return {name: step.output for name, step in self.steps.items() if step.status.settled_forward}
