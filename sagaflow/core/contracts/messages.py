"""The events that a saga publishes for other systems and those that it hears, with the schemas of their payloads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.problems import MISSING, ROLLING_BACK
from sagaflow.core.definition.saga import Saga, Step, Style
from sagaflow.core.lint.names import Known

__all__ = ["Declared", "Message", "heard", "published"]

JsonSchema = Mapping[str, Any]

ANYTHING: JsonSchema = {}
TEXT = {"type": "string"}


def _object(**properties: JsonSchema) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


SKIPPED = {"type": "null"}
FAILURE = _object(code=TEXT, message=TEXT)
NOTHING_TO_UNDO = _object(nothing_to_undo=TEXT)
ROLLED_BACK = _object(code=TEXT, message=TEXT, failed_step=TEXT, summary=TEXT)
MISSED = _object(segment=TEXT, direction={"enum": ["do", "undo"]}, event=TEXT, since=TEXT | {"format": "date-time"})
REMINDED = _object(group=TEXT, to=TEXT, after={"type": "number"})


class Declared(dict[str, Any]):
    """A schema that an action or a saga declares. What it refers to with ``#`` is a part of it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event of a contract."""

    event: str
    about: str
    """When it is published, or what it is for: a sentence."""
    payload: JsonSchema = field(default_factory=dict)
    """JSON Schema of the payload, of draft 2020-12; empty: it may be any JSON."""


def published(saga: Saga, known: Known) -> tuple[Message, ...]:
    """Return each event that a run can publish, once, in the order of the definition; those of the run come last."""
    found: dict[str, Message] = {}
    for message in _published(saga, known):
        before = found.get(message.event)
        found[message.event] = message if before is None else _either(before, message)
    return tuple(found.values())


def heard(saga: Saga) -> tuple[Message, ...]:
    """Return each event from outside that the definition reacts to, by name."""
    events = {event for heard in saga.graph.hears.values() for events in heard.values() for event in events}
    waits = [Message(event, _purpose(saga, event), _with_key(saga, event)) for event in sorted(events)]
    if not saga.starts_on:
        return tuple(waits)
    about = "It starts a run, and its payload is the input."
    return (Message(saga.starts_on, about, _declared(saga.input_schema)), *waits)


def _either(one: Message, other: Message) -> Message:
    """Return the event of two steps as one: its payload is that of either."""
    about = one.about if other.about in one.about else f"{one.about} {other.about}"
    if one.payload == other.payload:
        return Message(one.event, about, one.payload)
    both = [one.payload, other.payload]
    return Message(one.event, about, {"anyOf": both} if all(both) else ANYTHING)


def _published(saga: Saga, known: Known) -> Iterator[Message]:
    for segment in saga.segments:
        yield Message(segment.started_event, f"Segment '{segment.name}' started.", {"type": "null"})
        for step in segment.steps:
            yield from _of_step(saga, step, known, choreographed=segment.style is Style.CHOREOGRAPHED)
    yield from _of_run(saga, known)


def _of_step(saga: Saga, step: Step, known: Known, *, choreographed: bool) -> Iterator[Message]:
    """Yield the events of a step. An orchestrated one publishes only what is named or heard in the saga."""
    observed = {event for observer in saga.observers for event in observer.on}
    done = step.done_event
    if choreographed or step.emits or done in observed or done in saga.graph.subscribers:
        yield Message(done, f"Step '{step.name}' is done.", _output(step, known))
    for code, event in [*step.fails_as.items(), ("", step.failed_event(""))]:
        if choreographed or code or event in observed or saga.graph.choreographed:
            named = f"with '{code}'" if code else "with a code that has no event of its own"
            payload = FAILURE if not code else FAILURE | {"properties": {"code": {"const": code}, "message": TEXT}}
            yield Message(event, f"Step '{step.name}' failed {named}.", payload)
    asked_for = choreographed or bool(step.undo and step.undo.emits) or step.undone_event in observed
    if asked_for or not saga.graph.choreographed.isdisjoint(saga.graph.ancestors[step.name]):
        about = f"Step '{step.name}' is undone."
        yield Message(step.undone_event, about, _undo_output(step, known) if asked_for or not saga.masked else ANYTHING)


def _output(step: Step, known: Known) -> JsonSchema:
    """Return the schema of the output of a step; empty: nothing says it."""
    if step.does.asks:
        return _object(approved_by=TEXT, reason=TEXT)
    return _declared(known.gives(step))


def _declared(schema: object) -> JsonSchema:
    return Declared(schema) if isinstance(schema, Mapping) else ANYTHING


def _undo_output(step: Step, known: Known) -> JsonSchema:
    schema = _declared(known.of(step.work(Direction.UNDO).calls)[1])
    return {"anyOf": [schema, NOTHING_TO_UNDO]} if schema else ANYTHING


def _of_run(saga: Saga, known: Known) -> Iterator[Message]:
    outputs = {name: _output(step, known) for name, step in saga.steps.items()}
    fields = {name: {"anyOf": [output, SKIPPED]} for name, output in outputs.items() if output and not saga.masked}
    completed = {"type": "object", "properties": fields}
    yield Message("SagaCompleted", "The run is completed. The payload has the outputs by step.", completed)
    yield Message("SagaRolledBack", "The run is rolled back.", ROLLED_BACK)
    yield Message("SagaCancelled", "An operator cancelled the run, and it is rolled back.", ROLLED_BACK)
    yield Message("SagaParked", "A step needs an operator.", FAILURE)
    yield Message("SagaStuck", "A compensation needs an operator.", FAILURE)
    if saga.graph.choreographed:
        yield Message(MISSING, "A reaction, or an event that is waited for, did not come in time.", MISSED)
        yield Message(ROLLING_BACK, "A rollback began without the failure of a step.", FAILURE)
    if any(step.does.reminds is not None for step in saga.steps.values()):
        yield Message("SagaReminded", "An approval still waits for a decision.", REMINDED)


def _purpose(saga: Saga, event: str) -> str:
    ends = [name for name in saga.steps if event in saga.graph.hears[name][Direction.DO]]
    undoes = [name for name in saga.steps if event in saga.graph.hears[name][Direction.UNDO]]
    what = [f"for step '{name}'" for name in ends] + [f"for the undo of step '{name}'" for name in undoes]
    return f"It counts {', '.join(what)}."


def _with_key(saga: Saga, event: str) -> JsonSchema:
    """Return a schema that requires the field with the key of the run, where the definition names it."""
    pointer, schema = saga.pointer_to_key(event), ANYTHING
    for token in reversed(tokens(pointer) if pointer else ()):
        schema = {"type": "object", "properties": {token: schema}, "required": [token]}
    return schema
