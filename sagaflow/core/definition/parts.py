"""The parts of a definition: plain values without code and coordinates, which may still be invalid.

An :class:`UncheckedSaga` holds them all. A :class:`sagaflow.core.definition.saga.Saga` is one without faults.
"""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from sagaflow.core.definition.condition import Condition
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy
from sagaflow.core.definition.work import NO_WORK, Call, StepKind

__all__ = [
    "AfterRollback",
    "CompensateOn",
    "Compensation",
    "UncheckedSaga",
    "Discard",
    "Observer",
    "OnExhausted",
    "OnUndoFailure",
    "Recovery",
    "Segment",
    "Step",
    "Style",
    "Undo",
    "choreographed",
    "irreversible",
    "nothing",
    "orchestrated",
    "retry_whole_run",
    "semantic",
]


class Style(StrEnum):
    """How a segment is driven."""

    ORCHESTRATED = "orchestrated"
    CHOREOGRAPHED = "choreographed"


class Recovery(StrEnum):
    """Which way a segment goes after a business error in it."""

    BACKWARD = "backward"
    """Compensate the whole run."""
    FORWARD = "forward"
    """Compensate back to the latest save-point, then go forward again (Garcia-Molina and Salem 1987)."""


class OnExhausted(StrEnum):
    """What happens when the retries of an action are used up."""

    PARK = "park"
    ROLL_BACK = "roll_back"


class CompensateOn(StrEnum):
    """Which outcomes of an action call for its compensation. An unknown outcome always does."""

    COMPLETED = "completed"
    ATTEMPTED = "attempted"
    """Also a business error: the action may leave something behind when it refuses."""


class OnUndoFailure(StrEnum):
    """What happens when a compensation fails for good."""

    PARK = "park"
    """The run is stuck until a person resolves it."""
    CONTINUE = "continue"
    """The failure goes into the rollback record and the rollback goes on."""


