"""The parts of a definition: plain values without code and coordinates, which may still be invalid.

An :class:`UncheckedSaga` holds them all. A :class:`sagaflow.core.definition.saga.Saga` is one without faults.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, Self

from sagaflow.core.definition import forms
from sagaflow.core.definition.compensation import Compensation
from sagaflow.core.definition.condition import Condition
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.fields import EVENT, Complaint, named, text_faults
from sagaflow.core.definition.forms import (
    Form,
    WorkForm,
    choice,
    duration,
    event_map,
    events,
    flag,
    free_text,
    input_fields,
    list_of,
    names,
    nested,
    number,
    unique_name,
)
from sagaflow.core.definition.input_mapping import InputMapping
from sagaflow.core.definition.retry import PATIENT, STANDARD, RetryPolicy
from sagaflow.core.definition.work import NO_WORK, Call, StepKind
from sagaflow.core.json_value import Json

__all__ = [
    "EVERY_EVENT",
    "AfterRollback",
    "CompensateOn",
    "UncheckedSaga",
    "Discard",
    "Observer",
    "OnExhausted",
    "OnUndoFailure",
    "Recovery",
    "Segment",
    "Step",
    "Style",
    "choreographed",
    "orchestrated",
    "retry_whole_run",
]

MOST_ROUNDS = 100
EVERY_EVENT = "*"
"""In ``correlate``: every event without a pointer of its own."""


class Style(StrEnum):
    """The way in which a segment is driven."""

    ORCHESTRATED = "orchestrated"
    CHOREOGRAPHED = "choreographed"


class Recovery(StrEnum):
    """The way that a segment goes after a business error."""

    BACKWARD = "backward"
    """Compensate the whole run."""
    FORWARD = "forward"
    """Compensate back to the latest save-point, then go forward again (Garcia-Molina and Salem 1987)."""


class OnExhausted(StrEnum):
    """The consequence when the retries of an action are used up."""

    PARK = "park"
    ROLL_BACK = "roll_back"


class CompensateOn(StrEnum):
    """The outcomes of an action that need its compensation. An unknown outcome always needs it."""

    COMPLETED = "completed"
    ATTEMPTED = "attempted"
    """A business error needs it too: the action may leave something behind when it refuses."""


class OnUndoFailure(StrEnum):
    """The consequence when a compensation fails for good."""

    PARK = "park"
    """The run is stuck until an operator resolves it."""
    CONTINUE = "continue"
    """The rollback record gets the failure, and the rollback goes on."""


def _form(schema: Mapping[str, Json], **options: Any) -> dict[str, Form]:
    return {"form": Form(schema=schema, **options)}


def _retry(usual: RetryPolicy) -> dict[str, Form]:
    return nested("retry", lambda data: replace(usual, **data), lambda policy: policy.document(usual))


def _refusal_faults(what: str, value: Mapping[object, Condition]) -> Iterator[Complaint]:
    for code, condition in value.items():
        yield from text_faults(what, code)
        yield from ((f"{what}: '{code}': {message}", "condition") for message in condition.faults(("output",)))


@dataclass(frozen=True, slots=True)
class Step:
    """One local transaction of a saga. ``Step("take_payment", "payment.take_payment", undo="payment.refund")``."""

    name: str = field(metadata=unique_name("Unique in the saga."))
    title: str = field(default="", kw_only=True, metadata=free_text("For people."))
    does: StepKind = field(metadata={"form": WorkForm(schema={})})
    """A string means :class:`Call`."""
    _: KW_ONLY
    undo: Compensation | None = field(
        default=None,
        metadata=_form({"$ref": "#/$defs/undo"}, read=Compensation.read, write=lambda undo: undo and undo.document()),
    )
    """A string means a compensation that calls that action; ``None``: not declared (the linter asks)."""
    after: tuple[str, ...] | None = field(
        default=None, metadata=names("Steps of the same segment; left out: the one before.")
    )
    """Steps of the same segment; ``None``: the emitters of ``on``, else the one before; ``()``: starts the segment."""
    on: tuple[str, ...] | None = field(
        default=None, metadata=events("The events that it reacts to, all of them; left out: derived.")
    )
    """The events that the step reacts to, all of them; ``None``: the events of the steps it comes after."""
    emits: str | None = field(
        default=None, metadata=_form(named(EVENT, "The event of success; default <Step>Completed."))
    )
    """The event of success; default ``<Step>Completed``."""
    fails_as: Mapping[str, str] = field(
        default_factory=dict,
        metadata=event_map("The event of that failure.", "Business error code to event; default <Step>Failed."),
    )
    """Business error code → event; default ``<Step>Failed``."""
    outputs: tuple[str, ...] | None = field(default=None, metadata=names("The names that the action's output has."))
    """The names that the action's output has, for the linter; ``None``: not declared."""
    condition: Condition | None = field(
        default=None, metadata=nested("condition", Condition.read, lambda condition: condition and condition.document())
    )
    """The step is skipped if the condition does not hold."""
    input: InputMapping | None = field(default=None, metadata=input_fields())
    """A mapping of the names of fields to ``pick(pointer)`` or constants; ``None``: the whole input of the run."""
    fails_when: Mapping[str, Condition] = field(
        default_factory=dict,
        metadata=_form(
            {
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/condition"},
                "description": "Business error code to condition on /output: the answer then counts as a refusal.",
            },
            read=lambda data: {code: Condition.read(item) for code, item in data.items()},
            write=lambda conditions: {code: condition.document() for code, condition in conditions.items()},
            faults=_refusal_faults,
        ),
    )
    """Business error code → condition on ``/output``. An answer that meets it is a business error, and no success."""
    retry: RetryPolicy = field(default=STANDARD, metadata=_retry(STANDARD))
    undo_retry: RetryPolicy = field(default=PATIENT, metadata=_retry(PATIENT))
    timeout: float | None = field(
        default=None, metadata=duration("For one attempt, in seconds; choreographed: also for the reaction to begin.")
    )
    """Seconds for one attempt, waiting for the answer included; choreographed: also for the reaction to begin."""
    pivot: bool = field(default=False, metadata=flag("Once it succeeded, nothing is undone any more."))
    """The point of no return: what comes after it is retried until it succeeds."""
    compensate_on: CompensateOn = field(
        default=CompensateOn.COMPLETED, metadata=choice(CompensateOn, "Which outcomes call for the compensation.")
    )
    on_exhausted: OnExhausted = field(
        default=OnExhausted.PARK, metadata=choice(OnExhausted, "When the action's retries are used up.")
    )
    on_undo_failure: OnUndoFailure = field(
        default=OnUndoFailure.PARK, metadata=choice(OnUndoFailure, "When the compensation fails for good.")
    )

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        does: object = self.does
        undo: object = self.undo
        if isinstance(does, str):
            set_(self, "does", Call(does))
        if isinstance(undo, str):
            set_(self, "undo", Compensation(does=Call(undo)))
        given: object = self.input
        if isinstance(given, Mapping):
            set_(self, "input", InputMapping(given))
        for name in ("after", "on", "outputs"):
            set_(self, name, _names(getattr(self, name)))

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        """Return the step of a document that has a name at least."""
        return cls(**forms.values(cls, data))

    def work(self, direction: Direction) -> StepKind:
        """Return the work of one direction; ``NO_WORK``: there is no compensation to perform."""
        if direction is Direction.DO:
            return self.does
        return (self.undo and self.undo.does) or NO_WORK

    @property
    def maps_undo(self) -> bool:
        """True if its compensation has a mapping of its own for its input."""
        return self.undo is not None and self.undo.input is not None

    def hiding(self, sensitive: tuple[str, ...]) -> Iterator[str]:
        """Yield the fields of its inputs that a sensitive field fills under another name."""
        for mapping in (self.input, self.undo.input if self.undo else None):
            if mapping is not None:
                yield from mapping.hiding(sensitive)

    def refusal(self, output: Json) -> str:
        """Return the code of the business error that the answer ``output`` means; empty: it is a success."""
        answer = {"output": output}
        return next((code for code, condition in self.fails_when.items() if condition.holds(answer)), "")

    @property
    def service(self) -> str:
        """The participant that owns the step's local transaction, and the name of its queue."""
        return self.does.service

    @property
    def undo_service(self) -> str:
        """The participant that performs the compensation."""
        undo = self.work(Direction.UNDO)
        return undo.service if undo.calls else self.service

    def service_of(self, direction: Direction) -> str:
        """Return the participant that performs one direction."""
        return self.service if direction is Direction.DO else self.undo_service

    @property
    def done_event(self) -> str:
        """The event that its success publishes."""
        return self.emits or f"{camel(self.name)}Completed"

    def failed_event(self, code: str) -> str:
        """Return the event that the business error ``code`` publishes."""
        return self.fails_as.get(code) or f"{camel(self.name)}Failed"

    @property
    def undone_event(self) -> str:
        """The event that its compensation publishes."""
        return (self.undo and self.undo.emits) or f"{camel(self.name)}Compensated"


