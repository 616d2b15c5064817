"""The data that can fill an input: fields of the run's input and of earlier outputs; and the fields that are wanted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from sagaflow.core.definition.condition import resolve
from sagaflow.core.definition.input_mapping import Pick
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.definition.sketch import EMPTY, Sketch
from sagaflow.core.json_value import Json
from sagaflow.core.lint import Known, input_in_use, types_of, why_missing
from sagaflow.core.mask import masked
from sagaflow.core.schemas.schema_faults import schema_faults

__all__ = ["Source", "Target", "sources", "targets"]

DEPTH = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A value that a field can be filled with."""

    pointer: str
    name: str
    """The last name of the pointer."""
    step: str = ""
    """The step whose output it is in; empty: it is in the input of the run."""
    type: str = ""
    """Its JSON types, such as ``integer``; empty: they are not known."""
    missing: str = ""
    """When there is no value; empty: there always is one, or nothing is known about it."""
    example: str = ""

    def document(self) -> dict[str, Json]:
        """Return the source as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Target:
    """A field that the action or the sub-saga takes, by its schema."""

    name: str
    type: str = ""
    required: bool = False

    def document(self) -> dict[str, Json]:
        """Return the field as JSON."""
        return asdict(self)


def sources(saga: Sketch, step: str, known: Known, *, undo: bool = False) -> tuple[Source, ...]:
    """Return everything that is there before ``step`` begins; ``undo``: before its compensation does.

    Of a saga without an input schema, the input has the fields that its steps use.
    """
    if step not in saga.steps:
        return ()
    if saga.input_schema is None:
        used = input_in_use(saga, known)
        saga = replace(saga, input_schema=used | {"required": list(used["properties"])})
    elif schema_faults(saga.input_schema):
        saga = replace(saga, input_schema=None)
    earlier = [name for name in saga.steps if name in saga.graph.ancestors[step] or (undo and name == step)]
    found = list(_of_input(saga))
    for name in earlier:
        if not name.startswith(EMPTY):
            found += _of_output(saga, saga.steps[name], known)
    return tuple(found)


def targets(saga: Sketch, step: str, known: Known) -> tuple[Target, ...]:
    """Return the fields that ``step`` takes; none if no schema says so."""
    found = saga.steps.get(step)
    schema = known.takes(found) if found else None
    required = set(schema.get("required", ())) if schema else set()
    inner = _properties(schema)
    names = [*(name for name in inner if name in required), *(name for name in inner if name not in required)]
    return tuple(Target(name, _type(inner[name]), name in required) for name in names)


@dataclass(frozen=True, slots=True)
class _Output:
    """One thing to look into: the input of the run, or the output of one step."""

    saga: Saga
    place: str
    """The pointer to all of it."""
    step: str = ""
    sample: Json = None

    def inside(self, pointer: str, schema: object, depth: int = DEPTH) -> Iterator[Source]:
        """Yield everything that a schema lists below ``pointer``."""
        for name, inner in _properties(schema).items():
            below = f"{pointer}/{_escaped(name)}"
            yield self.source(below, name, inner)
            if depth > 1:
                yield from self.inside(below, inner, depth - 1)

    def source(self, pointer: str, name: str, schema: object = None) -> Source:
        """Return one value with its type and an example; sensitive fields have none."""
        value = resolve(self.sample, pointer.removeprefix(self.place), None)
        own = schema.get("examples") if isinstance(schema, Mapping) else None
        if value is None and isinstance(own, list) and own:
            value = own[0]
        shown = masked({name: value}, self.saga.masked)[name]
        text = "" if shown is None else json.dumps(shown, ensure_ascii=False)
        example = text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…"
        return Source(pointer, name, self.step, _type(schema), why_missing(self.saga, Pick(pointer)), example)


def _of_input(saga: Saga) -> Iterator[Source]:
    samples = (saga.input_schema or {}).get("examples")
    sample = masked(samples[0], saga.masked) if isinstance(samples, list) and samples else None
    yield from _Output(saga, "/input", sample=sample).inside("/input", saga.input_schema)


def _of_output(saga: Saga, step: Step, known: Known) -> Iterator[Source]:
    output = _Output(saga, f"/steps/{step.name}", step.name)
    schema = known.gives(step)
    yield from output.inside(output.place, schema)
    child = known.children.get(step.does.runs)
    for name in tuple(child.steps) if child else step.outputs or ():
        if name not in _properties(schema):
            yield output.source(f"{output.place}/{_escaped(name)}", name)


def _properties(schema: object) -> Mapping[str, Json]:
    inner = schema.get("properties") if isinstance(schema, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _type(schema: object) -> str:
    return " or ".join(types_of(schema))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
