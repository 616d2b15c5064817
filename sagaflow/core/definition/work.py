"""The kinds of work that a step can do. Everything in which one kind differs from another is in its class.

A project can add its own kinds: subclasses of :class:`StepKind` that ``sagaflow.registry.step_kind`` registers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self, get_type_hints

from sagaflow.core.definition.durations import duration
from sagaflow.core.definition.fields import (
    ACTION,
    EVENT,
    NAME,
    Complaint,
    duration_faults,
    name_faults,
    named,
    seconds,
    text,
    text_faults,
)
from sagaflow.core.json_value import Json

__all__ = [
    "JSON_TYPES",
    "KINDS",
    "NO_WORK",
    "STARTER",
    "Approval",
    "Call",
    "Nothing",
    "RollBackChild",
    "StepKind",
    "SubSaga",
    "Timer",
    "WaitForEvent",
    "kinds",
]

EXTERNAL = "external"
"""The publisher of an event for which the definition names none."""
STARTER = "starter"
"""In ``not_by`` of an approval: the person who started the run."""
JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}
"""The types that the fields of a project's own kind may have."""


@dataclass(frozen=True, slots=True)
class StepKind:
    """The work of one direction of a step.

    A project's own kind is a frozen dataclass with fields of the types ``str``, ``bool``, ``int`` and ``float``,
    a ``key``, and a method ``perform``. A worker performs it as the action ``<key>.perform``, with the guarantees of
    every action. In a document it is ``{<key>: {<field>: <value>, …}}``.
    """

    key: ClassVar[str] = ""
    """The key that the document of a step of this kind has."""
    about: ClassVar[str] = ""
    """One sentence about the kind, for the schema, the reference and the palette of the designer."""
    node: ClassVar[str] = "call"
    """The shape in the flowchart: ``call``, ``wait``, ``timer``, ``approval`` or ``subsaga``."""
    by_worker: ClassVar[bool] = True
    """A worker has to claim the work; otherwise the run itself waits."""
    has_effect: ClassVar[bool] = True
    """The work changes something by itself; a wait does not."""
    leaves_nothing: ClassVar[bool] = False
    """The work has changed nothing while its outcome is open, so it can be withdrawn at any time."""
    does: ClassVar[bool] = True
    """A step can do this kind of work."""
    undoes: ClassVar[bool] = False
    """A compensation can do this kind of work."""
    rolls_child_back: ClassVar[bool] = False
    """The work undoes a sub-saga by rolling its run back."""

    @property
    def calls(self) -> str:
        """The registered action that a worker calls; empty: none."""
        return f"{self.key}.perform" if self.by_worker else ""

    @property
    def verb(self) -> str:
        """The name of the action without its service: ``take_payment``; empty: it has no name apart from the step."""
        return ""

    @property
    def runs(self) -> str:
        """The saga of which a run is started; empty: none."""
        return ""

    @property
    def awaits(self) -> str:
        """The event from outside that ends the wait; empty: none."""
        return ""

    @property
    def asks(self) -> str:
        """The group whose members may decide; empty: none."""
        return ""

    @property
    def bars(self) -> tuple[str, ...]:
        """The people who may not decide: ``starter``, or the name of an earlier approval, whose approver may not."""
        return ()

    @property
    def reminds(self) -> float | None:
        """The seconds after which a wait for a decision is noted as long; ``None``: never."""
        return None

    @property
    def lasts(self) -> float | None:
        """The seconds after which the work is done by itself; ``None``: never."""
        return None

    @property
    def service(self) -> str:
        """The participant that owns the work, and the name of its queue; empty: none in particular."""
        return self.calls.partition(".")[0]

    @property
    def partner(self) -> str:
        """The participant in a sequence diagram; empty: the step itself, by its title."""
        return self.service

    @property
    def words(self) -> str:
        """The work in a few words."""
        return self.calls

    @property
    def expects(self) -> str:
        """The subject of a sentence about what has to come from outside: ``event 'Paid'``; empty: nothing."""
        return ""

    @property
    def waiting(self) -> str:
        """The predicate of a sentence about the step while it waits."""
        return "waits for the answer"

    def perform(self, context: Any) -> Json:
        """Perform one attempt, as a function registered with ``@action`` does. Only a project's own kinds have it.

        ``context`` is the :class:`sagaflow.core.participant.Context` of the attempt.
        """
        raise NotImplementedError(f"{type(self).__name__} has no perform(context).")

    def faults(self) -> Iterator[Complaint]:
        """Yield what is wrong with its fields; of a kind of a project's own, values that are not of their types."""
        hints = get_type_hints(type(self))
        for field in fields(self):
            what, value, wanted = f"{self.key}.{field.name}", getattr(self, field.name), hints[field.name]
            fits = isinstance(value, (int, float) if wanted is float else wanted)
            if not fits or (isinstance(value, bool) and wanted is not bool):
                yield f"{what} is {value!r}; give {JSON_TYPES[wanted]}", "type"
            elif isinstance(value, str):
                yield from text_faults(what, value)

    def document(self) -> dict[str, Json]:
        """Return the keys of the work in the document of a step. The writer leaves out empty values."""
        return {self.key: {field.name: getattr(self, field.name) for field in fields(self)}}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        """Return the work of a step from its document, which has the key of the kind."""
        return cls(**data[cls.key])

    @classmethod
    def properties(cls) -> dict[str, Json]:
        """Return the schema of each key that the kind adds to the document of a step, its own key first."""
        hints = get_type_hints(cls)
        inner = {field.name: {"type": JSON_TYPES[hints[field.name]]} for field in fields(cls)}
        own = {"title": cls.key, "type": "object", "description": cls.about, "properties": inner}
        return {cls.key: own | {"additionalProperties": False, "required": [field.name for field in fields(cls)]}}


