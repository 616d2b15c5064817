"""The fields of a part of a definition, each declared once.

A part is a frozen dataclass whose fields have a :class:`Form` in their metadata. The reader, the writer, the schema and
``problems`` loop over the fields of a part, so that a new field is declared in its class and nowhere else.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

from sagaflow.core.definition.fields import (
    EVENT,
    NAME,
    Complaint,
    duration_faults,
    name_faults,
    named,
    plain,
    seconds,
    text,
    text_faults,
)
from sagaflow.core.definition.input_mapping import InputMapping
from sagaflow.core.definition.work import Call, kinds
from sagaflow.core.json_value import Json

__all__ = [
    "Form",
    "WorkForm",
    "choice",
    "declared",
    "document",
    "duration",
    "event_map",
    "events",
    "faults",
    "flag",
    "free_text",
    "input_fields",
    "list_of",
    "names",
    "nested",
    "number",
    "properties",
    "unchecked",
    "unique_name",
    "values",
]

T = TypeVar("T")
MOST = math.nextafter(math.inf, -math.inf)
"""The largest number, so that what is above it is infinite."""


class Part(Protocol):
    """A dataclass whose fields have a form in their metadata."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def _as_it_is(value: T) -> T:
    return value


def unchecked(what: str, value: object) -> Iterator[Complaint]:  # noqa: ARG001 - the signature of every check
    """Yield nothing: ``problems`` checks the field, because its faults depend on other parts of the definition."""
    yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The JSON of one field in a document, and the checks of its value."""

    schema: Mapping[str, Any]
    read: Callable[[Any], Any] = _as_it_is
    """Turn the JSON of the document into the argument of the constructor."""
    write: Callable[[Any], Any] = plain
    """Turn the value of the field into JSON."""
    faults: Callable[[str, Any], Iterator[Complaint]] = unchecked
    """Yield what is wrong with a value; the first argument is the name of the field."""
    keeps_empty: bool = False
    """An empty value differs from a missing one, and is written."""

    def properties(self, name: str) -> dict[str, Json]:
        """Return the schema of each key that the field has in the document."""
        return {name: dict(self.schema)}

    def keys(self, name: str, value: object) -> dict[str, Json]:
        """Return the keys of the document that ``value`` needs; none if it is empty."""
        written = self.write(value)
        return {name: written} if written or (self.keeps_empty and written is not None) else {}

    def argument(self, name: str, data: Mapping[str, Json]) -> dict[str, Json]:
        """Return the argument of the constructor that ``data`` gives; none if its key is missing."""
        return {name: self.read(data[name])} if name in data else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkForm(Form):
    """The work of a step, which has the keys of its kind in the document: ``action``, or ``event`` and ``service``."""

    def properties(self, name: str) -> dict[str, Json]:  # noqa: ARG002 - the kinds bring their own keys
        return {key: schema for kind in kinds() for key, schema in kind.properties().items()}

    def keys(self, name: str, value: Any) -> dict[str, Json]:  # noqa: ARG002
        return {key: item for key, item in plain(value.document()).items() if item}

    def argument(self, name: str, data: Mapping[str, Json]) -> dict[str, Json]:
        """As for every form; where the document has no work, some without faults takes its place."""
        return {name: next((kind.read(data) for kind in kinds() if kind.key in data), Call("missing.work"))}


@cache
def declared(part: type[Part]) -> tuple[tuple[str, object, Form], ...]:
    """Return name, default and form of each field of ``part``, in the order of the document."""
    without = [field.name for field in fields(part) if "form" not in field.metadata]
    if without:
        raise AssertionError(f"{part.__name__} has fields without a form: {', '.join(without)}; give them `metadata`.")
    return tuple((field.name, field.default, field.metadata["form"]) for field in fields(part))


def document(part: Part, usual: Part | None = None) -> dict[str, Json]:
    """Return the document of ``part`` without the values that ``usual`` has too; without it, the defaults."""
    keys: dict[str, Any] = {}
    for name, default, form in declared(part.__class__):
        value = getattr(part, name)
        expected = default if usual is None else getattr(usual, name)
        if expected is MISSING or value != expected:
            keys |= form.keys(name, value)
    return keys


def values(part: type[Part], data: Mapping[str, Json]) -> dict[str, Json]:
    """Return the arguments for the constructor of ``part`` that a document gives."""
    arguments: dict[str, Any] = {}
    for name, _, form in declared(part):
        arguments |= form.argument(name, data)
    return arguments


def properties(part: type[Part]) -> dict[str, Json]:
    """Return the schema of each key of the document of ``part``."""
    schemas: dict[str, Any] = {}
    for name, _, form in declared(part):
        schemas |= form.properties(name)
    return schemas


def faults(part: Part) -> Iterator[tuple[str, Complaint]]:
    """Yield the name of each field of ``part`` that is wrong for itself, and what is wrong with it."""
    for name, _, form in declared(part.__class__):
        for complaint in form.faults(name, getattr(part, name)):
            yield name, complaint


def list_of(items: Mapping[str, object], description: str = "", **more: object) -> dict[str, Json]:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "description": description, **more}


def unique_name(description: str) -> dict[str, Form]:
    """Declare the name of an element."""
    return _form(schema=named(NAME, description), faults=lambda _, value: name_faults(value, NAME))


def free_text(description: str) -> dict[str, Form]:
    """Declare a text for people."""
    return _form(schema=text(description), faults=text_faults)


def flag(description: str) -> dict[str, Form]:
    """Declare a field that is true or false."""
    return _form(schema={"type": "boolean", "description": description})


def choice(of: type[StrEnum], description: str) -> dict[str, Form]:
    """Declare a field that has one of the values of an enumeration."""
    schema = {"type": "string", "enum": [item.value for item in of], "description": description}
    return _form(schema=schema, read=of, write=lambda value: getattr(value, "value", value))


def names(description: str) -> dict[str, Form]:
    """Declare a list of names, of which an empty one says something."""
    return _form(schema=list_of({"type": "string"}, description), faults=_texts, keeps_empty=True)


def events(description: str) -> dict[str, Form]:
    """Declare a list of events, of which an empty one says something."""
    schema = list_of(named(EVENT, "The name of an event."), description)
    return _form(schema=schema, faults=_events, keeps_empty=True)


def event_map(event: str, description: str) -> dict[str, Form]:
    """Declare a mapping of texts to events, of which ``event`` describes one."""
    schema = {"type": "object", "additionalProperties": named(EVENT, event), "description": description}
    return _form(schema=schema, faults=_event_map)


def duration(description: str) -> dict[str, Form]:
    """Declare a number of seconds, or ``None``."""
    return _form(schema=seconds(description), faults=_duration)


def number(
    description: str,
    *,
    give: str,
    minimum: float = 0,
    maximum: float = MOST,
    whole: bool = False,
    rule: str = "range",
) -> dict[str, Form]:
    """Declare a number within bounds; ``give`` says in a message which numbers are valid."""
    schema: dict[str, Any] = {"type": "integer" if whole else "number", "minimum": minimum, "description": description}
    schema |= {"maximum": maximum} if maximum < MOST else {}

    def check(what: str, value: float) -> Iterator[Complaint]:
        if not minimum <= value <= maximum:
            yield f"{what} is {value}; give {give}", rule

    return _form(schema=schema, faults=check, keeps_empty=True)


def nested(of: str, read: Callable[[Json], object], write: Callable[[Any], Json]) -> dict[str, Form]:
    """Declare a value that the definition ``of`` of the schema describes, and that lists its faults itself."""

    def check(what: str, value: Json) -> Iterator[Complaint]:
        yield from ((f"{what}: {message}", of) for message in (value.faults() if value is not None else ()))

    return _form(schema={"$ref": f"#/$defs/{of}"}, read=read, write=write, faults=check)


def input_fields() -> dict[str, Form]:
    """Declare the mapping of an input, of which an empty one says something."""
    form = nested("input", InputMapping.read, lambda mapping: mapping and mapping.document())["form"]
    return {"form": replace(form, keeps_empty=True)}


def _form(**options: Any) -> dict[str, Form]:
    return {"form": Form(**options)}


def _texts(what: str, value: Iterable[object] | None) -> Iterator[Complaint]:
    for item in value or ():
        yield from text_faults(what, item)


def _events(what: str, value: Iterable[object] | None) -> Iterator[Complaint]:  # noqa: ARG001 - the message quotes the event
    for event in value or ():
        yield from name_faults(event, EVENT)


def _event_map(what: str, value: Mapping[object, object]) -> Iterator[Complaint]:
    for key, event in value.items():
        yield from text_faults(what, key)
        yield from name_faults(event, EVENT)


def _duration(what: str, value: object) -> Iterator[Complaint]:
    if value is not None:
        yield from duration_faults(what, value)
