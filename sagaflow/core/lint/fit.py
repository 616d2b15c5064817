"""The rule about inputs that do not fit: what an action, an undo or a sub-saga gets is not what it takes.

An input is a mapping, or the whole input of the run. An undo without a mapping of its own gets the input of its action.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from sagaflow.core.definition.condition import tokens
from sagaflow.core.definition.direction import Direction
from sagaflow.core.definition.fields import plain
from sagaflow.core.definition.input_mapping import InputMapping, Pick
from sagaflow.core.definition.saga import Saga, Step
from sagaflow.core.json_value import Json
from sagaflow.core.lint.data import OPEN, alternatives, is_certain, schema_at, type_of, types_of
from sagaflow.core.lint.finding import Finding, of_step
from sagaflow.core.lint.names import Known, Schema

__all__ = ["Given", "does_not_fit", "given"]


def does_not_fit(saga: Saga, known: Known) -> Iterator[Finding]:
    """An input is certainly not what the action, the undo or the sub-saga takes."""
    for name, step in saga.steps.items():
        for each in given(step, known):
            found = _of_run(saga, each) if each.mapping is None else _of_mapping(saga, each, each.mapping, known)
            for message in found:
                yield of_step(saga, name, "does-not-fit", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An input, and the work that gets it: the taker."""

    what: str
    """The subject of a sentence about it."""
    taker: str
    mapping: InputMapping | None
    """``None``: it is the whole input of the run."""
    schema: Schema
    """The schema of the input that the taker takes."""
    fills: bool = False
    """The taker fills in defaults, as a run does. An action does not."""
    exact: bool = True
    """It was written for this taker, which gets no more than it wants."""
    remedy: str = "fill it"

    @property
    def properties(self) -> Mapping[str, Json]:
        """The schemas of the fields that the taker lists."""
        properties: Mapping[str, Json] = self.schema.get("properties", {})
        return properties

    def lacks(self) -> Iterator[str]:
        """Yield the fields that the taker requires and does not fill in."""
        for field in self.schema.get("required", ()):
            if not (self.fills and _is_filled_in(self.properties.get(field))):
                yield field

    def refuses(self, field: str) -> bool:
        """Return true if the taker takes no field of this name."""
        return self.exact and field not in self.properties and self.schema.get("additionalProperties") is False

    def missing(self, field: str) -> str:
        """Return a sentence."""
        return f"{self.what} has no field '{field}', which {self.taker} requires; {self.remedy}"

    def unwanted(self, field: str, remedy: str) -> str:
        """Return a sentence."""
        return f"{self.what} has the field '{field}', which {self.taker} does not take; {remedy}"

    def of_another_type(
        self, field: str, types: tuple[str, ...], wanted: tuple[str, ...], remedy: str, part: str = ""
    ) -> str:
        """Return a sentence, about the field or a ``part`` of it."""
        return (
            f"{part}the field '{field}' of {self.what} is {alternatives(types)}, and {self.taker} takes "
            f"{alternatives(wanted)}; {remedy}"
        )


def given(step: Step, known: Known) -> Iterator[Given]:
    """Yield what is given to the work of a step and to that of its undo, where a schema says what it takes."""
    own = "give the step an input of its own"
    whole = "its input, which is that of the run,"
    schema, child = known.takes(step), step.does.runs
    if _is_plain(schema):
        yield Given(
            what="its input" if step.input else whole,
            taker=f"the saga '{child}'" if child else f"the action '{step.does.calls}'",
            mapping=step.input,
            schema=schema,
            fills=bool(child),
            exact=step.input is not None or bool(child),
            remedy="fill it" if step.input else own,
        )
    undone_by = step.work(Direction.UNDO).calls
    schema = known.of(undone_by)[0]
    if _is_plain(schema):
        taker = f"the action '{undone_by}'"
        if step.undo is not None and step.undo.input is not None:
            yield Given(what="the input of its undo", taker=taker, mapping=step.undo.input, schema=schema)
            return
        yield Given(
            what=f"the input of its undo, which is that of {'its action' if step.input else 'the run'},",
            taker=taker,
            mapping=step.input,
            schema=schema,
            exact=False,
            remedy="give the undo an input of its own",
        )