class OneValue(StepKind):
    """A kind with one field, whose value alone stands in the document: ``{"timer": 60}``."""

    __slots__ = ()

    @classmethod
    def rule(cls) -> dict[str, Json]:
        """Return the schema of the value."""
        raise NotImplementedError(f"{cls.__name__} has no rule().")

    def document(self) -> dict[str, Json]:
        (field,) = fields(self)
        return {self.key: getattr(self, field.name)}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        (field,) = fields(cls)
        return cls(**{field.name: data[cls.key]})

    @classmethod
    def properties(cls) -> dict[str, Json]:
        return {cls.key: cls.rule()}


@dataclass(frozen=True, slots=True)
class Call(OneValue):
    """A registered action, ``service.verb``: a Python callable or an HTTP endpoint."""

    key = "action"
    about = "The registered callable or endpoint that does it: service.verb."
    undoes = True

    action: str

    @property
    def calls(self) -> str:
        return self.action

    @property
    def verb(self) -> str:
        return self.action.partition(".")[2]

    def faults(self) -> Iterator[Complaint]:
        return name_faults(self.action, ACTION)

    @classmethod
    def rule(cls) -> dict[str, Json]:
        return named(ACTION, cls.about)


@dataclass(frozen=True, slots=True)
class WaitForEvent(StepKind):
    """A wait for an event from outside, which has the correlation ID of the run."""

    key = "event"
    about = "Wait for this event from outside."
    node = "wait"
    by_worker = False
    has_effect = False
    undoes = True

    event: str
    service: str = EXTERNAL
    """The participant that publishes it, for the picture."""

    @property
    def awaits(self) -> str:
        return self.event

    @property
    def words(self) -> str:
        return f"waits for {self.event}"

    @property
    def expects(self) -> str:
        return f"event '{self.event}'"

    @property
    def waiting(self) -> str:
        return f"waits for the event {self.event}"

    def faults(self) -> Iterator[Complaint]:
        yield from name_faults(self.event, EVENT)
        yield from name_faults(self.service, NAME)

    def document(self) -> dict[str, Json]:
        return {self.key: self.event, "service": "" if self.service == EXTERNAL else self.service}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        return cls(data[cls.key], data.get("service", EXTERNAL))

    @classmethod
    def properties(cls) -> dict[str, Json]:
        return {cls.key: named(EVENT, cls.about), "service": named(NAME, "The participant that publishes the event.")}


@dataclass(frozen=True, slots=True)
class Timer(OneValue):
    """A durable wait of ``seconds``."""

    key = "timer"
    about = "A durable wait, in seconds."
    node = "timer"
    by_worker = False
    has_effect = False
    leaves_nothing = True

    seconds: float

    @property
    def lasts(self) -> float:
        return self.seconds

    @property
    def words(self) -> str:
        return f"waits {duration(self.seconds)}"

    @property
    def waiting(self) -> str:
        return "waits for its time"

    def faults(self) -> Iterator[Complaint]:
        return duration_faults(self.key, self.seconds)

    @classmethod
    def rule(cls) -> dict[str, Json]:
        return seconds(cls.about)