class Undo(StrEnum):
    """What undoing a step means."""

    COMPENSATE = "compensate"
    SEMANTIC = "semantic"
    """The effect stays; another one makes up for it."""
    IRREVERSIBLE = "irreversible"
    NOTHING = "nothing"
    """The step leaves nothing behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """What undoes a step. Build it with a string, :func:`semantic`, :func:`irreversible` or :func:`nothing`."""

    kind: Undo = Undo.COMPENSATE
    does: StepKind | None = None
    reason: str = ""
    """Why it cannot be undone, or what the semantic undo leaves behind."""
    needs: tuple[str, ...] = ()
    """JSON pointers into the output of the action that the compensation reads."""
    emits: str | None = None
    """The event of a successful undo; default ``<Step>Compensated``."""


def semantic(action: str, reason: str = "", **options: Any) -> Compensation:
    """The effect cannot be taken back, but ``action`` makes up for it."""
    return Compensation(kind=Undo.SEMANTIC, does=Call(action), reason=reason, **options)


def irreversible(reason: str) -> Compensation:
    """Nothing undoes or makes up for the step; ``reason`` goes into the rollback record."""
    return Compensation(kind=Undo.IRREVERSIBLE, reason=reason)


def nothing(reason: str) -> Compensation:
    """The step leaves nothing behind, as a pure check does."""
    return Compensation(kind=Undo.NOTHING, reason=reason)


@dataclass(frozen=True, slots=True)
class Step:
    """One local transaction of a saga. ``Step("take_payment", "payment.take_payment", undo="payment.refund")``."""

    name: str
    does: StepKind
    """A string means :class:`Call`."""
    _: KW_ONLY
    title: str = ""
    undo: Compensation | None = None
    """A string means a compensation that calls that action; ``None``: nobody has said (the linter asks)."""
    after: tuple[str, ...] | None = None
    """Steps of the same segment; ``None``: the emitters of ``on``, else the one before; ``()``: starts the segment."""
    on: tuple[str, ...] | None = None
    """The events that it reacts to, all of them; ``None``: the events of the steps it comes after."""
    emits: str | None = None
    """The event of success; default ``<Step>Completed``."""
    fails_as: Mapping[str, str] = field(default_factory=dict)
    """Business error code → event; default ``<Step>Failed``."""
    outputs: tuple[str, ...] | None = None
    """The names that the action's output has, for the linter; ``None``: not declared."""
    condition: Condition | None = None
    """Where it does not hold, the step is skipped."""
    retry: RetryPolicy = STANDARD
    undo_retry: RetryPolicy = PATIENT
    timeout: float | None = None
    """Seconds for one attempt, waiting for the answer included; choreographed: also for the reaction to begin."""
    pivot: bool = False
    """The point of no return."""
    compensate_on: CompensateOn = CompensateOn.COMPLETED
    on_exhausted: OnExhausted = OnExhausted.PARK
    on_undo_failure: OnUndoFailure = OnUndoFailure.PARK

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        does: object = self.does
        undo: object = self.undo
        if isinstance(does, str):
            set_(self, "does", Call(does))
        if isinstance(undo, str):
            set_(self, "undo", Compensation(does=Call(undo)))
        for name in ("after", "on", "outputs"):
            set_(self, name, _names(getattr(self, name)))

    def work(self, direction: Direction) -> StepKind:
        """What one direction consists of; ``NO_WORK``: there is no compensation to carry out."""
        if direction is Direction.DO:
            return self.does
        return (self.undo and self.undo.does) or NO_WORK

    @property
    def service(self) -> str:
        """The participant that owns the step's local transaction, and the name of its queue."""
        return self.does.service

    @property
    def undo_service(self) -> str:
        """The participant that carries out the compensation."""
        undo = self.work(Direction.UNDO)
        return undo.service if undo.calls else self.service

    def service_of(self, direction: Direction) -> str:
        """The participant that carries one direction out."""
        return self.service if direction is Direction.DO else self.undo_service

    @property
    def done_event(self) -> str:
        """The event that its success publishes."""
        return self.emits or f"{camel(self.name)}Completed"

    def failed_event(self, code: str) -> str:
        """The event that the business error ``code`` publishes."""
        return self.fails_as.get(code) or f"{camel(self.name)}Failed"

    @property
    def undone_event(self) -> str:
        """The event that its compensation publishes."""
        return (self.undo and self.undo.emits) or f"{camel(self.name)}Compensated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A group of steps that one team owns, marked with a style."""

    name: str
    style: Style
    steps: tuple[Step, ...]
    team: str = ""
    title: str = ""
    after: tuple[str, ...] | None = None
    """Segments; ``None``: the one before; ``()``: starts with the run."""
    savepoint: bool = False
    """A save-point is taken when the segment starts."""
    recovery: Recovery = Recovery.BACKWARD
    forward_attempts: int = 3
    """Forward recovery: how often the way from the save-point is tried, the first time included."""
    coordinator: str = ""
    """What the coordinator is called in sequence diagrams while the segment is orchestrated; empty: Orchestrator."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "after", _names(self.after))

    @property
    def started_event(self) -> str:
        """The event that the start of the segment publishes, in either style."""
        return f"{camel(self.name)}Started"


def orchestrated(name: str, *steps: Step, **options: Any) -> Segment:
    """A segment whose steps a coordinator commands."""
    return Segment(name=name, style=Style.ORCHESTRATED, steps=steps, **options)


def choreographed(name: str, *steps: Step, **options: Any) -> Segment:
    """A segment whose steps react to events."""
    return Segment(name=name, style=Style.CHOREOGRAPHED, steps=steps, **options)


@dataclass(frozen=True, slots=True)
class Observer:
    """A listener whose outcome never affects the run."""

    name: str
    action: str
    on: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "on", _names(self.on) or ())

    @property
    def service(self) -> str:
        """The service in whose workers it runs."""
        return self.action.partition(".")[0]


@dataclass(frozen=True, slots=True)
class AfterRollback:
    """What happens to the triggering request after a rollback: discarded, or run again ``retries`` times."""

    retries: int = 0
    delay: float = 0.0
    """Seconds between the end of the rollback and the next run."""


Discard = AfterRollback()


def retry_whole_run(*, times: int, delay: float) -> AfterRollback:
    """Run the saga again with the same input, ``times`` times at most, ``delay`` seconds after each rollback."""
    return AfterRollback(times, delay)


@dataclass(frozen=True)
class UncheckedSaga:
    """A definition that may have faults: ``problems`` lists them, and the constructor of ``Saga`` refuses them."""

    name: str
    segments: tuple[Segment, ...]
    _: KW_ONLY
    title: str = ""
    input_schema: Mapping[str, Any] | None = None
    """JSON Schema of the run's input, of the draft that it names; the input is compared with it when a run starts."""
    search: Mapping[str, str] = field(default_factory=dict)
    """Search attributes: name → JSON pointer into the input."""
    sensitive: tuple[str, ...] = ()
    """Names of fields, at any depth of inputs and outputs, that are shown masked."""
    deadline: float | None = None
    """Seconds from the start after which the run rolls back, or is late past the pivot."""
    after_rollback: AfterRollback = Discard
    observers: tuple[Observer, ...] = ()

    def __post_init__(self) -> None:
        given: object = self.segments
        segments = (given,) if isinstance(given, Segment) else tuple(self.segments)
        object.__setattr__(self, "segments", segments)
        object.__setattr__(self, "observers", tuple(self.observers))
        object.__setattr__(self, "sensitive", _names(self.sensitive) or ())

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every step by name, in the order of the document."""
        return {step.name: step for segment in self.segments for step in segment.steps}


@cache
def camel(name: str) -> str:
    """``take_payment`` → ``TakePayment``."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_\-.]+", name))


def _names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)