def _read_steps(data: Iterable[Mapping[str, Json]]) -> tuple[Step, ...]:
    return tuple(Step.read(item) for item in data if "name" in item)


def _write_steps(steps: Iterable[Step]) -> list[dict[str, Json]]:
    return [forms.document(step) for step in steps]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A group of steps that one team owns, marked with a style."""

    name: str = field(metadata=unique_name("Unique in the saga."))
    style: Style = field(metadata=choice(Style, "How the segment is driven."))
    team: str = field(default="", metadata=free_text("The owner."))
    title: str = field(default="", metadata=free_text("For people."))
    after: tuple[str, ...] | None = field(
        default=None, metadata=names("Segments; left out: the one before; []: starts with the run.")
    )
    """Segments; ``None``: the one before; ``()``: starts with the run."""
    savepoint: bool = field(default=False, metadata=flag("A save-point is taken when the segment starts."))
    recovery: Recovery = field(
        default=Recovery.BACKWARD, metadata=choice(Recovery, "Which way it goes after a business error.")
    )
    forward_attempts: int = field(
        default=3,
        metadata=number(
            "How often the way from the save-point is tried, the first time included.",
            minimum=1,
            maximum=MOST_ROUNDS,
            whole=True,
            give="1 to 100",
        ),
    )
    """Forward recovery: how often the way from the save-point is tried, the first time included."""
    coordinator: str = field(
        default="",
        metadata=free_text("What the coordinator of an orchestrated segment is called in sequence diagrams."),
    )
    """Empty: Orchestrator."""
    steps: tuple[Step, ...] = field(
        metadata=_form(
            list_of({"$ref": "#/$defs/step"}, minItems=1), read=_read_steps, write=_write_steps, keeps_empty=True
        )
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "after", _names(self.after))

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        """Return the segment of a document that has a name at least."""
        usual: dict[str, Any] = {"style": Style.ORCHESTRATED, "steps": ()}
        return cls(**usual | forms.values(cls, data))

    @property
    def started_event(self) -> str:
        """The event that the start of the segment publishes, in either style."""
        return f"{camel(self.name)}Started"


def orchestrated(name: str, *steps: Step, **options: Any) -> Segment:
    """Return a segment whose steps a coordinator commands."""
    return Segment(name=name, style=Style.ORCHESTRATED, steps=steps, **options)


def choreographed(name: str, *steps: Step, **options: Any) -> Segment:
    """Return a segment whose steps react to events."""
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
    """The fate of the request after a rollback: it is discarded, or run again at most ``retries`` times."""

    retries: int = 0
    delay: float = 0.0
    """Seconds between the end of the rollback and the next run."""


Discard = AfterRollback()


def retry_whole_run(*, times: int, delay: float) -> AfterRollback:
    """Run the saga again with the same input at most ``times`` times, ``delay`` seconds after each rollback."""
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
    correlate: Mapping[str, str] = field(default_factory=dict)
    """Event from outside → JSON pointer into its payload, to the key of the run; ``"*"``: every other event."""
    starts_on: str = ""
    """The event from outside that starts the run of a new key, with its payload as the input."""
    sensitive: tuple[str, ...] = ()
    """The names of fields, at any depth of inputs and outputs, that are shown masked."""
    deadline: float | None = None
    """Seconds from the start after which the run rolls back, or is late past the pivot."""
    after_rollback: AfterRollback = Discard
    observers: tuple[Observer, ...] = ()

    def __post_init__(self) -> None:
        one_or_more: object = self.segments
        segments = (one_or_more,) if isinstance(one_or_more, Segment) else tuple(self.segments)
        object.__setattr__(self, "segments", segments)
        object.__setattr__(self, "observers", tuple(self.observers))
        object.__setattr__(self, "sensitive", _names(self.sensitive) or ())

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """The names of all fields that are shown masked: the sensitive ones, and those that are filled from them."""
        filled = (field for step in self.steps.values() for field in step.hiding(self.sensitive))
        return tuple(dict.fromkeys((*self.sensitive, *filled)))

    def pointer_to_key(self, event: str) -> str | None:
        """Return where the payload of an event from outside has the key of its run; ``None``: nothing says it."""
        return self.correlate.get(event, self.correlate.get(EVERY_EVENT))

    @cached_property
    def steps(self) -> dict[str, Step]:
        """Every step with its name, in the order of the document."""
        return {step.name: step for segment in self.segments for step in segment.steps}


@cache
def camel(name: str) -> str:
    """``take_payment`` → ``TakePayment``."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_\-.]+", name))


def _names(value: str | Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)