def _of_mapping(saga: Saga, given: Given, mapping: InputMapping, known: Known) -> Iterator[str]:
    for field in given.lacks():
        if field not in mapping.fields:
            yield given.missing(field)
    for field, value in mapping.fields.items():
        if given.refuses(field):
            yield given.unwanted(field, "remove it, or correct it")
        own = given.properties.get(field)
        if not isinstance(value, Pick):
            yield from _of_constant(given, field, value, own)
        elif wanted := _wanted(types := _types(saga, value, known), own):
            yield given.of_another_type(field, types, wanted, "pick another value" if given.exact else given.remedy)
        elif value.has_default and not is_certain(saga, value):
            yield from _of_constant(given, field, value.default, own, "the default of ")


def _of_constant(given: Given, field: str, value: object, schema: Json, part: str = "") -> Iterator[str]:
    """Yield what another type than its schema has: a constant, or what is inside of it. ``part`` begins a sentence."""
    remedy = f"give another {'default' if part else 'value'}" if given.exact else given.remedy
    for place, inner, own in _inside(field, plain(value), schema):
        kind, wanted = type_of(inner), types_of(own)
        if wanted and not any(kind == one or (kind, one) == ("integer", "number") for one in wanted):
            yield given.of_another_type(place, (kind,), wanted, remedy, part)


def _inside(place: str, value: Json, schema: Json) -> Iterator[tuple[str, Json, Json]]:
    """Yield the value and each value inside of it, after its place and before its schema, where these are listed."""
    yield place, value, schema
    if isinstance(schema, Mapping) and _is_plain(schema):
        if isinstance(value, dict):
            for name, own in schema.get("properties", {}).items():
                if name in value:
                    yield from _inside(f"{place}/{name}", value[name], own)
        elif isinstance(value, list) and "prefixItems" not in schema:
            for at, item in enumerate(value):
                yield from _inside(f"{place}/{at}", item, schema.get("items"))


def _of_run(saga: Saga, given: Given) -> Iterator[str]:
    """Yield what every input of the run has that the taker refuses, or lacks that it requires."""
    schema = saga.input_schema
    if not _is_plain(schema) or types_of(schema) != ("object",):
        return
    properties, required = schema.get("properties", {}), set(schema.get("required", ()))
    certain = required | {
        field for field, each in properties.items() if isinstance(each, Mapping) and "default" in each
    }
    lacks = set(given.lacks())
    for field in given.lacks():
        if field not in properties and schema.get("additionalProperties") is False:
            yield given.missing(field)
    for field in dict.fromkeys((*properties, *required)):
        if field in certain and given.refuses(field):
            yield given.unwanted(field, given.remedy)
        types = types_of(properties.get(field))
        if field in certain | lacks and (wanted := _wanted(types, given.properties.get(field))):
            yield given.of_another_type(field, types, wanted, given.remedy)


def _is_plain(schema: Schema | None) -> TypeGuard[Schema]:
    """Return true if ``properties`` has the names of all fields that the schema knows."""
    return schema is not None and not any(word in schema for word in OPEN)


def _is_filled_in(schema: Json) -> bool:
    """Return true if a value that is left out may get a default. Only the input of a run does, never an action's."""
    return isinstance(schema, Mapping) and any(word in schema for word in ("default", *OPEN))


# --- types ------------------------------------------------------------------------------------------------------------


def _types(saga: Saga, picked: Pick, known: Known) -> tuple[str, ...]:
    """Return the JSON types that a picked value may have; empty: they are not known."""
    match tokens(picked.pointer):
        case ("input", *path):
            return types_of(schema_at(saga.input_schema, path))
        case ("steps", name, *path) if name in saga.steps:
            return types_of(schema_at(known.gives(saga.steps[name]), path))
        case _:
            return ()


def _wanted(types: tuple[str, ...], schema: Json) -> tuple[str, ...]:
    """Return the types that a schema allows, if none of ``types`` is one of them; empty: one may be."""
    wanted = types_of(schema) if types else ()
    return () if any(_is_a(one, other) for one in types for other in wanted) else wanted


def _is_a(one: str, other: str) -> bool:
    return one == other or {one, other} <= {"integer", "number"}