@dataclass(frozen=True, slots=True)
class Approval(StepKind):
    """A decision by a member of the group ``by``; a refusal is the business error ``rejected``."""

    key = "approval"
    about = "The group whose members may decide."
    node = "approval"
    by_worker = False
    has_effect = False
    leaves_nothing = True

    by: str
    not_by: tuple[str, ...] = ()
    """The people who may not decide: ``starter``, or the name of an earlier approval, whose approver may not."""
    remind_after: float | None = None
    """The seconds without a decision after which its approvers are reminded, once in each wait; ``None``: never."""

    def __post_init__(self) -> None:
        given: object = self.not_by
        if isinstance(given, list):
            object.__setattr__(self, "not_by", tuple(given))

    @property
    def asks(self) -> str:
        return self.by

    @property
    def bars(self) -> tuple[str, ...]:
        return self.not_by

    @property
    def reminds(self) -> float | None:
        return self.remind_after

    @property
    def partner(self) -> str:
        return self.by

    @property
    def words(self) -> str:
        return f"approval by {self.by}"

    @property
    def expects(self) -> str:
        return f"a decision by '{self.by}'"

    @property
    def waiting(self) -> str:
        return f"waits for a decision by {self.by}"

    def faults(self) -> Iterator[Complaint]:
        yield from text_faults(self.key, self.by)
        if not str(self.by).strip():
            yield "the approval names no group; say who may decide", "approval"
        given: object = self.not_by
        for name in given if isinstance(given, tuple) else ():
            yield from text_faults("not_by", name)
        if not isinstance(given, tuple):
            yield f"not_by is {given!r}; give a tuple of names", "type"
        if self.remind_after is not None:
            yield from duration_faults("remind_after", self.remind_after)

    def document(self) -> dict[str, Json]:
        return {self.key: self.by, "not_by": list(self.not_by), "remind_after": self.remind_after}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:
        return cls(data[cls.key], tuple(data.get("not_by", ())), data.get("remind_after"))

    @classmethod
    def properties(cls) -> dict[str, Json]:
        who = f"Who may not decide: {STARTER} is the person who started the run; an earlier approval is its approver."
        barred = {"type": "array", "items": {"type": "string"}, "description": who}
        remind = seconds("The seconds without a decision after which the approvers are reminded, once.")
        return {cls.key: text(cls.about, pattern=r"\S"), "not_by": barred, "remind_after": remind}


@dataclass(frozen=True, slots=True)
class SubSaga(OneValue):
    """A run of another saga, whose outcome is the outcome of the step."""

    key = "saga"
    about = "A run of that saga."
    node = "subsaga"

    saga: str

    @property
    def calls(self) -> str:
        return ""

    @property
    def runs(self) -> str:
        return self.saga

    @property
    def partner(self) -> str:
        return self.saga

    @property
    def words(self) -> str:
        return f"runs saga {self.saga}"

    @property
    def waiting(self) -> str:
        return f"waits for a run of {self.saga}"

    def faults(self) -> Iterator[Complaint]:
        return name_faults(self.saga, NAME)

    @classmethod
    def rule(cls) -> dict[str, Json]:
        return named(NAME, cls.about)


@dataclass(frozen=True, slots=True)
class RollBackChild(StepKind):
    """The undo of a sub-saga that rolls its run back."""

    key = "rollback"
    about = "Roll the sub-saga's run back."
    does = False
    undoes = True
    rolls_child_back = True

    @property
    def calls(self) -> str:
        return ""

    @property
    def words(self) -> str:
        return "rolls the sub-saga back"

    def document(self) -> dict[str, Json]:
        return {self.key: True}

    @classmethod
    def read(cls, data: Mapping[str, Json]) -> Self:  # noqa: ARG003 - it has no fields
        return cls()

    @classmethod
    def properties(cls) -> dict[str, Json]:
        return {cls.key: {"type": "boolean", "enum": [True], "description": cls.about}}


@dataclass(frozen=True, slots=True)
class Nothing(StepKind):
    """The work of a direction that has none: the undo of a step without a compensation to carry out."""

    node = ""
    by_worker = False
    has_effect = False
    does = False

    @property
    def waiting(self) -> str:
        return ""


NO_WORK = Nothing()


KINDS: dict[str, type[StepKind]] = {
    kind.key: kind for kind in (Call, WaitForEvent, Timer, Approval, SubSaga, RollBackChild)
}
"""Every kind with its key, in the order of the reference; ``sagaflow.registry.step_kind`` adds kinds."""


def kinds(*, undo: bool = False) -> tuple[type[StepKind], ...]:
    """Return the kinds that a step can do; ``undo``: the kinds that a compensation can do."""
    return tuple(kind for kind in KINDS.values() if (kind.undoes if undo else kind.does))
